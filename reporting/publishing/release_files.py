"""Writes the files of all published releases in every format, and removes those of withdrawn ones."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from reporting.publishing.formats import list_formats
from reporting.publishing.release_queries import list_releases
from reporting.publishing.written_files import WrittenFiles


@dataclass(slots=True)
class FileCounts:
    """What was done: formats written, and releases whose files were removed."""

    written: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def write_release_files(
    connection: Connection, files: WrittenFiles, rest: Callable[[], None] = lambda: None
) -> FileCounts:
    """Write what is missing, the newest release first; `rest` is called before each file, so that others go first."""
    counts = FileCounts()
    for release in list_releases(connection):
        if release.is_withdrawn:
            counts.removed += files.remove(release)
            continue
        for format in list_formats(release):
            if not files.has(release, format):
                rest()
                files.get(connection, release, format, may_wait=True)
                counts.written += 1
    return counts
