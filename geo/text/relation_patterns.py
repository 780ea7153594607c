"""Patterns of spatial relations ("5 km north of x", "between a and b"), made of the words of all languages.

The patterns expect text from `strip` of geo/text/direction_words.py: lower case, no accents, ASCII digits, single
blanks. Words have up to 40 letters, so that matching stays linear in the text. The groups `a`, `b` and `x` hold the
words that may name places; whether they do is decided by looking them up.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Final

from config.languages.load import collect
from config.languages.patterns import PatternPart, parse_pattern, write_pattern
from geo.text.direction_words import join_words, load_directions, load_units, strip

_WORD: Final = r"[^\s,;:!?()،؛।]{1,40}"
_BARE: Final = r"[^\s,;:!?()،؛।/-]{1,40}"
_START, _END = r"(?:(?<=\s)|(?<=[,;:(/])|^)", r"(?=\s|[,;:.!?()،؛।]|$)"
_FIGURE: Final = r"\d{1,9}(?:[.,]\d{1,9})?"
_WORDS_OF_NAME: Final = 4
_DIGITS: Final = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
_HYPHEN: Final = ("-", "/")  # between the ends of a road


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern with its cues: of each group of them a text must contain one.

    Cues are searched first, since most texts have none.
    """

    pattern: re.Pattern[str]
    cues: tuple[tuple[str, ...], ...]

    def find(self, bare: str) -> re.Match[str] | None:
        """Find the first match in a stripped text with single blanks; None where there is none."""
        for group in self.cues:
            for cue in group:
                if cue in bare:
                    break
            else:
                return None
        return self.pattern.search(bare)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The patterns of all languages by relation."""

    offsets: tuple[Shape, ...]  # a distance and a direction from `x`
    rings: tuple[Shape, ...]  # a distance without a direction: a ring around `x`
    sides: tuple[Shape, ...]  # a direction without a distance: a point beside `x`
    between: tuple[Shape, ...]  # between `a` and `b`, or along a road that is named by its two ends
    beside: tuple[Shape, ...]  # near, across from, behind, in front of: close to `x`, not the place itself


def find_shapes(shapes: Sequence[Shape], bare: str) -> Iterator[re.Match[str]]:
    """Iterate over the matches of several shapes in a stripped text, in the order of the shapes.

    What two languages say alike ("entre a e b") is found once.
    """
    seen: set[tuple[str | None, ...]] = set()
    for shape in shapes:
        match = shape.find(bare)
        if match is not None and match.groups() not in seen:
            seen.add(match.groups())
            yield match


@lru_cache(maxsize=1)
def load_shapes() -> Shapes:
    """Make the patterns of the words of all languages; cached."""
    behind, of_behind = _collect("distances.from_behind"), _collect("directions.of_behind")
    distance = rf"(?P<far>{_FIGURE}) ?(?P<unit>{join_words(load_units())}){_END}"
    unit_first = rf"(?P<unit2>{join_words(_collect('distances.unit_first'))}) (?P<far2>{_FIGURE})"
    far = rf"{_START}(?:{distance}|{unit_first}){_END}"
    direction, few, many = _write_direction(), _write_name("x", is_last=False), _write_name("x", is_last=True)
    towards = rf"(?:(?:{join_words(_collect('directions.towards'))}) ){{0,2}}"
    offset = rf"{far} {towards}{direction} {_write_before(_collect('directions.of'))}?{many}"
    ring = rf"{far} {_write_before(_collect('distances.away_from'))}{many}"
    return Shapes(
        offsets=(
            Shape(re.compile(offset), (_DIGITS,)),
            Shape(
                re.compile(rf"{_START}{few}{_write_behind((*behind, *of_behind))} {distance} ?{direction}"),
                (_DIGITS, (*behind, *of_behind)),
            ),
        ),
        rings=(
            Shape(re.compile(ring), (_DIGITS,)),
            Shape(re.compile(rf"{_START}{few}{_write_behind(behind)} {distance}"), (_DIGITS, behind)),
        ),
        sides=_make_shapes("relations.side"),
        between=_make_shapes("relations.between"),
        beside=_make_shapes("relations.beside"),
    )


def _collect(path: str) -> tuple[str, ...]:
    return tuple(map(strip, collect(attrgetter(path))))


def _make_shapes(path: str) -> tuple[Shape, ...]:
    return tuple(_make_shape(parse_pattern(written, strip)) for written in collect(attrgetter(path)))


def _make_shape(parts: tuple[PatternPart, ...]) -> Shape:
    def write_slot(part: PatternPart, number: int) -> str:
        if part.slot == "DIRECTION":
            return _write_direction()
        beside = (parts[number - 1 : number] or (part,))[0], (parts[number + 1 : number + 2] or (part,))[0]
        if any(other.ways == _HYPHEN and not other.is_optional for other in beside):
            return f"(?P<{part.slot.lower()}>{_BARE})"
        return _write_name(part.slot.lower(), is_last=number == len(parts) - 1)

    parts = tuple(map(_fill, parts))
    end = "" if parts[-1].slot else _END
    return Shape(re.compile(_START + write_pattern(parts, write_slot) + end), tuple(_list_cues(parts)))


def _fill(part: PatternPart) -> PatternPart:
    """Fill in what a part stands for in any language: AND, and the hyphen between the ends of a road."""
    if part.slot == "AND":
        return replace(part, slot="", ways=_collect("relations.joined"))
    return replace(part, ways=_HYPHEN) if part.ways == ("-",) and not part.is_apart else part


def _list_cues(parts: Sequence[PatternPart]) -> Iterator[tuple[str, ...]]:
    """List the ways of each part that may not be missing, with the blanks that must stand around them."""
    for number, part in enumerate(parts):
        if part.ways and not part.is_optional:
            before = " " if number and part.is_apart and not parts[number - 1].is_optional else ""
            behind = " " if all(after.is_apart for after in parts[number + 1 :]) and number < len(parts) - 1 else ""
            yield tuple(before + way + ("" if way.endswith("'") else behind) for way in part.ways)


def _write_name(slot: str, *, is_last: bool) -> str:
    """Write the group of a name: at the end as many words as it may have, else as few as the rest allows.

    A number behind the slot (`A2`) is how many words it has at most.
    """
    most = int(slot[1:] or _WORDS_OF_NAME)
    return rf"(?P<{slot[0]}>{_WORD}(?: {_WORD}){{0,{most - 1}}}{'' if is_last else '?'})"


def _write_direction() -> str:
    endings, behind = _collect("directions.endings"), _collect("directions.behind")
    return rf"(?P<way>{join_words(load_directions())})(?:{join_words(endings)})?(?: ?(?:{join_words(behind)}))?{_END}"


def _write_before(words: Sequence[str]) -> str:
    """Write the choice of small words before a name and the blank behind, which may be missing after an apostrophe."""
    ordered = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word) + (" ?" if word.endswith("'") else " ") for word in ordered) + ")"


def _write_behind(words: Sequence[str]) -> str:
    """Write the choice of small words behind a name: in Latin letters a blank apart, else often written together."""
    together = join_words(word for word in words if not word.isascii())
    return rf"(?: ?(?:{together})| (?:{join_words(word for word in words if word.isascii())}))"
