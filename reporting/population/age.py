"""Bands of age: reads them as tables write them, and names them by codes of the SDG list CL_AGE."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from config.table_file.values import plain_figures

TOTAL: Final = "_T"
OLDEST: Final = 100  # years: single ages from here on are one band
_WIDTH: Final = 5
_NO_SIGNS: Final = 40  # characters; no table writes more for an age
_WORDS: Final = r"(?:years?|yrs?|ans|anos|años)?"
_CODE: Final = re.compile(r"Y(\d{1,3})T(\d{1,3})")
_OPEN_CODE: Final = re.compile(r"Y_GE(\d{1,3})")
_SINGLE: Final = re.compile(rf"(\d{{1,3}}) ?{_WORDS}")
_RANGE: Final = re.compile(rf"(\d{{1,3}}) ?(?:-|–|to|a|à|_) ?(\d{{1,3}}) ?{_WORDS}")
_OPEN: Final = re.compile(rf"(\d{{1,3}}) ?{_WORDS} ?(?:\+|(?:and|years and|&) (?:over|above|older|more)|et plus|y más)")
_ALL: Final = frozenset({"_t", "t", "total", "all", "all ages"})


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages from `low` to `high`, both included; `high` is None where a band has no end."""

    low: int
    high: int | None

    @property
    def code(self) -> str:
        """Return the code: `Y15T19`, `Y_GE65`, `_T` for all ages."""
        if self.high is None:
            return f"Y_GE{self.low}" if self.low else TOTAL
        return f"Y{self.low}T{self.high}"

    def __lt__(self, other: "AgeBand") -> bool:
        """Order by the first age, a band without an end last."""
        return (self.low, self.high is None, self.high or 0) < (other.low, other.high is None, other.high or 0)

    def holds(self, other: "AgeBand") -> bool:
        """Tell whether another band lies within this one."""
        return self.low <= other.low and (self.high is None or (other.high is not None and other.high <= self.high))


ALL_AGES: Final = AgeBand(0, None)
FIVE_YEARS: Final = tuple(AgeBand(low, low + _WIDTH - 1) for low in range(0, OLDEST, _WIDTH))
FIVE_YEARS_AND_OLDEST: Final = (*FIVE_YEARS, AgeBand(OLDEST, None))
WIDE: Final = (AgeBand(0, 14), AgeBand(15, 24), AgeBand(25, 64), AgeBand(65, None))


def read_code(code: str) -> AgeBand:
    """Read a code. Raises ValueError."""
    if code == TOTAL:
        return ALL_AGES
    if found := _CODE.fullmatch(code):
        return _make(int(found[1]), int(found[2]))
    if found := _OPEN_CODE.fullmatch(code):
        return AgeBand(int(found[1]), None)
    raise ValueError("no code of an age band")


def read_age(cell: str) -> AgeBand:
    """Read an age as tables write it: a code, `7`, `15-19`, `100+`, `85 and over`, `Total`. Raises ValueError."""
    plain = " ".join(plain_figures(cell[:_NO_SIGNS]).split())
    if plain.startswith("Y"):
        return read_code(plain)
    folded = plain.casefold().removeprefix("age ").removeprefix("aged ")
    if folded in _ALL:
        return ALL_AGES
    if found := _OPEN.fullmatch(folded):
        return AgeBand(int(found[1]), None)
    if found := _RANGE.fullmatch(folded):
        return _make(int(found[1]), int(found[2]))
    if found := _SINGLE.fullmatch(folded):
        return AgeBand(int(found[1]), int(found[1]))
    raise ValueError("no age")


def are_tiling(bands: Iterable[AgeBand], whole: AgeBand) -> bool:
    """Tell whether bands cover a whole, each age once."""
    reached: int | None = whole.low
    for band in sorted(bands):
        if reached is None or band.low != reached:
            return False
        reached = None if band.high is None else band.high + 1
    return reached == (None if whole.high is None else whole.high + 1)


def list_targets(bands: Collection[AgeBand]) -> dict[AgeBand, AgeBand]:
    """Map each band of a table to the one that it is stored in.

    Ages that fill a five-year band are summed into it. Where some of its ages are missing, as in a table that begins at
    12 years, they stay bands of their own: a sum would be too small.
    """
    oldest = AgeBand(OLDEST, None)
    targets = {band: oldest if oldest.holds(band) or band.low >= OLDEST else band for band in bands}
    for five in FIVE_YEARS:
        within = {band for band in bands if five.holds(band)}
        smaller = within - {five}
        if smaller and are_tiling(smaller, five):
            targets |= dict.fromkeys(smaller, five)
    return targets


def _make(low: int, high: int) -> AgeBand:
    if high < low:
        raise ValueError("an age band that ends before it begins")
    return AgeBand(low, high)
