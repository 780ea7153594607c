"""Regular expressions for temporal expressions, compiled once from the word lists of `time_words.py`.

All match normalised text with single blanks.
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from reporting.extraction import time_words as vocabulary

K = TypeVar("K")


def _words(listed: Iterable[str]) -> str:
    """Build an alternation of whole words, longest first, with the suffixes of Nepali."""
    ordered = sorted(set(listed), key=lambda word: (-len(word), word))
    bodies = [re.escape(word) + ("(?:dekhi|ko)?" if word.isascii() else "[\u0900-\u0963]{0,6}") for word in ordered]
    return r"(?<![\w\u0900-\u0963`])(?:" + "|".join(bodies) + r")(?![\w\u0900-\u0963`])"


def _key_of(table: Mapping[K, Iterable[str]]) -> dict[str, K]:
    return {word: key for key, listed in table.items() for word in listed}


def look_up(keys: Mapping[str, K], found: str) -> K:
    """Look up the key of the longest listed word that the found text begins with; the rest is a suffix."""
    return keys[max((word for word in keys if found.startswith(word)), key=len)]


PHRASES: Final = re.compile(_words(vocabulary.PHRASES))
DAYS_BACK: Final = _key_of(vocabulary.DAYS_BACK)
DAYS: Final = re.compile(_words(DAYS_BACK))
PARTS: Final = _key_of(vocabulary.PART_WORDS)
PART: Final = re.compile(_words(PARTS))
WEEKDAYS: Final = _key_of(vocabulary.WEEKDAYS)
WEEKDAY: Final = re.compile(_words(WEEKDAYS))
COMING: Final = re.compile(_words(vocabulary.COMING))
LACKING: Final = re.compile(_words(vocabulary.LACKING))
LAST_UNITS: Final = _key_of(vocabulary.LAST_UNIT)
LAST_UNIT: Final = re.compile(_words(LAST_UNITS))
UNITS: Final = _key_of(vocabulary.UNIT_WORDS)
NUMBERS: Final = _key_of(vocabulary.NUMBERS)
_ENGLISH_MONTHS: Final = {  # "may" also means that something is possible
    name.lower(): month
    for names in (calendar.month_name, calendar.month_abbr)
    for month, name in enumerate(names)
    if name and name != "May"
}
MONTHS: Final = _key_of(vocabulary.MONTHS) | _ENGLISH_MONTHS


def _plain(listed: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(set(listed), key=lambda word: (-len(word), word))) + ")"


_NUMBER: Final = rf"(?P<n>\d{{1,3}}|{_plain(NUMBERS)})"
_UNIT: Final = rf"(?P<unit>{_plain(UNITS)})"
_UNIT_FIRST: Final = rf"(?P<unit>{_plain(vocabulary.UNITS_BEFORE_NUMBER)}) {_NUMBER}"
_START, _END = r"(?<![\w\u0900-\u0963/.:-])", r"(?![\w\u0900-\u0963])"
AGO: Final = [
    re.compile(rf"{_START}{_plain((*vocabulary.AGO_BEFORE, vocabulary.FOR))} {_NUMBER} ?{_UNIT}{_END}"),
    re.compile(rf"{_START}{_NUMBER} ?{_UNIT} ?{_plain(vocabulary.AGO_BEHIND)}{_END}"),
    re.compile(rf"{_START}{_plain(vocabulary.AGO_BEFORE)} {_UNIT_FIRST}{_END}"),
    re.compile(rf"{_START}{_UNIT_FIRST} {_plain(vocabulary.AGO_BEHIND)}{_END}"),
]
_YEAR: Final = r"(?P<year>20\d\d)"
DATES: Final = [
    re.compile(rf"{_START}{_YEAR}-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)"),
    re.compile(rf"{_START}(?P<day>\d\d?)([/.-])(?P<month>\d\d?)\2{_YEAR}(?!\d)"),
    re.compile(rf"{_START}(?:on|since|le|du|depuis|depi|el|desde|dia) (?P<day>\d\d?)/(?P<month>\d\d?)(?![\d/])"),
    re.compile(rf"{_START}(?P<day>\d\d?)(?:st|nd|rd|th|er)? ?(?:of|de)? (?P<name>{_plain(MONTHS)})(?: {_YEAR})?{_END}"),
    re.compile(rf"{_START}(?P<name>{_plain(_ENGLISH_MONTHS)})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?(?:,? {_YEAR})?{_END}"),
]
CLOCKS: Final = [
    re.compile(rf"{_START}(?P<hour>\d\d?)[:.](?P<minute>\d\d) ?(?P<half>[ap])\.?m{_END}"),
    re.compile(rf"{_START}(?P<hour>\d\d?) ?(?P<half>[ap])\.?m{_END}"),
    re.compile(
        rf"{_START}(?P<hour>\d\d?)(?:[:.](?P<minute>\d\d))? ?(?P<open>baje|bje|bajey|baji|bajé|o'clock|oclock|बजे)"
    ),
    re.compile(rf"{_START}(?P<hour>\d\d?)[:h](?P<minute>\d\d){_END}"),
    re.compile(rf"{_START}(?:a|at|vers|depuis|depi|des|a las) (?P<hour>\d\d?) ?h{_END}"),
]
