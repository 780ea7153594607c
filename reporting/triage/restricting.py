"""Takes a report out of the ordinary queue when what its sender adds makes it sensitive."""

from sqlalchemy import Connection, select, update

from reporting.models.report import Incident, Report
from reporting.triage.linking import relink


def restrict(connection: Connection, report_id: int, reason: str) -> None:
    """Mark a report as sensitive, for a reason of `sensitive.py`, with an incident of its own."""
    report = connection.execute(
        select(Report.campaign_id, Report.topic_id, Report.is_sensitive).where(Report.id == report_id).with_for_update()
    ).one()
    if report.is_sensitive:
        return
    own = insert_incident(connection, report.campaign_id, report.topic_id)
    connection.execute(
        update(Report).where(Report.id == report_id).values(is_sensitive=True, sensitive_reason=reason, incident_id=own)
    )
    relink(connection, [report_id])


def insert_incident(connection: Connection, campaign_id: int, topic_id: int | None) -> int:
    """A new incident; its id."""
    statement = Incident.__table__.insert().values(campaign_id=campaign_id, topic_id=topic_id)  # type: ignore[attr-defined]
    return int(connection.execute(statement.returning(Incident.id)).scalar_one())
