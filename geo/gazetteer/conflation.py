"""Conflation: finds the same place in several sources and links the copies, so that the locator sees one place.

Two places of different sources are the same when they have the same id of the same id scheme, or when they share a
folded name, lie near each other and have kinds that may be one thing. The link is `place.same_as_id`. Nothing is
deleted, and each source can be loaded again by itself.
"""

from typing import Final

from sqlalchemy import Connection, text

from geo.gazetteer.place_types import group_of, near_m
from geo.gazetteer.staging_table import copy_rows

# Sources disagree about the middle of a large place, but by no more than this.
_FARTHEST_M: Final = 20_000.0

_KINDS = (
    "CREATE TEMP TABLE IF NOT EXISTS kind_group (kind text, name text, near_m float8) ON COMMIT DROP",
    "TRUNCATE kind_group",
)
_WIDEN = text(
    """
    INSERT INTO touched_place
    SELECT follower.id FROM place AS follower JOIN touched_place ON touched_place.id = follower.same_as_id
    """
)
_LOOSEN = text(
    """
    UPDATE place SET same_as_id = NULL FROM touched_place
     WHERE place.id = touched_place.id AND place.same_as_id IS NOT NULL
    """
)
_SOURCES = text(
    """
    SELECT DISTINCT place.source FROM place JOIN touched_place USING (id)
     WHERE place.campaign_id = :campaign_id ORDER BY 1
    """
)
_HAS_OTHERS = text("SELECT EXISTS (SELECT FROM place WHERE campaign_id = :campaign_id AND source <> :source)")
# Two places of one source are never linked to the same place, since a source lists a place only once.
_LINK = text(
    """
    WITH mine AS (
        SELECT DISTINCT place.id, place.geom, place.radius_m, place.scheme, place.source_id, kind_group.name AS grp,
               kind_group.near_m
          FROM touched_place JOIN place USING (id) JOIN kind_group USING (kind)
         WHERE place.campaign_id = :campaign_id AND place.source = :source
           AND NOT EXISTS (SELECT FROM place AS follower WHERE follower.same_as_id = place.id)),
    pair AS (
        SELECT mine.id, other.id AS other_id, ST_DistanceSphere(mine.geom, other.geom) AS away_m,
               least(greatest(mine.near_m, mine.radius_m, other.radius_m), :farthest_m) AS near_m
          FROM mine
          JOIN place_search_name AS own ON own.place_id = mine.id AND own.folded <> ''
          JOIN place_search_name AS namesake ON namesake.campaign_id = :campaign_id AND namesake.folded = own.folded
          JOIN place AS other ON other.id = namesake.place_id
          JOIN kind_group ON kind_group.kind = other.kind AND kind_group.name = mine.grp
         WHERE other.source <> :source AND other.same_as_id IS NULL
           AND abs(ST_Y(other.geom) - ST_Y(mine.geom)) < 0.2
        UNION ALL
        SELECT mine.id, other.id, 0, 1
          FROM mine
          JOIN place AS other ON other.campaign_id = :campaign_id AND other.scheme = mine.scheme
           AND other.source_id = mine.source_id
         WHERE mine.scheme <> '' AND other.source <> :source AND other.same_as_id IS NULL),
    nearest AS (
        SELECT DISTINCT ON (id) id, other_id, away_m FROM pair WHERE away_m <= near_m ORDER BY id, away_m, other_id),
    chosen AS (
        SELECT DISTINCT ON (other_id) id, other_id FROM nearest
         WHERE NOT EXISTS (SELECT FROM place AS follower
                            WHERE follower.same_as_id = nearest.other_id AND follower.source = :source)
         ORDER BY other_id, away_m, id)
    UPDATE place SET same_as_id = chosen.other_id FROM chosen WHERE place.id = chosen.id
    """
)


def link_doubles(connection: Connection, campaign_id: int) -> int:
    """Conflate the places in the temporary table `touched_place`, and those linked to them, again.

    Returns how many places are linked to one of another source now. Their names must be in `place_search_name`. The
    caller commits.
    """
    connection.execute(_WIDEN)
    connection.execute(_LOOSEN)
    sources = connection.execute(_SOURCES, {"campaign_id": campaign_id}).scalars().all()
    linked = 0
    for source in sources:
        values = {"campaign_id": campaign_id, "source": source}
        if not connection.execute(_HAS_OTHERS, values).scalar_one():
            continue
        _list_kinds(connection, campaign_id)
        linked += connection.execute(_LINK, {**values, "farthest_m": _FARTHEST_M}).rowcount
    return linked


def _list_kinds(connection: Connection, campaign_id: int) -> None:
    query = text("SELECT DISTINCT kind FROM place WHERE campaign_id = :campaign_id")
    kinds = connection.execute(query, {"campaign_id": campaign_id}).scalars().all()
    for statement in _KINDS:
        connection.execute(text(statement))
    rows = ((kind, group_of(kind), near_m(group_of(kind))) for kind in kinds)
    copy_rows(connection, "COPY kind_group (kind, name, near_m) FROM STDIN", rows)
    connection.execute(text("ANALYZE kind_group"))
    connection.execute(text("ANALYZE touched_place"))
