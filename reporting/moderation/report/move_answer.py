"""Move of an answer: a message that was made a report goes to the report that it answers, and its own report closes.

A moderator's question may be answered by words that read like a new report ("the road is blocked as well"). Such a
message becomes a report that perhaps answers an earlier one. The pages show both with each other, and a moderator
decides. The sender is not notified of the closed report.
"""

from typing import Any

from sqlalchemy import Connection, Row, select, text, update

from reporting.incidents.refresh import estimate_incidents
from reporting.models.message import Message
from reporting.models.report import Report
from reporting.models.states import DecisionKind, ReportState
from reporting.moderation.decision_log import append_decision, change_report, open_report
from reporting.moderation.errors import ChangeRefused, ReportUnknown

# The report that this one perhaps answers (`is_earlier`), and reports that perhaps answer this one.
_RELATED = text(
    f"""
    SELECT other.id, other.reference, other.id = own.perhaps_answers_id AS is_earlier
      FROM report AS own JOIN report AS other
        ON other.id = own.perhaps_answers_id
            OR (other.perhaps_answers_id = own.id AND other.state = '{ReportState.QUEUED}')
     WHERE own.id = :report_id AND other.state <> '{ReportState.ERASED}'
       AND (NOT other.is_sensitive OR :sees_restricted)
     ORDER BY other.id
    """
)


def list_related(connection: Connection, report_id: int, *, sees_restricted: bool) -> list[Row[Any]]:
    """List the reports that this one perhaps answers or is answered by: id, reference, `is_earlier`."""
    return list(connection.execute(_RELATED, {"report_id": report_id, "sees_restricted": sees_restricted}))


def move_answer(connection: Connection, report_id: int, account_id: int) -> int:
    """Move the message of this report to the report that it perhaps answers, and reject this report.

    Returns the id of the answered report. Raises ReportUnknown where there is none, ChangeRefused when this report is
    decided already, LeaseHeldByOther.
    """
    report = open_report(connection, report_id, account_id)
    target_id = connection.execute(select(Report.perhaps_answers_id).where(Report.id == report.id)).scalar_one()
    if target_id is None or report.message_id is None:
        raise ReportUnknown
    if report.state != ReportState.QUEUED:
        raise ChangeRefused(f"{report.state} to {ReportState.REJECTED}")
    target = open_report(connection, target_id, account_id)
    if target.contact_id is None or target.contact_id != report.contact_id:  # the report was erased meanwhile
        raise ReportUnknown
    of_message = (Message.id == report.message_id) | (Message.report_id == report.id)
    connection.execute(update(Message).where(of_message).values(report_id=target.id))
    change_report(connection, report.id, state=ReportState.REJECTED, leased_by=None, leased_until=None)
    append_decision(
        connection, report, account_id, DecisionKind.MOVE_ANSWER, before={"state": report.state},
        after={"state": ReportState.REJECTED, "answers": target.id},
    )  # fmt: skip
    append_decision(connection, target, account_id, DecisionKind.TAKE_ANSWER, after={"answered_by": report.id})
    estimate_incidents(connection, [report.incident_id])
    return target.id
