"""Learned placements: words that meant a point, learned from a moderator's pin or an approved report.

Learned placements can be listed and deleted again.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from geo.spatial_sql import bump_gazetteer_version
from geo.types import PlacementRecord

FROM_MODERATOR = "moderator"  # source of what was learned from a pin; the source id is the report's

_BATCH = 1_000
_TEACH = text(
    """
    INSERT INTO learned_placement (campaign_id, source, source_id, words, radius_m, geom)
    VALUES (:campaign_id, :source, :source_id, :words, :radius_m, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
    ON CONFLICT (campaign_id, source, source_id) DO UPDATE
       SET words = excluded.words, radius_m = excluded.radius_m, geom = excluded.geom
     WHERE (learned_placement.words, learned_placement.radius_m) IS DISTINCT FROM (excluded.words, excluded.radius_m)
        OR NOT learned_placement.geom = excluded.geom
    """
)
# A plain substring search without LIKE patterns, so that `%` and `_` need no escaping; case is ignored.
_ASKED = """
      FROM learned_placement
     WHERE campaign_id = :campaign_id
       AND (:words = '' OR position(lower(:words) IN lower(words)) > 0)
       AND (CAST(:source AS text) IS NULL OR source = :source)
"""
_LIST = text(
    f"""
    SELECT id, words, ST_Y(geom), ST_X(geom), radius_m, source, source_id {_ASKED}
       AND id < :before ORDER BY id DESC LIMIT :limit
    """
)
_COUNT = text(f"SELECT count(*) {_ASKED}")
_FORGET_IDS = text("DELETE FROM learned_placement WHERE campaign_id = :campaign_id AND id = ANY(:ids) RETURNING id")


def add_placement(
    connection: Connection,
    campaign_id: int,
    words: str,
    lat: float,
    lon: float,
    radius_m: float,
    source: str,
    source_id: str,
) -> None:
    """Store that these words meant this point; the same source and id again replaces the earlier placement.

    `words` is the sender's name of the place; further lines may hold what was said around it. Degrees in WGS 84, radius
    in metres. The caller commits. Raises ValueError for a point that is not on the globe.
    """
    add_placements(connection, campaign_id, [PlacementRecord(words, lat, lon, radius_m, source, source_id)])


def add_placements(connection: Connection, campaign_id: int, placements: Iterable[PlacementRecord]) -> int:
    """Store many learned placements with one new gazetteer version; returns how many were new or different.

    Placements with empty words are skipped. The caller commits. Raises ValueError for a point that is not on the globe.
    """
    changed = 0
    rows = (_values(campaign_id, placement) for placement in placements if placement.words.strip())
    while batch := list(islice(rows, _BATCH)):
        changed += connection.execute(_TEACH, batch).rowcount
    if changed:
        bump_gazetteer_version(connection, campaign_id)
    return changed


def delete_placements(connection: Connection, campaign_id: int, source: str, source_id: str | None = None) -> int:
    """Delete one learned placement, or all of a source; returns how many were deleted. The caller commits."""
    query = text(
        """
        DELETE FROM learned_placement WHERE campaign_id = :campaign_id AND source = :source
           AND (CAST(:source_id AS text) IS NULL OR source_id = :source_id)
        """
    )
    values = {"campaign_id": campaign_id, "source": source, "source_id": source_id}
    dropped = connection.execute(query, values).rowcount
    if dropped:
        bump_gazetteer_version(connection, campaign_id)
    return dropped


def delete_placements_by_id(connection: Connection, campaign_id: int, ids: Sequence[int]) -> list[int]:
    """Delete the learned placements of these ids; returns those that the campaign had. The caller commits."""
    dropped = list(connection.execute(_FORGET_IDS, {"campaign_id": campaign_id, "ids": list(ids)}).scalars())
    if dropped:
        bump_gazetteer_version(connection, campaign_id)
    return dropped


def list_placements(
    connection: Connection,
    campaign_id: int,
    *,
    words: str = "",
    source: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> dict[int, PlacementRecord]:
    """List one page of learned placements by id, the newest first.

    `words` keeps those that contain these words, `source` those of one source. `before_id` is the last id of the page
    before.
    """
    values = _asked(campaign_id, words, source)
    values |= {"before": 2**62 if before_id is None else before_id, "limit": limit}
    return {row[0]: PlacementRecord(*row[1:]) for row in connection.execute(_LIST, values)}


def count_placements(connection: Connection, campaign_id: int, *, words: str = "", source: str | None = None) -> int:
    """Count the learned placements that `list_placements` would list on all its pages."""
    return int(connection.execute(_COUNT, _asked(campaign_id, words, source)).scalar_one())


def _asked(campaign_id: int, words: str, source: str | None) -> dict[str, Any]:
    return {"campaign_id": campaign_id, "words": words.replace("\x00", " ").strip(), "source": source}


def _values(campaign_id: int, placement: PlacementRecord) -> dict[str, Any]:
    if not (abs(placement.lat) <= 90 and abs(placement.lon) <= 180):
        raise ValueError("a lesson's point is not on the globe")
    return {
        "campaign_id": campaign_id,
        "words": placement.words.replace("\x00", " "),
        "lat": placement.lat,
        "lon": placement.lon,
        "radius_m": placement.radius_m,
        "source": placement.source,
        "source_id": placement.source_id,
    }
