"""Password hashes a few at a time: each costs much work on purpose, and anybody may ask for one."""

import threading
from typing import Any, Final

from flask import Flask
from werkzeug.exceptions import ServiceUnavailable

AT_ONCE: Final = 2
_PATIENCE_S: Final = 0.5
_RETRY_AFTER_S: Final = 2


class BoundedHashing:
    """The library's hashing, of which no more than `AT_ONCE` run in a process.

    Whoever finds no place waits a moment and hears 503 then: each of the threads of all pages would otherwise be taken
    by wrong passwords.
    """

    def __init__(self, hashing: Any) -> None:
        self._hashing = hashing
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def verify(self, *arguments: Any, **options: Any) -> Any:
        """Check a password. Raises ServiceUnavailable."""
        return self._run(self._hashing.verify, *arguments, **options)

    def hash(self, *arguments: Any, **options: Any) -> Any:
        """Hash a password. Raises ServiceUnavailable."""
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
    """Bound the hashing of the application's accounts."""
    security = app.extensions["security"]
    security.pwd_context = BoundedHashing(security.pwd_context)
