"""Parameters of a request for features. What is unknown or wrong is refused with 400, as OGC API - Features has it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Final

from flask import request

from reporting.publishing.areas.features import EVERYWHERE, Box, FeatureFilter
from reporting.publishing.observations.days import find_days
from reporting.web.api.public_answer import read_cursor
from reporting.web.edge.problem_json import Problem

LIMIT: Final = 100
LIMIT_MOST: Final = 1_000
FORMAT: Final = "f"  # asked for by address, as some clients do; there is one format
_FORMATS: Final = ("json",)
_OWN: Final = ("bbox", "limit", "datetime", "after", FORMAT)
_TEXTS: Final = ("area_code", "area_name", "parent_code")
_OPEN: Final = ("", "..")
_LARGEST: Final = 2**31 - 1
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What is asked of a collection; `is_outside` says that it is about a time of which the release tells nothing."""

    asked: FeatureFilter
    limit: int
    after: str
    is_outside: bool


def check_parameters(known: Collection[str] = ()) -> None:
    """Check that each parameter of the request is known and stands there once. Raises Problem (400)."""
    for name, values in request.args.lists():
        if name not in (FORMAT, *known):
            raise _refuse("A parameter is unknown. Which there are says the description of the API.")
        if len(values) > 1:
            raise _refuse("A parameter stands there more than once.")
    if request.args.get(FORMAT, "json") not in _FORMATS:
        raise _refuse("f can be json.")


def read_item_query(period: str, attributes: Collection[str]) -> ItemQuery:
    """Read the query of items of a release's period; `attributes` are the names of figures. Raises Problem (400)."""
    check_parameters((*_OWN, *_TEXTS, *attributes))
    given: Mapping[str, str] = request.args
    asked = FeatureFilter(
        box=_read_box(given["bbox"]) if "bbox" in given else EVERYWHERE,
        code=_read_text(given, "area_code"),
        name=_read_text(given, "area_name"),
        parent=_read_text(given, "parent_code"),
        figures={name: _read_integer(given, name) for name in attributes if name in given},
    )
    after = str(read_cursor(given["after"], [str], status=400)[0]) if "after" in given else ""
    is_outside = "datetime" in given and not _meets(period, given["datetime"])
    return ItemQuery(asked, min(_read_limit(given), LIMIT_MOST), after, is_outside)


def _read_limit(given: Mapping[str, str]) -> int:
    limit = _read_integer(given, "limit") if "limit" in given else LIMIT
    if limit < 1:
        raise _refuse("limit must be 1 or more.")
    return limit


def _read_text(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is not None and ("\0" in value or len(value) > _LONGEST):
        raise _refuse(f"{name} must be a text of at most {_LONGEST} characters.")
    return value


def _read_integer(given: Mapping[str, str], name: str) -> int:
    words = given[name]
    if not (words.isascii() and words.removeprefix("-").isdigit() and len(words) < len(str(_LARGEST))):
        raise _refuse(f"{name} must be a whole number.")
    return int(words)


def _read_box(words: str) -> Box:
    """Read a box of four numbers, or of six with heights, which are passed over."""
    try:
        numbers = [float(each) for each in words[:_LONGEST].split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    is_right = len(numbers) == 4 and all(map(isfinite, numbers))
    if not is_right or max(abs(numbers[0]), abs(numbers[2])) > 180 or not -90 <= numbers[1] <= numbers[3] <= 90:
        raise _refuse("bbox must be four numbers in degrees: west, south, east, north; or six, with heights.")
    west, south, east, north = numbers
    return west, south, east, north


def _meets(period: str, words: str) -> bool:
    """Tell whether a time or an interval (RFC 3339, open ends as `..`) meets the days of a period."""
    parts = words.split("/")
    if len(parts) > 2 or all(part in _OPEN for part in parts):
        raise _refuse("datetime must be a time of RFC 3339, or two with a / between them.")
    first, last = (None if part in _OPEN else _read_day(part) for part in (parts[0], parts[-1]))
    if first is not None and last is not None and first > last:
        raise _refuse("datetime must begin before it ends.")
    days = find_days(period)
    return days is None or ((first is None or first <= days[1]) and (last is None or last >= days[0]))


def _read_day(words: str) -> date:
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        raise _refuse("datetime must be a time of RFC 3339, or two with a / between them.") from None


def _refuse(detail: str) -> Problem:
    return Problem(400, detail)
