"""What somebody wrote is moved to the report that it answers; the report that was made of it closes without a word.

A moderator asks, and the answer may read like news ("the road is blocked as well"): then it is a report of its own that
perhaps answers an earlier one. Both are shown with each other, and a person says which it is.
"""

from typing import Any, Final

from sqlalchemy import Connection, Row, select, text, update

from reporting.incidents.refresh import estimate_incidents
from reporting.models.message import Message
from reporting.models.report import QUEUED, REJECTED, Report
from reporting.moderation.decision_log import append_decision, change_report, open_report
from reporting.moderation.errors import ChangeRefused, ReportUnknown

MOVE_ANSWER: Final = "move_answer"
TAKE_ANSWER: Final = "take_answer"  # the same act, with the report that was answered

# What a report perhaps answers (`is_earlier`), and what perhaps answers it.
_RELATED = text(
    """
    SELECT other.id, other.reference, other.id = own.perhaps_answers_id AS is_earlier
      FROM report AS own JOIN report AS other
        ON other.id = own.perhaps_answers_id OR (other.perhaps_answers_id = own.id AND other.state = 'queued')
     WHERE own.id = :report_id AND other.state <> 'erased' AND (NOT other.is_sensitive OR :sees_restricted)
     ORDER BY other.id
    """
)


def list_related(connection: Connection, report_id: int, *, sees_restricted: bool) -> list[Row[Any]]:
    """The reports with which this one is perhaps question and answer: id, reference, `is_earlier`."""
    return list(connection.execute(_RELATED, {"report_id": report_id, "sees_restricted": sees_restricted}))


def move_answer(connection: Connection, report_id: int, account_id: int) -> int:
    """Move the message of this report to the report that it perhaps answers, whose id is returned; this one closes.

    Raises ReportUnknown where it answers none, ChangeRefused when it is decided already, LeaseHeldByOther.
    """
    report = open_report(connection, report_id, account_id)
    target_id = connection.execute(select(Report.perhaps_answers_id).where(Report.id == report.id)).scalar_one()
    if target_id is None or report.message_id is None:
        raise ReportUnknown
    if report.state != QUEUED:
        raise ChangeRefused(f"{report.state} to {REJECTED}")
    target = open_report(connection, target_id, account_id)
    if target.contact_id is None or target.contact_id != report.contact_id:  # it was erased meanwhile
        raise ReportUnknown
    of_message = (Message.id == report.message_id) | (Message.report_id == report.id)
    connection.execute(update(Message).where(of_message).values(report_id=target.id))
    change_report(connection, report.id, state=REJECTED, leased_by=None, leased_until=None)
    append_decision(
        connection, report, account_id, MOVE_ANSWER, before={"state": report.state},
        after={"state": REJECTED, "answers": target.id},
    )  # fmt: skip
    append_decision(connection, target, account_id, TAKE_ANSWER, after={"answered_by": report.id})
    estimate_incidents(connection, [report.incident_id])
    return target.id
