"""Lessons: words that meant a point, taught by a moderator's pin or an approved report, and forgettable again."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from geo.spatial import bump_gazetteer_version
from geo.value import Lesson

TAUGHT_BY_MODERATOR = "moderator"  # the source of what a pin taught; its id is the report's

_BATCH = 1_000
_TEACH = text(
    """
    INSERT INTO lesson (campaign_id, source, source_id, words, radius_m, geom)
    VALUES (:campaign_id, :source, :source_id, :words, :radius_m, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
    ON CONFLICT (campaign_id, source, source_id) DO UPDATE
       SET words = excluded.words, radius_m = excluded.radius_m, geom = excluded.geom
     WHERE (lesson.words, lesson.radius_m) IS DISTINCT FROM (excluded.words, excluded.radius_m)
        OR NOT lesson.geom = excluded.geom
    """
)
_LIST = text(
    """
    SELECT words, ST_Y(geom), ST_X(geom), radius_m, source, source_id FROM lesson
     WHERE campaign_id = :campaign_id AND id > :after ORDER BY id LIMIT :limit
    """
)


def teach(
    connection: Connection,
    campaign_id: int,
    words: str,
    lat: float,
    lon: float,
    radius_m: float,
    source: str,
    source_id: str,
) -> None:
    """Remember that these words meant this point; the same source and id again replaces what it taught before.

    `words` is the sender's name of the place; further lines may hold what was said around it. The caller commits.
    """
    teach_many(connection, campaign_id, [Lesson(words, lat, lon, radius_m, source, source_id)])


def teach_many(connection: Connection, campaign_id: int, lessons: Iterable[Lesson]) -> int:
    """`teach` for many lessons with one new version; returns how many were new or different. Empty words are skipped.

    Raises ValueError for a point that is not on the globe.
    """
    changed = 0
    rows = (_values(campaign_id, lesson) for lesson in lessons if lesson.words.strip())
    while batch := list(islice(rows, _BATCH)):
        changed += connection.execute(_TEACH, batch).rowcount
    if changed:
        bump_gazetteer_version(connection, campaign_id)
    return changed


def forget(connection: Connection, campaign_id: int, source: str, source_id: str | None = None) -> int:
    """Drop one lesson, or all that a source taught; returns how many. The caller commits."""
    query = text(
        """
        DELETE FROM lesson WHERE campaign_id = :campaign_id AND source = :source
           AND (CAST(:source_id AS text) IS NULL OR source_id = :source_id)
        """
    )
    values = {"campaign_id": campaign_id, "source": source, "source_id": source_id}
    dropped = connection.execute(query, values).rowcount
    if dropped:
        bump_gazetteer_version(connection, campaign_id)
    return dropped


def list_lessons(connection: Connection, campaign_id: int, after: int = 0, limit: int = 100) -> list[Lesson]:
    """Lessons in the order they were first taught, a page at a time (`after`: the id of the last one seen)."""
    values = {"campaign_id": campaign_id, "after": after, "limit": limit}
    return [Lesson(*row) for row in connection.execute(_LIST, values)]


def _values(campaign_id: int, lesson: Lesson) -> dict[str, Any]:
    if not (abs(lesson.lat) <= 90 and abs(lesson.lon) <= 180):
        raise ValueError("a lesson's point is not on the globe")
    return {
        "campaign_id": campaign_id,
        "words": lesson.words.replace("\x00", " "),
        "lat": lesson.lat,
        "lon": lesson.lon,
        "radius_m": lesson.radius_m,
        "source": lesson.source,
        "source_id": lesson.source_id,
    }
