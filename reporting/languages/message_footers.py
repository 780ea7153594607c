"""Strips what programs add below a message: the footer of a phone, a quotation with its header, a rule.

Only for reading commands: the message itself is stored whole. Only the first hundred lines are read.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

from config.languages.load import collect
from config.languages.patterns import write_choice, write_patterns

_LINES_MOST: Final = 100
_LINE_LONGEST: Final = 400  # characters; a longer one is no footer

# Of phones in languages that have no file.
_OTHER_FOOTERS: Final = (
    *("von (meinem|meiner|mobile)", "gesendet (von|mit|über)", "holen sie sich", "outlook für"),
    *("diese nachricht wurde", "verstuurd vanaf", "inviato (da|dal)", "mit freundlichen", "yahoo mail"),
)
_OTHER_SENT: Final = ("gesendet", "inviato")
_OTHER_HEADERS: Final = ("von", "gesendet", "an", "betreff")
_OTHER_WROTE, _OTHER_WROTE_BEGINS = ("schrieb", "ha scritto"), ("am", "il")
_BRANDS: Final = (
    "iphone|ipad|android|samsung|galaxy|huawei|xiaomi|nokia|blackberry|proton|protonmail|yahoo|gmx|outlook|gmail|bluemail"
    "|mail"
)
# A rule of dashes or underscores, and "-- ": what follows is a signature or a quotation.
_RULE: Final = re.compile(r"^\s*(?:--\s*|[-_=*~]{3,}.*)$")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What begins a footer and what a quotation, in the languages of phones' mail programs; compared by casefold."""

    footer: re.Pattern[str]
    header: re.Pattern[str]
    wrote_begins: re.Pattern[str]  # "On Mon, 16 Nov 2026, Baraza <...> wrote:", without ">" before what is quoted
    wrote: tuple[str, ...]


def strip_footers(text: str) -> str:
    """Return the lines above the first footer, quotation or rule, without lines quoted by ">"; all if none are left."""
    if "\n" not in text:
        return text
    own: list[str] = []
    lines = text.split("\n")[:_LINES_MOST]
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        if own and any(map(str.strip, own)) and _ends_words(line, lines[number + 1 : number + 3]):
            break
        own.append(line)
    kept = "\n".join(own).strip()
    return kept or text


def _ends_words(line: str, following: list[str]) -> bool:
    if len(line) > _LINE_LONGEST:
        return False
    low, after = line.casefold(), [each.casefold() for each in following]
    patterns = _load()
    if patterns.footer.match(low) or _RULE.match(low):
        return True
    if patterns.header.match(low):
        return any(map(patterns.header.match, after))
        # The line "On ... wrote:" may be broken into two or three lines.
    return _introduces(low) or (bool(patterns.wrote_begins.match(low)) and any(map(_introduces, after)))


def _introduces(line: str) -> bool:
    end = line.rstrip()[-80:]
    return end.endswith((":", "：")) and any(said in end for said in _load().wrote)


@lru_cache(maxsize=1)
def _load() -> _Patterns:
    """Make the patterns of the words of all languages; cached."""
    footers = write_patterns((*collect(attrgetter("mail.footers")), *_OTHER_FOOTERS), ".{0,40}")
    sent = rf"{_choose('sent', _OTHER_SENT)}\b.{{0,60}}\b(?:{_BRANDS})\b"
    return _Patterns(
        re.compile(rf"[\s>*_-]*(?:{footers}(?!\w)|{sent}|{_choose('closings')},?$)"),
        re.compile(rf"^\s*\*?{_choose('headers', _OTHER_HEADERS)}\*?\s*:\s*\S"),
        re.compile(rf"^\s*{_choose('wrote_begins', _OTHER_WROTE_BEGINS)}\b.{{0,200}}\d"),
        tuple(word.casefold() for word in (*collect(attrgetter("mail.wrote")), *_OTHER_WROTE)),
    )


def _choose(name: str, others: tuple[str, ...] = ()) -> str:
    return write_choice(tuple(map(str.casefold, (*collect(attrgetter(f"mail.{name}")), *others))))
