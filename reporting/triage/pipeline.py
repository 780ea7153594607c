"""From stored messages to reports in the moderators' queue: one batch, one transaction, small steps in order.

Normalise, language, conversation, extract, locate, link, queue for moderation, acknowledge. A worker that is killed in
the middle leaves nothing: its transaction ends with it and the messages are free again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from reporting.intake.contact import (
    KnownContact,
    OpenQuestion,
    close_question,
    list_open_questions,
    lock_contacts,
    set_language,
    set_opted_out,
)
from reporting.intake.conversation import Intent, Turn, take_turn
from reporting.intake.inbox import Done, InboxMessage, close, find_overtaken, find_repeats, postpone
from reporting.intake.keyword import Command
from reporting.intake.normal import normalise_text
from reporting.intake.outbox import OutgoingText, is_reachable, queue_texts
from reporting.intake.phrase import Phrase, say
from reporting.intake.pseudonym import Pseudonyms
from reporting.models.base import now
from reporting.models.campaign import Campaign, Line
from reporting.models.message import ACKNOWLEDGEMENT, COMMAND, QUESTION, REPEATED, Question
from reporting.models.report import Report
from reporting.triage.linking import link_reports, lock_linking, relink
from reporting.triage.reader import Reader, Readers, Reading
from reporting.triage.report import Draft, add_reports, set_place

QUESTION_LIFE = timedelta(hours=24)
_NO_CAMPAIGN_RETRY_S = 60
_SURE_LANGUAGE = 0.7  # below it one message does not change the language we answer somebody in
_CHOICE_PLACE = "chosen by the sender"

_COMMAND_PHRASES = {Command.STOP: Phrase.STOPPED, Command.START: Phrase.STARTED, Command.HELP: Phrase.HELP}


@dataclass(slots=True)
class BatchCounts:
    """What became of a batch."""

    processed: int = 0
    repeated: int = 0
    reports: int = 0
    located: int = 0
    linked: int = 0
    unassigned: int = 0  # no campaign has their line: they wait
    overtaken: int = 0  # another worker has an earlier message of their sender: they wait for it

    @property
    def settled(self) -> int:
        """Messages that the next claim will not find again."""
        return self.processed + self.repeated + self.unassigned


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the steps need besides the database. `reply_channels` are those with a way out."""

    readers: Readers
    pseudonyms: Pseudonyms
    reply_channels: frozenset[str]

    def process(self, connection: Connection, messages: Sequence[InboxMessage]) -> BatchCounts:
        """Process locked messages in the caller's transaction."""
        counts = BatchCounts()
        campaigns = assign_campaigns(connection, messages)
        lost = [message.id for message in messages if message.id not in campaigns]
        if lost:
            postpone(connection, lost, "no campaign has this line", _NO_CAMPAIGN_RETRY_S)
            counts.unassigned += len(lost)
        contacts = lock_contacts(connection, ((campaigns[m.id], m) for m in messages if m.id in campaigns))
        overtaken = find_overtaken(connection, messages)
        repeats = find_repeats(connection, messages)
        by_campaign: dict[int, list[InboxMessage]] = defaultdict(list)
        done: list[Done] = []
        for message in messages:
            if message.id not in campaigns:
                continue
            if message.id in overtaken:
                counts.overtaken += 1
            elif message.id in repeats:
                done.append(Done(message.id, campaigns[message.id], state=REPEATED))
                counts.repeated += 1
            else:
                by_campaign[campaigns[message.id]].append(message)
        for campaign_id, group in sorted(by_campaign.items()):
            batch = _CampaignBatch(self, connection, self.readers.get(connection, campaign_id), contacts, counts)
            done.extend(batch.process(group))
        close(connection, done)
        return counts


def assign_campaigns(connection: Connection, messages: Sequence[InboxMessage]) -> dict[int, int]:
    """Campaign by message id: the one it was stored with, the one that has its line, or the only one there is."""
    assigned = {message.id: message.campaign_id for message in messages if message.campaign_id is not None}
    open_messages = [message for message in messages if message.campaign_id is None]
    if not open_messages:
        return assigned
    lines = {
        (row.channel, row.address): row.campaign_id
        for row in connection.execute(select(Line.channel, Line.address, Line.campaign_id))
    }
    campaign_ids = connection.execute(select(Campaign.id).limit(2)).scalars().all()
    only = campaign_ids[0] if len(campaign_ids) == 1 else None
    for message in open_messages:
        campaign_id = lines.get((message.channel, message.line or ""), only)
        if campaign_id is not None:
            assigned[message.id] = campaign_id
    return assigned


@dataclass(frozen=True, slots=True)
class _Item:
    """A message with what is known of it."""

    message: InboxMessage
    contact: KnownContact | None
    text: str
    reading: Reading
    turn: Turn


@dataclass(slots=True)
class _CampaignBatch:
    """The messages of one campaign within a batch."""

    pipeline: Pipeline
    connection: Connection
    reader: Reader
    contacts: Mapping[tuple[int, bytes], KnownContact]
    counts: BatchCounts
    outgoing: list[OutgoingText] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)

    def process(self, messages: Sequence[InboxMessage]) -> list[Done]:
        """Take every message in its turn; reports are made together."""
        known = {m.id: self._contact_of(m) for m in messages}
        questions = list_open_questions(self.connection, {c.id for c in known.values() if c is not None})
        items = [self._read(message, known[message.id], questions) for message in messages]
        report_ids: dict[int, int] = {}
        to_report = [item for item in items if item.turn.intent is Intent.REPORT]
        for item, (report_id, reference) in zip(to_report, self._add_reports(to_report), strict=True):
            report_ids[item.message.id] = report_id
            self._acknowledge(item, report_id, reference)
        for item in items:
            if item.turn.intent is Intent.COMMAND:
                self._obey(item)
            elif item.turn.intent is Intent.ANSWER and item.contact is not None:
                report_ids[item.message.id] = self._take_answer(item, questions[item.contact.id])
            elif item.turn.intent is Intent.NOTHING:
                self._reply(item, Phrase.HELP, COMMAND)
        if to_report:
            lock_linking(self.connection, self.reader.campaign_id)
            new_ids = [report_ids[item.message.id] for item in to_report]
            self.counts.linked += link_reports(self.connection, new_ids)
        queue_texts(self.connection, self.outgoing)
        self.counts.processed += len(items)
        return [self._done(item, report_ids.get(item.message.id)) for item in items]

    # -- steps

    def _contact_of(self, message: InboxMessage) -> KnownContact | None:
        if message.party_hash is None:
            return None
        return self.contacts[self.reader.campaign_id, bytes(message.party_hash)]

    def _read(
        self, message: InboxMessage, contact: KnownContact | None, questions: Mapping[int, OpenQuestion]
    ) -> _Item:
        text = normalise_text(message.text)
        reading = self.reader.read(text, message.received_at)
        question = questions.get(contact.id) if contact is not None else None
        if question is not None and question.id in self.answered:
            question = None
        turn = take_turn(text, question, has_topic=reading.topic is not None, has_place=reading.is_located)
        if turn.intent is Intent.ANSWER and question is not None:
            self.answered.add(question.id)
        elif turn.intent is Intent.REPORT and contact is not None:
            self._learn_language(contact, reading)
        return _Item(message, contact, text, reading, turn)

    def _learn_language(self, contact: KnownContact, reading: Reading) -> None:
        guess = reading.language
        if (
            guess.code
            and guess.code != contact.language
            and (contact.language is None or guess.confidence >= _SURE_LANGUAGE)
        ):
            set_language(self.connection, contact, guess.code)

    def _add_reports(self, items: Sequence[_Item]) -> list[tuple[int, str]]:
        drafts = [
            Draft(
                source=item.message.channel,
                source_id=f"message:{item.message.id}",
                message_id=item.message.id,
                contact_id=item.contact.id if item.contact else None,
                text=item.text,
                reported_at=item.message.received_at,
                reading=item.reading,
                topic_id=self.reader.topic_ids.get(item.reading.topic.code) if item.reading.topic else None,
            )
            for item in items
        ]
        self.counts.reports += len(drafts)
        self.counts.located += sum(draft.reading.is_located for draft in drafts)
        return add_reports(self.connection, self.reader.campaign_id, drafts)

    def _acknowledge(self, item: _Item, report_id: int, reference: str) -> None:
        """Say that it arrived; where no place was found, or only guessed, ask for it instead."""
        is_asking = not item.reading.is_located
        was_queued = self._reply(
            item,
            Phrase.ASK_PLACE if is_asking else Phrase.RECEIVED,
            QUESTION if is_asking else ACKNOWLEDGEMENT,
            report_id=report_id,
            reference=reference,
        )
        if is_asking and was_queued and item.contact is not None:
            self.connection.execute(
                insert(Question).values(
                    contact_id=item.contact.id, report_id=report_id, kind="place", expires_at=now() + QUESTION_LIFE
                )
            )

    def _take_answer(self, item: _Item, question: OpenQuestion) -> int:
        """The answer joins the report it is about, and a report that now has a place is linked anew."""
        close_question(self.connection, question.id, item.message.id)
        report = self.connection.execute(
            select(Report.reference, Report.text).where(Report.id == question.report_id)
        ).one()
        location = self.reader.locator.locate(item.text, report.text)
        if location is not None:
            set_place(self.connection, self.reader.campaign_id, question.report_id, location)
            relink(self.connection, [question.report_id])
            self.counts.located += not location.is_guess
        self._reply(item, Phrase.RECEIVED, ACKNOWLEDGEMENT, report_id=question.report_id, reference=report.reference)
        return question.report_id

    def _obey(self, item: _Item) -> None:
        command = item.turn.command
        if item.contact is None or command is None:
            return
        if command is not Command.HELP:
            set_opted_out(self.connection, item.contact, is_opted_out=command is Command.STOP)
        self._reply(item, _COMMAND_PHRASES[command], COMMAND)

    def _reply(self, item: _Item, phrase: Phrase, purpose: str, *, report_id: int | None = None, **values: str) -> bool:
        message, contact = item.message, item.contact
        if contact is None or message.party_sealed is None or message.line is None:
            return False
        if message.channel not in self.pipeline.reply_channels or (contact.is_opted_out and purpose != COMMAND):
            return False
        if not is_reachable(self.pipeline.pseudonyms.unseal(message.party_sealed)):
            return False
        language = self.reader.choose_language(contact.language)
        self.outgoing.append(
            OutgoingText(
                campaign_id=self.reader.campaign_id,
                contact_id=contact.id,
                channel=message.channel,
                line=message.line,
                text=say(phrase, language, **values),
                purpose=purpose,
                language=language,
                report_id=report_id,
                answers_id=message.id,
            )
        )
        return True

    def _done(self, item: _Item, report_id: int | None) -> Done:
        return Done(
            item.message.id,
            self.reader.campaign_id,
            item.contact.id if item.contact else None,
            report_id,
            item.reading.language.code,
        )
