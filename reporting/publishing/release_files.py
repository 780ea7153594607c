"""Writes the files of all published releases in every format, and removes those of withdrawn ones."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from config.logging import describe_trace
from reporting.db import Database, is_outage
from reporting.publishing.formats import list_formats
from reporting.publishing.formats.format import Format
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import list_releases
from reporting.publishing.written_files import WrittenFiles

_log = structlog.get_logger()

_LARGE = 20_000  # figures: the slowest format takes some seconds for them, and a request has twelve
_ARE_MANY = text(
    "SELECT count(*) > :most FROM (SELECT FROM release_cell WHERE release_id = :id LIMIT :most + 1) AS cell"
)


@dataclass(slots=True)
class FileCounts:
    """What was done: formats written, formats that failed, and releases whose files were removed."""

    written: int = 0
    failed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.written or self.failed or self.removed)


def write_release_files(database: Database, files: WrittenFiles, rest: Callable[[], None] = lambda: None) -> FileCounts:
    """Write what is missing, the newest release first; `rest` is called before each file, so that others go first.

    Each format has a transaction of its own. One that fails is logged, passed over and tried again an hour later.
    Raises OSError for a full disk and DBAPIError for an outage, since they are not the format's fault.
    """
    counts = FileCounts()
    with database.begin() as connection:
        releases = list_releases(connection)
    for release in releases:
        if release.is_withdrawn:
            counts.removed += files.remove(release)
            continue
        for format in list_formats(release):
            if not files.has(release, format) and not files.has_failed_lately(release, format):
                rest()
                is_written = _write(database, files, release, format)
                counts.written += is_written
                counts.failed += not is_written
    return counts


def is_large(connection: Connection, release: ReleaseInfo) -> bool:
    """Tell whether a release has so many figures that its files cannot be written while somebody waits."""
    return bool(connection.execute(_ARE_MANY, {"id": release.id, "most": _LARGE}).scalar_one())


def _write(database: Database, files: WrittenFiles, release: ReleaseInfo, format: Format) -> bool:
    try:
        with database.begin() as connection:
            files.get(connection, release, format, may_wait=True)
    except OSError:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and is_outage(error):
            raise
        files.record_failure(release, format)
        _log.error("release_file_failed", release_id=release.id, format=format.name, error=describe_trace(error))
        return False
    return True
