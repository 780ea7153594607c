"""Reads the areas of a campaign with all their names and the areas around each."""

from sqlalchemy import Connection, text

from reporting.population.match import Area
from reporting.population.names import fold_area

_LIST = text(
    """
    SELECT area.code, area.level, area.name, area.parent_code,
           area.names || ARRAY(SELECT alternate_name.name FROM alternate_name WHERE alternate_name.area_id = area.id)
               AS names,
           ARRAY(SELECT DISTINCT piece.code FROM area_piece AS piece
                  WHERE piece.campaign_id = :campaign_id AND piece.level < area.level
                    AND ST_Intersects(piece.geom, ST_PointOnSurface(area.geom))) AS around
      FROM area WHERE area.campaign_id = :campaign_id ORDER BY area.level, area.code
    """
)


def list_areas(connection: Connection, campaign_id: int) -> dict[int, list[Area]]:
    """List the areas by level, each with the areas around it and those that they were loaded as parts of."""
    rows = connection.execute(_LIST, {"campaign_id": campaign_id}).all()
    parents = {row.code: row.parent_code for row in rows}
    levels: dict[int, list[Area]] = {}
    for row in rows:
        names = tuple(fold_area(name) for name in dict.fromkeys([row.name, *row.names]))
        ancestors = frozenset([*row.around, *_climb(row.parent_code, parents)])
        levels.setdefault(row.level, []).append(Area(row.code, row.level, row.name, names, ancestors))
    return levels


def _climb(code: str | None, parents: dict[str, str | None]) -> list[str]:
    """List a parent and its parents; a loop ends."""
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        code = parents.get(code)
    return found
