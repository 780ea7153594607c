"""List of incidents with several reports that wait for a decision, without any words that people wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.models.states import DISMISSED, ReportState

_LOOKED_AT: Final = 2_000  # only the latest waiting reports are counted, so that a busy day costs no more
LISTED_MOST: Final = 50

_LIST = text(
    f"""
    WITH waiting AS (
        SELECT incident_id, count(*) AS reports FROM (
            SELECT incident_id FROM report
             WHERE campaign_id = :campaign_id AND state = '{ReportState.QUEUED}' AND NOT is_sensitive
             ORDER BY id DESC LIMIT :looked_at) AS latest
         GROUP BY incident_id)
    SELECT incident.id, topic.name AS topic_names, incident.occurred_at,
           told.reports, told.independent_sources, told.copies, waiting.reports AS waiting
      FROM waiting JOIN incident ON incident.id = waiting.incident_id LEFT JOIN topic ON topic.id = incident.topic_id
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE is_own) AS reports, count(*) FILTER (WHERE NOT is_own) AS copies,
                  count(DISTINCT sender) FILTER (WHERE is_own) AS independent_sources
             FROM (SELECT coalesce(report.contact_id, 0) AS sender,
                          duplicate_burst.id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL AS is_own
                     FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
                    WHERE report.incident_id = incident.id AND report.state NOT IN {DISMISSED}
                      AND NOT report.is_sensitive) AS of_it) AS told
     WHERE told.reports + told.copies > 1
     ORDER BY told.independent_sources DESC, told.copies DESC, incident.id DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident with its counts of reports, duplicates (`copies`) and waiting reports.

    `independent_sources` counts independent sources. Only the latest reports of the campaign are counted as waiting.
    """

    id: int
    topic_names: dict[str, Any] | None
    occurred_at: datetime | None
    reports: int
    independent_sources: int
    copies: int
    waiting: int


def list_incidents(connection: Connection, campaign_id: int) -> list[IncidentLine]:
    """List incidents with waiting reports, those with the most independent sources first, at most LISTED_MOST."""
    values = {"campaign_id": campaign_id, "looked_at": _LOOKED_AT, "limit": LISTED_MOST}
    return [IncidentLine(*row) for row in connection.execute(_LIST, values)]
