"""Opens text files as they are downloaded: plain, or the one member with data in a zip or gzip."""

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

# Files without data in archives of GeoNames and HDX.
_NO_DATA = frozenset({"readme.txt", "readme.md", "license.txt", "iso-languagecodes.txt", "metadata.txt"})


@contextmanager
def open_text(path: Path, newline: str | None = None) -> Iterator[IO[str]]:
    """Open a file as text, UTF-8 with or without a byte order mark. Raises SourceError, also later while reading."""
    with (
        _translating_errors(path), open_binary(path) as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", newline=newline) as file,
    ):  # fmt: skip
        yield file


@contextmanager
def _translating_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceError(path, describe(error)) from error


def first_lines(path: Path, count: int = 2) -> list[str]:
    """Read the first lines of a text file in any encoding; a very long line is cut."""
    with _translating_errors(path):
        with open_binary(path) as binary:
            encoding = find_encoding(binary) or Encoding("utf-8")
        with open_binary(path) as binary, io.TextIOWrapper(binary, encoding.codec, encoding.errors) as file:
            return [file.readline(1 << 20).rstrip("\r\n") for _ in range(count)]


def count_lines(path: Path) -> int | None:
    """Count the lines of a plain text file; None for a packed one, where counting costs as much as reading."""
    try:
        if path.suffix.lower() in {".gz", ".xlsx", ".xlsm"} or zipfile.is_zipfile(path):
            return None
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        raise SourceError(path, describe(error)) from error


def list_members(path: Path) -> list[str]:
    """List the files with data in a zip; [] for a file that is no zip."""
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
    """Describe an error in words for one line."""
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
    """Open the bytes of a file; for a packed file those of the member with the data."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rb") as packed:
            yield cast(IO[bytes], packed)
        return
    members = list_members(path)
    # A workbook is an archive too, and is opened whole.
    if any(name.startswith("xl/workbook") for name in members) or (not members and not zipfile.is_zipfile(path)):
        with path.open("rb") as plain:
            yield plain
        return
    if not members:
        raise SourceError(path, "an archive without data")
    # The largest member, since lists come with small files that explain them.
    with zipfile.ZipFile(path) as archive:
        largest = max(members, key=lambda name: archive.getinfo(name).file_size)
        if archive.getinfo(largest).flag_bits & 1:
            raise SourceError(path, "an archive with a password")
        with archive.open(largest) as member:
            yield member
