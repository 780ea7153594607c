"""Locks a folder between processes: who deletes in it shares the lock, who needs it unchanged holds it alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def lock_folder(folder: Path, *, alone: bool) -> Iterator[None]:
    """Lock an existing folder until the block ends; `alone` waits until nobody shares it.

    Raises OSError where the folder cannot be opened. A file system without locks is used without one.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
