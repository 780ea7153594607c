"""The step that reads messages: what came with them, what their words say, and what they are in a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from channels.base.items import MessageDetails
from geo.types import Location
from reporting.conversation.answers import AnswerKind, Hints
from reporting.conversation.intent import Intent, MessageReading, classify_message
from reporting.conversation.message_context import MessageContext
from reporting.conversation.next_question import find_named_form
from reporting.conversation.questions import PLACE_KINDS, OpenQuestion, QuestionKind, list_open_questions
from reporting.conversation.replies import Replies
from reporting.crypto.details import unseal_details
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.language import LanguageGuess
from reporting.extraction.reader import MessageAnalysis, TextAnalyser
from reporting.extraction.second_subject import list_other_places
from reporting.inbox.contacts import ContactKey, KnownContact, set_languages
from reporting.inbox.current_batch import HAND, NOBODY
from reporting.inbox.work_queue import InboxMessage
from reporting.languages.clean import normalise_text
from reporting.outbox.loop_guard import find_muted
from reporting.processing.campaign_tools import CampaignTools
from reporting.reports.create import PLACE
from reporting.reports.locate import locate_noted, locate_position
from reporting.reports.sender_places import list_earlier_points

_TOPIC: Final = "topic"  # what a form asks that a text tells in its words, as it does the place
_SURE_LANGUAGE: Final = 0.7  # below it one message does not change the language we answer somebody in
_SAID_LANGUAGE: Final = 1.0


def find_contact(
    tools: CampaignTools, contacts: Mapping[ContactKey, KnownContact], message: InboxMessage
) -> KnownContact | None:
    """Find the sender of a message among the locked contacts; None where it has none."""
    if message.address_hash is None:
        return None
    return contacts[tools.reader.campaign_id, bytes(message.address_hash)]


def read_messages(
    tools: CampaignTools, messages: Sequence[InboxMessage], known: Mapping[int, KnownContact | None]
) -> list[MessageContext]:
    """Read each message; `known` has their senders by message id.

    A question takes one answer, also where several messages of a sender go together.
    """
    contact_ids = {contact.id for message in messages if (contact := known[message.id]) is not None}
    questions = list_open_questions(tools.connection, contact_ids)
    waiting = {key: asked for key, asked in questions.items() if asked.kind is not QuestionKind.MODERATOR}
    moderators = list_open_questions(tools.connection, contact_ids, QuestionKind.MODERATOR)
    earlier = list_earlier_points(tools.connection, contact_ids)
    reader = _MessageReader(tools.reader, tools.pseudonyms)
    items: list[MessageContext] = []
    for message in messages:
        contact = known[message.id]
        HAND.take(message.id)
        points = earlier.get(contact.id, ()) if contact is not None else ()
        item = reader.read(message, contact, waiting, moderators, points)
        if item.classified.intent is Intent.ANSWER and contact is not None:
            waiting.pop(contact.id, None)
        items.append(item)
    HAND.take(NOBODY)
    set_languages(tools.connection, list(reader.learned.values()))
    return items


def make_replies(tools: CampaignTools, items: Sequence[MessageContext]) -> Replies:
    """Make what collects the answers to a batch; machines get none."""
    contact_ids = {item.contact.id for item in items if item.contact is not None}
    return Replies(
        tools.connection,
        tools.reader,
        tools.pseudonyms,
        tools.reply_channels,
        muted=find_muted(tools.connection, contact_ids),
        unanswered={item.message.id for item in items if item.details.is_automatic},
    )


@dataclass(frozen=True, slots=True)
class _MessageReader:
    """Reads for one campaign; `learned` are the contacts, by id, who write in another language than we knew."""

    reader: TextAnalyser
    pseudonyms: Pseudonyms
    learned: dict[int, KnownContact] = field(default_factory=dict)

    def read(
        self,
        message: InboxMessage,
        contact: KnownContact | None,
        questions: Mapping[int, OpenQuestion],
        moderators: Mapping[int, OpenQuestion],
        earlier: Sequence[tuple[float, float]],
    ) -> MessageContext:
        """Read one message with what was asked its sender by us and by moderators, and where they were before."""
        words = normalise_text(message.text)
        details = unseal_details(self.pseudonyms, message.details_encrypted)
        reading = self.reader.read(words, message.received_at, place=_said(details, PLACE), earlier=earlier)
        reading = self._complete(reading, words, details)
        topic_id = self.reader.topic_ids.get(reading.topic.code) if reading.topic else None
        hints = Hints(reading.is_located, topic_id, self._list_command_languages(contact))
        question = self._find_question(message, contact, questions)
        classified = classify_message(message, words, details, question, hints)
        asked = self._find_question(message, contact, moderators)
        if asked is not None and _may_be_meant(classified, question, reading):
            classified, question = classify_message(message, words, details, asked, hints), asked
        if classified.intent is Intent.REPORT and contact is not None:
            self._learn_language(contact, reading)
        is_report = classified.intent is Intent.REPORT
        others = list_other_places(self.reader.locator, words, reading.location) if is_report else []
        perhaps = asked.report_id if is_report and asked is not None else None
        return MessageContext(message, contact, words, details, reading, classified, tuple(others), question, perhaps)

    def _find_question(
        self, message: InboxMessage, contact: KnownContact | None, questions: Mapping[int, OpenQuestion]
    ) -> OpenQuestion | None:
        question = questions.get(contact.id) if contact is not None else None
        return question if question is not None and question.may_be_answered_at(message.received_at) else None

    def _list_command_languages(self, contact: KnownContact | None) -> list[str]:
        """List the campaign's languages, and the one that somebody chose for themselves."""
        own = contact.language if contact is not None and contact.is_language_chosen else None
        return [*self.reader.languages, *([own] if own else [])]

    def _complete(self, reading: MessageAnalysis, words: str, details: MessageDetails) -> MessageAnalysis:
        """Put what the sender's phone or form said outright above what was read in the words."""
        location = _locate(details, reading)
        language = LanguageGuess(details.language, _SAID_LANGUAGE) if details.language else reading.language
        form = find_named_form(self.reader.conversation, words)
        routed = self.reader.say_topic(form.topic or "") if form is not None else None
        topic = self.reader.say_topic(_said(details, _TOPIC)) or routed or reading.topic
        return replace(reading, language=language, topic=topic, location=location)

    def _learn_language(self, contact: KnownContact, reading: MessageAnalysis) -> None:
        guess = reading.language
        is_better = contact.language is None or guess.confidence >= _SURE_LANGUAGE
        if guess.code and guess.code != contact.language and is_better and not contact.is_language_chosen:
            contact.language = guess.code
            self.learned[contact.id] = contact


def _locate(details: MessageDetails, reading: MessageAnalysis) -> Location | None:
    if details.point is None:
        return reading.location
    if details.is_point_noted:
        return reading.location or locate_noted(details.point, details.point_accuracy_m)
    return locate_position(details.point, details.point_accuracy_m)


def _may_be_meant(classified: MessageReading, question: OpenQuestion | None, reading: MessageAnalysis) -> bool:
    """Tell whether a message may be meant for the moderator who asked: it clearly answers nothing that we asked."""
    if classified.leaves or classified.intent in (
        Intent.COMMAND,
        Intent.CONTINUATION,
        Intent.GREETING,
        Intent.COURTESY,
    ):
        return False
    if classified.intent is not Intent.ANSWER or classified.answer is None:
        return True
    is_clear = classified.answer.kind in (AnswerKind.CHOICE, AnswerKind.NUMBER, AnswerKind.SKIP, AnswerKind.BACK)
    is_place = question is not None and question.kind in PLACE_KINDS and reading.is_located
    return not (is_clear or is_place)


def _said(details: MessageDetails, code: str) -> str:
    value = details.answers.get(code)
    return value if isinstance(value, str) else ""
