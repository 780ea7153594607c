"""GeoJSON (RFC 7946): areas with their figures, for maps."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext
from sqlalchemy import Connection

from reporting.publishing.areas.level_areas import stream_areas
from reporting.publishing.formats.format import ExportFile, Format, describe_release, write_text
from reporting.publishing.observations.source import Source
from reporting.publishing.observations.wide import stream_wide

MEDIA_TYPE: Final = "application/geo+json"
BOUNDARIES_REVISION: Final = 1  # of `stream_boundaries`: part of the ETag


def write_geojson(source: Source, path: Path) -> None:
    """Write a FeatureCollection with a feature for each of the finest areas; their properties are its figures.

    The properties are those of `list_attributes`, null where a figure is too small to be shown, each with its
    `..._estimate` and `..._standard_error`. The description of the release is a foreign member.
    """
    write_text(path, _stream(source))


def stream_boundaries(connection: Connection, release_id: int, level: int) -> Iterator[str]:
    """Stream the areas of a level without figures, for the map of a page: code, name and geometry."""
    yield '{"type":"FeatureCollection","features":['
    separator = ""
    for code, name, _level, shape in stream_areas(connection, release_id, level):
        properties = {"area_code": code, "area_name": name}
        yield separator + "\n" + _compact({"type": "Feature", "geometry": shape, "properties": properties})
        separator = ","
    yield "\n]}\n"


def _stream(source: Source) -> Iterator[str]:
    yield '{"type":"FeatureCollection","release":' + _compact(describe_release(source.release)) + ',"features":['
    separator = ""
    for area in stream_wide(source):
        properties = {"area_code": area.code, "area_name": area.name, "level": area.level, **area.figures}
        feature = {"type": "Feature", "id": area.code, "geometry": area.shape, "properties": properties}
        yield separator + "\n" + _compact(feature)
        separator = ","
    yield "\n]}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


FORMAT: Final = Format(
    name="geojson",
    title="GeoJSON",
    purpose=lazy_gettext("areas with their figures, for maps"),
    revision=3,
    files=(ExportFile(".geojson", MEDIA_TYPE, write_geojson),),
)
