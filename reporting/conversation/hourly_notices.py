"""What one sender is told at most once an hour: whom to call in danger, and that so many messages take their time."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from reporting.campaigns.definition import pick_text
from reporting.conversation.message_context import MessageContext
from reporting.conversation.replies import Replies
from reporting.extraction.reader import TextAnalyser
from reporting.languages.sms_texts import Phrase
from reporting.models.states import Direction, MessageState, Purpose

# One look for each contact, in the index of what went out to them.
_TOLD_WHOM_TO_CALL: Final = text(
    f"""
    SELECT contact.id FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           SELECT FROM message
            WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}' AND purpose = '{Purpose.HOTLINE}'
              AND received_at > now() - interval '1 hour' AND state <> '{MessageState.FAILED}' LIMIT 1) AS told
    """
)
_SLOWED_LATELY: Final = text(
    f"""
    SELECT contact.id FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           SELECT FROM message
            WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}' AND purpose = '{Purpose.SLOWED}'
              AND received_at > now() - interval '1 hour' LIMIT 1) AS told
    """
)


@dataclass(frozen=True, slots=True)
class HourlyNotices:
    """The notices of one batch in one campaign. The sets are the contacts who had theirs within the last hour."""

    reader: TextAnalyser
    replies: Replies
    told_whom_to_call: set[int]
    told_slowed: set[int]

    def tell_whom_to_call(self, item: MessageContext, report_id: int, reference: str = "") -> None:
        """Say whom to call in danger and that the message is here, as after any urgent one; then the campaign's text.

        Neither says anything of what was told. A muted sender gets it too.
        """
        if item.contact is None or item.contact.id in self.told_whom_to_call:
            return
        if reference:
            first = self.replies.acknowledge(item.contact, reference, is_urgent=True)
            self.replies.tell(item.message, item.contact, first, Purpose.HOTLINE, report_id=report_id)
        own = pick_text(self.reader.conversation.hotline, self.replies.languages_of(item.contact))
        if own:
            is_told = self.replies.tell(item.message, item.contact, own, Purpose.HOTLINE, report_id=report_id)
        else:
            is_told = self.replies.say(item.message, item.contact, Phrase.HOTLINE, Purpose.HOTLINE, report_id=report_id)
        if is_told:
            self.told_whom_to_call.add(item.contact.id)

    def say_slowed(self, item: MessageContext) -> None:
        """Say that nothing is lost: who sends very much is not answered each time."""
        if item.contact is None or item.contact.id in self.told_slowed:
            return
        if self.replies.say(item.message, item.contact, Phrase.SLOWED, Purpose.SLOWED):
            self.told_slowed.add(item.contact.id)


def find_told_whom_to_call(connection: Connection, contact_ids: Collection[int]) -> set[int]:
    """Find the contacts who were told whom to call within the last hour, as far as it was sent."""
    if not contact_ids:
        return set()
    return set(connection.execute(_TOLD_WHOM_TO_CALL, {"contact_ids": list(contact_ids)}).scalars())


def find_told_slowed(connection: Connection, contact_ids: Collection[int]) -> set[int]:
    """Find the contacts who were told within the last hour that their messages take time."""
    if not contact_ids:
        return set()
    return set(connection.execute(_SLOWED_LATELY, {"contact_ids": list(contact_ids)}).scalars())
