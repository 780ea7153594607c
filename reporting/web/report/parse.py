"""Parser of the web form: values that can be used, and faults that the sender must correct.

A value that can be dropped without losing a word is dropped silently: a topic that was removed while the form waited on
a phone without signal, or a position that cannot be read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from channels.base.items import find_point
from channels.built_in.web_form import Submission, read_phone
from reporting.campaigns.definition import Conversation, FormQuestion, PersonQuestions, pick_text
from reporting.campaigns.reserved_codes import AFFECTED_PREFIX
from reporting.conversation.required_answers import is_begun, list_missing
from reporting.inbox.store import MAX_TEXT_CHARACTERS
from reporting.models.states import AffectedRole, ItemStatus
from reporting.reports.affected import SELF, AffectedItem
from reporting.reports.profile import SEXES, WIDE_BANDS
from reporting.web.report import browser_proof

PHOTOS_MOST: Final = 3
PHOTO_LARGEST_BYTES: Final = 8 * 1024 * 1024
TRAP: Final = "website"  # a honeypot: people do not see this field, so only a program fills it in
REQUIRED: Final = "required"  # names of the fields that the page marked as required
_PLACE_LONGEST: Final = 300
_WHOLE_BELOW: Final = 2**53  # above this a float is no longer exact to the last digit
_DIGITS_MOST: Final = 8  # of a number of people
AFFECTED_ROLE: Final = f"{AFFECTED_PREFIX}role"
AFFECTED_ROLES: Final = (SELF, *AffectedRole)
_AFFECTED_CODES: Final[Mapping[AffectedItem, Sequence[str]]] = {
    AffectedItem.SEX: SEXES, AffectedItem.AGE: WIDE_BANDS, AffectedItem.DIFFICULTY: ("yes", "no"),
}  # fmt: skip
_NOT_KEPT: Final = frozenset({TRAP, REQUIRED, "id", "campaign"}) | browser_proof.FIELDS


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a form. `faults` are messages to the sender by field; a form with faults is not stored."""

    submission: Submission
    faults: Mapping[str, str]


def read_report(
    form: MultiDict[str, str], photos: Sequence[bytes], conversation: Conversation, topics: Sequence[str], region: str
) -> Reading:
    """Read the fields of a campaign's form. `topics` are its codes, `region` is its country for phone numbers."""
    faults: dict[str, str] = {}
    text, place = form.get("text", "").strip(), form.get("place", "").strip()
    if not text:
        faults["text"] = gettext("Please write what is happening.")
    elif len(text) > MAX_TEXT_CHARACTERS:
        faults["text"] = gettext("This is too long. Please make it shorter, or send it in two parts.")
    if len(place) > _PLACE_LONGEST:
        faults["place"] = gettext("This is too long. Please make it shorter, or send it in two parts.")
    phone = _read_phone(form.get("phone", "").strip(), region, faults)
    point = read_point(form)
    told = _read_answers(form, conversation, faults)
    answers = {code: answer for given in told.values() for code, answer in given.items()}
    _check_required(form, conversation, told, faults, is_placed=bool(place) or point is not None)
    if place:
        answers["place"] = place
    if form.get("topic") in topics:
        answers["topic"] = form["topic"]
    answers.update(_read_person(form, conversation))
    answers.update(_read_affected(form, conversation.person, faults))
    _check_photos(photos, faults)
    if form.get(TRAP):
        faults[TRAP] = gettext("Your browser filled in a field that must be empty. Please send it again.")
    kept = {name: value for name, value in form.items() if value and name not in _NOT_KEPT}
    return Reading(Submission(text, form.get("language", ""), phone, point, answers, kept), faults)


def read_point(form: Mapping[str, str]) -> tuple[float, float] | None:
    """Read the phone's position as latitude and longitude in degrees; None where there is none."""
    try:
        return find_point(float(form.get("lat", "")), float(form.get("lon", "")))
    except ValueError:
        return None


def name_field(form_code: str, question_code: str) -> str:
    """Name the field of a question. The form's code is part of it, because two forms may use the same question code."""
    return f"q.{form_code}.{question_code}"


def _read_phone(typed: str, region: str, faults: dict[str, str]) -> str | None:
    if not typed:
        return None
    number = read_phone(typed, region)
    if number is None:
        faults["phone"] = gettext("This is not a phone number. Please correct it, or leave it empty.")
    return number


def list_required(conversation: Conversation) -> list[str]:
    """List the fields that the page marks as required in their form."""
    return [
        name_field(form.code, question.code)
        for form in conversation.forms
        for question in form.questions
        if question.is_required
    ]


def _read_answers(
    form: Mapping[str, str], conversation: Conversation, faults: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Read the answers by form and by question: two forms of a campaign may use the same question code."""
    told: dict[str, dict[str, Any]] = {}
    for asked in conversation.forms:
        given = told[asked.code] = {}
        for question in asked.questions:
            field = name_field(asked.code, question.code)
            typed = form.get(field, "").strip()
            if not typed or any(given.get(earlier) != choice for earlier, choice in question.relevant):
                continue
            answer = read_answer(question, typed)
            if answer is not None:
                given[question.code] = answer
            elif question.kind == "number":
                faults[field] = _say_bounds(question)
    return told


def _check_required(
    form: Mapping[str, str],
    conversation: Conversation,
    told: Mapping[str, Mapping[str, Any]],
    faults: dict[str, str],
    *,
    is_placed: bool,
) -> None:
    """Add a fault for each required answer that is missing in a form that was begun.

    A form that waited on a phone is only checked for fields that its page marked as required.
    """
    on_page = set(form[REQUIRED].split()) if REQUIRED in form else None
    for asked in conversation.forms:
        given = told[asked.code]
        if not is_begun(asked, form.get("topic"), given):
            continue
        for question in list_missing(asked, given, is_placed=is_placed):
            field = name_field(asked.code, question.code)
            if on_page is None or field in on_page:
                faults.setdefault(field, say_missing(pick_text(question.text, (form.get("language", ""),))))


def say_missing(question: str) -> str:
    """Word the message for a missing required answer."""
    return str(gettext("Please answer this question too: %(question)s", question=question))


def read_answer(question: FormQuestion, typed: str) -> str | float | None:
    """Read an answer for storing; None where it is no choice of the question or no number within its bounds."""
    if question.kind == "choice":
        return typed if any(choice.code == typed for choice in question.choices) else None
    if question.kind != "number":
        return typed[:MAX_TEXT_CHARACTERS]
    try:
        number = float(typed.replace(",", "."))
    except ValueError:
        return None
    is_within = (question.low is None or number >= question.low) and (question.high is None or number <= question.high)
    if not math.isfinite(number) or not is_within:
        return None
    return int(number) if number.is_integer() and abs(number) < _WHOLE_BELOW else number


def _say_bounds(question: FormQuestion) -> str:
    if question.low is not None and question.high is not None:
        bounds: str = gettext(
            "Please write a number from %(low)s to %(high)s, or leave it empty.",
            low=f"{question.low:g}", high=f"{question.high:g}",
        )  # fmt: skip
        return bounds
    return str(gettext("Please write a number, or leave it empty."))


def _read_person(form: Mapping[str, str], conversation: Conversation) -> dict[str, str]:
    """Read what the form asked about its sender. A field that was shown and left empty was skipped."""
    person = conversation.person
    asked = (("sex", person.asks_sex, SEXES), ("age_band", person.asks_age_band, WIDE_BANDS))
    shown = [(name, codes) for name, is_asked, codes in asked if is_asked and name in form]
    return {name: _read_code(form[name], codes) for name, codes in shown}


def _read_affected(form: Mapping[str, str], person: PersonQuestions, faults: dict[str, str]) -> dict[str, str]:
    """Read whom the report is about. Only what applies to the role is kept; what was shown and left empty was skipped.

    A number that is none is told back, as it is typed.
    """
    if not person.asks_affected or AffectedItem.ROLE not in form:
        return {}
    role = _read_code(form[AffectedItem.ROLE], AFFECTED_ROLES)
    told = {AFFECTED_ROLE: role}
    if role in (AffectedRole.HOUSEHOLD, AffectedRole.COMMUNITY) and AffectedItem.NUMBER in form:
        number = form[AffectedItem.NUMBER].strip()
        if number and not (number.isdecimal() and len(number) < _DIGITS_MOST and int(number) > 0):
            faults[AffectedItem.NUMBER] = gettext("Please write a number, or leave it empty.")
        told[AffectedItem.NUMBER] = number or ItemStatus.REFUSED
    if role == AffectedRole.PERSON:
        asked = (item for item in _AFFECTED_CODES if item in person.affected_items and item in form)
        told |= {item: _read_code(form[item], _AFFECTED_CODES[item]) for item in asked}
    return told


def _read_code(typed: str, codes: Sequence[str]) -> str:
    if typed in codes:
        return typed
    return ItemStatus.UNKNOWN if typed.strip() else ItemStatus.REFUSED


def _check_photos(photos: Sequence[bytes], faults: dict[str, str]) -> None:
    if len(photos) > PHOTOS_MOST:
        faults["photo"] = gettext("Please choose three photos at most.")
    elif any(len(photo) > PHOTO_LARGEST_BYTES for photo in photos):
        faults["photo"] = gettext("A photo may have 8 MB at most. Please choose a smaller one.")
