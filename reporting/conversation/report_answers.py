"""What is said about a report beyond its words: the answers to a form, and, apart from them, about people."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from channels.built_in.capabilities import get_capabilities
from reporting.campaigns.definition import Conversation
from reporting.campaigns.reserved_codes import PERSON_FIELDS
from reporting.conversation.affected_questions import (
    AFFECTED_KINDS,
    record_affected_answer,
    record_affected_asked,
    record_affected_skipped,
    take_affected_back,
)
from reporting.conversation.questions import PERSON_KINDS, QuestionKind
from reporting.models.states import AnswerMode, ItemStatus
from reporting.reports.affected_store import record_affected
from reporting.reports.person_fields import read_told
from reporting.reports.profile import PersonAnswers, PersonItem, answer_age, answer_difficulty, answer_sex, leave_open
from reporting.reports.profile_store import record_profiles, refuse_domain, take_answer_back

_TOPIC: Final = "topic"
# What is asked about people: the words of the answer are not kept with the message.
PEOPLE_KINDS: Final = PERSON_KINDS | AFFECTED_KINDS
_ITEMS: Final[Mapping[QuestionKind, PersonItem]] = {
    QuestionKind.SEX: PersonItem.SEX,
    QuestionKind.AGE_BAND: PersonItem.AGE,
    QuestionKind.OFFER_SERIES: PersonItem.DIFFICULTY,
    QuestionKind.DIFFICULTY: PersonItem.DIFFICULTY,
}


def select_report_answers(answers: Mapping[str, Any], conversation: Conversation) -> dict[str, Any]:
    """Select the answers that stand with the report: those about people stand apart, the topic is its own.

    A question of the campaign's own form stands with the report, whatever it is called.
    """
    apart = PERSON_FIELDS - _list_own(conversation)
    return {code: value for code, value in answers.items() if code not in apart and code != _TOPIC}


def record_form_people(
    connection: Connection, report_id: int, answers: Mapping[str, Any], conversation: Conversation, channel: str
) -> None:
    """Write what a form that came by a channel told about its sender, and about whom the report is."""
    told, by = read_told(answers, _list_own(conversation)), get_capabilities(channel)
    mode = AnswerMode.ASSISTED if by.has_enumerator else AnswerMode.SELF
    record_profiles(connection, {report_id: told.sender}, mode, is_proved=by.proves_number)
    if told.affected is not None:
        record_affected(connection, {report_id: told.affected})


def record_asked(connection: Connection, report_id: int, kind: QuestionKind) -> None:
    """Note that an item was asked: who does not answer, or not so that it can be read, is not one who was not asked."""
    if kind in AFFECTED_KINDS:
        record_affected_asked(connection, report_id, kind)
    else:
        record_profiles(connection, {report_id: leave_open(_ITEMS[kind], ItemStatus.UNKNOWN)})


def record_skipped(connection: Connection, report_id: int, kind: QuestionKind) -> None:
    """Note that a question about people was skipped. One domain that was skipped leaves the others as they are."""
    if kind in AFFECTED_KINDS:
        record_affected_skipped(connection, report_id, kind)
    elif kind is QuestionKind.DIFFICULTY:
        refuse_domain(connection, report_id)
    else:
        record_profiles(connection, {report_id: leave_open(_ITEMS[kind], ItemStatus.REFUSED)})


def record_person_answer(
    connection: Connection, report_id: int, kind: QuestionKind, code: str | None, value: str
) -> None:
    """Write one answer: a code of CL_SEX or CL_AGE, or 1 to 4 for a domain (`code`)."""
    if kind in AFFECTED_KINDS:
        record_affected_answer(connection, report_id, kind, value)
        return
    told = _read_answer(kind, code, value)
    if told is not None:
        record_profiles(connection, {report_id: told})


def take_person_answer_back(connection: Connection, report_id: int, kind: QuestionKind, code: str | None) -> None:
    """Take one answer about people back."""
    if kind in AFFECTED_KINDS:
        take_affected_back(connection, report_id, kind)
    else:
        take_answer_back(connection, report_id, _ITEMS[kind], code if kind is QuestionKind.DIFFICULTY else None)


def _read_answer(kind: QuestionKind, code: str | None, value: str) -> PersonAnswers | None:
    if kind is QuestionKind.SEX:
        return answer_sex(value)
    if kind is QuestionKind.AGE_BAND:
        return answer_age(value)
    return answer_difficulty({code: int(value)}) if kind is QuestionKind.DIFFICULTY and code is not None else None


def _list_own(conversation: Conversation) -> frozenset[str]:
    return frozenset(question.code for form in conversation.forms for question in form.questions)
