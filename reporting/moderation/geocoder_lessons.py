"""Learned placements for a supervisor: list what pins and imports taught the geocoder, and delete entries.

A learned placement contains words that people wrote. So each one that is shown is recorded in the access log of its
report.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text

from geo.lessons import TAUGHT_BY_MODERATOR, count_lessons, forget_ids, list_lessons
from geo.types import Lesson
from reporting.moderation.access_log import record_access

PAGE = 50
_log = structlog.get_logger(__name__)

_REPORTS = text(
    """
    SELECT taught.number, report.id, report.reference, report.is_sensitive
      FROM unnest(CAST(:sources AS text[]), CAST(:source_ids AS text[]), CAST(:report_ids AS bigint[]))
           WITH ORDINALITY AS taught (source, source_id, report_id, number)
      JOIN report ON report.campaign_id = :campaign_id
       AND (report.id = taught.report_id OR (report.source, report.source_id) = (taught.source, taught.source_id))
    """
)


@dataclass(frozen=True, slots=True)
class LearnedPlace:
    """One learned placement: the name of the place, the words around it, and the location.

    `lat` and `lon` are in degrees, `radius_m` in metres. `report_id` and `reference` are those of the report it was
    learned from, None where that report is not stored here.
    """

    id: int
    name: str
    said: str
    lat: float
    lon: float
    radius_m: float
    by_pin: bool
    report_id: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class LearnedPlacePage:
    """A page of learned placements, newest first, and the number of all that match."""

    lessons: list[LearnedPlace]
    count: int
    next_before_id: int | None


def show_lessons(
    connection: Connection, campaign_id: int, account_id: int, *, words: str = "", before_id: int | None = None
) -> LearnedPlacePage:
    """List learned placements that contain these words, and record the access to the reports they were learned from.

    Placements learned from a sensitive report are left out: a report may have become sensitive just now.
    """
    found = list_lessons(connection, campaign_id, words=words, before_id=before_id, limit=PAGE)
    reports = _find_reports(connection, campaign_id, list(found.values()))
    shown = [
        _describe(lesson_id, lesson, *reports.get(number, (None, None)))
        for number, (lesson_id, lesson) in enumerate(found.items(), 1)
        if number not in reports or reports[number] != (None, None)
    ]
    record_access(connection, account_id, [lesson.report_id for lesson in shown if lesson.report_id is not None])
    count = count_lessons(connection, campaign_id, words=words)
    return LearnedPlacePage(shown, count, min(found) if len(found) == PAGE else None)


def forget_lesson(connection: Connection, campaign_id: int, account_id: int, lesson_id: int) -> bool:
    """Delete a learned placement at once, and log by whom, without any word of it.

    Returns False where it was gone already.
    """
    is_forgotten = bool(forget_ids(connection, campaign_id, [lesson_id]))
    if is_forgotten:
        _log.info("lesson_forgotten", lesson_id=lesson_id, account_id=account_id)
    return is_forgotten


def _find_reports(
    connection: Connection, campaign_id: int, lessons: list[Lesson]
) -> dict[int, tuple[int | None, str | None]]:
    """Find id and reference of each placement's report, by its number from 1. Both are None for a sensitive report."""
    values = {
        "campaign_id": campaign_id,
        "sources": [lesson.source for lesson in lessons],
        "source_ids": [lesson.source_id for lesson in lessons],
        "report_ids": [int(lesson.source_id) if _is_of_pin(lesson) else None for lesson in lessons],
    }
    return {
        row.number: (None, None) if row.is_sensitive else (row.id, row.reference)
        for row in connection.execute(_REPORTS, values)
    }


def _is_of_pin(lesson: Lesson) -> bool:
    return lesson.source == TAUGHT_BY_MODERATOR


def _describe(lesson_id: int, lesson: Lesson, report_id: int | None, reference: str | None) -> LearnedPlace:
    name, _, said = lesson.words.partition("\n")
    return LearnedPlace(
        lesson_id, name, said, lesson.lat, lesson.lon, lesson.radius_m, _is_of_pin(lesson), report_id, reference
    )
