"""Reads the answer to a question out of a text, or finds that the text is something else."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reporting.conversation.numbered_choice import find_choice
from reporting.conversation.questions import OpenQuestion, QuestionKind
from reporting.languages.normalise import fold, words
from reporting.reports.profile import find_age

_PLACE_WORDS: Final = 8  # a place is told in a few words; who writes more tells something new
_CHOICE_WORDS: Final = 5  # "it is the second one"
_FREE_WORDS: Final = 30
_REPLY_WORDS: Final = 60
_UNREADABLE_WORDS: Final = 2
_SENTENCE_WORDS: Final = 4
_AGE_KINDS: Final = frozenset({QuestionKind.AGE_BAND, QuestionKind.AFFECTED_AGE})
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")


class AnswerKind(StrEnum):
    """What an answer is."""

    CHOICE = "choice"
    NUMBER = "number"
    WORDS = "words"
    SKIP = "skip"
    BACK = "back"
    UNREADABLE = "unreadable"  # meant as an answer, but not one that the question takes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was read. `choice` counts from 0."""

    kind: AnswerKind
    choice: int | None = None
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What was read in the text besides: whether it names a place, and which topic.

    `languages` are those that its commands may be in (None: all that we speak).
    """

    has_place: bool
    topic_id: int | None
    languages: Collection[str] | None = None


_UNREADABLE: Final = Answer(AnswerKind.UNREADABLE)
_WORDS: Final = Answer(AnswerKind.WORDS)


def read_answer(text: str, question: OpenQuestion, hints: Hints) -> Answer | None:
    """Read the answer that the text is; None for something new, which must never be swallowed.

    After the question's end only what cannot mean anything else is an answer.
    """
    said = words(text)
    if question.kind is QuestionKind.MODERATOR:
        return _read_reply(said, question, hints)
    if question.kind is QuestionKind.SOLVED:  # asked long after their report: anything but yes or no is news
        answer = _read_choice(text, said, question, hints)
        return answer if answer is not None and answer.kind is AnswerKind.CHOICE else None
    if question.has_choices:
        return _read_choice(text, said, question, hints)
    if question.kind is QuestionKind.PLACE:
        return _read_place(said, question, hints)
    if question.limits is not None:
        return _read_number(text, said, question, question.limits, hints)
    return _read_words(said, question, hints)


def read_number(text: str) -> int | None:
    """Read the number that is all of the text, in the digits of any script; None for everything else."""
    trimmed = fold(text).strip(" .)(#!,:;-\n")
    return int(trimmed) if trimmed.isdecimal() and len(trimmed) < 10 else None


def _read_choice(text: str, said: list[str], question: OpenQuestion, hints: Hints) -> Answer | None:
    number = read_number(text)
    if number is not None:
        if 1 <= number <= len(question.choices):
            return Answer(AnswerKind.CHOICE, choice=number - 1)
        if question.kind in _AGE_KINDS and find_age(number) is not None:
            return Answer(AnswerKind.NUMBER, number=number)
        return None if question.is_late else _UNREADABLE
    spellings = [[tuple(words(word)) for word in choice["words"]] for choice in question.choices]
    exact = [index for index, ways in enumerate(spellings) if tuple(said) in ways]
    if len(exact) == 1:
        return Answer(AnswerKind.CHOICE, choice=exact[0])
    told = find_choice(said)
    if told is not None and told <= len(question.choices):
        return Answer(AnswerKind.CHOICE, choice=told - 1)
    if question.is_late or hints.topic_id is not None or len(said) > _CHOICE_WORDS:
        return None
    named = [index for index, ways in enumerate(spellings) if any(_contains(said, way) for way in ways)]
    if len(named) == 1:
        return Answer(AnswerKind.CHOICE, choice=named[0])
    if question.kind is QuestionKind.WHICH_PLACE and (hints.has_place or named == []):
        return _WORDS  # neither of them: the place in other words
    if hints.has_place and len(said) > _UNREADABLE_WORDS:
        return None
    return _UNREADABLE if len(said) <= _UNREADABLE_WORDS or named else None


def _contains(said: list[str], way: tuple[str, ...]) -> bool:
    return bool(way) and any(tuple(said[start : start + len(way)]) == way for start in range(len(said)))


def _read_place(said: list[str], question: OpenQuestion, hints: Hints) -> Answer | None:
    if len(said) > _PLACE_WORDS and not (hints.has_place and hints.topic_id is None):
        return None
    if question.is_late:
        return _WORDS if hints.has_place and hints.topic_id is None and not question.is_located else None
    if hints.topic_id is None:
        return _WORDS
    # What they reported, said again with its place: the answer. Anything else about a topic is news.
    is_same_again = hints.topic_id == question.topic_id and _repeats(said, question.said)
    return _WORDS if is_same_again and hints.has_place and not question.is_located else None


def _read_reply(said: list[str], question: OpenQuestion, hints: Hints) -> Answer | None:
    """Take what was said to a moderator as an answer, in whatever language; None where it may be news as well.

    News are of another topic, of the same one at a place, or come long after. Then a person decides.
    """
    if question.is_late or question.is_decided or len(said) > _REPLY_WORDS:
        return None
    if hints.topic_id is None or question.topic_id is None:
        return _WORDS
    is_elsewhere = hints.has_place and question.is_located and not _repeats(said, question.said)
    return None if hints.topic_id != question.topic_id or is_elsewhere else _WORDS


def _repeats(said: list[str], before: str) -> bool:
    """Whether at least half of the words were said before."""
    known = set(words(before))
    return 2 * sum(word in known for word in said) >= len(said)


def _read_number(
    text: str, said: list[str], question: OpenQuestion, limits: tuple[float | None, float | None], hints: Hints
) -> Answer | None:
    found = _NUMBER.findall(fold(text))
    told = find_choice(said)  # a number in words, alone: "five", "ni tano"
    if told is not None and not found:
        found = [str(told)]
    if len(found) == 1 and len(said) <= _CHOICE_WORDS and hints.topic_id in (None, question.topic_id):
        number = float(found[0].replace(",", "."))
        low, high = limits
        is_within = (low is None or number >= low) and (high is None or number <= high)
        if is_within:
            return Answer(AnswerKind.NUMBER, number=number)
        return None if question.is_late else _UNREADABLE
    if question.is_late or hints.topic_id is not None or hints.has_place:
        return None
    return _UNREADABLE if len(said) <= _CHOICE_WORDS else None


def _read_words(said: list[str], question: OpenQuestion, hints: Hints) -> Answer | None:
    if question.is_late or len(said) > _FREE_WORDS:
        return None
    # A sentence about a topic may be the answer or the next event: in doubt it is an event, which can be linked.
    is_same = hints.topic_id == question.topic_id and not hints.has_place and len(said) < _SENTENCE_WORDS
    is_news = hints.topic_id is not None and not is_same
    return None if is_news else _WORDS
