"""Regular expressions for temporal expressions, made once of the words of all languages (`time:` in their files).

All match normalised text with single blanks. Words are escaped and repetitions bounded, so that matching is linear.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeVar

from config.languages.kinds import ByNumber, Words
from config.languages.load import collect, load_languages
from config.languages.words import LanguageWords, TimeWords
from reporting.languages.normalise import fold

K = TypeVar("K")
_MARK: Final = "`"  # behind a word whose accent counts
_DAYS_BACK: Final = {0: "today", 1: "yesterday", 2: "before_yesterday"}
_PARTS: Final = ("morning", "noon", "afternoon", "evening", "night")
# How many days back, and the part of that day. "Last night" is the night that began yesterday.
_PHRASES: Final = {
    (0, "morning"): "this_morning",
    (0, "afternoon"): "this_afternoon",
    (0, "evening"): "this_evening",
    (1, "morning"): "yesterday_morning",
    (1, "evening"): "yesterday_evening",
    (1, "night"): "last_night",
}
_UNITS: Final = ("minute", "hour", "day", "week", "month")
_LAST_UNITS: Final = {"week": "last_week", "month": "last_month"}
_START, _END = r"(?<![\w\u0900-\u0963/.:-])", r"(?![\w\u0900-\u0963])"
_YEAR: Final = r"(?P<year>20\d\d)"


@dataclass(frozen=True, slots=True)
class TimePatterns:
    """The expressions, and for each word that they find what it means."""

    phrases: re.Pattern[str]
    phrase_of: Mapping[str, tuple[int, str]]
    days: re.Pattern[str]
    days_back: Mapping[str, int]
    part: re.Pattern[str]
    part_of: Mapping[str, str]
    weekday: re.Pattern[str]
    weekday_of: Mapping[str, int]  # Monday is 0
    coming: re.Pattern[str]
    lacking: re.Pattern[str]
    last_unit: re.Pattern[str]
    last_unit_of: Mapping[str, str]
    unit_of: Mapping[str, str]
    number_of: Mapping[str, int]
    month_of: Mapping[str, int]
    lasting: tuple[str, ...]
    ago: tuple[re.Pattern[str], ...]
    dates: tuple[re.Pattern[str], ...]
    clocks: tuple[re.Pattern[str], ...]  # from the fourth on they count to 24


def look_up(keys: Mapping[str, K], found: str) -> K:
    """Look up the key of the longest listed word that the found text begins with; the rest is a suffix."""
    return keys[max((word for word in keys if found.startswith(word)), key=len)]


def mark_accents(text: str) -> str:
    """Write a sign behind each word whose accent counts, since normalisation drops it: "yè", but not "ye"."""
    accented = _accented()
    return accented.sub(lambda match: fold(match[0]) + _MARK, text) if accented is not None else text


def show_accents(text: str) -> str:
    """Return a normalised text with the words written as they are, which `mark_accents` has marked."""
    for word in _list_accented():
        text = text.replace(fold(word) + _MARK, word)
    return text


@lru_cache(maxsize=1)
def _list_accented() -> tuple[str, ...]:
    return collect(lambda language: language.time.accented)


@lru_cache(maxsize=1)
def _accented() -> re.Pattern[str] | None:
    listed = _list_accented()
    return re.compile(rf"\b{_plain(listed)}", re.IGNORECASE) if listed else None


@lru_cache(maxsize=1)
def load_patterns() -> TimePatterns:
    """Make the patterns of the words of all languages; cached."""
    phrase_of = _key_of({key: attrgetter(name) for key, name in _PHRASES.items()})
    days_back = _key_of({key: attrgetter(name) for key, name in _DAYS_BACK.items()})
    part_of = _key_of({name: attrgetter(name) for name in _PARTS})
    weekday_of = {word: day - 1 for word, day in _number_of(lambda language: [language.time.weekdays]).items()}
    last_unit_of = _key_of({key: attrgetter(name) for key, name in _LAST_UNITS.items()})
    unit_of = _key_of({name: attrgetter(name) for name in _UNITS})
    number_of = _number_of(lambda language: [language.numbers, language.time.numbers])
    month_of = _number_of(lambda language: [language.time.months])
    return TimePatterns(
        phrases=_words(phrase_of), phrase_of=phrase_of, days=_words(days_back), days_back=days_back,
        part=_words(part_of), part_of=part_of, weekday=_words(weekday_of), weekday_of=weekday_of,
        coming=_words(_collect("coming")), lacking=_words(_collect("lacking")),
        last_unit=_words(last_unit_of), last_unit_of=last_unit_of,
        unit_of=unit_of, number_of=number_of, month_of=month_of, lasting=_collect("lasting"),
        ago=_make_ago(number_of, unit_of), dates=_make_dates(month_of), clocks=_make_clocks(),
    )  # fmt: skip


def _make_ago(numbers: Iterable[str], units: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    number, unit = rf"(?P<n>\d{{1,3}}|{_plain(numbers)})", rf"(?P<unit>{_plain(units)})"
    unit_first = rf"(?P<unit>{_plain(_collect('unit_first'))}) {number}"
    before, behind = _collect("ago_before"), _plain(_collect("ago_behind"))
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{_START}{_plain((*before, *_collect('lasting')))} {number} ?{unit}{_END}",
            rf"{_START}{number} ?{unit} ?{behind}{_END}",
            rf"{_START}{_plain(before)} {unit_first}{_END}",
            rf"{_START}{unit_first} {behind}{_END}",
        )
    )


def _make_dates(months: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    endings = _plain(_collect("day_endings"))
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{_START}{_YEAR}-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)",
            rf"{_START}(?P<day>\d\d?)([/.-])(?P<month>\d\d?)\2{_YEAR}(?!\d)",
            rf"{_START}{_plain(_collect('on_date'))} (?P<day>\d\d?)/(?P<month>\d\d?)(?![\d/])",
            rf"{_START}(?P<day>\d\d?){endings}? ?{_plain(_collect('of_month'))}?"
            rf" (?P<name>{_plain(months)})(?: {_YEAR})?{_END}",
            rf"{_START}(?P<name>{_plain(_collect('month_first'))})\.? (?P<day>\d\d?){endings}?(?:,? {_YEAR})?{_END}",
        )
    )


def _make_clocks() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{_START}(?P<hour>\d\d?)[:.](?P<minute>\d\d) ?(?P<half>[ap])\.?m{_END}",
            rf"{_START}(?P<hour>\d\d?) ?(?P<half>[ap])\.?m{_END}",
            rf"{_START}(?P<hour>\d\d?)(?:[:.](?P<minute>\d\d))? ?(?P<open>{_plain(_collect('oclock'))})",
            rf"{_START}(?P<hour>\d\d?)[:h](?P<minute>\d\d){_END}",
            rf"{_START}{_plain(_collect('at'))} (?P<hour>\d\d?) ?h{_END}",
        )
    )


def _collect(name: str) -> tuple[str, ...]:
    """Collect the normalised words that all languages have under a key of `time`."""
    return tuple(map(_spell, collect(lambda language: getattr(language.time, name))))


def _key_of(chosen: Mapping[K, Callable[[TimeWords], Words]]) -> dict[str, K]:
    """Map each normalised word to its key; of a word that two languages have the first one's key counts."""
    keys: dict[str, K] = {}
    for language in load_languages().values():
        for key, choose in chosen.items():
            for word in choose(language.time):
                keys.setdefault(_spell(word), key)
    return keys


def _number_of(choose: Callable[[LanguageWords], Iterable[ByNumber]]) -> dict[str, int]:
    """Map each normalised word of tables by number to its number, as `_key_of` does."""
    numbers: dict[str, int] = {}
    for language in load_languages().values():
        for table in choose(language):
            for number, listed in table.items():
                for word in listed:
                    numbers.setdefault(_spell(word), number)
    return numbers


def _spell(word: str) -> str:
    return fold(mark_accents(word))


def _plain(listed: Iterable[str]) -> str:
    """Build an alternation of words, longest first; one that matches nothing of no words."""
    ordered = sorted(set(listed), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")" if ordered else "(?:(?!))"


def _words(listed: Iterable[str]) -> re.Pattern[str]:
    """Compile an alternation of whole words, longest first, with the endings that languages write at them.

    In scripts of India an ending is any signs of the script.
    """
    ending = _plain(_collect("endings"))
    ordered = sorted(set(listed), key=lambda word: (-len(word), word))
    bodies = [re.escape(word) + (f"{ending}?" if word.isascii() else "[\u0900-\u0963]{0,6}") for word in ordered]
    body = "|".join(bodies) or "(?!)"
    return re.compile(rf"(?<![\w\u0900-\u0963`])(?:{body})(?![\w\u0900-\u0963`])")
