"""GeoJSON (RFC 7946): areas with their figures, for maps."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from flask_babel import lazy_gettext
from sqlalchemy import Connection

from reporting.disclosure.non_negative import UNITS
from reporting.publishing.attributes import Slice, list_attributes
from reporting.publishing.cell_queries import list_months, stream_areas, stream_cells
from reporting.publishing.formats.format import Format, describe_release
from reporting.publishing.release_info import Cell, ReleaseInfo

MEDIA_TYPE: Final = "application/geo+json"


def stream_geojson(connection: Connection, release: ReleaseInfo) -> Iterator[str]:
    """Stream a FeatureCollection with a feature for each of the finest areas; their properties are its figures.

    The properties are those of `list_attributes`, null where a figure is too small to be shown, each with its
    `..._estimate` and `..._standard_error`. The description of the release is a foreign member.
    """
    level = release.deepest_level
    names = list_attributes(release, list_months(connection, release))
    by_area = groupby(stream_cells(connection, release.id, level), key=lambda cell: cell.area_code)
    code, figures = next(by_area, (None, iter(())))
    yield '{"type":"FeatureCollection","release":' + _compact(describe_release(release)) + ',"features":['
    separator = ""
    for area_code, name, own_level, shape in stream_areas(connection, release.id, level):
        while code is not None and code < area_code:  # such as the unknown area, which has no shape
            code, figures = next(by_area, (None, iter(())))
        own = _list_figures(figures, names) if code == area_code else {}
        properties = {"area_code": area_code, "area_name": name, "level": own_level, **own}
        feature = {"type": "Feature", "id": area_code, "geometry": shape, "properties": properties}
        yield separator + "\n" + _compact(feature)
        separator = ","
    yield "\n]}\n"


def stream_boundaries(connection: Connection, release_id: int, level: int) -> Iterator[str]:
    """Stream the areas of a level without figures, for the map of a page: code, name and geometry."""
    yield '{"type":"FeatureCollection","features":['
    separator = ""
    for code, name, _level, shape in stream_areas(connection, release_id, level):
        properties = {"area_code": code, "area_name": name}
        yield separator + "\n" + _compact({"type": "Feature", "geometry": shape, "properties": properties})
        separator = ","
    yield "\n]}\n"


def _list_figures(cells: Iterable[Cell], names: Mapping[Slice, str]) -> dict[str, int | float | None]:
    listed: dict[str, int | float | None] = {}
    for cell in cells:
        name = names.get((cell.measure, cell.codes, cell.month))
        if name is None:
            continue
        listed[name] = cell.value
        if cell.estimate is not None:
            listed |= {f"{name}_estimate": cell.estimate / UNITS, f"{name}_standard_error": cell.standard_error}
    return listed


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


FORMAT: Final = Format(
    name="geojson",
    title="GeoJSON",
    purpose=lazy_gettext("areas with their figures, for maps"),
    media_type=MEDIA_TYPE,
    revision=3,
    stream=stream_geojson,
)
