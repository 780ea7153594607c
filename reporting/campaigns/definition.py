"""What a campaign asks by message, as values: its forms, the questions about the person, the rules of conversation.

They are read from the column `campaign.conversation`, which holds what `schema.py` let through.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any, Final, Literal

PLACE_QUESTIONS_MOST: Final = 2
EXPIRY_H: Final = 24
REPLIES_PER_HOUR: Final = 10

Kind = Literal["choice", "number", "text", "place"]
Texts = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a question: picked by its number, its label or one of `words`, by language."""

    code: str
    label: Texts
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """A question of a form. `low` and `high` bound the answer of the kind `number`, both included.

    `relevant` are pairs of an earlier question's code and the choice that must have been picked there: all must hold,
    or the question is left out.
    """

    code: str
    kind: Kind
    text: Texts
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    relevant: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Questions asked one after the other of a person whose message begins with one of `keywords`, by language."""

    code: str
    topic: str | None
    keywords: Mapping[str, tuple[str, ...]]
    questions: tuple[FormQuestion, ...]


@dataclass(frozen=True, slots=True)
class PersonQuestions:
    """What is asked about the person, each item skippable.

    `washington_group` holds official wordings by language: the six domains and the four answers
    (`washington_group.py`).
    """

    asks_sex: bool = False
    asks_age_band: bool = False
    offers_washington_group: bool = False
    washington_group: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """How a campaign talks with people. A campaign that says nothing has the defaults.

    `emergency_line` ("Emergency: call 114.") stands first in what is answered to an urgent report and in HELP.
    `hotline` is the fixed answer to a sensitive report; `sensitive_words` are added to the built-in ones, by reason and
    language. Between `quiet_from` and `quiet_until`, in the campaign's time zone, nothing goes out that can wait.
    `price_per_segment` is in `currency` (ISO 4217), by channel.
    """

    forms: tuple[Form, ...] = ()
    person: PersonQuestions = PersonQuestions()
    place_questions_most: int = PLACE_QUESTIONS_MOST
    expiry_h: int = EXPIRY_H
    emergency_line: Texts = field(default_factory=dict)
    hotline: Texts = field(default_factory=dict)
    sensitive_words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    quiet_from: time | None = None
    quiet_until: time | None = None
    price_per_segment: Mapping[str, Decimal] = field(default_factory=dict)
    currency: str | None = None
    sends_news: bool = True
    replies_per_hour: int = REPLIES_PER_HOUR
    answers_per_hour: int | None = None  # automatic ones to all people together; None: as many as are due


def read_conversation(values: Mapping[str, Any]) -> Conversation:
    """The conversation that a campaign's column holds; an empty one has the defaults."""
    quiet = values.get("quiet_hours") or {}
    return Conversation(
        forms=tuple(read_form(form) for form in values.get("forms", ())),
        person=_read_person(values.get("person", {})),
        place_questions_most=values.get("place_questions", PLACE_QUESTIONS_MOST),
        expiry_h=values.get("expiry_hours", EXPIRY_H),
        emergency_line=values.get("emergency_line", {}),
        hotline=values.get("hotline", {}),
        sensitive_words={reason: _read_words(by) for reason, by in values.get("sensitive_words", {}).items()},
        quiet_from=time.fromisoformat(quiet["from"]) if quiet else None,
        quiet_until=time.fromisoformat(quiet["until"]) if quiet else None,
        price_per_segment={channel: Decimal(price) for channel, price in values.get("prices", {}).items()},
        currency=values.get("currency"),
        sends_news=values.get("news", True),
        replies_per_hour=values.get("replies_per_hour", REPLIES_PER_HOUR),
        answers_per_hour=values.get("answers_per_hour"),
    )


def read_form(values: Mapping[str, Any]) -> Form:
    """One form of the column."""
    return Form(
        code=values["code"],
        topic=values.get("topic"),
        keywords=_read_words(values.get("keywords", {})),
        questions=tuple(_read_question(question) for question in values["questions"]),
    )


def pick_text(texts: Texts, languages: Iterable[str]) -> str:
    """The text in the first of `languages` that has one, else in English, else in any; empty when there is none."""
    for language in (*languages, "en"):
        if language in texts:
            return texts[language]
    return texts[min(texts)] if texts else ""


def spell_question(question: FormQuestion, languages: Iterable[str]) -> str:
    """The question as one message: its text, then each choice on a line of its own with its number, from 1."""
    spoken = tuple(languages)
    labels = (f"{number} {pick_text(choice.label, spoken)}" for number, choice in enumerate(question.choices, start=1))
    return "\n".join((pick_text(question.text, spoken), *labels))


def _read_question(values: Mapping[str, Any]) -> FormQuestion:
    return FormQuestion(
        code=values["code"],
        kind=values["kind"],
        text=values["text"],
        choices=tuple(
            Choice(choice["code"], choice["label"], _read_words(choice.get("words", {})))
            for choice in values.get("choices", ())
        ),
        is_required=values.get("required", False),
        relevant=tuple(values.get("when", {}).items()),
        low=values.get("low"),
        high=values.get("high"),
    )


def _read_person(values: Mapping[str, Any]) -> PersonQuestions:
    return PersonQuestions(
        asks_sex=values.get("sex", False),
        asks_age_band=values.get("age_band", False),
        offers_washington_group=values.get("washington_group", False),
        washington_group=values.get("washington_group_texts", {}),
    )


def _read_words(by_language: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    return {language: tuple(words) for language, words in by_language.items()}
