"""Membership in an incident: which report stands for the incident in an act, and whether reports still belong to it."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text

from reporting.models.report import Report
from reporting.models.states import LinkState, ReportState
from reporting.moderation.errors import ChangeRefused, IncidentUnknown, ReportUnknown

_PARTNER = text(
    f"""
    SELECT other.id FROM report AS other
      LEFT JOIN link ON link.state = '{LinkState.LINKED}' AND (link.report_id, link.candidate_id) IN
               ((:report_id, other.id), (other.id, :report_id))
     WHERE other.incident_id = :incident_id AND other.id <> :report_id
     ORDER BY link.score DESC NULLS LAST, other.id LIMIT 1
    """
)


def get_anchor(connection: Connection, campaign_id: int, incident_id: int, *, prefer: int = 0) -> int:
    """Get the report that others are linked with: `prefer` where it is of the incident, else the first one.

    Raises IncidentUnknown where there is none, or only a sensitive one.
    """
    query = (
        select(Report.id)
        .where(
            Report.incident_id == incident_id, Report.campaign_id == campaign_id, ~Report.is_sensitive,
            Report.state != ReportState.ERASED,
        )
        .order_by(Report.id != prefer, Report.id)
        .limit(1)
    )  # fmt: skip
    found = connection.execute(query).scalar()
    if found is None:
        raise IncidentUnknown
    return found


def get_partner(connection: Connection, incident_id: int, report_id: int) -> int:
    """Get the report of the incident with the strongest link to this one. Raises ChangeRefused when it is alone."""
    found = connection.execute(_PARTNER, {"incident_id": incident_id, "report_id": report_id}).scalar()
    if found is None:
        raise ChangeRefused
    return int(found)


def check_members(connection: Connection, campaign_id: int, incident_id: int, report_ids: Sequence[int]) -> None:
    """Check that all reports are of the incident. Raises ChangeRefused where another moderator was faster."""
    query = select(func.count()).where(
        Report.id.in_(report_ids), Report.campaign_id == campaign_id, Report.incident_id == incident_id
    )
    if connection.execute(query).scalar_one() != len(set(report_ids)):
        raise ChangeRefused


def get_other(
    connection: Connection, campaign_id: int, *, report_id: int, reference: str, sees_restricted: bool
) -> int:
    """Get a report of the campaign by its id, or where that is 0 by its reference. Raises ReportUnknown."""
    query = select(Report.id).where(Report.campaign_id == campaign_id, Report.state != ReportState.ERASED)
    if not sees_restricted:
        query = query.where(~Report.is_sensitive)
    wanted = Report.id == report_id if report_id else Report.reference == reference.strip().upper()
    found = connection.execute(query.where(wanted)).scalar()
    if found is None:
        raise ReportUnknown
    return found


def get_incident_of(connection: Connection, report_id: int) -> int:
    """Get the current incident of a report."""
    return int(connection.execute(select(Report.incident_id).where(Report.id == report_id)).scalar_one())
