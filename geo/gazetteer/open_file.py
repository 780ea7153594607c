"""Opening files of text as they are downloaded: plain, or the one member that counts inside a zip or gzip."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from config.table_file.encoding import Encoding, find_encoding
from geo.errors import SourceError

# What lies beside the data in archives of GeoNames and of HDX.
_NO_DATA = frozenset({"readme.txt", "readme.md", "license.txt", "iso-languagecodes.txt", "metadata.txt"})


@contextmanager
def open_text(path: Path, newline: str | None = None) -> Iterator[IO[str]]:
    """The text of a file, UTF-8 with or without a mark. Raises SourceError for what cannot be read, also later."""
    with (
        _telling(path), open_binary(path) as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", newline=newline) as file,
    ):  # fmt: skip
        yield file


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceError(path, describe(error)) from error


def first_lines(path: Path, count: int = 2) -> list[str]:
    """The first lines of a file of text in any encoding; a line that never ends is cut."""
    with _telling(path):
        with open_binary(path) as binary:
            encoding = find_encoding(binary) or Encoding("utf-8")
        with open_binary(path) as binary, io.TextIOWrapper(binary, encoding.codec, encoding.errors) as file:
            return [file.readline(1 << 20).rstrip("\r\n") for _ in range(count)]


def count_lines(path: Path) -> int | None:
    """The lines of a plain file of text; None for a packed one, where counting would cost as much as reading."""
    try:
        if path.suffix.lower() in {".gz", ".xlsx", ".xlsm"} or zipfile.is_zipfile(path):
            return None
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        raise SourceError(path, describe(error)) from error


def list_members(path: Path) -> list[str]:
    """The names of the files in a zip that hold data; [] for what is no zip."""
    try:
        if not zipfile.is_zipfile(path):
            return []
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(path, describe(error)) from error
    plain = [name for name in names if not PurePosixPath(name).name.startswith((".", "__"))]
    return [name for name in plain if PurePosixPath(name).name.casefold() not in _NO_DATA and "__MACOSX" not in name]


def describe(error: Exception) -> str:
    """What went wrong, in words for one line."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError):
        return "a damaged archive"
    if isinstance(error, NotImplementedError):
        return "an archive packed in a way that is not known here"
    if isinstance(error, OSError):
        return (error.strerror or "cannot be read").lower()
    return str(error).strip().split("\n", 1)[0]


@contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, of a packed one those of the member that counts."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rb") as packed:
            yield cast(IO[bytes], packed)
        return
    members = list_members(path)
    # A workbook is an archive too, and means all of it.
    if any(name.startswith("xl/workbook") for name in members) or (not members and not zipfile.is_zipfile(path)):
        with path.open("rb") as plain:
            yield plain
        return
    if not members:
        raise SourceError(path, "an archive without data")
    # The largest, for lists come with small files that explain them.
    with zipfile.ZipFile(path) as archive:
        largest = max(members, key=lambda name: archive.getinfo(name).file_size)
        if archive.getinfo(largest).flag_bits & 1:
            raise SourceError(path, "an archive with a password")
        with archive.open(largest) as member:
            yield member
