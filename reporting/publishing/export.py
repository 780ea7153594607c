"""Export of releases as files, in the formats of `reporting/publishing/formats/`."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from reporting.aggregation.errors import ReleaseError
from reporting.publishing.formats import get_format
from reporting.publishing.formats.format import Format
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_open_release


def export_release(connection: Connection, release_id: int, format: str, folder: Path) -> list[Path]:
    """Write a release into `folder` (made if missing) and return the files.

    A file appears complete or not at all. Raises NoSuchRelease, ReleaseWithdrawn, FormatUnavailable, and ReleaseError
    when the file cannot be written.
    """
    wanted = get_format(format)
    release = get_open_release(connection, release_id)
    path = folder / name_file(release, wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(path, wanted.stream(connection, release))
    except OSError as error:
        raise ReleaseError(f"{path} cannot be written: {error.strerror}") from None
    return [path]


def name_file(release: ReleaseInfo, format: Format) -> str:
    """Name the file of a release, such as `nepal-demo-incidents-2026-11-v2.csv`."""
    return f"{release.campaign_slug}-{release.cube}-{release.period}-v{release.version}.{format.name}"


def _write_whole(path: Path, pieces: Iterator[str]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
