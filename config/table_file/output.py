"""Safe output files: never the input file itself, and in place only when complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def are_one_file(one: Path, other: Path) -> bool:
    """Tell whether two paths are the same file, also through links."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """Open a file for writing that replaces `path` once it is complete; until then the old file stays."""
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
