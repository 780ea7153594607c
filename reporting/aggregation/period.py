"""Periods of releases: a month, a year, or everything, with their limits in the campaign's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from reporting.aggregation.errors import BadPeriod

ALL: Final = "all"
_FORM: Final = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?:-(?P<month>0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole months: `start` is included, `end` is not; None is open-ended. Both are in UTC."""

    name: str
    start: datetime | None
    end: datetime | None

    def is_open(self, at: datetime) -> bool:
        """Return whether the period is not over at `at`, so that more reports can fall into it."""
        return self.end is None or self.end > at


def read_period(text: str, timezone: str, at: datetime) -> Period:
    """Parse a period (`2026-11`, `2026` or `all`) in the named time zone. Raises BadPeriod.

    A period that begins after `at` is refused: there is nothing to count, and it is most often a typing error.
    """
    if text == ALL:
        return Period(ALL, None, None)
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadPeriod(f"{text!r} is no period: write a month like 2026-11, a year like 2026, or all")
    year, month = int(match["year"]), match["month"]
    start = _first_of(year, int(month or 1), timezone)
    end = _first_of(year + 1, 1, timezone) if month is None else _first_of(*_month_after(year, int(month)), timezone)
    if start > at:
        raise BadPeriod(f"the period {text} has not begun")
    return Period(text, start, end)


def _month_after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _first_of(year: int, month: int, timezone: str) -> datetime:
    return datetime(year, month, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
