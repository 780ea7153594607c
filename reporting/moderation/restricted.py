"""Sensitive reports: restrict by hand, lift the restriction, and send the fixed text with the hotline.

Each act is a decision, and none deletes anything. Every moderator may restrict. Only accounts that may see sensitive
reports can lift the restriction or answer: for other accounts `open_report` raises ReportUnknown.
"""

from sqlalchemy import Connection, select

from reporting.campaigns.definition import pick_text, read_conversation
from reporting.extraction.sensitivity import REASONS
from reporting.incidents.linking import relink
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.campaign import Campaign
from reporting.models.message import Contact
from reporting.models.report import Report
from reporting.models.states import DecisionKind
from reporting.moderation.decision_log import append_decision, change_report, open_report
from reporting.moderation.decisions import reply
from reporting.moderation.errors import ChangeRefused, InputRefused
from reporting.moderation.second_reading.hold import drop_held
from reporting.reports.restrict import restrict as set_restricted


def restrict(connection: Connection, report_id: int, account_id: int, *, reason: str) -> None:
    """Restrict a report as sensitive: out of queue, incidents, learned placements, notifications and the next release.

    Raises InputRefused without one of `REASONS`, ReportUnknown, LeaseHeldByOther, and ChangeRefused for a report that
    is restricted already.
    """
    if reason not in REASONS:
        raise InputRefused("reason")
    report = open_report(connection, report_id, account_id, moves_links=True)
    if report.is_sensitive:
        raise ChangeRefused
    set_restricted(connection, report.id, reason)
    append_decision(
        connection, report, account_id, DecisionKind.RESTRICT, reason=reason, before={"incident_id": report.incident_id}
    )


def release(connection: Connection, report_id: int, account_id: int) -> None:
    """Lift the restriction of a sensitive report: back to the ordinary queue, and compare it with other reports again.

    A first reader's verdict that waits for a second one lapses: the report is decided on as others are.

    Raises ReportUnknown, LeaseHeldByOther, and ChangeRefused for a report that is not restricted.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    if not report.is_sensitive:
        raise ChangeRefused
    reason = connection.execute(select(Report.sensitive_reason).where(Report.id == report.id)).scalar_one()
    change_report(connection, report.id, is_sensitive=False, sensitive_reason=None, leased_by=None, leased_until=None)
    append_decision(connection, report, account_id, DecisionKind.UNRESTRICT, before={"sensitive_reason": reason})
    relink(connection, [report.id])
    drop_held(connection, report.id)


def send_hotline(connection: Connection, report_id: int, account_id: int) -> int:
    """Send the campaign's fixed hotline text to the sender. Returns the message id.

    The text says nothing of the report. Raises the errors of `reply`, and ChangeRefused for a report that is not
    restricted.
    """
    report = open_report(connection, report_id, account_id)
    if not report.is_sensitive:
        raise ChangeRefused
    query = (
        select(Campaign.conversation, Campaign.languages, Contact.language)
        .outerjoin(Contact, Contact.id == report.contact_id)
        .where(Campaign.id == report.campaign_id)
    )
    row = connection.execute(query).one()
    languages = [each for each in (row.language, *row.languages) if each]
    spoken = next((each for each in languages if each in spoken_languages()), "en")
    text = pick_text(read_conversation(row.conversation).hotline, languages) or say(Phrase.HOTLINE, spoken)
    return reply(connection, report.id, account_id, text=text)
