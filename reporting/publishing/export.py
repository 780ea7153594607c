"""Export of releases as files, in the formats of `reporting/publishing/formats/`."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from reporting.aggregation.errors import ReleaseError
from reporting.publishing.formats import FormatUnavailable, get_format
from reporting.publishing.formats.format import Format
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_open_release
from reporting.publishing.written_files import WrittenFiles


def export_release(
    connection: Connection, release_id: int, format: str, folder: Path, files: WrittenFiles
) -> list[Path]:
    """Write a release into `folder` (made if missing) and return the files: the same bytes as are served.

    A file appears complete or not at all. Raises NoSuchRelease, ReleaseWithdrawn, FormatUnavailable, and ReleaseError
    when a file cannot be written.
    """
    wanted = get_format(format)
    release = get_open_release(connection, release_id)
    _check(release, wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            path
            for each in _list_together(wanted)
            for path in files.copy(release, files.get(connection, release, each, may_wait=True), folder)
        ]
    except OSError as error:
        raise ReleaseError(f"{error.filename or folder} cannot be written: {error.strerror}") from None


def _list_together(format: Format) -> Iterator[Format]:
    yield format
    for name in format.beside:
        yield get_format(name)


def _check(release: ReleaseInfo, format: Format) -> None:
    if not format.is_for(release):
        raise FormatUnavailable(f"release {release.id} cannot be written as {format.name}: docs/releases.md says why")
