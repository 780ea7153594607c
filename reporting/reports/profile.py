"""What somebody told about a person, as values: sex, age, difficulties, each with the reason why it is there or not.

Ages are codes of the SDGs' CL_AGE: a band of five years where a number was told, else the wide band that was chosen.
Difficulties are the domains of the Washington Group Short Set with answers from 1 (none) to 4 (cannot do at all).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from reporting.models.states import ItemStatus
from reporting.population.age import FIVE_YEARS_AND_OLDEST, WIDE

SEXES: Final = ("F", "M", "_O")  # SDMX CL_SEX(2.1), in the order in which Phrase.ASK_SEX numbers them
WIDE_BANDS: Final = tuple(band.code for band in WIDE)  # in the order in which Phrase.ASK_AGE numbers them
FIVE_YEAR_BANDS: Final = tuple(band.code for band in FIVE_YEARS_AND_OLDEST)
AGES: Final = frozenset((*WIDE_BANDS, *FIVE_YEAR_BANDS))
_AGE_MOST: Final = 130
ANY_DOMAIN: Final = "any"  # of a source that tells of no single domain: 3 with a lot of difficulty in one, 1 with none


class PersonItem(StrEnum):
    """The items that are asked about a person, by the names of their columns."""

    SEX = "sex"
    AGE = "age"
    DIFFICULTY = "difficulty"


@dataclass(frozen=True, slots=True)
class PersonAnswers:
    """The items about one person. A value is there where its reason says answered; difficulties by domain."""

    sex: str | None = None
    sex_why: ItemStatus = ItemStatus.NOT_ASKED
    age: str | None = None
    age_why: ItemStatus = ItemStatus.NOT_ASKED
    difficulty: Mapping[str, int] = field(default_factory=dict)
    difficulty_why: ItemStatus = ItemStatus.NOT_ASKED

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked."""
        return self == PersonAnswers()

    @property
    def is_told(self) -> bool:
        """Whether something was answered or refused."""
        return not {ItemStatus.ANSWERED, ItemStatus.REFUSED}.isdisjoint(
            (self.sex_why, self.age_why, self.difficulty_why)
        )


def answer_sex(code: str) -> PersonAnswers:
    """Make the answer of a code of CL_SEX."""
    return PersonAnswers(sex=code, sex_why=ItemStatus.ANSWERED)


def answer_age(code: str) -> PersonAnswers:
    """Make the answer of a code of CL_AGE."""
    return PersonAnswers(age=code, age_why=ItemStatus.ANSWERED)


def answer_difficulty(difficulty: Mapping[str, int]) -> PersonAnswers:
    """Make the answer of one or more domains."""
    return PersonAnswers(difficulty=dict(difficulty), difficulty_why=ItemStatus.ANSWERED)


def leave_open(item: PersonItem, why: ItemStatus) -> PersonAnswers:
    """Make what an item without a value says: it was refused, or asked and not known."""
    match item:
        case PersonItem.SEX:
            return PersonAnswers(sex_why=why)
        case PersonItem.AGE:
            return PersonAnswers(age_why=why)
        case PersonItem.DIFFICULTY:
            return PersonAnswers(difficulty_why=why)


def merge(before: PersonAnswers, told: PersonAnswers) -> PersonAnswers:
    """Bring what was told now into what is known.

    A question that was only asked, or whose answer could not be read, takes nothing back. A refusal does: who no longer
    wants to say something need not. Answers on daily activities come domain by domain.
    """
    after = before
    if _replaces(before.sex_why, told.sex_why):
        after = replace(after, sex=told.sex, sex_why=told.sex_why)
    if _replaces(before.age_why, told.age_why):
        after = replace(after, age=told.age, age_why=told.age_why)
    if _replaces(before.difficulty_why, told.difficulty_why):
        difficulty = _join_domains(before.difficulty, told.difficulty)
        after = replace(after, difficulty=difficulty, difficulty_why=told.difficulty_why)
    return after


def fill_gaps(before: PersonAnswers, told: PersonAnswers) -> PersonAnswers:
    """Bring in what was told now, but only of items that were neither answered nor refused before."""
    is_open = {ItemStatus.NOT_ASKED, ItemStatus.UNKNOWN, ItemStatus.NOT_APPLICABLE}
    new = PersonAnswers()
    if before.sex_why in is_open:
        new = replace(new, sex=told.sex, sex_why=told.sex_why)
    if before.age_why in is_open:
        new = replace(new, age=told.age, age_why=told.age_why)
    if before.difficulty_why in is_open:
        new = replace(new, difficulty=told.difficulty, difficulty_why=told.difficulty_why)
    return merge(before, new)


def take_back(current: PersonAnswers, before: PersonAnswers, item: PersonItem, domain: str | None) -> PersonAnswers:
    """Take one answer of a conversation back: what was known before it is known again.

    The question stays an asked one, as it is asked again.
    """
    if item is PersonItem.SEX:
        return replace(current, sex=before.sex, sex_why=_ask(before.sex_why))
    if item is PersonItem.AGE:
        return replace(current, age=before.age, age_why=_ask(before.age_why))
    kept = dict(before.difficulty) if domain is None else {**current.difficulty}
    if domain is not None:
        kept.pop(domain, None)
        kept |= {domain: before.difficulty[domain]} if domain in before.difficulty else {}
    why = ItemStatus.ANSWERED if kept else _ask(before.difficulty_why)
    return replace(current, difficulty=kept, difficulty_why=why)


def find_age(years: float) -> str | None:
    """Find the band of five years of an age; None for a number that is no age."""
    if not 0 <= years <= _AGE_MOST:
        return None
    return FIVE_YEAR_BANDS[min(int(years) // 5, len(FIVE_YEAR_BANDS) - 1)]


def _replaces(before: ItemStatus, told: ItemStatus) -> bool:
    if told is ItemStatus.NOT_ASKED:
        return False
    return told is not ItemStatus.UNKNOWN or before is ItemStatus.NOT_ASKED


def _ask(why: ItemStatus) -> ItemStatus:
    return ItemStatus.UNKNOWN if why is ItemStatus.NOT_ASKED else why


def _join_domains(before: Mapping[str, int], told: Mapping[str, int]) -> Mapping[str, int]:
    """Join the answers to single domains; an answer to all at once stands alone."""
    if not told or ANY_DOMAIN in told:
        return dict(told)
    return {domain: answer for domain, answer in before.items() if domain != ANY_DOMAIN} | dict(told)
