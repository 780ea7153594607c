"""Why a place is thought to be there: codes with their values, which pages and commands turn into words.

No code reads those words back: what is compared, learned from or linked by is a code, a value or the `LocationSource`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

Value = str | int | float


class LocationSource(StrEnum):
    """Who or what said where a report is."""

    TEXT = "text"  # read out of words
    PIN = "pin"  # a moderator
    CHOICE = "choice"  # the sender, among places that were offered
    DEVICE = "device"  # a position of the phone
    IMPORT = "import"  # a file of reports that were placed already
    GEOCODER = "geocoder"  # a service outside


class ReasonCode(StrEnum):
    """What speaks for a place; `VALUES` says what stands with each."""

    NAME = "name"
    NAME_ALIKE = "name_alike"
    TAUGHT = "taught"
    HEARD = "heard"
    NUMBER_BETWEEN = "number_between"
    NUMBER_NEAR = "number_near"
    TEXTS_ALIKE = "texts_alike"
    SHARED_POINT = "shared_point"
    EARLIER_REPORT = "earlier_report"
    IN_AREA = "in_area"
    COORDINATES = "coordinates"
    HALFWAY = "halfway"
    AWAY = "away"
    ONE_SIDE = "one_side"
    BESIDE = "beside"
    PIN = "pin"
    CHOICE = "choice"
    DEVICE = "device"
    DEVICE_UNASKED = "device_unasked"
    IMPORTED = "imported"
    IMPORTED_NAME = "imported_name"
    GEOCODER = "geocoder"
    UNKNOWN = "unknown"


# `words` are those of the text, `name` is the gazetteer's; lengths in metres.
VALUES: Final[Mapping[ReasonCode, tuple[str, ...]]] = {
    ReasonCode.NAME: ("words", "name"),  # the words are a name of it
    ReasonCode.NAME_ALIKE: ("words", "name"),  # they sound or are spelt like one
    ReasonCode.TAUGHT: ("words", "count", "spread_m"),  # reports with these words were placed there so often
    ReasonCode.HEARD: ("words", "count", "spread_m"),  # the words were said by so many reports from there
    ReasonCode.NUMBER_BETWEEN: ("words", "low", "high"),  # between two known numbers of one road or quarter
    ReasonCode.NUMBER_NEAR: ("words", "low"),  # not far from the known one
    ReasonCode.TEXTS_ALIKE: ("count",),  # so many placed reports have words like it
    ReasonCode.SHARED_POINT: ("count",),  # so many different names were put on exactly this point
    ReasonCode.EARLIER_REPORT: (),  # the sender wrote from around there before
    ReasonCode.IN_AREA: (),  # nothing smaller than the area is named
    ReasonCode.COORDINATES: (),  # the text has them
    ReasonCode.HALFWAY: (),  # between the two places of the reasons before
    ReasonCode.AWAY: ("away_m",),  # so far from the place of the reason before
    ReasonCode.ONE_SIDE: (),  # north or south or ... of it
    ReasonCode.BESIDE: (),  # near it, not in it
    ReasonCode.PIN: (),
    ReasonCode.CHOICE: (),
    ReasonCode.DEVICE: (),
    ReasonCode.DEVICE_UNASKED: (),  # where the phone was when a form was opened
    ReasonCode.IMPORTED: (),
    ReasonCode.IMPORTED_NAME: ("words",),  # what the file called the place
    ReasonCode.GEOCODER: ("service", "address"),
    ReasonCode.UNKNOWN: (),  # why it is there was not kept
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a code with the values that `VALUES` has for it."""

    code: ReasonCode
    values: Mapping[str, Value]

    @classmethod
    def of(cls, code: ReasonCode, *values: Value) -> Self:
        """Make one; the values stand in the order of `VALUES`. Raises ValueError where they are more or fewer."""
        return cls(code, dict(zip(VALUES[code], values, strict=True)))

    def to_row(self) -> dict[str, Any]:
        """Return what is stored: flat, as every report has some in each of its alternatives."""
        return {"code": str(self.code), **self.values}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read what was stored; one that this version does not know, or that lacks a value, is of the code UNKNOWN."""
        try:
            code = ReasonCode(row["code"])
            return cls(code, {name: row[name] for name in VALUES[code]})
        except (KeyError, ValueError):
            return cls(ReasonCode.UNKNOWN, {})


def read_reasons(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Reason, ...]:
    """Read stored reasons, in their order; none where nothing is stored."""
    return tuple(Reason.from_row(row) for row in rows or ())


def find_value(reasons: Iterable[Reason], name: str) -> str | None:
    """The first value of that name (`words`, `name`) that a reason has; None where none has it."""
    return next((str(reason.values[name]) for reason in reasons if name in reason.values), None)


def drop_repeated(reasons: Sequence[Reason]) -> list[Reason]:
    """Each reason once, where it stands first."""
    return [reason for number, reason in enumerate(reasons) if reason not in reasons[:number]]
