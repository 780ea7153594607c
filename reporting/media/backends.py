"""The media store in a folder of this machine, and the choice between that and a bucket (`s3_store`)."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.folder_lock import lock_folder
from reporting.media.storage import MediaMissing, MediaStore, MediaStoreUnavailable


def open_place(url: str | None, folder: Path) -> MediaStore:
    """Make the backend that the setting MEDIA_URL names, `folder` if it is not set. Does not connect yet."""
    if url is None:
        return DiskStore(folder)
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from reporting.media.s3_store import open_bucket  # noqa: PLC0415  # boto3: 0.2 s of each start without a bucket

        return open_bucket(parts.netloc, parts.path.strip("/"))
    return DiskStore(Path(unquote(parts.path)))


@dataclass(frozen=True, slots=True)
class DiskStore:
    """Files that only their owner can read, in folders by the first two digits."""

    root: Path

    def put(self, key: str, data: bytes) -> None:
        """Write to a temporary file, flush it to the disk, then rename it. Raises MediaStoreUnavailable."""
        path = self._path(key)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise MediaStoreUnavailable from error

    def open(self, key: str) -> bytes:
        """Read the file. Raises MediaMissing, MediaStoreUnavailable."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise MediaMissing from None
        except OSError as error:
            raise MediaStoreUnavailable from error

    def delete(self, key: str) -> None:
        """Delete the file; do nothing if it is gone. Raises MediaStoreUnavailable.

        A backup that notes which files there are is waited for: the database that it saves may still refer to this one.
        """
        try:
            with lock_folder(self.root, alone=False):
                self._path(key).unlink(missing_ok=True)
        except FileNotFoundError:
            return  # the folder is made with the first file
        except OSError as error:
            raise MediaStoreUnavailable from error

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """List keys by the time at which the file was written; files of an interrupted write are left out."""
        for path in sorted((self.root / prefix).glob("[0-9a-f][0-9a-f]/*")):
            try:
                written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue
            if written < before and not path.name.startswith("."):
                yield f"{prefix}/{path.name}"

    def _path(self, key: str) -> Path:
        prefix, _, name = key.partition("/")
        return self.root / prefix / name[:2] / name
