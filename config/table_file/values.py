"""Parses times and numbers in table cells, as people and spreadsheets of many countries write them."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Final

MONTH_FIRST_REMARK: Final = "in dates such as 3/4/2026 the month is taken to stand first"
_LONGEST_NUMBER: Final = 400  # characters
_LONGEST_TIME: Final = 60  # characters
_CLOCKS: Final = ("%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M", "")
_MONTH_FIRST, _DAY_FIRST = (
    tuple(f"{day} {clock}".rstrip() for day in (f"{order}/%Y", f"{order}/%y") for clock in _CLOCKS)
    for order in ("%m/%d", "%d/%m")
)
_DATED: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_SIGNS: Final = str.maketrans(
    {"−": "-", "–": "-", "‐": "-", "‑": "-", "－": "-", "＋": "+", "٫": ".", "．": ".", "，": ",", "：": ":",
     "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200e": "", "\u200f": "", "\u061c": ""}
)  # fmt: skip
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d{1,3})?")
_THOUSANDS: Final = re.compile(r"(\d{1,3}([., '’٬])\d{3}(?:\2\d{3})*)(?:(?!\2)[.,]\d{1,2})?")


def plain_figures(cell: str) -> str:
    """Normalise a cell to ASCII digits, signs and blanks, whatever script its digits are in.

    The apostrophe by which spreadsheets mark a text is left out.
    """
    if cell.isascii():
        return cell.strip().removeprefix("'")
    digits = "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in cell)
    return digits.translate(_SIGNS).strip().removeprefix("'")


def read_number(cell: str) -> float:
    """Parse a number with a decimal point or comma. Raises ValueError."""
    plain = plain_figures(cell)
    if len(plain) > _LONGEST_NUMBER or not _NUMBER.fullmatch(plain):
        raise ValueError("not a number")
    return float(plain.replace(",", "."))


def read_count(cell: str) -> float:
    """Parse a count with any thousands separator: 134.190, 134'190, 134 190, 134,190.00. Raises ValueError."""
    plain = plain_figures(cell)
    found = _THOUSANDS.fullmatch(plain)
    return float(re.sub(r"\D", "", found[1])) if found else read_number(plain)


def find_day_first(times: Iterable[str]) -> bool | None:
    """Tell whether a column's dates have the day first, by the first unambiguous one; None where all are ambiguous.

    False where no date has two numbers that could be exchanged.
    """
    is_open = False
    for told in times:
        found = _DATED.match(plain_figures(told))
        if found and found[2] != ".":
            first, second = int(found[1]), int(found[3])
            if max(first, second) > 12:
                return first > 12
            is_open = is_open or first != second
    return None if is_open else False


def read_time(cell: str, zone: tzinfo, *, is_day_first: bool) -> datetime:
    """Parse a time in ISO 8601 or as spreadsheets write it, and convert it to UTC; `zone` is for one without an offset.

    Raises ValueError for a text that is no time.
    """
    if len(cell) > _LONGEST_TIME:
        raise ValueError("not a time")
    plain = _YEAR_FIRST.sub(_spell_day, plain_figures(cell), count=1)
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        found = _read_dated(plain, is_day_first)
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None


def _spell_day(match: re.Match[str]) -> str:
    return f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}"


def _read_dated(plain: str, is_day_first: bool) -> datetime:
    found = _DATED.match(plain)
    if not found:
        raise ValueError("not a time")
    # With points the day comes first in every country.
    spellings = _DAY_FIRST if is_day_first or found[2] == "." else _MONTH_FIRST
    clock = re.sub(r"\s*([ap])\.?\s?m\.?$", r" \1m", plain[found.end() :].lstrip(" ,T"), flags=re.IGNORECASE)
    told = f"{found[1]}/{found[3]}/{found[4]} {clock}".rstrip()
    for spelling in spellings:
        try:
            return datetime.strptime(told, spelling)  # noqa: DTZ007  # the caller knows the zone
        except ValueError:
            continue
    raise ValueError("not a time")
