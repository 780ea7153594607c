"""Canned replies: texts of a campaign's definition for what is answered again and again, in the sender's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from reporting.campaigns.definition import Conversation, fill_canned_reply, pick_text, read_conversation
from reporting.models.campaign import Campaign
from reporting.models.message import Contact
from reporting.models.report import Report


@dataclass(frozen=True, slots=True)
class CannedReplyView:
    """A canned reply as it would be sent: its placeholders are filled in."""

    code: str
    text: str


def list_canned_replies(connection: Connection, report_id: int) -> list[CannedReplyView]:
    """List the canned replies of the report's campaign, in the language of its sender as far as they have it."""
    query = (
        select(
            Campaign.conversation, Campaign.languages, Campaign.organisation, Campaign.name, Report.reference,
            Report.language.label("written_in"), Contact.language.label("spoken"),
        )
        .join(Report, Report.campaign_id == Campaign.id)
        .outerjoin(Contact, Contact.id == Report.contact_id)
        .where(Report.id == report_id)
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    if row is None:
        return []
    conversation = read_conversation(row.conversation)
    languages = [each for each in (row.spoken, row.written_in, *row.languages) if each]
    organisation = row.organisation or row.name
    return [
        CannedReplyView(reply.code, fill_canned_reply(
            pick_text(reply.text, languages), reference=row.reference, organisation=organisation,
            hotline=_find_hotline(conversation, languages),
        ))
        for reply in conversation.canned_replies
    ]  # fmt: skip


def _find_hotline(conversation: Conversation, languages: Sequence[str]) -> str:
    """Find whom to call: the campaign's emergency line, which is short; the hotline's own text where there is none."""
    return pick_text(conversation.emergency_line, languages) or pick_text(conversation.hotline, languages)
