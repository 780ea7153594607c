"""Consistency checks of a `conversation`: languages, topics, codes, keywords, and the length of an SMS."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from reporting.campaigns.definition import (
    PLACEHOLDERS,
    Conversation,
    Form,
    FormQuestion,
    list_placeholders,
    read_conversation,
    spell_question,
)
from reporting.campaigns.reserved_codes import RESERVED_CODES
from reporting.campaigns.washington_group import DOMAINS
from reporting.campaigns.washington_group import spell_question as spell_difficulty
from reporting.languages.keywords import Command, find_bare_command
from reporting.languages.normalise import words
from reporting.languages.sms_segments import GSM_7, UCS_2, measure
from reporting.languages.sms_texts import REFERENCE_LONGEST, spoken_languages

SEGMENTS_MOST: Final = 3
KEYWORD_WORDS_MOST: Final = 3
EMERGENCY_UNITS_MOST: Final[Mapping[str, int]] = {GSM_7: 70, UCS_2: 34}
_WITH_REFERENCE: Final = f" ({'W' * REFERENCE_LONGEST})"  # appended to the first question

_Fault = tuple[str, str]  # where, and what


def check_together(values: Mapping[str, Any], languages: Sequence[str], topics: Collection[str]) -> None:
    """Check values that `ConversationSchema` accepted, for a campaign with these languages and topics.

    Raises ValidationError with the first fault and its place.
    """
    conversation = read_conversation(values)
    for where, what in _list_faults(conversation, languages, topics):
        raise ValidationError({where: [what]})


def _list_faults(conversation: Conversation, languages: Sequence[str], topics: Collection[str]) -> Iterator[_Fault]:
    known = {*languages, *spoken_languages()}
    yield from _list_repeated("forms", (form.code for form in conversation.forms))
    for form in conversation.forms:
        yield from _list_form_faults(form, languages[0], known, topics)
    yield from _list_keyword_faults(conversation.forms)
    if conversation.emergency_line:
        yield from _list_text_faults("emergency_line", conversation.emergency_line, languages[0], known)
        for language, line in conversation.emergency_line.items():
            yield from _list_length_faults(f"emergency_line.{language}", line)
    if conversation.hotline:
        yield from _list_text_faults("hotline", conversation.hotline, languages[0], known)
    yield from _list_canned_faults(conversation, languages[0], known)
    for reason, by_language in conversation.sensitive_words.items():
        yield from _list_language_faults(f"sensitive_words.{reason}", by_language, known)
    person = conversation.person
    yield from _list_language_faults("person.washington_group_texts", person.washington_group, known)
    for language in person.washington_group:
        for domain in DOMAINS:
            where = f"person.washington_group_texts.{language}.{domain}"
            yield from _list_size_faults(where, spell_difficulty(person, language, domain))
    if conversation.price_per_segment and conversation.currency is None:
        yield "currency", "prices need a currency, such as USD"


def _list_canned_faults(conversation: Conversation, main: str, known: Collection[str]) -> Iterator[_Fault]:
    yield from _list_repeated("canned_replies", (reply.code for reply in conversation.canned_replies))
    for reply in conversation.canned_replies:
        where = f"canned_replies.{reply.code}"
        yield from _list_text_faults(where, reply.text, main, known)
        for language, text in reply.text.items():
            for name in list_placeholders(text):
                if name not in PLACEHOLDERS:
                    yield f"{where}.{language}", f"{name} is no placeholder; there is: {', '.join(PLACEHOLDERS)}"


def _list_form_faults(form: Form, main: str, known: Collection[str], topics: Collection[str]) -> Iterator[_Fault]:
    where = f"forms.{form.code}"
    if form.topic is not None and form.topic not in topics:
        yield f"{where}.topic", f"the campaign has no topic {form.topic!r}"
    if form.topic is None and not any(form.keywords.values()):
        yield where, "neither topic nor keywords: nobody would ever be asked"
    yield from _list_language_faults(f"{where}.keywords", form.keywords, known)
    yield from _list_repeated(f"{where}.questions", (question.code for question in form.questions))
    for index, question in enumerate(form.questions):
        place = f"{where}.questions.{question.code}"
        yield from _list_question_faults(place, question, main, known)
        yield from _list_relevance_faults(f"{place}.when", question, form.questions[:index])


def _list_question_faults(where: str, question: FormQuestion, main: str, known: Collection[str]) -> Iterator[_Fault]:
    if question.code in RESERVED_CODES and question.kind != question.code:
        yield where, f"{question.code!r} is reserved for what is asked beside forms; take another code"
    if (question.kind == "choice") != bool(question.choices):
        yield f"{where}.choices", "a question of the kind choice has choices, no other has"
    is_bounded = question.low is not None or question.high is not None
    if is_bounded and question.kind != "number":
        yield where, "only a question of the kind number has low and high"
    if question.low is not None and question.high is not None and question.low > question.high:
        yield where, "low is above high"
    yield from _list_text_faults(f"{where}.text", question.text, main, known)
    yield from _list_repeated(f"{where}.choices", (choice.code for choice in question.choices))
    for choice in question.choices:
        yield from _list_text_faults(f"{where}.choices.{choice.code}.label", choice.label, main, known)
        yield from _list_language_faults(f"{where}.choices.{choice.code}.words", choice.words, known)
    yield from _list_wording_faults(f"{where}.choices", question)
    for language in question.text:
        yield from _list_size_faults(f"{where}.text.{language}", spell_question(question, (language, main)))


def _list_relevance_faults(where: str, question: FormQuestion, earlier: Iterable[FormQuestion]) -> Iterator[_Fault]:
    by_code = {other.code: other for other in earlier}
    for code, choice in question.relevant:
        if code not in by_code:
            yield where, f"no earlier question {code!r}"
        elif choice not in {other.code for other in by_code[code].choices}:
            yield where, f"the question {code!r} has no choice {choice!r}"


def _list_wording_faults(where: str, question: FormQuestion) -> Iterator[_Fault]:
    """List ambiguous choices: two of the same words, a command, or the number of another choice."""
    owners: dict[tuple[str, ...], str] = {}
    for number, choice in enumerate(question.choices, start=1):
        for said in (*choice.label.values(), *(word for spoken in choice.words.values() for word in spoken)):
            place, key = f"{where}.{choice.code}", tuple(words(said))
            found = find_bare_command(said)
            if not key:
                yield place, f"{said!r} has no letter"
            elif found is not None and found.command not in (Command.YES, Command.NO):
                yield place, f"{said!r} is read as {found.command.name}"
            elif len(key) == 1 and key[0].isdecimal() and int(key[0]) != number:
                yield place, f"{said!r} is read as a number, and this choice is number {number}"
            elif owners.setdefault(key, choice.code) != choice.code:
                yield place, f"{said!r} is also said for {owners[key]!r}"


def _list_keyword_faults(forms: Sequence[Form]) -> Iterator[_Fault]:
    owners: dict[tuple[str, ...], str] = {}
    for form in forms:
        for keyword in (keyword for spoken in form.keywords.values() for keyword in spoken):
            where, key = f"forms.{form.code}.keywords", tuple(words(keyword))
            found = find_bare_command(keyword)
            if not 1 <= len(key) <= KEYWORD_WORDS_MOST or "".join(key).isdecimal():
                yield where, f"{keyword!r} is not one to three words"
            elif found is not None:
                yield where, f"{keyword!r} is read as {found.command.name}"
            for other, owner in owners.items():
                shorter = min(len(key), len(other))
                if owner != form.code and key[:shorter] == other[:shorter]:
                    yield where, f"{keyword!r} begins as {' '.join(other)!r} of the form {owner!r}"
            owners[key] = form.code


def _list_text_faults(where: str, texts: Mapping[str, str], main: str, known: Collection[str]) -> Iterator[_Fault]:
    yield from _list_language_faults(where, texts, known)
    if main not in texts:
        yield where, f"no text in {main!r}, the campaign's first language"
    for language, text in texts.items():
        yield from _list_size_faults(f"{where}.{language}", text)


def _list_length_faults(where: str, line: str) -> Iterator[_Fault]:
    """List an emergency line that is too long: it begins other texts, so it may fill half of one SMS."""
    segments = measure(line)
    most = EMERGENCY_UNITS_MOST[segments.encoding]
    if segments.units > most:
        yield where, f"has {segments.units} characters ({segments.encoding}), at most {most}: it begins other texts"


def _list_language_faults(where: str, by_language: Mapping[str, Any], known: Collection[str]) -> Iterator[_Fault]:
    for language in by_language:
        if language not in known:
            yield where, f"{language!r} is none of the languages {', '.join(sorted(known))}"


def _list_size_faults(where: str, text: str) -> Iterator[_Fault]:
    segments = measure(text + _WITH_REFERENCE)
    if segments.count > SEGMENTS_MOST:
        yield (
            where,
            f"takes {segments.count} segments of SMS ({segments.encoding}) with its choices, at most 3 are sent",
        )


def _list_repeated(where: str, codes: Iterable[str]) -> Iterator[_Fault]:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            yield where, f"the code {code!r} is there twice"
        seen.add(code)
