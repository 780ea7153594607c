"""The media store: its interface, the encryption of all files in it, and uploads that wait for processing."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from channels.base.items import MediaReference
from config.errors import RequestRefused, Unavailable
from reporting.crypto.pseudonyms import Pseudonyms

UPLOAD_SCHEME: Final = "upload:"
_KEPT: Final = "kept"
_UPLOAD: Final = "upload"
_KEY: Final = re.compile(rf"^({_KEPT}|{_UPLOAD})/[0-9a-f]{{32}}$")
_NAME: Final = re.compile(r"^[0-9a-f]{32}$")


class MediaStoreUnavailable(Unavailable):
    """The media store cannot be reached or written to now; a retry can help."""


class MediaMissing(RequestRefused):
    """The media store has no file of this key."""


class MediaStore(Protocol):
    """Interface of a store of bytes under random keys. All methods raise MediaStoreUnavailable."""

    def put(self, key: str, data: bytes) -> None:
        """Store the bytes atomically: readers see all of them or none."""

    def open(self, key: str) -> bytes:
        """Read the bytes. Raises MediaMissing."""

    def delete(self, key: str) -> None:
        """Delete the bytes; do nothing if there are none."""

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """List the keys of a prefix whose bytes were stored before a time."""


@dataclass(frozen=True, slots=True)
class SealedStore:
    """A media store that encrypts all files, because pictures show people; unreadable without the pepper."""

    inner: MediaStore
    pseudonyms: Pseudonyms

    def put(self, key: str, data: bytes) -> None:
        """Encrypt and store."""
        self.inner.put(check_key(key), self.pseudonyms.seal(data))

    def open(self, key: str) -> bytes:
        """Read and decrypt.

        Raises MediaMissing, and cryptography's InvalidTag for files encrypted with another pepper.
        """
        return self.pseudonyms.unseal_bytes(self.inner.open(check_key(key)))

    def delete(self, key: str) -> None:
        """Delete the file."""
        self.inner.delete(check_key(key))

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """List keys; nothing is decrypted."""
        return self.inner.list_before(prefix, before)


def keep_upload(store: MediaStore, data: bytes) -> MediaReference:
    """Store an uploaded file as it is, until a worker has sanitised it; return the reference for the message.

    Raises MediaStoreUnavailable. An upload whose message never came is deleted after a day.
    """
    name = secrets.token_hex(16)
    store.put(f"{_UPLOAD}/{name}", data)
    return MediaReference(UPLOAD_SCHEME + name)


def find_upload_key(source: str) -> str | None:
    """Find the key of an upload from the URL in its reference; None for every other URL."""
    name = source.removeprefix(UPLOAD_SCHEME)
    return f"{_UPLOAD}/{name}" if source.startswith(UPLOAD_SCHEME) and _NAME.match(name) else None


def list_uploads(store: MediaStore, before: datetime) -> Iterator[str]:
    """List the keys of uploads that were stored before a time."""
    return store.list_before(_UPLOAD, before)


def make_key() -> str:
    """Make a random key, which reveals nothing."""
    return f"{_KEPT}/{secrets.token_hex(16)}"


def check_key(key: str) -> str:
    """Return the key if it has our format, because it becomes part of a path. Raises MediaMissing for any other."""
    if not _KEY.match(key):
        raise MediaMissing
    return key
