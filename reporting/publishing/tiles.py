"""Vector tiles of a release: its areas with the figures of every topic and month, from the release's own boundaries."""

from typing import Final

from sqlalchemy import Connection, text

TILE_MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"

# Attributes are flat in a vector tile: a figure is named `measure|topic|month`. A suppressed figure is the letter Q.
_TILE: Final = text(
    """
    WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS tile),
    shape AS (
        SELECT area.code, area.name, ST_AsMVTGeom(ST_Transform(area.geom, 3857), bounds.tile) AS geom,
               (SELECT jsonb_object_agg(measure || '|' || topic || '|' || month, coalesce(to_jsonb(value), '"Q"'))
                  FROM release_cell AS cell
                 WHERE cell.release_id = :release_id AND cell.area_code = area.code) AS figures
          FROM release_area AS area, bounds
         WHERE area.release_id = :release_id AND area.geom && ST_Transform(bounds.tile, 4326)
         ORDER BY area.code)
    SELECT ST_AsMVT(shape, 'areas', 4096, 'geom') FROM shape WHERE geom IS NOT NULL
    """
)


def get_tile(connection: Connection, release_id: int, z: int, x: int, y: int) -> bytes:
    """Return the tile at z/x/y (Web Mercator, y from the north) as Mapbox vector tile; empty where there is no area.

    Layer `areas`; attributes `code`, `name` and one for each figure, named `measure|topic|month`. A suppressed figure
    is `Q`.
    """
    values = {"release_id": release_id, "z": z, "x": x, "y": y}
    return bytes(connection.execute(_TILE, values).scalar_one() or b"")
