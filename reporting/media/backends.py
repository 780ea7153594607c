"""The two backends of the media store: a folder of this machine, or a bucket of an S3-compatible service."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from reporting.media.storage import MediaMissing, MediaStore, MediaStoreUnavailable

_CONFIG: Final = Config(connect_timeout=10, read_timeout=20, retries={"max_attempts": 3})
_MISSING: Final = frozenset({"NoSuchKey", "404"})


def open_place(url: str | None, folder: Path) -> MediaStore:
    """Make the backend that the setting MEDIA_URL names, `folder` if it is not set. Does not connect yet."""
    if url is None:
        return DiskStore(folder)
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Store(boto3.session.Session(), parts.netloc, parts.path.strip("/"))
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
        """Delete the file; do nothing if it is gone. Raises MediaStoreUnavailable."""
        try:
            self._path(key).unlink(missing_ok=True)
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


class S3Store:
    """Objects of a bucket. Endpoint and credentials come from the environment, as in every AWS tool."""

    def __init__(self, session: Any, bucket: str, prefix: str) -> None:
        self._session = session
        self._client: Any = None
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def put(self, key: str, data: bytes) -> None:
        """Write one object. No ACL is given, so only the bucket's policy decides who can read it."""
        self._call("put_object", Key=self._prefix + key, Body=data, ContentType="application/octet-stream")

    def open(self, key: str) -> bytes:
        """Read the object. Raises MediaMissing, MediaStoreUnavailable."""
        answer = self._call("get_object", Key=self._prefix + key)
        try:
            data: bytes = answer["Body"].read()
        except (BotoCoreError, OSError) as error:
            raise MediaStoreUnavailable from error
        return data

    def delete(self, key: str) -> None:
        """Delete the object. Raises MediaStoreUnavailable."""
        self._call("delete_object", Key=self._prefix + key)

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """List keys by the object's time of change, page by page."""
        start = f"{self._prefix}{prefix}/"
        options: dict[str, Any] = {"Prefix": start}
        while True:
            page = self._call("list_objects_v2", **options)
            for found in page.get("Contents", ()):
                if found["LastModified"] < before:
                    yield found["Key"].removeprefix(self._prefix)
            if not page.get("IsTruncated"):
                return
            options["ContinuationToken"] = page["NextContinuationToken"]

    def _call(self, operation: str, **options: Any) -> Any:
        try:
            if self._client is None:  # created on first use, because it takes a quarter of a second
                self._client = self._session.client("s3", config=_CONFIG)
            return getattr(self._client, operation)(Bucket=self._bucket, **options)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise MediaMissing from None
            raise MediaStoreUnavailable from error
        except (BotoCoreError, ValueError) as error:
            raise MediaStoreUnavailable from error
