"""Limits how many passwords are hashed at once: a hash is expensive on purpose, and everybody can request one."""

import threading
from typing import Any, Final

from flask import Flask
from werkzeug.exceptions import ServiceUnavailable

AT_ONCE: Final = 2
_PATIENCE_S: Final = 0.5
_RETRY_AFTER_S: Final = 2


class BoundedHashing:
    """The library's password hashing, limited to `AT_ONCE` hashes at a time in one process.

    A request that gets no slot within `_PATIENCE_S` seconds is answered with 503. Without the limit, wrong passwords
    could occupy the threads of all pages.
    """

    def __init__(self, hashing: Any) -> None:
        self._hashing = hashing
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def verify(self, *arguments: Any, **options: Any) -> Any:
        """Verify a password. Raises ServiceUnavailable (503) if no slot gets free in time."""
        return self._run(self._hashing.verify, *arguments, **options)

    def hash(self, *arguments: Any, **options: Any) -> Any:
        """Hash a password. Raises ServiceUnavailable (503) if no slot gets free in time."""
        return self._run(self._hashing.hash, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hashing, name)

    def _run(self, work: Any, *arguments: Any, **options: Any) -> Any:
        if not self._places.acquire(timeout=_PATIENCE_S):
            raise ServiceUnavailable(retry_after=_RETRY_AFTER_S)
        try:
            return work(*arguments, **options)
        finally:
            self._places.release()


def bound_hashing(app: Flask) -> None:
    """Replace the password hashing of the application's accounts by the bounded one."""
    security = app.extensions["security"]
    security.pwd_context = BoundedHashing(security.pwd_context)
