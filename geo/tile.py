"""Boundaries and place names as Mapbox vector tiles, cut by PostGIS out of a campaign's own tables."""

from typing import Final

from sqlalchemy import Connection, text

ZOOM_MAX: Final = 16
EXTENT: Final = 4096  # units along the side of a tile
_BUFFER: Final = 64

# Deeper levels come with the zoom: a thousand municipalities on one small map are only noise.
_LEVEL_2_FROM_ZOOM, _LEVEL_3_FROM_ZOOM = 6, 8
_PLACE_LIMIT = 40

_TILE = text(
    """
    WITH tile AS (
        SELECT ST_TileEnvelope(:z, :x, :y) AS bounds,
               ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.05), 4326) AS wider,
               360.0 / (2 ^ :z * 1024) AS tolerance),
    areas AS (
        SELECT ST_AsMVTGeom(
                   ST_Transform(ST_SimplifyPreserveTopology(area.geom, tile.tolerance), 3857), tile.bounds,
                   :extent, :buffer) AS geom,
               area.level, area.name, area.code
          FROM area, tile
         WHERE area.campaign_id = :campaign_id AND area.level <= :level AND area.geom && tile.wider
         ORDER BY area.level DESC),
    labels AS (
        SELECT ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(area.geom), 3857), tile.bounds, :extent, 0) AS geom,
               area.level, area.name
          FROM area, tile
         WHERE area.campaign_id = :campaign_id AND area.level = least(:level, (
                   SELECT max(level) FROM area WHERE campaign_id = :campaign_id))
           AND area.geom && tile.wider),
    places AS (
        SELECT ST_AsMVTGeom(ST_Transform(place.geom, 3857), tile.bounds, :extent, 0) AS geom,
               place.name, place.kind, place.population
          FROM place, tile
         WHERE :z >= 9 AND place.campaign_id = :campaign_id AND place.geom && tile.wider
           AND place.kind NOT IN ('country', 'admin1', 'admin2', 'road')
         ORDER BY place.population DESC NULLS LAST, place.id LIMIT :places)
    SELECT coalesce((SELECT ST_AsMVT(areas, 'area', :extent, 'geom') FROM areas), '')
        || coalesce((SELECT ST_AsMVT(labels, 'label', :extent, 'geom') FROM labels WHERE geom IS NOT NULL), '')
        || coalesce((SELECT ST_AsMVT(places, 'place', :extent, 'geom') FROM places WHERE geom IS NOT NULL), '')
    """
)

_EXTENT = text(
    """
    WITH box AS (
        SELECT coalesce(
            (SELECT ST_Extent(geom) FROM area WHERE campaign_id = :campaign_id AND level = 1),
            (SELECT ST_Extent(geom) FROM place WHERE campaign_id = :campaign_id)) AS bounds)
    SELECT ST_YMin(bounds), ST_XMin(bounds), ST_YMax(bounds), ST_XMax(bounds) FROM box
    """
)


class TileUnknown(ValueError):
    """There is no tile of that number."""


def get_tile(connection: Connection, campaign_id: int, z: int, x: int, y: int) -> bytes:
    """The tile z/x/y (XYZ scheme, web mercator) with the layers `area` (level, name, code), `label` (level, name) and
    `place` (name, kind, population); empty where there is nothing. Raises TileUnknown.
    """
    if not 0 <= z <= ZOOM_MAX or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise TileUnknown(f"{z}/{x}/{y}")
    level = 1 + (z >= _LEVEL_2_FROM_ZOOM) + (z >= _LEVEL_3_FROM_ZOOM)
    values = {
        "campaign_id": campaign_id, "z": z, "x": x, "y": y, "level": level, "extent": EXTENT, "buffer": _BUFFER,
        "places": _PLACE_LIMIT,
    }  # fmt: skip
    return bytes(connection.execute(_TILE, values).scalar_one())


def find_extent(connection: Connection, campaign_id: int) -> tuple[float, float, float, float] | None:
    """South, west, north and east of a campaign's boundaries, else of its places, in degrees; None with neither."""
    row = connection.execute(_EXTENT, {"campaign_id": campaign_id}).one()
    return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))
