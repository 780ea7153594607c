"""Copies the areas of a level into a release: all of them, so that the country's map is complete."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Connection, Row, text

from reporting.aggregation.errors import NoAreas
from reporting.aggregation.simplify import simplify_areas

_AREAS = text(
    """
    SELECT code, name, parent_code, source, ST_AsBinary(geom) AS shape
      FROM area WHERE campaign_id = :campaign_id AND level = :level ORDER BY code
    """
)
_ADD = text(
    """
    INSERT INTO release_area (release_id, code, level, name, parent_code, geom)
    VALUES (:release_id, :code, :level, :name, :parent_code, ST_Multi(ST_GeomFromWKB(:shape, 4326)))
    """
)


def add_areas(connection: Connection, campaign_id: int, release_id: int, level: int) -> None:
    """Copy every area of the level into the release, with simplified boundaries. Raises NoAreas."""
    rows = _list_areas(connection, campaign_id, level)
    shapes = simplify_areas(shapely.from_wkb([bytes(row.shape) for row in rows]))
    values = [
        {
            "release_id": release_id,
            "code": row.code,
            "level": level,
            "name": row.name,
            "parent_code": row.parent_code,
            "shape": shapely.to_wkb(shape),
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]
    connection.execute(_ADD, values)


def list_sources(connection: Connection, campaign_id: int, level: int) -> list[str]:
    """List the sources of the boundaries of a level, for the attribution."""
    query = text("SELECT DISTINCT source FROM area WHERE campaign_id = :campaign_id AND level = :level ORDER BY source")
    return list(connection.execute(query, {"campaign_id": campaign_id, "level": level}).scalars())


def _list_areas(connection: Connection, campaign_id: int, level: int) -> Sequence[Row[Any]]:
    rows = connection.execute(_AREAS, {"campaign_id": campaign_id, "level": level}).all()
    if not rows:
        raise NoAreas(f"no boundaries of level {level} are loaded: flask areas load FILE --level {level} ...")
    return rows
