"""The conversation of a campaign as typed values: forms, questions on demographics, rules.

The values are read from the column `campaign.conversation`, which holds what `schema.py` accepted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any, Final, Literal

PLACE_QUESTIONS_MOST: Final = 2
EXPIRY_H: Final = 24
REPLIES_PER_HOUR: Final = 10
PLACEHOLDERS: Final = ("{reference}", "{organisation}", "{hotline}")  # in a canned reply
_PLACEHOLDER: Final = re.compile(r"\{\w{1,20}\}")

Kind = Literal["choice", "number", "text", "place"]
Texts = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: chosen by its number, its label or one of `words`, which are by language."""

    code: str
    label: Texts
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """A question of a form. `low` and `high` limit the answer of the kind `number`, both included.

    `relevant` holds pairs of an earlier question's code and the required choice there. The question is skipped unless
    all of them hold.
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
    """Questions asked one after another of a sender whose message begins with one of `keywords` (by language)."""

    code: str
    topic: str | None
    keywords: Mapping[str, tuple[str, ...]]
    questions: tuple[FormQuestion, ...]


@dataclass(frozen=True, slots=True)
class PersonQuestions:
    """The questions on demographics of the sender, and on whom a report is about; each can be skipped.

    `washington_group` holds official wordings by language: the six domains and the four answers
    (`washington_group.py`).
    """

    asks_sex: bool = False
    asks_age_band: bool = False
    offers_washington_group: bool = False
    asks_affected: bool = False
    affected_items: frozenset[str] = frozenset()  # what figures use of whom a report is about (`cube_use.py`)
    washington_group: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that moderators send again and again, by language; it may have PLACEHOLDERS."""

    code: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Conversation:
    """The conversation settings of a campaign, with their defaults.

    `emergency_line` ("Emergency: call 114.") begins the reply to an urgent report and to HELP. `hotline` is the fixed
    reply to a sensitive report; `sensitive_words` are added to the built-in ones, by reason and language. Quiet hours
    last from `quiet_from` to `quiet_until` in the campaign's time zone; messages that can wait are not sent then.
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
    canned_replies: tuple[CannedReply, ...] = ()
    answers_per_hour: int | None = None  # rate limit of automatic replies to all contacts together; None: no limit


def read_conversation(values: Mapping[str, Any]) -> Conversation:
    """Read the conversation from a campaign's column; an empty one has the defaults."""
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
        canned_replies=tuple(CannedReply(reply["code"], reply["text"]) for reply in values.get("canned_replies", ())),
        answers_per_hour=values.get("answers_per_hour"),
    )


def fill_canned_reply(text: str, *, reference: str, organisation: str, hotline: str) -> str:
    """Fill the placeholders of a canned reply in."""
    filled = dict(zip(PLACEHOLDERS, (reference, organisation, hotline), strict=True))
    return _PLACEHOLDER.sub(lambda found: filled.get(found[0], found[0]), text)


def read_form(values: Mapping[str, Any]) -> Form:
    """Read one form from the column's values."""
    return Form(
        code=values["code"],
        topic=values.get("topic"),
        keywords=_read_words(values.get("keywords", {})),
        questions=tuple(_read_question(question) for question in values["questions"]),
    )


def list_placeholders(text: str) -> list[str]:
    """List what stands in braces in a text, known or not."""
    return _PLACEHOLDER.findall(text)


def pick_text(texts: Texts, languages: Iterable[str]) -> str:
    """Pick the text in the first of `languages` that has one, else English, else any; empty if there is none."""
    for language in (*languages, "en"):
        if language in texts:
            return texts[language]
    return texts[min(texts)] if texts else ""


def spell_question(question: FormQuestion, languages: Iterable[str]) -> str:
    """Format a question as one message: its text, then each choice on its own line with its number, from 1."""
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
        asks_affected=values.get("affected", False),
        washington_group=values.get("washington_group_texts", {}),
    )


def _read_words(by_language: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    return {language: tuple(words) for language, words in by_language.items()}
