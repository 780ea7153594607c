"""The areas of a level of a release, as maps, tiles and map files show them.

An area without areas below it stands for itself at the next level too, with the figures that it has there.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.aggregation.simplify import DIGITS

_ROWS_AT_A_TIME: Final = 1_000

# For statements with the parameters :release_id and :level. Where a code is of several levels, the finest one counts.
LEVEL_AREAS: Final = """
    SELECT DISTINCT ON (code) code, level, name, parent_code, geom FROM release_area
     WHERE release_id = :release_id AND level <= :level
       AND (level = :level OR EXISTS (
           SELECT FROM release_cell AS cell WHERE cell.release_id = release_area.release_id
              AND cell.area_level = :level AND cell.area_code = release_area.code))
     ORDER BY code, level DESC"""

_SHAPES: Final = text(
    f"""
    SELECT code, name, level, ST_AsGeoJSON(ST_ForcePolygonCCW(geom), :digits) AS shape
      FROM ({LEVEL_AREAS}) AS area
     ORDER BY code COLLATE "C"
    """
)


def stream_areas(connection: Connection, release_id: int, level: int) -> Iterator[tuple[str, str, int, Any]]:
    """Stream code, name, level and GeoJSON geometry of the areas of a level, ordered by code.

    An area without areas below it stands for itself, with its own level.
    """
    query = _SHAPES.execution_options(stream_results=True, yield_per=_ROWS_AT_A_TIME)
    result = connection.execute(query, {"release_id": release_id, "level": level, "digits": DIGITS})
    return ((row.code, row.name, row.level, json.loads(row.shape)) for row in result)
