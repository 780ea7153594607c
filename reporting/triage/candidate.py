"""Which earlier reports may be of the same incident: asked of PostGIS for a batch of reports in one round trip.

Bounded work per report whatever the data looks like: the latest so many, and no more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from reporting.triage.likeness import Observation

_REACH_CAP_M = 5_000
_COPIES = 10

_COLUMNS = """
    SELECT n.id, n.occurred_at, ST_Y(n.point) AS lat, ST_X(n.point) AS lon, coalesce(n.radius_m, 0) AS radius_m,
           topic.code AS topic, n.text, n.contact_id, n.source, n.incident_id, coalesce(topic.window_h, 72) AS window_h
    FROM report n LEFT JOIN topic ON topic.id = n.topic_id
"""
_REPORTS = text(_COLUMNS + " WHERE n.id = ANY(CAST(:ids AS bigint[])) ORDER BY n.id")
_CANDIDATES = text(
    f"""
    SELECT wanted.id AS report_id, candidate.*
    FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
    JOIN report r ON r.id = wanted.id
    LEFT JOIN topic t ON t.id = r.topic_id
    CROSS JOIN LATERAL (
        (SELECT n.id FROM report n
          WHERE n.campaign_id = r.campaign_id AND n.id < r.id AND n.state <> 'rejected' AND r.point IS NOT NULL
            AND ST_DWithin(n.point::geography, r.point::geography, least(2 * r.radius_m + 500, {_REACH_CAP_M}))
            AND n.occurred_at BETWEEN r.occurred_at - make_interval(hours => coalesce(t.window_h, 72))
                                  AND r.occurred_at + make_interval(hours => coalesce(t.window_h, 72))
          ORDER BY n.id DESC LIMIT :limit)
        UNION
        (SELECT n.id FROM report n
          WHERE n.campaign_id = r.campaign_id AND n.text_key = r.text_key AND r.text_key <> 0 AND n.id < r.id
            AND n.state <> 'rejected'
          ORDER BY n.id DESC LIMIT {_COPIES})
    ) AS found
    JOIN LATERAL ({_COLUMNS} WHERE n.id = found.id) AS candidate ON true
    """  # noqa: S608  # constants of this file
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report as the comparison sees it, with the incident it is of and its topic's window in seconds."""

    observation: Observation
    incident_id: int
    window_s: float


def list_observations(connection: Connection, report_ids: Sequence[int]) -> list[Candidate]:
    """The reports themselves, in the order of their ids."""
    return [_candidate(row) for row in connection.execute(_REPORTS, {"ids": list(report_ids)})]


def list_candidates(
    connection: Connection, report_ids: Sequence[int], *, limit: int = 30
) -> dict[int, list[Candidate]]:
    """Candidates by report id; a report without any is absent."""
    found: dict[int, list[Candidate]] = defaultdict(list)
    for row in connection.execute(_CANDIDATES, {"ids": list(report_ids), "limit": limit}):
        found[row.report_id].append(_candidate(row))
    return dict(found)


def _candidate(row: Any) -> Candidate:
    observation = Observation(
        id=row.id,
        at=row.occurred_at,
        lat=row.lat,
        lon=row.lon,
        radius_m=row.radius_m,
        topic=row.topic,
        text=row.text,
        sender=str(row.contact_id) if row.contact_id is not None else None,
        source=row.source,
    )
    return Candidate(observation, row.incident_id, row.window_h * 3600.0)
