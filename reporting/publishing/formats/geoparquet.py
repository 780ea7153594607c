"""GeoParquet 1.1: the finest areas with their figures as columns, for analysis of maps."""

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

import shapely
from flask_babel import lazy_gettext
from shapely.geometry import shape

from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.source import Source
from reporting.publishing.observations.wide import ERROR, ESTIMATE, WideArea, stream_wide

_AREAS_AT_A_TIME: Final = 256
_VERSION: Final = "1.1.0"
_EDGES: Final = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(source: Source, path: Path) -> None:
    """Write a row for each area, some at a time. The extent of the map is that of all areas, with figures or not."""
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")  # 50 MB that only this format needs
    figures = _list_figure_columns(source)
    schema = arrow.schema(
        [
            arrow.field("area_code", arrow.string(), nullable=False),
            arrow.field("area_name", arrow.string()),
            arrow.field("level", arrow.int32()),
            *(arrow.field(name, arrow.int64() if is_value else arrow.float64()) for name, is_value in figures.items()),
            arrow.field("geometry", arrow.binary(), nullable=False),
            arrow.field("bbox", arrow.struct([(edge, arrow.float64()) for edge in _EDGES]), nullable=False),
        ]
    )
    with parquet.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for areas in _cut(stream_wide(source)):
            writer.write_table(arrow.Table.from_pylist([_make_row(area) for area in areas], schema=schema))
        writer.add_key_value_metadata({"geo": json.dumps(_describe_geometry(source), sort_keys=True)})


def _list_figure_columns(source: Source) -> dict[str, bool]:
    """List the columns of figures, and whether they hold rounded values (or estimates and errors)."""
    columns: dict[str, bool] = {}
    for name in source.attributes.values():
        columns[name] = True
        if source.release.has_noise:
            columns |= {name + ESTIMATE: False, name + ERROR: False}
    return columns


def _describe_geometry(source: Source) -> dict[str, Any]:
    bounds = [shape(area[3]).bounds for area in source.stream_areas()]
    described: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["MultiPolygon"],
        "orientation": "counterclockwise",
        "covering": {"bbox": {edge: ["bbox", edge] for edge in _EDGES}},
    }
    if bounds:
        west, south, east, north = zip(*bounds, strict=True)
        described["bbox"] = [min(west), min(south), max(east), max(north)]
    return {"version": _VERSION, "primary_column": "geometry", "columns": {"geometry": described}}


def _make_row(area: WideArea) -> dict[str, Any]:
    own = shape(area.shape)
    return {
        "area_code": area.code,
        "area_name": area.name,
        "level": area.level,
        **area.figures,
        "geometry": shapely.to_wkb(own),
        "bbox": dict(zip(_EDGES, own.bounds, strict=True)),
    }


def _cut(areas: Iterable[WideArea]) -> Iterator[list[WideArea]]:
    rest = iter(areas)
    while piece := list(islice(rest, _AREAS_AT_A_TIME)):
        yield piece


FORMAT: Final = Format(
    name="geoparquet",
    title="GeoParquet",
    purpose=lazy_gettext("areas with their figures, for maps"),
    revision=1,
    files=(ExportFile(".parquet", "application/vnd.apache.parquet", write_geoparquet),),
    is_for=lambda release: bool(release.levels),
)
