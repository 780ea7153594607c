"""Vector tiles of a release: its finest areas with their figures as plain attributes, in its own boundaries."""

from typing import Final

from sqlalchemy import Connection, text

from reporting.publishing.attributes import list_attributes
from reporting.publishing.cell_queries import list_months
from reporting.publishing.release_info import ReleaseInfo

TILE_MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
TILE_REVISION: Final = 3  # of the drawing rules: part of the ETag, raised when they change

_TILE: Final = text(
    """
    WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS tile),
    attribute AS (SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[])) AS attribute(key, name)),
    area AS (SELECT DISTINCT ON (code) code, name, level, geom FROM release_area
              WHERE release_id = :release_id AND level <= :level ORDER BY code, level DESC),
    shape AS (
        SELECT area.code, area.name, area.level,
               ST_AsMVTGeom(ST_Transform(area.geom, 3857), bounds.tile) AS geom,
               (SELECT jsonb_object_agg(attribute.name, cell.value)
                  FROM release_cell AS cell
                  JOIN attribute ON attribute.key = array_to_string(ARRAY[cell.measure, cell.month] || cell.codes, '|')
                 WHERE cell.release_id = :release_id AND cell.area_level = :level AND cell.area_code = area.code
                   AND cell.value IS NOT NULL) AS figures
          FROM area, bounds
         WHERE area.geom && ST_Transform(bounds.tile, 4326)
           AND (area.level = :level OR EXISTS (
               SELECT FROM release_cell AS cell WHERE cell.release_id = :release_id AND cell.area_level = :level
                  AND cell.area_code = area.code))
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
    keys = ["|".join((measure, month, *codes)) for measure, codes, month in attributes]
    values = {
        "release_id": release.id, "level": release.deepest_level, "z": z, "x": x, "y": y,
        "keys": keys, "names": list(attributes.values()),
    }  # fmt: skip
    return bytes(connection.execute(_TILE, values).scalar_one() or b"")
