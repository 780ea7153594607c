"""Restricting a report by hand, releasing it, and the fixed text with the hotline. All are decisions, none deletes.

Whoever moderates may restrict; releasing and answering are for people who may see restricted reports: for others
`open_report` knows no such report.
"""

from typing import Final

from sqlalchemy import Connection, select

from reporting.campaigns.definition import pick_text, read_conversation
from reporting.extraction.sensitivity import REASONS
from reporting.incidents.linking import relink
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.campaign import Campaign
from reporting.models.message import Contact
from reporting.models.report import Report
from reporting.moderation.decision_log import append_decision, change_report, open_report
from reporting.moderation.decisions import reply
from reporting.moderation.errors import ChangeRefused, InputRefused
from reporting.reports.restrict import restrict as set_restricted

RESTRICT: Final = "restrict"
RELEASE: Final = "release"


def restrict(connection: Connection, report_id: int, account_id: int, *, reason: str) -> None:
    """Take a report out of everything ordinary: queue, incidents, lessons, news, the next release.

    Raises InputRefused without one of `REASONS`, ReportUnknown, LeaseHeldByOther, and ChangeRefused for a report that
    is restricted already.
    """
    if reason not in REASONS:
        raise InputRefused("reason")
    report = open_report(connection, report_id, account_id, moves_links=True)
    if report.is_sensitive:
        raise ChangeRefused
    set_restricted(connection, report.id, reason)
    append_decision(connection, report, account_id, RESTRICT, reason=reason, before={"incident_id": report.incident_id})


def release(connection: Connection, report_id: int, account_id: int) -> None:
    """Put a restricted report back where the others are, and look again which are like it.

    Raises ReportUnknown, LeaseHeldByOther, and ChangeRefused for a report that is not restricted.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    if not report.is_sensitive:
        raise ChangeRefused
    reason = connection.execute(select(Report.sensitive_reason).where(Report.id == report.id)).scalar_one()
    change_report(connection, report.id, is_sensitive=False, sensitive_reason=None, leased_by=None, leased_until=None)
    append_decision(connection, report, account_id, RELEASE, before={"sensitive_reason": reason})
    relink(connection, [report.id])


def send_hotline(connection: Connection, report_id: int, account_id: int) -> int:
    """Send the sender the campaign's fixed text, which says nothing of the report; its message id.

    Raises what `reply` raises, and ChangeRefused for a report that is not restricted.
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
