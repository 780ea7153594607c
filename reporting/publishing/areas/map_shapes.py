"""Areas of a release as outlines of an SVG map, drawn by PostGIS in units of the map.

A unit is less than a pixel of the page, so what is rounded to units cannot be seen and weighs a few kilobytes. Areas
too small to be seen at that scale have a point, at which the page draws a dot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from reporting.publishing.areas.level_areas import LEVEL_AREAS

MAP_WIDTH: Final = 600  # units; a page shows the map at most so many pixels wide
_SMALLEST: Final = 7  # units across; smaller areas are drawn as dots
_MOST_HEIGHT: Final = 900  # units, for countries that are long from north to south

# Degrees of longitude are shortened to those of latitude at the middle of the map (equirectangular projection). A
# country on both sides of the antimeridian is moved to one.
_PATHS: Final = text(
    f"""
    WITH area AS MATERIALIZED ({LEVEL_AREAS}),
    whole AS (SELECT ST_Extent(geom) AS box FROM area),
    turned AS MATERIALIZED (
        SELECT code, CASE WHEN ST_XMax(box) - ST_XMin(box) > 180 THEN ST_ShiftLongitude(geom) ELSE geom END AS geom
          FROM area, whole),
    extent AS (SELECT ST_Extent(geom) AS box FROM turned),
    frame AS (
        SELECT ST_XMin(box) AS west, ST_YMax(box) AS north,
               cos(radians((ST_YMin(box) + ST_YMax(box)) / 2)) AS squeeze,
               greatest((ST_XMax(box) - ST_XMin(box)) * cos(radians((ST_YMin(box) + ST_YMax(box)) / 2)), 1e-6) AS width,
               greatest(ST_YMax(box) - ST_YMin(box), 1e-6) AS height
          FROM extent),
    scale AS (SELECT *, least(:width / width, :most_height / height) AS unit FROM frame),
    drawn AS (
        SELECT code, unit * width AS width, unit * height AS height,
               ST_Scale(ST_Translate(geom, -west, -north), unit * squeeze, unit) AS shape
          FROM turned, scale)
    SELECT code, ceil(width) AS width, ceil(height) AS height,
           ST_AsSVG(ST_SnapToGrid(shape, 1), 1, 0) AS path,
           round(ST_X(ST_PointOnSurface(shape))) AS x, round(-ST_Y(ST_PointOnSurface(shape))) AS y,
           greatest(ST_XMax(shape) - ST_XMin(shape), ST_YMax(shape) - ST_YMin(shape)) < :smallest AS is_small
      FROM drawn ORDER BY code COLLATE "C"
    """
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of an area as an SVG path, empty where nothing of it is left, and a point within it."""

    code: str
    path: str
    x: int
    y: int
    is_small: bool  # too small to be seen without a dot


@dataclass(frozen=True, slots=True)
class MapShapes:
    """The outlines of a level of areas, and the size of the map in units."""

    width: int
    height: int
    outlines: Sequence[Outline]


def read_map_shapes(connection: Connection, release_id: int, level: int) -> MapShapes | None:
    """Read the map of a level of areas; None where the release has no areas of it.

    An area without areas below it stands for itself, as in the table.
    """
    values = {
        "release_id": release_id, "level": level, "width": MAP_WIDTH, "most_height": _MOST_HEIGHT,
        "smallest": _SMALLEST,
    }  # fmt: skip
    rows = connection.execute(_PATHS, values).all()
    if not rows:
        return None
    outlines = [Outline(row.code, row.path or "", int(row.x), int(row.y), row.is_small) for row in rows]
    return MapShapes(int(rows[0].width), int(rows[0].height), outlines)
