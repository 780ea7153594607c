"""The files of releases on this machine: written once, found by what is in them, served as they are.

A format's files are written together when a release is published (the job of the queue `files`), or when somebody asks
first. They lie under the digest of their bytes; an index for each format, written last, says which there are. The
bytes come from the tables of the release alone, so that each machine may write its own: they are the same.
"""

import fcntl
import gzip
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from config.errors import Unavailable
from config.settings import Settings
from reporting.publishing.formats import list_formats
from reporting.publishing.formats.format import ExportFile, Format, describe_release
from reporting.publishing.observations.source import FileLink, Source
from reporting.publishing.release_info import ReleaseInfo

_PACKED: Final = ("text/", "application/json", "application/ld+json", "application/geo+json", "application/xml")
_LEVEL: Final = 6  # of gzip
_PIECE: Final = 1 << 20  # bytes
_TRIED_AGAIN_S: Final = 3_600  # a format that failed
_FOLDER: Final = "releases"
_PACKED_ENDINGS: Final = ("+json", "+xml")


class FilesBusy(Unavailable):
    """The files of the format are being written now; a retry in some seconds finds them."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written: its name, and its bytes by their digest (SHA-256)."""

    name: str
    media_type: str
    format: str
    sha256: str
    bytes: int
    is_packed: bool  # whether the same bytes stand beside it compressed (gzip)


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The files of releases below a folder. `public_url` is the address of the installation, which some files name."""

    folder: Path
    public_url: str

    def get(
        self, connection: Connection, release: ReleaseInfo, format: Format, *, may_wait: bool = False
    ) -> list[WrittenFile]:
        """Get the files of a format, written now if they are not yet. Raises FilesBusy unless the caller may wait."""
        place = self._place(release)
        if found := _read_index(place, format):
            return found
        place.mkdir(parents=True, exist_ok=True)
        with _lock(place / f".{format.name}", may_wait=may_wait):
            if found := _read_index(place, format):
                return found
            source = Source(connection, release, self.public_url, list_links(release))
            written = [self._write(source, format, file, place) for file in format.files]
            _write_index(place, format, written)
        return written

    def has(self, release: ReleaseInfo, format: Format) -> bool:
        """Tell whether the files of a format are written."""
        return _index_path(self._place(release), format).exists()

    def record_failure(self, release: ReleaseInfo, format: Format) -> None:
        """Remember that a format could not be written, so that it is not tried at every sweep."""
        self._failure_path(release, format).touch()

    def has_failed_lately(self, release: ReleaseInfo, format: Format) -> bool:
        """Tell whether a format could not be written within the last hour."""
        try:
            return time.time() - self._failure_path(release, format).stat().st_mtime < _TRIED_AGAIN_S
        except FileNotFoundError:
            return False

    def find_path(self, release: ReleaseInfo, file: WrittenFile, *, is_packed: bool = False) -> Path:
        """Find where the bytes of a file lie."""
        return self._place(release) / (f"{file.sha256}.gz" if is_packed else file.sha256)

    def copy(self, release: ReleaseInfo, files: Iterable[WrittenFile], folder: Path) -> list[Path]:
        """Copy files into a folder, under their names; each appears complete or not at all. Raises OSError."""
        copies = []
        for file in files:
            path = folder / file.name
            partial = path.with_name(f".{path.name}.partial")
            try:
                shutil.copyfile(self.find_path(release, file), partial)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            copies.append(path)
        return copies

    def remove(self, release: ReleaseInfo) -> bool:
        """Remove the files of a release, as of one that was withdrawn; return whether there were any."""
        place = self._place(release)
        if not place.exists():
            return False
        shutil.rmtree(place)
        return True

    def _place(self, release: ReleaseInfo) -> Path:
        """Find the folder of a release. Its number alone may be of another one, in a database that was restored."""
        described = json.dumps(describe_release(release), sort_keys=True, default=str)
        return self.folder / f"{release.id}-{sha256(described.encode()).hexdigest()[:16]}"

    def _failure_path(self, release: ReleaseInfo, format: Format) -> Path:
        return self._place(release) / f".{format.name}-{format.revision}.failed"

    def _write(self, source: Source, format: Format, file: ExportFile, place: Path) -> WrittenFile:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=place) as folder:
            path = Path(folder) / "file"
            file.write(source, path)
            with path.open("rb") as data:
                digest = file_digest(data, "sha256").hexdigest()
            is_packed = _is_packed(file.media_type)
            if is_packed:
                packed = Path(folder) / "packed"
                _pack(path, packed)
                packed.replace(place / f"{digest}.gz")
            size = path.stat().st_size
            path.replace(place / digest)
        name = file.name_for(source.release)
        return WrittenFile(name, file.media_type, format.name, digest, size, is_packed)


def list_links(release: ReleaseInfo) -> tuple[FileLink, ...]:
    """List all files of a release, as other files name them."""
    return tuple(
        FileLink(format.title, file.name_for(release), file.media_type)
        for format in list_formats(release)
        for file in format.files
    )


def open_files(settings: Settings) -> WrittenFiles:
    """Open the files of releases of an installation, below `var/`."""
    return WrittenFiles(settings.var / _FOLDER, settings.public_url)


def _is_packed(media_type: str) -> bool:
    plain = media_type.partition(";")[0]
    return plain.startswith(_PACKED) or plain.endswith(_PACKED_ENDINGS)


def _pack(path: Path, packed: Path) -> None:
    """Compress a file; without a time, so that the bytes are the same each time."""
    with (
        path.open("rb") as source,
        packed.open("wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as target,
    ):
        shutil.copyfileobj(source, target, _PIECE)


def _index_path(place: Path, format: Format) -> Path:
    return place / f"{format.name}-{format.revision}.json"


def _read_index(place: Path, format: Format) -> list[WrittenFile]:
    try:
        listed = json.loads(_index_path(place, format).read_bytes())
    except FileNotFoundError:
        return []
    return [WrittenFile(**each) for each in listed]


def _write_index(place: Path, format: Format, written: Iterable[WrittenFile]) -> None:
    path = _index_path(place, format)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps([asdict(each) for each in written]), encoding="utf-8")
    partial.replace(path)


@contextmanager
def _lock(path: Path, *, may_wait: bool) -> Iterator[None]:
    """Let one process at a time write the files of a format."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if may_wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FilesBusy from None
        yield
