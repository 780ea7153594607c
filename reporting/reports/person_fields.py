"""Reads what forms, programs and tables say about persons: the names of the fields, and what may stand in them.

A value that cannot be read is an error for a table, whose row can be corrected; in a message, which cannot be sent
again, it is an item that is not known.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reporting.campaigns.reserved_codes import AFFECTED_PREFIX, PERSON_FIELDS, WG_PREFIX
from reporting.campaigns.washington_group import ANSWERS, DOMAINS
from reporting.models.states import AffectedRole, ItemStatus
from reporting.reports.affected import SELF, AffectedPeople, choose_affected
from reporting.reports.profile import (
    AGES,
    ANY_DOMAIN,
    SEXES,
    PersonAnswers,
    PersonItem,
    answer_age,
    answer_difficulty,
    answer_sex,
    find_age,
    leave_open,
    merge,
)

_SEX_WORDS: Final = {"female": "F", "male": "M", "other": "_O"} | {code.casefold(): code for code in SEXES}
# Reasons in words, and as SDMX has them.
_REASONS: Final = {
    "refused": ItemStatus.REFUSED, "_n": ItemStatus.REFUSED,
    "unknown": ItemStatus.UNKNOWN, "_u": ItemStatus.UNKNOWN,
    "not_asked": ItemStatus.NOT_ASKED,
    "not_applicable": ItemStatus.NOT_APPLICABLE, "_z": ItemStatus.NOT_APPLICABLE,
}  # fmt: skip
_AGE_RANGE: Final = re.compile(r"(\d{1,3})\s?[-–]\s?(\d{1,3})")
_AGE_FROM: Final = re.compile(r"(\d{1,3})\s?\+")
_DIFFICULT: Final = {"yes": {ANY_DOMAIN: 3}, "no": {ANY_DOMAIN: 1}}
_DOMAIN: Final = re.compile(r"(\w+)\s?[=:]\s?(\d)")
_PEOPLE: Final = re.compile(r"([a-z]+)(?:\s{1,5}(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class ToldOfPeople:
    """What a form says of its sender, and of whom the report is about; None where it says nothing of that."""

    sender: PersonAnswers = field(default_factory=PersonAnswers)
    affected: AffectedPeople | None = None


def read_sex(written: str) -> PersonAnswers:
    """Read a sex: F, M or _O, or why there is none. Raises ValueError, which quotes nothing."""
    told = written.strip().casefold()
    if told in _SEX_WORDS:
        return answer_sex(_SEX_WORDS[told])
    if told in _REASONS:
        return leave_open(PersonItem.SEX, _REASONS[told])
    raise ValueError("sex is none of F, M, _O, refused, unknown")


def read_age(written: str) -> PersonAnswers:
    """Read an age: years, or a band. Raises ValueError as `read_sex` does."""
    told = written.strip()
    if told.casefold() in _REASONS:
        return leave_open(PersonItem.AGE, _REASONS[told.casefold()])
    code = _find_band(told) or _find_age_of_years(told)
    if code is None:
        raise ValueError("age is neither a number of years nor a band such as Y25T29 or Y_GE65, nor refused, unknown")
    return answer_age(code)


def read_difficulty(written: str) -> PersonAnswers:
    """Read the difficulties: all at once (yes, no), or by domain (see=3;walk=1). Raises ValueError as `read_sex`."""
    told = written.strip().casefold()
    if told in _REASONS:
        return leave_open(PersonItem.DIFFICULTY, _REASONS[told])
    if told in _DIFFICULT:
        return answer_difficulty(_DIFFICULT[told])
    parts = [_DOMAIN.fullmatch(part.strip()) for part in re.split(r"[;,]", told) if part.strip()]
    found = {part[1]: int(part[2]) for part in parts if part is not None}
    is_read = bool(parts) and len(found) == len(parts)
    if not is_read or not all(key in DOMAINS and 1 <= number <= len(ANSWERS) for key, number in found.items()):
        raise ValueError(
            f"difficulty is none of yes, no, refused, unknown, nor see=3;walk=1 with {', '.join(DOMAINS)} and 1 to 4"
        )
    return answer_difficulty(found)


def read_affected(written: str) -> AffectedPeople:
    """Read whom a report is about: person, household or community, and how many. Raises ValueError as `read_sex`."""
    found = _PEOPLE.fullmatch(written.strip().casefold())
    if found is None or found[1] not in set(AffectedRole) or (found[2] is not None and int(found[2]) == 0):
        raise ValueError("affected is none of person, household, community, with a number behind it: household 5")
    return AffectedPeople(AffectedRole(found[1]), int(found[2]) if found[2] else None)


def is_readable(name: str, written: str) -> bool:
    """Tell whether a field of this name can be read."""
    try:
        _READERS[name](written)
    except ValueError:
        return False
    return True


def read_told(answers: Mapping[str, Any], own: Collection[str] = ()) -> ToldOfPeople:
    """Read what the answers to a form say of people. `own` are the codes of the campaign's own questions."""
    fields = {name: str(answers[name]).strip() for name in answers if name in PERSON_FIELDS and name not in own}
    fields = {name: written for name, written in fields.items() if written}
    sender = _read_person(fields, "")
    return ToldOfPeople(sender, _read_people(fields, sender))


def _read_person(fields: Mapping[str, str], prefix: str) -> PersonAnswers:
    """Read the items whose fields begin with the prefix; one that cannot be read is unknown."""
    told = PersonAnswers()
    for name, item in _ITEM_OF.items():
        if (written := fields.get(prefix + name)) is None:
            continue
        read = _read_or_unknown(_READERS[name], written, item)
        # A domain that was skipped leaves those that were answered.
        if not (told.difficulty and item is PersonItem.DIFFICULTY and not read.difficulty):
            told = merge(told, read)
    return told


def _read_or_unknown(read: Callable[[str], PersonAnswers], written: str, item: PersonItem) -> PersonAnswers:
    try:
        return read(written)
    except ValueError:
        return leave_open(item, ItemStatus.UNKNOWN)


def _read_people(fields: Mapping[str, str], sender: PersonAnswers) -> AffectedPeople | None:
    """Read whom a report is about; who chose no role where the form asks for one told why."""
    person, number = _read_person(fields, AFFECTED_PREFIX), _read_number(fields.get("affected_number", ""))
    why = _read_reason(fields.get("affected_number") if number is None else None)
    written = fields.get("affected") or fields.get("affected_role", "")
    if written.casefold() == SELF:
        people = choose_affected(SELF, sender)
        return replace(people, person=merge(people.person, person))
    if written.casefold() in _REASONS:
        return AffectedPeople(no_role=_REASONS[written.casefold()])
    try:
        people = read_affected(written)
    except ValueError:
        return None if person.is_empty else AffectedPeople(AffectedRole.PERSON, number, person)
    return replace(people, number=people.number or number, person=person, no_number=why)


def _read_reason(written: str | None) -> ItemStatus:
    """Read why there is no number: one that cannot be read is unknown."""
    return ItemStatus.NOT_ASKED if written is None else _REASONS.get(written.casefold(), ItemStatus.UNKNOWN)


def _read_number(written: str) -> int | None:
    return int(written) or None if written.isdecimal() and len(written) < 10 else None


def _read_domain(domain: str) -> Callable[[str], PersonAnswers]:
    def read(written: str) -> PersonAnswers:
        told = written.strip()
        return read_difficulty(told if told.casefold() in _REASONS else f"{domain}={told}")

    return read


def _find_band(told: str) -> str | None:
    if told.upper() in AGES:
        return told.upper()
    if (found := _AGE_RANGE.fullmatch(told)) is not None:
        return code if (code := f"Y{int(found[1])}T{int(found[2])}") in AGES else None
    if (found := _AGE_FROM.fullmatch(told)) is not None:
        return code if (code := f"Y_GE{int(found[1])}") in AGES else None
    return None


def _find_age_of_years(told: str) -> str | None:
    try:
        years = float(told.replace(",", "."))
    except ValueError:
        return None
    return find_age(years) if math.isfinite(years) else None


_ITEM_OF: Final[Mapping[str, PersonItem]] = {
    "sex": PersonItem.SEX,
    "age_band": PersonItem.AGE,
    "age": PersonItem.AGE,  # years tell more than a band
    "difficulty": PersonItem.DIFFICULTY,
    **{f"{WG_PREFIX}{domain}": PersonItem.DIFFICULTY for domain in DOMAINS},
}
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "sex": read_sex, "age_band": read_age, "age": read_age, "difficulty": read_difficulty,
    **{f"{WG_PREFIX}{domain}": _read_domain(domain) for domain in DOMAINS},
    "affected": read_affected, "affected_role": read_affected, "affected_number": int,
    "affected_sex": read_sex, "affected_age": read_age, "affected_difficulty": read_difficulty,
}  # fmt: skip
