"""The steps that talk with people: who leaves first, then answers to new reports, then to everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from reporting.conversation.commands import CommandHandler
from reporting.conversation.dialogue import Dialogue
from reporting.conversation.hourly_notices import HourlyNotices, find_told_slowed, find_told_whom_to_call
from reporting.conversation.intent import Intent
from reporting.conversation.message_context import MessageContext
from reporting.conversation.questions import OpenQuestion
from reporting.conversation.replies import Replies
from reporting.inbox.current_batch import in_turn
from reporting.inbox.work_queue import Done
from reporting.models.states import Direction
from reporting.processing.campaign_tools import CampaignTools
from reporting.processing.make_reports import ReportedMessage
from reporting.reports.restrict import restrict
from reporting.reports.told_later import ToldLater

_KNOWN: Final = text(
    f"""
    SELECT contact.id FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           (SELECT 1 FROM message WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}' LIMIT 1)
           UNION ALL
           (SELECT 1 FROM report WHERE contact_id = contact.id LIMIT 1)) AS heard
    """
)


@dataclass(frozen=True, slots=True)
class AnsweredMessage:
    """A message that all is done with. `is_placed`: it told where an earlier report is."""

    context: MessageContext
    report_id: int | None
    is_placed: bool = False
    is_forgotten: bool = False  # its sender confirmed that they want to be

    @property
    def contact_id(self) -> int | None:
        """The sender."""
        return self.context.contact.id if self.context.contact is not None else None

    def to_done(self, campaign_id: int) -> Done:
        """Give what the inbox notes of it."""
        language = self.context.reading.language.code
        return Done(self.context.message_id, campaign_id, self.contact_id, self.report_id, language)


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations of one batch in one campaign."""

    tools: CampaignTools
    dialogue: Dialogue
    commands: CommandHandler
    replies: Replies

    def opt_out(self, items: Sequence[MessageContext]) -> None:
        """Obey those who leave, before anything is answered to them."""
        for item in items:
            if item.leaves:
                self.commands.leave(item)

    def find_notices(self, items: Sequence[ReportedMessage]) -> HourlyNotices:
        """Find who of the batch has had their notice of this hour."""
        sensitive = {_contact_id(item) for item in items if item.sensitive_reason is not None}
        slowed = {_contact_id(item) for item in items if item.is_new and item.context.is_deferred}
        connection = self.tools.connection
        return HourlyNotices(
            self.tools.reader,
            self.replies,
            find_told_whom_to_call(connection, [each for each in sensitive if each is not None]),
            find_told_slowed(connection, [each for each in slowed if each is not None]),
        )

    def open(self, items: Sequence[ReportedMessage], notices: HourlyNotices) -> None:
        """Acknowledge new reports and ask what is missing. About sensitive ones nothing is asked."""
        for item in in_turn([item for item in items if item.is_new]):
            assert item.report_id is not None  # noqa: S101  # a new report has its id
            if item.sensitive_reason is not None:
                notices.tell_whom_to_call(item.context, item.report_id, item.reference)
            elif item.context.is_deferred:
                notices.say_slowed(item.context)
            elif item.context.classified.intent is Intent.REPORT:
                self.dialogue.open(item.context, item.report_id, item.reference)

    def answer(self, items: Sequence[ReportedMessage], notices: HourlyNotices) -> list[AnsweredMessage]:
        """Do with each message what is to be done beside a report of its own."""
        strangers = self._find_strangers(items)
        return [self._answer(item, notices, strangers) for item in in_turn(items)]

    def _answer(self, item: ReportedMessage, notices: HourlyNotices, strangers: set[int]) -> AnsweredMessage:
        context, intent = item.context, item.context.classified.intent
        is_placed = is_forgotten = False
        if context.leaves:
            self.commands.confirm_leaving(context, item.reference)  # which was obeyed before anything else
        elif intent is Intent.COMMAND:
            is_forgotten = self.commands.obey(context)
        elif intent is Intent.ANSWER and context.question is not None:
            is_placed, is_forgotten = self._apply_answer(item, context.question, notices)
        elif intent is Intent.CONTINUATION and not item.is_new:
            is_placed = self._continue(item, notices)
        elif intent is Intent.NOTHING:
            self.commands.explain(context)
        elif intent is Intent.GREETING or (intent is Intent.COURTESY and _contact_id(item) in strangers):
            self.commands.welcome(context)
        return AnsweredMessage(context, item.report_id, is_placed, is_forgotten)

    def _apply_answer(self, item: ReportedMessage, question: OpenQuestion, notices: HourlyNotices) -> tuple[bool, bool]:
        """Take an answer; returns whether it placed its report, and whether its sender is to be forgotten."""
        answer = item.context.classified.answer
        assert answer is not None  # noqa: S101  # an answer's classification has one
        if item.report_id is None:
            return False, self.commands.take_answer(item.context, question, answer)
        if self._is_restricted(item, item.report_id, notices):
            return False, False
        return self.dialogue.take_answer(item.context, question, answer), False

    def _continue(self, item: ReportedMessage, notices: HourlyNotices) -> bool:
        assert item.report_id is not None  # noqa: S101  # without a report to go on with it makes its own
        if self._is_restricted(item, item.report_id, notices):
            return False
        return self.dialogue.continue_report(item.context, item.report_id)

    def _is_restricted(self, item: ReportedMessage, report_id: int, notices: HourlyNotices) -> bool:
        """Restrict the report of an answer that tells what nobody should read by chance; then nothing is asked."""
        if item.sensitive_reason is None:
            return False
        restrict(self.tools.connection, report_id, item.sensitive_reason)
        notices.tell_whom_to_call(item.context, report_id)
        return True

    def _find_strangers(self, items: Sequence[ReportedMessage]) -> set[int]:
        """Find the polite contacts of whose words nothing was ever made, and to whom nothing was written."""
        polite = {_contact_id(item) for item in items if item.context.classified.intent is Intent.COURTESY}
        contact_ids = [each for each in polite if each is not None]
        if not contact_ids:
            return set()
        known = self.tools.connection.execute(_KNOWN, {"contact_ids": contact_ids}).scalars()
        return set(contact_ids) - set(known)


def make_conversations(tools: CampaignTools, replies: Replies, told_later: ToldLater) -> Conversations:
    """Make what talks with the senders of a batch."""
    dialogue = Dialogue(tools.connection, tools.reader, replies, told_later)
    commands = CommandHandler(tools.connection, tools.reader, replies)
    return Conversations(tools, dialogue, commands, replies)


def _contact_id(item: ReportedMessage) -> int | None:
    return item.context.contact.id if item.context.contact is not None else None
