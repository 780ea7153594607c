"""Vector tiles of a release: its finest areas with their figures as plain attributes, in its own boundaries."""

from math import asinh, pi, radians, tan
from typing import Final

from sqlalchemy import Connection, text

from reporting.publishing.areas.attributes import list_attributes
from reporting.publishing.areas.level_areas import LEVEL_AREAS
from reporting.publishing.cell_queries import list_months
from reporting.publishing.observations.selection import join_codes
from reporting.publishing.release_info import ReleaseInfo

TILE_MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
MERCATOR_EDGE: Final = 85.0511  # degrees of latitude where Web Mercator ends
DEEPEST_ZOOM: Final = 18
TILE_REVISION: Final = 3  # of the drawing rules: part of the ETag, raised when they change

_TILE: Final = text(
    f"""
    WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS tile),
    attribute AS (SELECT * FROM unnest(CAST(:measures AS text[]), CAST(:slices AS text[]), CAST(:months AS text[]),
                                       CAST(:names AS text[])) AS attribute(measure, slice, month, name)),
    area AS ({LEVEL_AREAS}),
    shape AS (
        SELECT area.code, area.name, area.level,
               ST_AsMVTGeom(ST_Transform(area.geom, 3857), bounds.tile) AS geom,
               (SELECT jsonb_object_agg(attribute.name, cell.value)
                  FROM release_cell AS cell
                  JOIN attribute ON attribute.measure = cell.measure AND attribute.month = cell.month
                                AND attribute.slice = cell.slice
                 WHERE cell.release_id = :release_id AND cell.area_level = :level AND cell.area_code = area.code
                   AND cell.value IS NOT NULL) AS figures
          FROM area, bounds
         WHERE area.geom && ST_Transform(bounds.tile, 4326)
         ORDER BY area.code)
    SELECT ST_AsMVT(shape, 'areas', 4096, 'geom') FROM shape WHERE geom IS NOT NULL
    """
)


def get_tile(connection: Connection, release: ReleaseInfo, z: int, x: int, y: int) -> bytes:
    """Return the tile at z/x/y (Web Mercator, y from the north) as Mapbox vector tile; empty where there is no area.

    Layer `areas`; attributes `code`, `name`, `level` and those of `list_attributes`. A figure that is too small to be
    shown has no attribute.
    """
    attributes = list_attributes(release, list_months(connection, release))
    values = {
        "release_id": release.id, "level": release.deepest_level, "z": z, "x": x, "y": y,
        "measures": [measure for measure, _, _ in attributes], "months": [month for _, _, month in attributes],
        "slices": [join_codes(codes) for _, codes, _ in attributes], "names": list(attributes.values()),
    }  # fmt: skip
    return bytes(connection.execute(_TILE, values).scalar_one() or b"")


def find_column(longitude: float, z: int) -> int:
    """Find the column (x) of the tiles of a zoom level in which a longitude lies."""
    return _limit(int((longitude + 180) / 360 * 2**z), z)


def find_row(latitude: float, z: int) -> int:
    """Find the row (y, from the north) of the tiles of a zoom level in which a latitude lies."""
    turned = radians(max(-MERCATOR_EDGE, min(MERCATOR_EDGE, latitude)))
    return _limit(int((1 - asinh(tan(turned)) / pi) / 2 * 2**z), z)


def _limit(number: int, z: int) -> int:
    return max(0, min(int(2**z) - 1, number))
