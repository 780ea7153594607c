"""Incidents for an identified partner, one by one: without words and senders, no nearer than enough people live.

Only what moderators approved, and nothing of an incident of which any report is sensitive. A topic of high sensitivity
is given to keys that name it, one of severe sensitivity to nobody. Each call is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, text

from reporting.accounts.api_key import KeyHolder
from reporting.conversation.status import IncidentResponse, find_response
from reporting.models.api_key import PartnerAccess
from reporting.models.states import ReportState
from reporting.publishing.public_location import PublicPlace, find_public_place

_SOURCES: Final = ((10, "GE10"), (5, "5T9"), (2, "2T4"), (1, "1"))  # classes, and not the number

# Of the approved reports of an incident the first with a place stands for it. Senders of copies are one source.
_INCIDENTS: Final = text(
    f"""
    SELECT incident.id, shown.report_id, shown.reference, topic.code AS topic, shown.area_codes, shown.occurred_on,
           told.reported_on, told.sources
      FROM incident
      CROSS JOIN LATERAL (
           SELECT report.id AS report_id, report.reference, report.topic_id, report.area_codes,
                  (report.occurred_at AT TIME ZONE :timezone)::date AS occurred_on
             FROM report WHERE report.incident_id = incident.id AND report.state = '{ReportState.APPROVED}'
            ORDER BY report.point IS NULL, report.id LIMIT 1) AS shown
      JOIN topic ON topic.id = shown.topic_id
      CROSS JOIN LATERAL (
           SELECT min((report.reported_at AT TIME ZONE :timezone)::date) AS reported_on,
                  count(DISTINCT coalesce('c' || CASE WHEN burst.id IS NULL OR burst.dismissed_at IS NOT NULL
                                                 THEN report.contact_id END, 'b' || burst.id, 'r')) AS sources
             FROM report LEFT JOIN duplicate_burst AS burst ON burst.id = report.duplicate_burst_id
            WHERE report.incident_id = incident.id AND report.state = '{ReportState.APPROVED}') AS told
     WHERE incident.campaign_id = :campaign_id AND incident.id > :after
       AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id AND report.is_sensitive)
       AND (topic.sensitivity IN ('low', 'moderate') OR topic.sensitivity = 'high' AND topic.code = ANY(:scope_topics))
       AND (CAST(:scope_topics AS text[]) = '{{}}' OR topic.code = ANY(:scope_topics))
       AND (CAST(:scope_areas AS text[]) = '{{}}' OR EXISTS (
            SELECT FROM jsonb_each_text(shown.area_codes) AS place WHERE place.value = ANY(:scope_areas)))
       AND (CAST(:topic AS text) IS NULL OR topic.code = :topic)
       AND (CAST(:area AS text) IS NULL OR EXISTS (
            SELECT FROM jsonb_each_text(shown.area_codes) AS place WHERE place.value = :area))
       AND (CAST(:since AS date) IS NULL OR shown.occurred_on >= :since)
     ORDER BY incident.id LIMIT :count
    """
)
_TIMEZONE: Final = text("SELECT timezone FROM campaign WHERE id = :id")


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents are asked for, besides the scope of the key: of a topic, in an area, since a day."""

    topic: str | None = None
    area: str | None = None
    since: date | None = None
    after: int = 0
    limit: int = 100

    def to_row(self) -> dict[str, Any]:
        """Write it for the log."""
        since = self.since.isoformat() if self.since else None
        asked = {"topic": self.topic, "area": self.area, "since": since, "after": self.after, "limit": self.limit}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class PartnerIncident:
    """One incident as a partner is told of it. `sources` is a class: `1`, `2T4`, `5T9`, `GE10`."""

    id: int
    topic: str
    occurred_on: date
    reported_on: date
    sources: str
    place: PublicPlace | None
    response: IncidentResponse
    office: Mapping[str, str] | None


def read_incidents(
    connection: Connection, holder: KeyHolder, query: IncidentQuery
) -> tuple[list[PartnerIncident], bool]:
    """Read the incidents of a key's scope in the order of their numbers, and whether there are more; log the call.

    The place of each is chosen and stored at the first call, so that later ones say the same. The caller commits.
    """
    timezone = connection.execute(_TIMEZONE, {"id": holder.campaign_id}).scalar_one()
    values = {
        "campaign_id": holder.campaign_id, "timezone": timezone, "after": query.after, "count": query.limit + 1,
        "topic": query.topic, "area": query.area, "since": query.since,
        "scope_topics": list(holder.topics), "scope_areas": list(holder.areas),
    }  # fmt: skip
    rows = connection.execute(_INCIDENTS, values).all()
    found = [_describe(connection, holder.campaign_id, row) for row in rows[: query.limit]]
    row = {"campaign_id": holder.campaign_id, "api_key_id": holder.key_id, "asked": query.to_row()}
    connection.execute(insert(PartnerAccess).values(row | {"incidents": len(found)}))
    return found, len(rows) > query.limit


def _describe(connection: Connection, campaign_id: int, row: Row[Any]) -> PartnerIncident:
    response, office = find_response(connection, row.report_id)
    place = find_public_place(connection, campaign_id, row.reference)
    sources = next(name for least, name in _SOURCES if row.sources >= least)
    return PartnerIncident(row.id, row.topic, row.occurred_on, row.reported_on, sources, place, response, office)
