"""Restriction of a sensitive report: out of the ordinary queue, incidents, learned placements and notifications."""

from sqlalchemy import Connection, delete, insert, or_, select, update

from reporting.incidents.lock import lock_linking_of
from reporting.incidents.refresh import follow
from reporting.models.report import Incident, Link, Report
from reporting.models.states import LinkState
from reporting.outbox.outbox import withdraw_status_notices
from reporting.privacy.erasure import delete_placements_of


def restrict(connection: Connection, report_id: int, reason: str) -> None:
    """Mark a report as sensitive for a reason of `sensitive.py`, and move it to an incident of its own without links.

    Links that a moderator removed by hand stay recorded. A report that is already sensitive is not changed.
    """
    lock_linking_of(connection, report_id)
    query = select(Report.campaign_id, Report.topic_id, Report.is_sensitive, Report.incident_id).where(
        Report.id == report_id
    )
    report = connection.execute(query.with_for_update(key_share=True)).one()
    if report.is_sensitive:
        return
    own = insert(Incident).values(campaign_id=report.campaign_id, topic_id=report.topic_id).returning(Incident.id)
    own_id = connection.execute(own).scalar_one()
    values = {
        "is_sensitive": True,
        "sensitive_reason": reason,
        "incident_id": own_id,
        # The moderator who holds the lease may have no right to read sensitive reports.
        "leased_by": None,
        "leased_until": None,
    }
    connection.execute(update(Report).where(Report.id == report_id).values(values))
    of_it = or_(Link.report_id == report_id, Link.candidate_id == report_id)
    connection.execute(delete(Link).where(of_it, Link.state != LinkState.UNLINKED))
    delete_placements_of(connection, report.campaign_id, [report_id])
    withdraw_status_notices(connection, [report_id])
    follow(connection, [report.incident_id, own_id], [report_id])
