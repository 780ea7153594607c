"""Files that are written beside one that is read: never the same one, and in their place only when they are whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def are_one_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file to write that takes the place of `path` when all is written; what was there stays until then."""
    if path.exists() and not path.is_file():  # a terminal or a pipe
        with path.open("w", encoding="utf-8", newline="") as direct:
            yield direct
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
