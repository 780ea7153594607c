"""One round of a batch in one campaign: at most one message of each sender, from words to reports and answers."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text

from reporting.campaigns.definition import pick_text
from reporting.conversation.commands import CommandHandler
from reporting.conversation.dialogue import Dialogue
from reporting.conversation.intent import Intent, MessageReading, is_cry_for_help, tells_above
from reporting.conversation.message_context import MessageContext
from reporting.conversation.questions import OpenQuestion, list_open_questions
from reporting.conversation.replies import Replies
from reporting.conversation.report_answers import (
    copy_known_demographics,
    record_form_demographics,
    select_report_answers,
)
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.reader import TextAnalyser
from reporting.extraction.second_subject import list_other_topics
from reporting.inbox.contacts import KnownContact
from reporting.inbox.current_batch import HAND, NOBODY
from reporting.inbox.work_queue import Done, InboxMessage, find_report_of
from reporting.incidents.linking import link_reports
from reporting.incidents.lock import lock_linking
from reporting.languages.keywords import Command
from reporting.languages.sms_texts import Phrase
from reporting.media.attachments import add_media, delete_media
from reporting.models.message import HOTLINE, SLOWED
from reporting.outbox.loop_guard import find_muted
from reporting.processing.read import Listener
from reporting.reports.create import Draft, add_reports
from reporting.reports.restrict import restrict

_CRIED_LATELY: Final = text(
    """
    SELECT DISTINCT contact_id FROM report
     WHERE contact_id = ANY(:contact_ids) AND text_key IS NOT NULL AND length(text) < 30
       AND reported_at > now() - interval '1 day' AND topic_id IS NULL AND lower(text) = ANY(:cries)
    """
)
_RESTRICTED_LATELY: Final = text(
    """
    SELECT contact.id AS contact_id, last.sensitive_reason
      FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           SELECT sensitive_reason FROM report
            WHERE contact_id = contact.id AND is_sensitive AND reported_at > now() - interval '2 hours'
            ORDER BY reported_at DESC, id DESC LIMIT 1) AS last
    """
)
_KNOWN: Final = text(
    "SELECT EXISTS (SELECT FROM message WHERE contact_id = :contact_id AND direction = 'out')"
    " OR EXISTS (SELECT FROM report WHERE contact_id = :contact_id)"
)
_SLOWED_LATELY: Final = text(
    "SELECT EXISTS (SELECT FROM message WHERE contact_id = :contact_id AND direction = 'out' AND purpose = 'slowed'"
    " AND received_at > now() - interval '1 hour')"
)

_TOLD_WHOM_TO_CALL: Final = text(
    "SELECT EXISTS (SELECT FROM message WHERE contact_id = :contact_id AND direction = 'out' AND purpose = 'hotline'"
    " AND received_at > now() - interval '1 hour' AND state <> 'failed')"
)


@dataclass(slots=True)
class CampaignBatchCounts:
    """What came of a round."""

    reports: int = 0
    located: int = 0
    linked: int = 0
    media: int = 0  # files to be fetched or to be removed


@dataclass(slots=True)
class CampaignBatch:
    """Works on messages that are locked, each of another sender. One transaction is around it."""

    connection: Connection
    reader: TextAnalyser
    pseudonyms: Pseudonyms
    contacts: Mapping[tuple[int, bytes], KnownContact]
    replies: Replies
    counts: CampaignBatchCounts = field(default_factory=CampaignBatchCounts)
    _dialogue: Dialogue = field(init=False)
    _orders: CommandHandler = field(init=False)
    _reports_of: dict[tuple[str, str | None], int] = field(init=False, default_factory=dict)  # by channel and its id

    def __post_init__(self) -> None:
        self._dialogue = Dialogue(self.connection, self.reader, self.replies)
        self._orders = CommandHandler(self.connection, self.reader, self.replies)

    def process(self, messages: Sequence[InboxMessage]) -> list[Done]:
        """Take every message in its turn; reports are made together. `finish` is to be called after they are closed."""
        known = {message.id: self._contact_of(message) for message in messages}
        contact_ids = {contact.id for contact in known.values() if contact is not None}
        questions = list_open_questions(self.connection, contact_ids)
        self.replies.muted = find_muted(self.connection, contact_ids)
        listener = Listener(self.connection, self.reader, self.pseudonyms)
        items = listener.listen(messages, known, questions)
        self.replies.leave_unanswered({item.message.id for item in items if item.details.is_automatic})
        for item in items:
            if _leaves(item):
                self._orders.leave(item)
        report_ids = self._report([item for item in items if self._makes_report(item)])
        for item in _in_turn(items):
            message = item.message
            report_id = self._take(item)
            if report_id is not None:
                report_ids[message.id] = report_id
            if message.id in report_ids:
                self._reports_of[message.channel, message.external_id] = report_ids[message.id]
        media = [(item.message.id, item.details.media) for item in items if item.details.media]
        self.counts.media += add_media(self.connection, self.pseudonyms, media)
        self.replies.queue()
        self.counts.located += self._dialogue.located
        return [self._close(item, report_ids.get(item.message.id)) for item in items]

    def finish(self) -> set[int]:
        """What can only be done once the messages know their senders: forget those who asked for it; their ids as
        contacts, which nothing may join any more."""
        erased = self._orders.erase()
        if erased:
            self.counts.media += delete_media(self.connection, erased)
        return self._orders.to_erase

    def _contact_of(self, message: InboxMessage) -> KnownContact | None:
        if message.address_hash is None:
            return None
        return self.contacts[self.reader.campaign_id, bytes(message.address_hash)]

    # -- reports

    def _makes_report(self, item: MessageContext) -> bool:
        """A report; HELP alone too, since it may be a cry for it; and the subject of a letter that orders something."""
        if item.turn.intent is not Intent.COMMAND:
            return item.turn.intent is Intent.REPORT
        is_cry = is_cry_for_help(item.text) and not self._has_cried(item)
        return is_cry or tells_above(item.text, item.details.below)

    def _has_cried(self, item: MessageContext) -> bool:
        if item.contact is None:
            return False
        values = {"contact_ids": [item.contact.id], "cries": [item.text.lower()]}
        return self.connection.execute(_CRIED_LATELY, values).first() is not None

    def _report(self, items: Sequence[MessageContext]) -> dict[int, int]:
        """Make the reports; their ids by message. Sensitive ones are linked to nothing and asked nothing."""
        if not items:
            return {}
        reasons = self._read_reasons(items)
        made = add_reports(
            self.connection,
            self.reader.campaign_id,
            [self._draft(item, reasons[item.message.id]) for item in _in_turn(items)],
        )
        self.counts.reports += len(items)
        self.counts.located += sum(item.reading.is_located for item in items)
        ordinary: list[int] = []
        for item, (report_id, reference) in zip(_in_turn(items), made, strict=True):
            if item.details.answers:
                record_form_demographics(self.connection, report_id, item.details.answers)
            if reasons[item.message.id] is not None:
                self._divert(item, report_id, reference)
                continue
            ordinary.append(report_id)
            if item.is_deferred:
                self._say_slowed(item)
            elif item.turn.intent is Intent.REPORT:
                self._dialogue.open(item, report_id, reference)
        self._add_what_is_known(ordinary)
        lock_linking(self.connection, self.reader.campaign_id)
        self.counts.linked += link_reports(self.connection, ordinary)
        return {item.message.id: report_id for item, (report_id, _) in zip(items, made, strict=True)}

    def _read_reasons(self, items: Sequence[MessageContext]) -> dict[int, str | None]:
        """Why reports are restricted, by message. What goes on with a restricted one ("he lives near the temple") is
        restricted as well, unless it tells of something else."""
        reasons = {item.message.id: self.reader.sensitive.read_all(item.said) for item in _in_turn(items)}
        unread = {
            item.contact.id: item.message.id
            for item in items
            if item.contact is not None and reasons[item.message.id] is None and item.reading.topic is None
        }
        for contact_id, reason in self.connection.execute(_RESTRICTED_LATELY, {"contact_ids": list(unread)}):
            reasons[unread[contact_id]] = reason
        return reasons

    def _draft(self, item: MessageContext, sensitive_reason: str | None) -> Draft:
        return Draft(
            source=item.message.channel,
            source_id=f"message:{item.message.id}",
            message_id=item.message.id,
            contact_id=item.contact.id if item.contact else None,
            text=item.text,
            reported_at=item.message.received_at,
            reading=item.reading,
            topic_id=self.reader.topic_ids.get(item.reading.topic.code) if item.reading.topic else None,
            reference=item.details.reference,
            answers=select_report_answers(item.details.answers),
            sensitive_reason=sensitive_reason,
            other_topics=list_other_topics(item.reading),
            other_places=item.other_places,
            perhaps_answers_id=item.perhaps_answers,
        )

    def _add_what_is_known(self, report_ids: list[int]) -> None:
        person = self.reader.conversation.person
        if person.asks_sex or person.asks_age_band or person.offers_washington_group:
            copy_known_demographics(self.connection, report_ids)

    def _divert(self, item: MessageContext, report_id: int, reference: str = "") -> None:
        """Whom to call in danger and that the message is here, as after any urgent one; then the campaign's fixed text.

        Neither says anything of what was told. Once an hour, and to a muted sender too.
        """
        lately = {"contact_id": item.contact.id if item.contact is not None else None}
        if self.connection.execute(_TOLD_WHOM_TO_CALL, lately).scalar_one():
            return
        if reference:
            first = self.replies.acknowledge(item.contact, reference, is_urgent=True)
            self.replies.tell(item.message, item.contact, first, HOTLINE, report_id=report_id)
        text_ = pick_text(self.reader.conversation.hotline, self.replies.languages_of(item.contact))
        if text_:
            self.replies.tell(item.message, item.contact, text_, HOTLINE, report_id=report_id)
        else:
            self.replies.say(item.message, item.contact, Phrase.HOTLINE, HOTLINE, report_id=report_id)

    def _say_slowed(self, item: MessageContext) -> None:
        """Once an hour: who sends very much is told that nothing is lost, and not answered each time."""
        if (
            item.contact is not None
            and not self.connection.execute(_SLOWED_LATELY, {"contact_id": item.contact.id}).scalar_one()
        ):
            self.replies.say(item.message, item.contact, Phrase.SLOWED, SLOWED)
            self.replies.queue()

    # -- turns that make no report

    def _take(self, item: MessageContext) -> int | None:
        """What is to be done with the message beside a report of its own; the report it joins."""
        intent = item.turn.intent
        if _leaves(item):
            return None  # which was obeyed before anything else
        if intent is Intent.COMMAND:
            self._orders.obey(item)
        elif intent is Intent.ANSWER and item.question is not None:
            return self._take_answer(item, item.question, item.turn)
        elif intent is Intent.CONTINUATION:
            return self._continue(item)
        elif intent is Intent.NOTHING:
            self._orders.explain(item)
        elif intent is Intent.GREETING or (intent is Intent.COURTESY and self._is_stranger(item)):
            self._orders.welcome(item)
        return None

    def _is_stranger(self, item: MessageContext) -> bool:
        """Whether nothing was ever made of what somebody wrote, and nothing was written to them."""
        if item.contact is None:
            return False
        return not self.connection.execute(_KNOWN, {"contact_id": item.contact.id}).scalar_one()

    def _take_answer(self, item: MessageContext, question: OpenQuestion, turn: MessageReading) -> int | None:
        assert turn.answer is not None  # noqa: S101  # an answer's turn has one
        if question.report_id is None:
            self._orders.take_answer(item, question, turn.answer)
            return None
        if self._is_told_more(item, question.report_id):
            return question.report_id
        self._dialogue.take_answer(item, question, turn.answer)
        return question.report_id

    def _continue(self, item: MessageContext) -> int | None:
        channel, follows = item.message.channel, item.details.follows or ""
        report_id = self._reports_of.get((channel, follows)) or find_report_of(self.connection, channel, follows)
        if report_id is None:
            # What it goes on with is unknown here: then it stands for itself, so that nothing is lost.
            return self._report([item]).get(item.message.id)
        if not self._is_told_more(item, report_id):
            self._dialogue.continue_report(item, report_id)
        return report_id

    def _is_told_more(self, item: MessageContext, report_id: int) -> bool:
        """An answer may tell what nobody should read by chance: then its report is restricted and nothing is asked."""
        reason = self.reader.sensitive.read_all(item.said)
        if reason is None:
            return False
        restrict(self.connection, report_id, reason)
        self._divert(item, report_id)
        return True

    def _close(self, item: MessageContext, report_id: int | None) -> Done:
        return Done(
            item.message.id,
            self.reader.campaign_id,
            item.contact.id if item.contact else None,
            report_id,
            item.reading.language.code,
        )


def _leaves(item: MessageContext) -> bool:
    """Whether the message says STOP, alone or beside what it reports: before anything is answered to it."""
    command = item.turn.command
    return item.turn.leaves or (command is not None and command.command is Command.STOP)


def _in_turn(items: Iterable[MessageContext]) -> Iterator[MessageContext]:
    """One after the other; whoever watches the worker knows which one a step is at."""
    for item in items:
        HAND.take(item.message.id)
        yield item
    HAND.take(NOBODY)


def split_rounds(messages: Sequence[InboxMessage]) -> list[list[InboxMessage]]:
    """Rounds in which every sender has one message, in their order: what a message means depends on those before.

    Messages that were held back ask and are asked nothing, so they go together.
    """
    rounds: list[list[InboxMessage]] = []
    taken: dict[Collection[int] | bytes, int] = {}
    for message in messages:
        number = 0
        if message.address_hash is not None and message.priority == 0:
            number = taken.get(message.address_hash, 0)
            taken[message.address_hash] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(message)
    return rounds
