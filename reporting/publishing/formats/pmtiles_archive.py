"""PMTiles: the vector tiles of a release in one file, which a map reads by ranges from any static server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext
from pmtiles.tile import Compression, TileType, deserialize_header, zxy_to_tileid
from pmtiles.writer import Writer
from shapely.geometry import shape

from reporting.publishing.areas.tiles import MERCATOR_EDGE, find_column, find_row, get_tile
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import Source

DEEPEST_ZOOM: Final = 8  # a tile has 4,096 steps: 38 m there, about as fine as the simplified shapes
MOST_TILES: Final = 2_000  # of all zoom levels: a wide country has fewer levels
_LAYER: Final = "areas"
_TEN_MILLION: Final = 10_000_000
_HEADER: Final = 127  # bytes
_GZIP_TIME: Final = 4  # bytes before it in a gzip member (RFC 1952)


def write_pmtiles(source: Source, path: Path) -> None:
    """Write the tiles of the zoom levels from 0 on, in the order of their ids."""
    bounds = _find_bounds(source)
    tiles = _list_tiles(bounds)
    deepest = max(z for z, _x, _y in tiles)
    with path.open("wb") as file:
        writer = Writer(file)
        for number, (z, x, y) in sorted((int(zxy_to_tileid(*tile)), tile) for tile in tiles):
            if tile := get_tile(source.connection, source.release, z, x, y):
                writer.write_tile(number, tile)
        west, south, east, north = bounds
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.NONE,
                "min_zoom": 0,
                "max_zoom": deepest,
                "min_lon_e7": int(west * _TEN_MILLION),
                "min_lat_e7": int(south * _TEN_MILLION),
                "max_lon_e7": int(east * _TEN_MILLION),
                "max_lat_e7": int(north * _TEN_MILLION),
                "center_zoom": 0,
                "center_lon_e7": int((west + east) / 2 * _TEN_MILLION),
                "center_lat_e7": int((south + north) / 2 * _TEN_MILLION),
            },
            _describe(source, deepest),
        )
    _drop_times(path)


def _describe(source: Source, deepest: int) -> dict[str, object]:
    fields = {"code": "String", "name": "String", "level": "Number"}
    fields |= dict.fromkeys(source.attributes.values(), "Number")
    attribution = ", ".join([*source.release.policy.get("boundaries", ()), find_licence(source.release).name])
    layers = [{"id": _LAYER, "fields": fields, "minzoom": 0, "maxzoom": deepest}]
    described = {"name": source.title, "attribution": attribution, "vector_layers": layers}
    return dict(json.loads(json.dumps(described, sort_keys=True)))


def _find_bounds(source: Source) -> tuple[float, float, float, float]:
    """Find the extent of all areas, whether they have figures or not; the whole world without areas."""
    bounds = [shape(area[3]).bounds for area in source.stream_areas()]
    if not bounds:
        return (-180.0, -MERCATOR_EDGE, 180.0, MERCATOR_EDGE)
    west, south, east, north = zip(*bounds, strict=True)
    return min(west), min(south), max(east), max(north)


def _list_tiles(bounds: tuple[float, float, float, float]) -> list[tuple[int, int, int]]:
    """List the tiles of the extent, level by level, as long as they are not too many."""
    listed: list[tuple[int, int, int]] = []
    for z in range(DEEPEST_ZOOM + 1):
        level = list(_list_level(bounds, z))
        if listed and len(listed) + len(level) > MOST_TILES:
            break
        listed += level
    return listed


def _list_level(bounds: tuple[float, float, float, float], z: int) -> Iterator[tuple[int, int, int]]:
    west, south, east, north = bounds
    for x in range(find_column(west, z), find_column(east, z) + 1):
        for y in range(find_row(north, z), find_row(south, z) + 1):
            yield z, x, y


def _drop_times(path: Path) -> None:
    """Write zeros where the compressed directory and description hold the time, so that the bytes stay the same."""
    with path.open("r+b") as file:
        header = deserialize_header(file.read(_HEADER))
        for offset in (header["root_offset"], header["metadata_offset"]):
            file.seek(offset + _GZIP_TIME)
            file.write(bytes(4))


FORMAT: Final = Format(
    name="pmtiles",
    title="PMTiles",
    purpose=lazy_gettext("areas with their figures, for maps"),
    revision=1,
    files=(ExportFile(".pmtiles", "application/vnd.pmtiles", write_pmtiles),),
    is_for=lambda release: bool(release.levels),
)
