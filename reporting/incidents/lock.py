"""Whose turn it is to change what reports of a campaign are linked to: one at a time, and one order of locks for all.

The turn comes first, then rows of reports, then rows of incidents. Who holds rows and waits for the turn, while
who has the turn waits for the rows, would wait forever.
"""

from sqlalchemy import Connection, select, text

from reporting.models.report import Report

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('linking', :id))")


def lock_linking(connection: Connection, campaign_id: int) -> None:
    """Wait for the turn in a campaign and keep it to the end of the transaction; having it already costs nothing.

    To be called before a row of a report is locked that others can see. Two new reports that arrive together see each
    other by it.
    """
    connection.execute(_LOCK, {"id": campaign_id})


def lock_linking_of(connection: Connection, report_id: int) -> None:
    """The same for the campaign of a report, which is not looked at else; nothing where there is no such report."""
    campaign_id = connection.execute(select(Report.campaign_id).where(Report.id == report_id)).scalar()
    if campaign_id is not None:
        lock_linking(connection, campaign_id)
