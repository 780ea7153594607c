"""Reasons why a place was chosen: codes with their values, which pages and commands turn into sentences.

No code parses those sentences: comparing, learning and linking use the code, the values or the `LocationSource`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

Value = str | int | float


class LocationSource(StrEnum):
    """The source of a location: who or what said where a report is."""

    TEXT = "text"  # geoparsed from the text
    PIN = "pin"  # a moderator
    CHOICE = "choice"  # the sender, among places that were offered
    DEVICE = "device"  # a position of the phone
    IMPORT = "import"  # a file of reports that were placed already
    GEOCODER = "geocoder"  # a service outside


class ReasonCode(StrEnum):
    """Evidence for a place; `VALUES` lists the values that come with each code."""

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
    ReasonCode.TAUGHT: ("words", "count", "spread_m"),  # how many reports with these words were located there
    ReasonCode.HEARD: ("words", "count", "spread_m"),  # how many reports from there contain the words
    ReasonCode.NUMBER_BETWEEN: ("words", "low", "high"),  # between two known numbers of one road or quarter
    ReasonCode.NUMBER_NEAR: ("words", "low"),  # not far from the known one
    ReasonCode.TEXTS_ALIKE: ("count",),  # so many located reports have similar words
    ReasonCode.SHARED_POINT: ("count",),  # so many different names share exactly this point
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
    ReasonCode.DEVICE_UNASKED: (),  # the position of the phone when a form was opened, which nobody asked for
    ReasonCode.IMPORTED: (),
    ReasonCode.IMPORTED_NAME: ("words",),  # what the file called the place
    ReasonCode.GEOCODER: ("service", "address"),
    ReasonCode.UNKNOWN: (),  # the reason was not stored
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a code with the values that `VALUES` lists for it."""

    code: ReasonCode
    values: Mapping[str, Value]

    @classmethod
    def of(cls, code: ReasonCode, *values: Value) -> Self:
        """Make a reason from values in the order of `VALUES`. Raises ValueError for too many or too few of them."""
        return cls(code, dict(zip(VALUES[code], values, strict=True)))

    def to_row(self) -> dict[str, Any]:
        """Return the JSON to store: flat and small, since each alternative of every report has several reasons."""
        return {"code": str(self.code), **self.values}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a stored reason; the code is UNKNOWN where this version does not know it or a value is missing."""
        try:
            code = ReasonCode(row["code"])
            return cls(code, {name: row[name] for name in VALUES[code]})
        except (KeyError, ValueError):
            return cls(ReasonCode.UNKNOWN, {})


def read_reasons(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Reason, ...]:
    """Read stored reasons in their order; an empty tuple where nothing is stored."""
    return tuple(Reason.from_row(row) for row in rows or ())


def find_value(reasons: Iterable[Reason], name: str) -> str | None:
    """Find the first value of a name (`words`, `name`) among the reasons; None where no reason has it."""
    return next((str(reason.values[name]) for reason in reasons if name in reason.values), None)


def drop_repeated(reasons: Sequence[Reason]) -> list[Reason]:
    """Remove repeated reasons; the first of equal ones stays."""
    return [reason for number, reason in enumerate(reasons) if reason not in reasons[:number]]
