"""Whom a report is about, as values: the role, how many people, and the items about one person, each with its reason.

The answers of a conversation come one by one: each changes what is known. Sex, age and difficulties are of one person;
of a household or a community they do not apply.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from reporting.models.states import AffectedRole, ItemStatus
from reporting.reports.profile import ANY_DOMAIN, PersonAnswers, answer_age, answer_difficulty, answer_sex, merge

SELF: Final = "self"  # the sender is the person: what they told about themselves is told of the affected
YES: Final = "yes"
_OPEN: Final = frozenset({ItemStatus.NOT_ASKED, ItemStatus.UNKNOWN})
_APART: Final = PersonAnswers(
    sex_why=ItemStatus.NOT_APPLICABLE, age_why=ItemStatus.NOT_APPLICABLE, difficulty_why=ItemStatus.NOT_APPLICABLE
)  # what applies to one person alone


class AffectedItem(StrEnum):
    """What is asked about the affected: the names of fields, and of dimensions of cubes that use them."""

    ROLE = "affected"
    NUMBER = "affected_number"
    SEX = "affected_sex"
    AGE = "affected_age"
    DIFFICULTY = "affected_difficulty"


OF_ONE_PERSON: Final = (AffectedItem.SEX, AffectedItem.AGE, AffectedItem.DIFFICULTY)


@dataclass(frozen=True, slots=True)
class AffectedPeople:
    """Whom a report is about, and how many they are. `no_role` and `no_number` say why one of these is missing."""

    role: AffectedRole | None = None
    number: int | None = None
    person: PersonAnswers = field(default_factory=PersonAnswers)
    no_role: ItemStatus = ItemStatus.NOT_ASKED
    no_number: ItemStatus = ItemStatus.NOT_ASKED
    is_sender: bool = False  # the person is whoever sent the report

    def is_open(self, item: AffectedItem) -> bool:
        """Whether an item applies and was neither answered nor refused."""
        match item:
            case AffectedItem.ROLE:
                return self.role is None and self.no_role in _OPEN
            case AffectedItem.NUMBER:
                return self.role is not None and self.number is None and self.no_number in _OPEN
        return self.role is AffectedRole.PERSON and self._find_reason(item) in _OPEN

    def _find_reason(self, item: AffectedItem) -> ItemStatus:
        reasons = (self.person.sex_why, self.person.age_why, self.person.difficulty_why)
        return reasons[OF_ONE_PERSON.index(item)]


def choose_affected(chosen: str, sender: PersonAnswers) -> AffectedPeople:
    """Make what is known once a role was chosen: one of AffectedRole, or SELF, of whom the sender's items are told."""
    if chosen == SELF:
        return AffectedPeople(AffectedRole.PERSON, 1, sender, is_sender=True)
    role = AffectedRole(chosen)
    return AffectedPeople(role, 1 if role is AffectedRole.PERSON else None)


def mark_not_applicable(people: AffectedPeople) -> AffectedPeople:
    """Note of the items that nobody told of a household or a community that they do not apply to it."""
    is_of_one = people.role is None or people.role is AffectedRole.PERSON
    return people if is_of_one else replace(people, person=merge(_APART, people.person))


def tell_item(people: AffectedPeople, item: AffectedItem, value: str) -> AffectedPeople:
    """Bring in the answer to an item other than the role: a number, a code of CL_SEX or CL_AGE, or `yes` or `no`."""
    match item:
        case AffectedItem.NUMBER:
            return replace(people, number=int(value))
        case AffectedItem.SEX:
            told = answer_sex(value)
        case AffectedItem.AGE:
            told = answer_age(value)
        case _:
            told = answer_difficulty({ANY_DOMAIN: 3 if value == YES else 1})
    return replace(people, person=merge(people.person, told))


def leave_item_open(people: AffectedPeople, item: AffectedItem, why: ItemStatus) -> AffectedPeople:
    """Note why an item has no value. Without a role nothing else is known."""
    person = people.person
    match item:
        case AffectedItem.ROLE:
            return AffectedPeople(no_role=why)
        case AffectedItem.NUMBER:
            return replace(people, number=None, no_number=why)
        case AffectedItem.SEX:
            return replace(people, person=replace(person, sex=None, sex_why=why))
        case AffectedItem.AGE:
            return replace(people, person=replace(person, age=None, age_why=why))
        case AffectedItem.DIFFICULTY:
            return replace(people, person=replace(person, difficulty={}, difficulty_why=why))
