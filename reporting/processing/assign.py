"""The step after reading: which messages make a report, which join one, and which do neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text

from reporting.conversation.intent import Intent, MessageReading, may_ask_for_help, tells_above
from reporting.conversation.message_context import MessageContext
from reporting.inbox.work_queue import find_reports_of
from reporting.processing.campaign_tools import CampaignTools

_LATELY_ASKED: Final = text(
    """
    SELECT asked.message_id
      FROM unnest(CAST(:message_ids AS bigint[]), CAST(:contact_ids AS bigint[]), CAST(:texts AS text[]))
           AS asked(message_id, contact_id, words)
     CROSS JOIN LATERAL (
           SELECT FROM report
            WHERE contact_id = asked.contact_id AND text_key IS NOT NULL AND length(text) < 30
              AND reported_at > now() - interval '1 day' AND topic_id IS NULL AND lower(text) = asked.words
            LIMIT 1) AS before
    """
)


@dataclass(frozen=True, slots=True)
class AssignedMessage:
    """A message that makes a report, or joins a known one (`joins_report`) or that of a message before it."""

    context: MessageContext
    makes_report: bool = False
    joins_report: int | None = None
    joins_message: int | None = None

    @property
    def message_id(self) -> int:
        """The message, as whoever watches the worker knows it."""
        return self.context.message_id

    @property
    def joins(self) -> bool:
        """Whether it goes with a report that is not its own."""
        return self.joins_report is not None or self.joins_message is not None


def assign_reports(tools: CampaignTools, items: Sequence[MessageContext]) -> list[AssignedMessage]:
    """Decide for each message whether it makes a report or joins one.

    What reads like a report and replies to a message with a report joins that one; what is an order or an answer stays
    what it is.
    """
    asked = _find_lately_asked(tools, items)
    keys = {_key_followed(item) for item in items if _is_continuation(item) or _is_report_in_reply(item)}
    followed = find_reports_of(tools.connection, keys)
    assigned: list[AssignedMessage] = []
    by_key: dict[tuple[str, str | None], AssignedMessage] = {}  # of this batch, by channel and its id
    for each in items:
        item, key = each, _key_followed(each)
        if _is_report_in_reply(item) and (key in by_key or key in followed):
            item = replace(item, classified=MessageReading(Intent.CONTINUATION))
        if _is_continuation(item):
            one = _follow(item, by_key.get(_key_followed(item)), followed)
        elif item.classified.intent is Intent.ANSWER and item.question is not None:
            one = AssignedMessage(item, joins_report=item.question.report_id)
        else:
            one = AssignedMessage(item, makes_report=_makes_report(item, asked))
        if one.makes_report or one.joins:
            by_key[item.message.channel, item.message.external_id] = one
        assigned.append(one)
    return assigned


def _is_continuation(item: MessageContext) -> bool:
    return item.classified.intent is Intent.CONTINUATION


def _is_report_in_reply(item: MessageContext) -> bool:
    return item.classified == MessageReading(Intent.REPORT) and item.details.replies_to is not None


def _key_followed(item: MessageContext) -> tuple[str, str]:
    return item.message.channel, item.details.follows or item.details.replies_to or ""


def _follow(
    item: MessageContext, before: AssignedMessage | None, followed: Mapping[tuple[str, str], int]
) -> AssignedMessage:
    """Join the report of the message that this one goes on with.

    What it goes on with may be unknown here: then it stands for itself, so that nothing is lost.
    """
    if before is None:
        report_id = followed.get(_key_followed(item))
        return AssignedMessage(item, makes_report=report_id is None, joins_report=report_id)
    if before.makes_report:
        return AssignedMessage(item, joins_message=before.message_id)
    return AssignedMessage(item, joins_report=before.joins_report, joins_message=before.joins_message)


def _makes_report(item: MessageContext, asked: set[int]) -> bool:
    """Tell whether the message is a report: also HELP alone, and an email subject above a command."""
    if item.classified.intent is not Intent.COMMAND:
        return item.classified.intent is Intent.REPORT
    is_meant = may_ask_for_help(item.text) and item.message.id not in asked
    return is_meant or tells_above(item.text, item.details.below)


def _find_lately_asked(tools: CampaignTools, items: Sequence[MessageContext]) -> set[int]:
    """Find the messages that ask for help in the words of a report of their sender within a day."""
    asked = [
        (item.message.id, item.contact.id, item.text.lower())
        for item in items
        if item.classified.intent is Intent.COMMAND and item.contact is not None and may_ask_for_help(item.text)
    ]
    if not asked:
        return set()
    message_ids, contact_ids, words = zip(*asked, strict=True)
    values = {"message_ids": list(message_ids), "contact_ids": list(contact_ids), "texts": list(words)}
    return set(tools.connection.execute(_LATELY_ASKED, values).scalars())
