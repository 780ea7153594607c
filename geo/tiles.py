"""Vector tiles (Mapbox format) of boundaries and place names, made by PostGIS from a campaign's own tables."""

from typing import Final

from sqlalchemy import Connection, text

from config.errors import RequestRefused

ZOOM_MAX: Final = 16
REVISION: Final = 1  # of the drawing rules: part of the ETag, raised when they change
EXTENT: Final = 4096  # units along the side of a tile
_BUFFER: Final = 64

# Deeper admin levels appear at higher zooms: a thousand municipalities on one small map are unreadable.
_LEVEL_2_FROM_ZOOM, _LEVEL_3_FROM_ZOOM, _LEVEL_4_FROM_ZOOM = 6, 8, 11
_PLACES_FROM_ZOOM, _ROADS_FROM_ZOOM = 8, 15
_AREAS_MOST, _LABELS_MOST, _PLACES_MOST = 1_500, 60, 40  # features of one tile: bounds its size

# Lines are simplified to a precision that cannot be seen on the screen. An area has one label; an area larger
# than the tile has one in every tile, so that its name is always in sight.
_TILE = text(
    """
    WITH tile AS (
        SELECT ST_TileEnvelope(:z, :x, :y) AS bounds,
               ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.05), 4326) AS wider,
               ST_Transform(ST_TileEnvelope(:z, :x, :y), 4326) AS inner,
               360.0 / (2 ^ :z * 1024) AS tolerance),
    seen AS (
        SELECT area.id, area.level, area.name, area.code, area.geom FROM area, tile
         WHERE area.campaign_id = :campaign_id AND area.level <= :level AND area.geom && tile.wider
         ORDER BY area.level, area.id LIMIT :areas),
    areas AS (
        SELECT ST_AsMVTGeom(
                   ST_Transform(ST_SimplifyPreserveTopology(seen.geom, tile.tolerance), 3857), tile.bounds,
                   :extent, :buffer) AS geom,
               seen.level, seen.name, seen.code
          FROM seen, tile ORDER BY seen.level DESC),
    named AS (
        SELECT seen.level, seen.name,
               ST_PointOnSurface(CASE WHEN ST_Area(seen.geom) > 2 * ST_Area(tile.inner)
                    THEN ST_ClipByBox2D(ST_MakeValid(seen.geom), tile.inner::box2d) ELSE seen.geom END) AS point
          FROM seen, tile
         WHERE seen.level = (SELECT max(level) FROM seen) AND seen.geom && tile.inner
         ORDER BY ST_Area(seen.geom) DESC LIMIT :labels),
    labels AS (
        SELECT ST_AsMVTGeom(ST_Transform(named.point, 3857), tile.bounds, :extent, 0) AS geom, named.level, named.name
          FROM named, tile WHERE NOT ST_IsEmpty(named.point)),
    places AS (
        SELECT ST_AsMVTGeom(ST_Transform(place.geom, 3857), tile.bounds, :extent, 0) AS geom,
               place.name, place.kind, coalesce(place.population, 0) AS population
          FROM place, tile
         WHERE :z >= :places_from AND place.campaign_id = :campaign_id AND place.geom && tile.inner
           AND place.same_as_id IS NULL
           AND place.kind NOT IN ('country', 'area') AND place.kind NOT LIKE 'admin%'
           AND (place.kind <> 'road' OR :z >= :roads_from)
         ORDER BY place.population DESC NULLS LAST, place.radius_m DESC, place.id LIMIT :places)
    SELECT coalesce((SELECT ST_AsMVT(areas, 'area', :extent, 'geom') FROM areas), '')
        || coalesce((SELECT ST_AsMVT(labels, 'label', :extent, 'geom') FROM labels WHERE geom IS NOT NULL), '')
        || coalesce((SELECT ST_AsMVT(places, 'place', :extent, 'geom') FROM places WHERE geom IS NOT NULL), '')
    """
)


class TileUnknown(RequestRefused):
    """A tile number that does not exist."""


def get_tile(connection: Connection, campaign_id: int, z: int, x: int, y: int) -> bytes:
    """Render the tile z/x/y (XYZ scheme, web mercator); empty bytes where there is nothing.

    Layers: `area` (level, name, code), `label` (level, name) and `place` (name, kind, population). Raises TileUnknown.
    """
    check_tile(z, x, y)
    values = {
        "campaign_id": campaign_id, "z": z, "x": x, "y": y, "extent": EXTENT, "buffer": _BUFFER,
        "level": 1 + (z >= _LEVEL_2_FROM_ZOOM) + (z >= _LEVEL_3_FROM_ZOOM) + (z >= _LEVEL_4_FROM_ZOOM),
        "areas": _AREAS_MOST, "labels": _LABELS_MOST, "places": _PLACES_MOST, "places_from": _PLACES_FROM_ZOOM,
        "roads_from": _ROADS_FROM_ZOOM,
    }  # fmt: skip
    return bytes(connection.execute(_TILE, values).scalar_one())


def check_tile(z: int, x: int, y: int) -> None:
    """Check that a tile z/x/y exists. Raises TileUnknown."""
    if not 0 <= z <= ZOOM_MAX or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise TileUnknown(f"{z}/{x}/{y}")
