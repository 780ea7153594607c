"""Blocking (record linkage): finds the earlier reports that may be of the same incident, in one query for a batch.

Candidates come from four searches: near in space and time, equal text, nearly equal text, same sender. Each takes a
bounded number of index steps, also when thousands share a pin, or ten thousand phones send one text, or all of these
are rejected. Sensitive reports have no candidates and never are candidates.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from reporting.incidents.similarity import CROWD_FREE, Observation, widen_m
from reporting.models.report import SPACETIME
from reporting.models.states import ReportState

_REACH_M = 300  # added to the sum of both radii
_REACH_CAP_M = 5_000
_NEAREST = 60  # nearest reports in space and time that are read
_TOGETHER = 30  # reports of one topic on one point, beyond which the point counts as a default pin
_COPIES = 10
_NEAR_COPIES = 4  # for each MinHash band of a text
_OF_SENDER = 5
_LOOKED_AT = 40  # reports read in the searches by text and by sender

_COLUMNS = """
    SELECT n.id, n.occurred_at, ST_Y(n.point) AS lat, ST_X(n.point) AS lon, coalesce(n.radius_m, 0) AS radius_m,
           topic.code AS topic, n.text, n.language, n.gazetteer_name, n.contact_id, n.source, n.incident_id,
           coalesce(topic.incident_window_h, 72) AS incident_window_h
    FROM report n LEFT JOIN topic ON topic.id = n.topic_id
"""
_REPORTS = text(_COLUMNS + " WHERE n.id = ANY(CAST(:ids AS bigint[])) ORDER BY n.id")
# `crowd` counts the nearest reports on the candidate's exact point with another topic, which mark a default pin. Those
# with the same topic count only beyond `_TOGETHER`: up to that number they are the matches that are searched for.
# The wanted reports are selected first (MATERIALIZED); otherwise the planner may find candidates for all reports.
CANDIDATES = text(
    f"""
    WITH r AS MATERIALIZED (
        SELECT own.id, own.campaign_id, own.contact_id, own.point, own.radius_m, own.occurred_at, own.text_key,
               own.topic_id, make_interval(hours => coalesce(topic.incident_window_h, 72)) AS reach
          FROM report own LEFT JOIN topic ON topic.id = own.topic_id
         WHERE own.id = ANY(CAST(:ids AS bigint[])) AND NOT own.is_sensitive)
    SELECT r.id AS report_id, candidate.*, found.crowd
    FROM r
    CROSS JOIN LATERAL (
        SELECT every.id, max(every.crowd) AS crowd FROM (
            (SELECT near.id, near.crowd FROM (
                SELECT n.id, n.state, n.is_sensitive, n.occurred_at, n.point, n.radius_m, n.campaign_id, n.place_in_row,
                       count(*) FILTER (WHERE (n.topic_id = r.topic_id) IS NOT TRUE) OVER here
                           + greatest(0, count(*) FILTER (WHERE n.topic_id = r.topic_id) OVER here - {_TOGETHER})
                           AS crowd
                FROM (SELECT n.*, row_number() OVER () AS place_in_row FROM (
                    SELECT n.id, n.state, n.is_sensitive, n.occurred_at, n.point, n.radius_m, n.campaign_id, n.topic_id
                    FROM report n WHERE n.point IS NOT NULL AND r.point IS NOT NULL
                    ORDER BY {SPACETIME.format("n.")} <<->> {SPACETIME.format("r.")} LIMIT {_NEAREST}
                ) n) n
                WINDOW here AS (PARTITION BY n.point)
             ) near
             WHERE near.campaign_id = r.campaign_id AND near.id < r.id AND near.state <> '{ReportState.REJECTED}'
               AND NOT near.is_sensitive
               AND near.occurred_at BETWEEN r.occurred_at - r.reach AND r.occurred_at + r.reach
               AND ST_DWithin(near.point::geography, r.point::geography,
                              least(coalesce(near.radius_m, 0) + coalesce(r.radius_m, 0) + {_REACH_M}, {_REACH_CAP_M}))
             ORDER BY near.place_in_row LIMIT :limit)
            UNION ALL
            (SELECT n.id, 0 FROM (
                SELECT n.id, n.state, n.is_sensitive FROM report n
                 WHERE n.campaign_id = r.campaign_id AND n.text_key = r.text_key AND r.text_key <> 0 AND n.id < r.id
                 ORDER BY n.id DESC LIMIT {_LOOKED_AT}) n
              WHERE n.state <> '{ReportState.REJECTED}' AND NOT n.is_sensitive
              ORDER BY n.id DESC LIMIT {_COPIES})
            UNION ALL
            (SELECT n.id, 0 FROM report_minhash own
              CROSS JOIN LATERAL (
                SELECT b.report_id FROM report_minhash b
                 WHERE b.campaign_id = own.campaign_id AND b.band = own.band AND b.report_id < r.id
                 ORDER BY b.report_id DESC LIMIT {_NEAR_COPIES}) near
               JOIN report n ON n.id = near.report_id AND n.state <> '{ReportState.REJECTED}' AND NOT n.is_sensitive
              WHERE own.report_id = r.id)
            UNION ALL
            (SELECT n.id, 0 FROM (
                SELECT n.id, n.campaign_id, n.state, n.is_sensitive FROM report n
                 WHERE n.contact_id = r.contact_id AND n.id < r.id
                 ORDER BY n.id DESC LIMIT {_LOOKED_AT}) n
              WHERE n.campaign_id = r.campaign_id AND n.state <> '{ReportState.REJECTED}' AND NOT n.is_sensitive
              ORDER BY n.id DESC LIMIT {_OF_SENDER})
        ) AS every GROUP BY every.id
    ) AS found
    JOIN LATERAL ({_COLUMNS} WHERE n.id = found.id) AS candidate ON true
    ORDER BY r.id, candidate.id
    """
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report as the comparison uses it, with its incident and its topic's window in seconds."""

    observation: Observation
    incident_id: int
    window_s: float


def list_observations(connection: Connection, report_ids: Sequence[int]) -> list[Candidate]:
    """List the observations of these reports, ordered by id."""
    return [_candidate(row) for row in connection.execute(_REPORTS, {"ids": list(report_ids)})]


def list_candidates(
    connection: Connection, report_ids: Sequence[int], *, limit: int = 30
) -> dict[int, list[Candidate]]:
    """List candidates by report id, earliest first; a report without any is absent.

    At most `limit` by place, and a few more by text and by sender.
    """
    found: dict[int, list[Candidate]] = defaultdict(list)
    for row in connection.execute(CANDIDATES, {"ids": list(report_ids), "limit": limit}):
        found[row.report_id].append(_candidate(row, row.crowd))
    return dict(found)


def _candidate(row: Any, crowd: int = 0) -> Candidate:
    observation = Observation(
        id=row.id,
        at=row.occurred_at,
        lat=row.lat,
        lon=row.lon,
        radius_m=widen_m(row.radius_m, crowd),
        topic=row.topic,
        text=row.text,
        sender=str(row.contact_id) if row.contact_id is not None else None,
        source=row.source,
        location=row.gazetteer_name if crowd <= CROWD_FREE else None,
        language=row.language,
    )
    return Candidate(observation, row.incident_id, row.incident_window_h * 3600.0)
