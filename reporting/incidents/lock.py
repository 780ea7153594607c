"""The linking lock: an advisory lock for changes of a campaign's links, and one order of locks for all code.

The linking lock comes first, then rows of reports, then rows of incidents. Code that locked rows first and then waited
for the linking lock could deadlock with its holder.
"""

from sqlalchemy import Connection, select, text

from reporting.models.report import Report

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('linking', :id))")


def lock_linking(connection: Connection, campaign_id: int) -> None:
    """Take the linking lock of a campaign until the end of the transaction; taking it again costs nothing.

    Call it before locking a row of a report that others can see. With it, two new reports that arrive at the same time
    see each other.
    """
    connection.execute(_LOCK, {"id": campaign_id})


def lock_linking_of(connection: Connection, report_id: int) -> None:
    """Take the linking lock of a report's campaign; do nothing if there is no such report."""
    campaign_id = connection.execute(select(Report.campaign_id).where(Report.id == report_id)).scalar()
    if campaign_id is not None:
        lock_linking(connection, campaign_id)
