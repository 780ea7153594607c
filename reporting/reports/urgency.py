"""Urgency: which waiting reports are read first, as points that are added up, each with its reason as a code.

Explainable on purpose: a campaign marks topics as urgent, and their keywords in its languages are the words that make a
report urgent; sources of their own and a long wait add to it. Points are written by the worker for new reports and by a
job for the rest, never while a page is shown.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import DISMISSED, ReportState

HIGH: Final = 4  # points from which lives may depend on a report
RAISED: Final = 2  # points from which a report is marked in the list


class UrgencyReason(StrEnum):
    """Why a report is urgent; pages word it."""

    TOPIC = "topic"
    OTHER_TOPIC = "other_topic"
    SENSITIVE = "sensitive"
    SOURCES = "sources"
    MANY_SOURCES = "many_sources"
    WAITING = "waiting"


POINTS: Final = {
    UrgencyReason.TOPIC: 4,
    UrgencyReason.OTHER_TOPIC: 3,  # one of its further topics is urgent, and its first one is not
    UrgencyReason.SENSITIVE: 3,
    UrgencyReason.SOURCES: 1,  # two independent sources of its incident
    UrgencyReason.MANY_SOURCES: 2,  # five
    UrgencyReason.WAITING: 1,  # for a day: within the same points the oldest comes first anyway
}
_SOURCES_LEAST: Final = 2
_MANY_SOURCES_LEAST: Final = 5
_COUNTED: Final = 60  # reports of an incident, as in incidents/refresh.py
_WAITING_H: Final = 24
_CHUNK: Final = 2_000

_HOLDS: Final = {
    UrgencyReason.TOPIC: "coalesce(topic.is_urgent, false)",
    UrgencyReason.OTHER_TOPIC: (
        "NOT coalesce(topic.is_urgent, false) AND EXISTS (SELECT FROM topic AS other"
        " WHERE other.campaign_id = report.campaign_id AND other.is_urgent"
        " AND report.other_topics @> to_jsonb(other.code))"
    ),
    UrgencyReason.SENSITIVE: "report.is_sensitive",
    UrgencyReason.SOURCES: f"sources.number BETWEEN {_SOURCES_LEAST} AND {_MANY_SOURCES_LEAST - 1}",
    UrgencyReason.MANY_SOURCES: f"sources.number >= {_MANY_SOURCES_LEAST}",
    UrgencyReason.WAITING: f"report.reported_at < now() - interval '{_WAITING_H} hours'",
}
_REASONS: Final = ", ".join(f"CASE WHEN {holds} THEN '{reason}' END" for reason, holds in _HOLDS.items())
_SUM: Final = " ".join(f"WHEN '{reason}' THEN {points}" for reason, points in POINTS.items())
# Reports that somebody decides on now are passed over: the next time is soon enough. Changed rows alone are written.
_SET = text(
    f"""
    WITH scored AS MATERIALIZED (
        SELECT report.id, array_remove(ARRAY[{_REASONS}], NULL) AS reasons
          FROM report
          JOIN incident ON incident.id = report.incident_id
          LEFT JOIN topic ON topic.id = report.topic_id
         CROSS JOIN LATERAL (
               SELECT CASE WHEN incident.report_count < {_SOURCES_LEAST} THEN 1 ELSE (
                      SELECT count(DISTINCT coalesce(near.contact_id, 0)) FROM (
                             SELECT contact_id FROM report AS mate
                               LEFT JOIN duplicate_burst ON duplicate_burst.id = mate.duplicate_burst_id
                              WHERE mate.incident_id = report.incident_id AND mate.state NOT IN {DISMISSED}
                                AND mate.is_sensitive = report.is_sensitive
                                AND (mate.duplicate_burst_id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)
                              LIMIT {_COUNTED}) AS near) END AS number) AS sources
         WHERE report.id = ANY(CAST(:ids AS bigint[])) AND report.state = '{ReportState.QUEUED}'),
    changed AS MATERIALIZED (
        SELECT report.id, scored.reasons FROM scored JOIN report ON report.id = scored.id
         WHERE report.urgency_reasons IS DISTINCT FROM scored.reasons
         ORDER BY report.id FOR NO KEY UPDATE OF report SKIP LOCKED)
    UPDATE report SET urgency_reasons = changed.reasons,
           urgency = (SELECT coalesce(sum(CASE reason {_SUM} END), 0) FROM unnest(changed.reasons) AS reason)
      FROM changed WHERE report.id = changed.id
    """
)
_CAMPAIGNS = text(
    f"""
    SELECT id FROM campaign
     WHERE EXISTS (SELECT FROM report WHERE campaign_id = campaign.id AND state = '{ReportState.QUEUED}') ORDER BY id
    """
)
_NEXT = text(
    f"""
    SELECT id FROM report WHERE campaign_id = :campaign_id AND state = '{ReportState.QUEUED}' AND id > :after_id
     ORDER BY id LIMIT {_CHUNK}
    """
)


def set_urgency(connection: Connection, report_ids: Sequence[int]) -> int:
    """Write the urgency of waiting reports where it has changed; returns of how many it has."""
    return connection.execute(_SET, {"ids": list(report_ids)}).rowcount if report_ids else 0


def list_campaigns(connection: Connection) -> list[int]:
    """List the campaigns that have waiting reports."""
    return list(connection.execute(_CAMPAIGNS).scalars())


def set_urgency_behind(connection: Connection, campaign_id: int, after_id: int) -> int | None:
    """Write the urgency of the next waiting reports behind an id; returns the last id, None when there are no more."""
    ids = list(connection.execute(_NEXT, {"campaign_id": campaign_id, "after_id": after_id}).scalars())
    set_urgency(connection, ids)
    return int(ids[-1]) if ids else None
