"""Patterns of several words, as the files of the languages write them: "route (de|d')? A (à|vers) B".

`(a|b)` is a choice, each way of one or more words; with `?` behind it may be missing. A word in capitals is a
placeholder, whose meaning the reader knows. Parts without a blank between them may be written together or apart.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

_PART: Final = re.compile(
    r"(?P<blank>\s+)?(?:\((?P<ways>[^()]*)\)(?P<optional>\?)?|(?P<slot>[A-Z][A-Z0-9]*)|(?P<word>[^\s()?A-Z]+))"
)
_BLANK, _MAY_BE_BLANK = " ", " ?"
_BEHIND_APOSTROPHE: Final = "(?: |(?<='))"


@dataclass(frozen=True, slots=True)
class PatternPart:
    """A part of a pattern: the ways to say it, or the name of a placeholder. `is_apart`: behind a blank."""

    ways: tuple[str, ...]
    slot: str = ""
    is_optional: bool = False
    is_apart: bool = False

    def write_gap(self, before: "PatternPart") -> str:
        """Write the expression for what may stand between the part before and this one, of single blanks."""
        if not self.is_apart:
            return _MAY_BE_BLANK
        return _BEHIND_APOSTROPHE if any(way.endswith("'") for way in before.ways) else _BLANK


def is_pattern(written: str) -> bool:
    """Tell whether all of a text is a pattern, with every bracket closed and something in it."""
    parts = [match[0] for match in _PART.finditer(written)]
    return "".join(parts) == written and not re.search(r"\(\s*[|)]|\|\s*[|)]", written)


def list_slots(written: str) -> list[str]:
    """List the placeholders of a pattern."""
    return [match["slot"] for match in _PART.finditer(written) if match["slot"]]


def parse_pattern(written: str, normalise: Callable[[str], str]) -> tuple[PatternPart, ...]:
    """Parse a pattern; its words are normalised as the texts are that it will be tried on."""
    return tuple(
        PatternPart(
            ways=() if part["slot"] else tuple(map(normalise, (part["ways"] or part["word"]).split("|"))),
            slot=part["slot"] or "",
            is_optional=part["optional"] is not None,
            is_apart=part["blank"] is not None,
        )
        for part in _PART.finditer(written)
    )


def write_choice(ways: tuple[str, ...]) -> str:
    """Write the expression that matches any of the ways, the longest first; words of one way are a blank apart."""
    ordered = sorted(set(ways), key=lambda way: (-len(way), way))
    return "(?:" + "|".join(re.escape(way).replace("\\ ", " ") for way in ordered) + ")" if ordered else "(?!)"


def write_pattern(parts: tuple[PatternPart, ...], write_slot: Callable[[PatternPart, int], str]) -> str:
    """Write the expression of a pattern; `write_slot` gives that of a placeholder, told its number among the parts."""
    written, is_begun = "", False  # begun by a part that may not be missing
    for number, part in enumerate(parts):
        body = write_slot(part, number) if part.slot else write_choice(part.ways)
        gap = part.write_gap(parts[number - 1]) if is_begun else ""
        if not is_begun and part.is_optional and number + 1 < len(parts):
            body += parts[number + 1].write_gap(part)
        is_begun = is_begun or not part.is_optional
        written += f"(?:{gap}{body})?" if part.is_optional else gap + body
    return written


def write_patterns(patterns: Iterable[str], slot: str = "(?!)") -> str:
    """Write the expression that matches any of some patterns of small letters; its last word may go on.

    `slot` is the expression of any placeholder.
    """
    written = [write_pattern(parse_pattern(each, str.casefold), lambda _, __: slot) for each in patterns]
    return f"(?:{'|'.join(written)})" if written else "(?!)"
