"""What is asked about whom a report is about: the role first, then what figures use of it; and what answers bring."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from sqlalchemy import Connection

from reporting.campaigns.definition import PersonQuestions
from reporting.conversation.demographics import (
    AGE_BANDS,
    NO,
    YES,
    list_affected_words,
    list_choices,
    list_sex_words,
)
from reporting.conversation.questions import NewQuestion, QuestionKind
from reporting.models.states import ItemStatus
from reporting.reports.affected import (
    AffectedItem,
    AffectedPeople,
    choose_affected,
    leave_item_open,
    tell_item,
)
from reporting.reports.affected_store import change_affected
from reporting.reports.profile_store import read_profile

# In the order in which they are asked.
_ITEMS: Final[Mapping[QuestionKind, AffectedItem]] = {
    QuestionKind.AFFECTED: AffectedItem.ROLE,
    QuestionKind.AFFECTED_NUMBER: AffectedItem.NUMBER,
    QuestionKind.AFFECTED_SEX: AffectedItem.SEX,
    QuestionKind.AFFECTED_AGE: AffectedItem.AGE,
    QuestionKind.AFFECTED_DIFFICULTY: AffectedItem.DIFFICULTY,
}
AFFECTED_KINDS: Final = frozenset(_ITEMS)
_MOST_PEOPLE: Final = 1_000_000


def choose_of_affected(
    person: PersonQuestions, known: AffectedPeople | None, done: frozenset[QuestionKind]
) -> NewQuestion | None:
    """Choose the next question about the affected, or None when all is asked that figures use and that applies."""
    if not person.asks_affected:
        return None
    people = known if known is not None else AffectedPeople()
    for kind, item in _ITEMS.items():
        is_used = item is AffectedItem.ROLE or item in person.affected_items
        if is_used and kind not in done and people.is_open(item):
            return _make_question(kind)
    return None


def record_affected_asked(connection: Connection, report_id: int, kind: QuestionKind) -> None:
    """Note that an item was asked and is not known yet."""
    _leave_open(connection, report_id, kind, ItemStatus.UNKNOWN)


def record_affected_skipped(connection: Connection, report_id: int, kind: QuestionKind) -> None:
    """Note that a question about the affected was skipped."""
    _leave_open(connection, report_id, kind, ItemStatus.REFUSED)


def record_affected_answer(connection: Connection, report_id: int, kind: QuestionKind, value: str) -> None:
    """Write one answer. Of a sender who is the person, what they told about themselves is told."""
    if kind is QuestionKind.AFFECTED:
        chosen = choose_affected(value, read_profile(connection, report_id))
        change_affected(connection, report_id, lambda _before: chosen)
    else:
        change_affected(connection, report_id, partial(tell_item, item=_ITEMS[kind], value=value))


# What is taken back is asked again.
take_affected_back = record_affected_asked


def _leave_open(connection: Connection, report_id: int, kind: QuestionKind, why: ItemStatus) -> None:
    change_affected(connection, report_id, partial(leave_item_open, item=_ITEMS[kind], why=why))


def _make_question(kind: QuestionKind) -> NewQuestion:
    match kind:
        case QuestionKind.AFFECTED:
            return NewQuestion(kind, choices=list_choices(list_affected_words()))
        case QuestionKind.AFFECTED_NUMBER:
            return NewQuestion(kind, limits=(1, _MOST_PEOPLE))
        case QuestionKind.AFFECTED_SEX:
            return NewQuestion(kind, choices=list_choices(list_sex_words()))
        case QuestionKind.AFFECTED_AGE:
            return NewQuestion(kind, choices=list_choices(AGE_BANDS))
    return NewQuestion(kind, choices=list_choices({YES: (), NO: ()}))
