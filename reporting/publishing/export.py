"""Export of releases as files: CSV (RFC 4180) and GeoJSON (RFC 7946), streamed.

The same release always gives the same bytes.
"""

import json
from collections.abc import Iterator
from datetime import UTC
from enum import StrEnum
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from config.csv_cell import CsvWriter
from reporting.aggregation.errors import ReleaseError
from reporting.publishing.release_queries import Cell, ReleaseInfo, get_open_release, stream_areas, stream_cells

CSV_COLUMNS: Final = (
    "release_id", "version", "area_code", "area_name", "topic", "month", "measure", "value", "obs_status",
)  # fmt: skip
REVISION: Final = 2  # revision of the written bytes: part of the ETag, raised when a format changes


class Format(StrEnum):
    """Formats a release can be exported to."""

    CSV = "csv"
    GEOJSON = "geojson"


MEDIA_TYPES: Final = {Format.CSV: "text/csv; charset=utf-8", Format.GEOJSON: "application/geo+json"}
_PLANNED: Final = ("hxl", "sdmx", "datapackage", "csvw", "geoparquet")


class FormatUnavailable(ReleaseError):
    """A release cannot be written in that format."""


def read_format(name: str) -> Format:
    """Read the name of an export format. Raises FormatUnavailable."""
    if name in _PLANNED:
        raise FormatUnavailable(f"the format {name} is not there yet; there is: {', '.join(Format)}")
    try:
        return Format(name)
    except ValueError:
        raise FormatUnavailable(f"there is no format {name!r}; there is: {', '.join(Format)}") from None


def export_release(connection: Connection, release_id: int, format: str, folder: Path) -> list[Path]:
    """Write a release into `folder` (made if missing) and return the files.

    A file appears complete or not at all. Raises NoSuchRelease, ReleaseWithdrawn, FormatUnavailable, and ReleaseError
    when the file cannot be written.
    """
    wanted = read_format(format)
    release = get_open_release(connection, release_id)
    path = folder / name_file(release, wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(path, stream_release(connection, release, wanted))
    except OSError as error:
        raise ReleaseError(f"{path} cannot be written: {error.strerror}") from None
    return [path]


def name_file(release: ReleaseInfo, format: Format) -> str:
    """Name the file of a release, such as `nepal-demo-incidents-2026-11-v2.csv`."""
    return f"{release.campaign_slug}-{release.cube}-{release.period}-v{release.version}.{format.value}"


def stream_release(connection: Connection, release: ReleaseInfo, format: Format) -> Iterator[str]:
    """Stream the text of the file, piece by piece."""
    return stream_csv(connection, release) if format is Format.CSV else stream_geojson(connection, release)


def stream_csv(connection: Connection, release: ReleaseInfo) -> Iterator[str]:
    """Stream CSV with a line for each figure.

    `value` is empty where `obs_status` is Q (suppressed), which is not the same as zero.
    """
    yield _csv_line(CSV_COLUMNS)
    for cell in stream_cells(connection, release.id):
        yield _csv_line(
            (
                release.id, release.version, cell.area_code, cell.area_name, cell.topic, cell.month, cell.measure,
                cell.value, cell.status,
            )
        )  # fmt: skip


def stream_geojson(connection: Connection, release: ReleaseInfo) -> Iterator[str]:
    """Stream a FeatureCollection with a feature for each area, its figures in `properties.figures`.

    The description of the release is a foreign member. Areas without a figure are included, with an empty list.
    """
    by_area = groupby(stream_cells(connection, release.id), key=lambda cell: cell.area_code)
    code, figures = next(by_area, (None, iter(())))
    yield '{"type":"FeatureCollection","release":' + _compact(describe_release(release)) + ',"features":['
    separator = ""
    for area_code, name, level, shape in stream_areas(connection, release.id):
        own: list[dict[str, Any]] = []
        if code == area_code:
            own = [_figure(cell) for cell in figures]
            code, figures = next(by_area, (None, iter(())))
        properties = {"area_code": area_code, "area_name": name, "level": level, "figures": own}
        feature = {"type": "Feature", "id": area_code, "geometry": shape, "properties": properties}
        yield separator + "\n" + _compact(feature)
        separator = ","
    yield "\n]}\n"


def stream_shapes(connection: Connection, release_id: int) -> Iterator[str]:
    """Stream the areas without figures as GeoJSON, for maps: code, name and geometry."""
    yield '{"type":"FeatureCollection","features":['
    separator = ""
    for code, name, _level, shape in stream_areas(connection, release_id):
        properties = {"area_code": code, "area_name": name}
        yield separator + "\n" + _compact({"type": "Feature", "geometry": shape, "properties": properties})
        separator = ","
    yield "\n]}\n"


def describe_release(release: ReleaseInfo) -> dict[str, Any]:
    """Describe the release for a reader of the file: what must be known besides the figures."""
    return {
        "id": release.id,
        "campaign": release.campaign_slug,
        "cube": release.cube,
        "period": release.period,
        "version": release.version,
        "created_at": release.created_at.astimezone(UTC).isoformat(),
        "code_version": release.code_version,
        "topics": release.topics,
        "policy": release.policy,
        "quality": release.quality,
    }


def _write_whole(path: Path, pieces: Iterator[str]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _figure(cell: Cell) -> dict[str, Any]:
    return {
        "topic": cell.topic,
        "month": cell.month,
        "measure": cell.measure,
        "value": cell.value,
        "obs_status": cell.status,
    }


def _csv_line(values: tuple[object, ...]) -> str:
    line = StringIO()
    CsvWriter(line).write(["" if value is None else value for value in values])
    return line.getvalue()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
