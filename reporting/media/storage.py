"""Where pictures and recordings are kept: what a store must do, the seal on all that lies in it, uploads that wait."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from channels.base import MediaReference
from config.errors import RequestRefused, Unavailable
from reporting.crypto.pseudonyms import Pseudonyms

UPLOAD_SCHEME: Final = "upload:"
_KEPT: Final = "kept"
_UPLOAD: Final = "upload"
_KEY: Final = re.compile(rf"^({_KEPT}|{_UPLOAD})/[0-9a-f]{{32}}$")
_NAME: Final = re.compile(r"^[0-9a-f]{32}$")


class MediaStoreUnavailable(Unavailable):
    """The store cannot be reached or written to now; trying again can help."""


class MediaMissing(RequestRefused):
    """The store has nothing under this key."""


class MediaStore(Protocol):
    """Bytes under random keys. All of it raises MediaStoreUnavailable."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes; whoever looks sees all of them or none."""

    def open(self, key: str) -> bytes:
        """The bytes. Raises MediaMissing."""

    def delete(self, key: str) -> None:
        """Remove them; nothing happens where there are none."""

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """The keys with this first part whose bytes were put before a moment."""


@dataclass(frozen=True, slots=True)
class SealedStore:
    """A store of which nobody can read anything without our pepper: pictures show people."""

    inner: MediaStore
    pseudonyms: Pseudonyms

    def put(self, key: str, data: bytes) -> None:
        """Seal and keep."""
        self.inner.put(check_key(key), self.pseudonyms.seal(data))

    def open(self, key: str) -> bytes:
        """Read and unseal. Raises MediaMissing, and cryptography's InvalidTag for what another pepper sealed."""
        return self.pseudonyms.unseal_bytes(self.inner.open(check_key(key)))

    def delete(self, key: str) -> None:
        """Remove."""
        self.inner.delete(check_key(key))

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """Keys only; nothing is unsealed."""
        return self.inner.list_before(prefix, before)


def keep_upload(store: MediaStore, data: bytes) -> MediaReference:
    """Keep what a form brought, as it is, until a worker has made a clean picture of it; the reference to store.

    Raises MediaStoreUnavailable. An upload whose message never came is removed after a day.
    """
    name = secrets.token_hex(16)
    store.put(f"{_UPLOAD}/{name}", data)
    return MediaReference(UPLOAD_SCHEME + name)


def find_upload_key(source: str) -> str | None:
    """The key of what `keep_upload` kept, for the address in its reference; None for every other address."""
    name = source.removeprefix(UPLOAD_SCHEME)
    return f"{_UPLOAD}/{name}" if source.startswith(UPLOAD_SCHEME) and _NAME.match(name) else None


def list_uploads(store: MediaStore, before: datetime) -> Iterator[str]:
    """The keys of uploads that were kept before a moment."""
    return store.list_before(_UPLOAD, before)


def make_key() -> str:
    """A key that tells nothing."""
    return f"{_KEPT}/{secrets.token_hex(16)}"


def check_key(key: str) -> str:
    """The key, if it is one that we made: it becomes part of a path. Raises MediaMissing."""
    if not _KEY.match(key):
        raise MediaMissing
    return key
