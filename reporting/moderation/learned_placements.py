"""Learned placements for a supervisor: list what the geocoder learned from pins and imports, and delete entries.

A learned placement contains words that people wrote. So each one that is shown is recorded in the access log of its
report.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text

from geo.learned_placements import FROM_MODERATOR, count_placements, delete_placements_by_id, list_placements
from geo.types import PlacementRecord
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

    placements: list[LearnedPlace]
    count: int
    next_before_id: int | None


def show_placements(
    connection: Connection, campaign_id: int, account_id: int, *, words: str = "", before_id: int | None = None
) -> LearnedPlacePage:
    """List learned placements that contain these words, and record the access to the reports they were learned from.

    Placements learned from a sensitive report are left out: a report may have become sensitive just now.
    """
    found = list_placements(connection, campaign_id, words=words, before_id=before_id, limit=PAGE)
    reports = _find_reports(connection, campaign_id, list(found.values()))
    shown = [
        _describe(placement_id, placement, *reports.get(number, (None, None)))
        for number, (placement_id, placement) in enumerate(found.items(), 1)
        if number not in reports or reports[number] != (None, None)
    ]
    record_access(
        connection, account_id, [placement.report_id for placement in shown if placement.report_id is not None]
    )
    count = count_placements(connection, campaign_id, words=words)
    return LearnedPlacePage(shown, count, min(found) if len(found) == PAGE else None)


def delete_placement(connection: Connection, campaign_id: int, account_id: int, placement_id: int) -> bool:
    """Delete a learned placement at once, and log by whom, without any word of it.

    Returns False where it was gone already.
    """
    is_forgotten = bool(delete_placements_by_id(connection, campaign_id, [placement_id]))
    if is_forgotten:
        _log.info("learned_placement_deleted", placement_id=placement_id, account_id=account_id)
    return is_forgotten


def _find_reports(
    connection: Connection, campaign_id: int, placements: list[PlacementRecord]
) -> dict[int, tuple[int | None, str | None]]:
    """Find id and reference of each placement's report, by its number from 1. Both are None for a sensitive report."""
    values = {
        "campaign_id": campaign_id,
        "sources": [placement.source for placement in placements],
        "source_ids": [placement.source_id for placement in placements],
        "report_ids": [int(placement.source_id) if _is_of_pin(placement) else None for placement in placements],
    }
    return {
        row.number: (None, None) if row.is_sensitive else (row.id, row.reference)
        for row in connection.execute(_REPORTS, values)
    }


def _is_of_pin(placement: PlacementRecord) -> bool:
    return placement.source == FROM_MODERATOR


def _describe(
    placement_id: int, placement: PlacementRecord, report_id: int | None, reference: str | None
) -> LearnedPlace:
    name, _, said = placement.words.partition("\n")
    return LearnedPlace(
        placement_id,
        name,
        said,
        placement.lat,
        placement.lon,
        placement.radius_m,
        _is_of_pin(placement),
        report_id,
        reference,
    )
