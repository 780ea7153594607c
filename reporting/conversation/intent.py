"""What a message is in the conversation with its sender: a command, an answer to our question, or a new report."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from channels.base.items import MessageDetails
from channels.built_in.capabilities import get_capabilities
from reporting.conversation.answers import Answer, AnswerKind, Hints, read_answer, read_number
from reporting.conversation.questions import YES_NO_KINDS, OpenQuestion, QuestionKind
from reporting.inbox.work_queue import InboxMessage
from reporting.languages.greetings import find_greeting, find_thanks
from reporting.languages.keywords import (
    Command,
    FoundCommand,
    asks_what_this_is,
    find_bare_command,
    find_command,
    leaves_beside,
)
from reporting.languages.message_footers import strip_footers
from reporting.languages.normalise import words

# Within a conversation only: without a question they are not orders but words.
_ANSWERING: Final = frozenset({Command.SKIP, Command.BACK, Command.YES, Command.NO})
_KIND_SIGNS: Final = frozenset("👍👌🙏❤♥😊🙂✅🏻🏼🏽🏾🏿")


class Intent(StrEnum):
    """What is to be made of a message."""

    COMMAND = "command"
    ANSWER = "answer"
    CONTINUATION = "continuation"  # goes on with an earlier message, as its channel knows
    REPORT = "report"
    GREETING = "greeting"  # "hello": answered with what this number is for
    COURTESY = "courtesy"  # "thank you": stored, and nobody is bothered with it
    NOTHING = "nothing"


_MEANT_ALONE: Final = frozenset({Command.STOP, Command.START, Command.FORGET, Command.LANGUAGE, Command.STATUS})
_READ_CHARS: Final = 2_000  # a longer message is read whole: no footer makes it another one
_WITHOUT_NEWS: Final = frozenset({Intent.GREETING, Intent.COURTESY})


@dataclass(frozen=True, slots=True)
class MessageReading:
    """A message in its conversation."""

    intent: Intent
    command: FoundCommand | None = None
    answer: Answer | None = None
    leaves: bool = False  # it says STOP beside what it reports: both hold


@dataclass(frozen=True, slots=True)
class MessageExtras:
    """What came with the words: `point` that the phone sent, `media`, answers of a form; `follows` an earlier one."""

    has_point: bool = False
    has_media: bool = False
    has_answers: bool = False
    follows: bool = False

    @property
    def is_something(self) -> bool:
        """Whether there is more than the words."""
        return self.has_point or self.has_media or self.has_answers


_ALONE: Final = MessageExtras()


def classify_words(
    text: str, question: OpenQuestion | None, hints: Hints, accompaniment: MessageExtras = _ALONE
) -> MessageReading:
    """Decide what a message is. A new report must never be swallowed as an answer, so in doubt it is a report."""
    if accompaniment.follows:
        return MessageReading(Intent.CONTINUATION)
    if not text.strip():
        return _classify_wordless(question, accompaniment)
    found = find_command(text, hints.languages)
    if found is not None and found.command not in _ANSWERING:
        if not _names_place_asked(found, text, question, hints) and not _is_choice(found, text, question, hints):
            return MessageReading(Intent.COMMAND, command=found)
        found = None
    if found is None and leaves_beside(text, hints.languages):
        return MessageReading(Intent.REPORT, leaves=True)
    own = strip_footers(text) if len(text) <= _READ_CHARS else text
    answer = _find_answer(own, found, question, hints) if question is not None else None
    # "Thank you" and "hello" are no place and no number, whatever was asked.
    is_said = _classify_plain(own) in _WITHOUT_NEWS and not (answer is not None and hints.has_place)
    if answer is not None and (answer.choice is not None or not is_said):
        return MessageReading(Intent.ANSWER, answer=answer)
    if accompaniment.is_something:
        return MessageReading(Intent.REPORT)
    plain = _classify_plain(own)
    is_stray = found is not None or read_number(own) is not None  # an answer, and nothing was asked
    return MessageReading(Intent.NOTHING if is_stray and plain not in _WITHOUT_NEWS else plain)


def _names_place_asked(found: FoundCommand, text: str, question: OpenQuestion | None, hints: Hints) -> bool:
    """Whether a word that is also an order is the place that was asked for: "Alto", "Parar". STOP is STOP anywhere."""
    is_asked = question is not None and question.kind in (QuestionKind.PLACE, QuestionKind.WHICH_PLACE)
    is_word = found.is_bare and words(strip_footers(text)) != [Command.STOP.value]
    return is_asked and hints.has_place and is_word


def _is_choice(found: FoundCommand, text: str, question: OpenQuestion | None, hints: Hints) -> bool:
    """Whether words that may be an order are one of the choices that were asked about: "No more", "Enough"."""
    if question is None or found.is_bare or found.is_sure or not question.has_choices:
        return False
    answer = read_answer(text, question, hints)
    return answer is not None and answer.kind is AnswerKind.CHOICE


def _classify_plain(text: str) -> Intent:
    if find_greeting(text):
        return Intent.GREETING
    if find_thanks(text):
        return Intent.COURTESY
    if words(text):
        return Intent.REPORT
    # Signs without a word: punctuation says nothing, a thumb is a courtesy, and a cry for help may be one sign.
    symbols = {character for character in text if unicodedata.category(character) in ("So", "Sm", "Sk")}
    if symbols <= _KIND_SIGNS:
        return Intent.COURTESY if symbols else Intent.NOTHING
    return Intent.REPORT


def _classify_wordless(question: OpenQuestion | None, accompaniment: MessageExtras) -> MessageReading:
    """Classify a position or picture without words: an answer where a question is open, else a report."""
    if not accompaniment.is_something:
        return MessageReading(Intent.NOTHING)
    if question is not None and not question.is_late and question.report_id is not None:
        return MessageReading(Intent.ANSWER, answer=Answer(AnswerKind.WORDS))
    return MessageReading(Intent.REPORT)


def _find_answer(text: str, found: FoundCommand | None, question: OpenQuestion, hints: Hints) -> Answer | None:
    answer = read_answer(text, question, hints)
    if found is None or question.kind is QuestionKind.MODERATOR or (answer and answer.kind is AnswerKind.CHOICE):
        return answer
    if question.is_late:
        return None
    if found.command is Command.SKIP:
        return Answer(AnswerKind.SKIP)
    if found.command is Command.BACK:
        return Answer(AnswerKind.BACK)
    if question.kind in YES_NO_KINDS:
        return Answer(AnswerKind.CHOICE, choice=0 if found.command is Command.YES else 1)
    return Answer(AnswerKind.UNREADABLE)


def may_ask_for_help(text: str) -> bool:
    """Tell whether somebody wrote HELP and may mean it: a moderator should see it, whatever we answer."""
    own = strip_footers(text)
    found = find_bare_command(own)
    return found is not None and found.command is Command.HELP and not asks_what_this_is(tuple(words(own)))


def classify_message(
    message: InboxMessage, words: str, details: MessageDetails, question: OpenQuestion | None, hints: Hints
) -> MessageReading:
    """Classify a message whose cleaned text is `words`.

    - A form is a report, or a continuation of one (a correction, more pictures), never a command or an answer.
    - Where the channel does not prove the number, no command is obeyed and no question answered in its name.
    - A notice that nobody reads is a courtesy: stored, and no more.
    - A command that stands alone below the subject of an email message counts, but for HELP, which may be meant.
    - What a gateway took for STOP, START or HELP is that command: it has told the sender so.
    - Without a sender there is no conversation: words are a report.
    """
    channel = get_capabilities(message.channel)
    if channel.is_form:
        return MessageReading(Intent.REPORT if details.follows is None else Intent.CONTINUATION)
    if not channel.proves_number:
        return _classify_unproved(words, hints)
    if details.is_notice:
        return MessageReading(Intent.COURTESY)
    found = find_command(details.below, hints.languages) if details.below is not None else None
    if found is not None and found.command in _MEANT_ALONE:
        return MessageReading(Intent.COMMAND, command=found)
    if details.order is not None:
        return MessageReading(Intent.COMMAND, command=FoundCommand(Command(details.order)))
    accompaniment = MessageExtras(
        has_point=details.point is not None,
        has_media=bool(details.media),
        has_answers=bool(details.answers),
        follows=details.follows is not None,
    )
    classified = classify_words(words, question, hints, accompaniment)
    is_lost = message.address_hash is None and words and classified.intent in (Intent.COURTESY, Intent.NOTHING)
    return MessageReading(Intent.REPORT) if is_lost else classified


def _classify_unproved(words: str, hints: Hints) -> MessageReading:
    """Classify words from a number that may be anybody's: as a greeting, a courtesy or a report."""
    classified = classify_words(words, None, hints)
    return (
        MessageReading(classified.intent)
        if classified.intent in (Intent.COURTESY, Intent.GREETING)
        else MessageReading(Intent.REPORT)
    )


def tells_above(words: str, below: str | None) -> bool:
    """Tell whether the subject of an email message is a report, while a command stands below it."""
    if below is None:
        return False
    return (
        classify_words(words.removesuffix(below).strip(), None, Hints(has_place=False, topic_id=None)).intent
        is Intent.REPORT
    )
