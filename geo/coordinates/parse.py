"""Points that a text states itself: coordinates, Plus Codes, grid references (UTM, MGRS) and links to maps.

what3words is left out on purpose: it needs a company's service, and its words are everyday words otherwise.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from config.languages.load import collect
from geo.coordinates.angles import Angle, find_angles, normalise
from geo.coordinates.map_links import find_linked_points, strip_links
from geo.coordinates.plus_codes import decode, find_codes
from geo.coordinates.utm_mgrs import find_grid_points
from geo.text.direction_words import join_words, strip

Extent = tuple[float, float, float, float]
_MARGIN = 0.5
_LEAST_M: Final = 250.0  # coordinates from a phone are within this distance in 80 of 100 cases
_LEAST_PICKED_M: Final = 25.0  # points picked on a map are within this
_DOUBTFUL: Final = {"s": "S", "e": "E", "o": "W"}
_MOST_BETWEEN: Final = 40  # characters between the two numbers of a pair
# Largest worth of the last digit in a pair, in metres. A point before three digits may be a thousands separator
# ("1.500 na 30.000 frw"): only a plus, minus or degree sign or a fourth digit shows that it is a decimal point.
_MOST_BESIDE: Final = 200  # characters around a pair in a text that is nothing else
_PLAIN_M: Final = 20.0
_SIGNED_M: Final = 200.0
_BETWEEN: Final = r"[\s,;/|()#]{0,40}"


@dataclass(frozen=True, slots=True)
class Pin:
    """A point in degrees and its radius in metres."""

    lat: float
    lon: float
    radius_m: float


def find_pin(text: str, extent: Extent | None = None) -> Pin | None:
    """Find the first point that a text states in numbers; None where there is none.

    Both numbers of a pair need decimals or minutes, so that house numbers and dates are not taken for places. The point
    must lie within half a degree of `extent` (south, west, north, east) where that is given. 0, 0 is ignored: devices
    without a position send it.
    """
    if not any(char.isdigit() for char in text) or not _may_hold_point(text):
        return None
    for point in find_linked_points(text):
        if _is_inside(point.lat, point.lon, extent):
            return Pin(point.lat, point.lon, point.radius_m)
    plain = normalise(strip_links(text))
    return _find_cell(text, plain, extent) or _find_pair(plain, extent)


def _may_hold_point(text: str) -> bool:
    """Test cheaply for six digits, the fewest of a pair, or the plus of a Plus Code, which may have fewer digits."""
    return "+" in text or "%2B" in text or sum(char.isdecimal() for char in text) >= 6


def _find_cell(text: str, plain: str, extent: Extent | None) -> Pin | None:
    for code in find_codes(text.replace("%2B", "+").replace("/", " ")):
        if not code.missing:
            area = decode(code.digits)
            if _is_inside(*area.middle, extent):
                return Pin(*area.middle, max(_LEAST_PICKED_M, area.radius_m))
    for point in find_grid_points(plain):
        if _is_inside(point.lat, point.lon, extent):
            return Pin(point.lat, point.lon, max(_LEAST_M, point.size_m * math.sqrt(0.5)))
    return None


def _find_pair(plain: str, extent: Extent | None) -> Pin | None:
    for first, second in pairwise(find_angles(plain)):
        between = plain[first.end : second.start]
        if len(between) > _MOST_BETWEEN or not _is_pair(first, second, between, plain):
            continue
        pair = _order(first, second)
        believed = None if pair is None else _believe(*pair, extent)
        if believed is not None:
            return Pin(*believed, max(_LEAST_M, max(first.unit_m, second.unit_m)))
    return None


def _is_pair(first: Angle, second: Angle, between: str, plain: str) -> bool:
    """Tell whether two numbers are a pair of coordinates: sums of money have decimals and thousands as well."""
    if first.is_marked and second.is_marked:
        return True
    if not _joined().fullmatch(between):
        return False
    if first.is_marked or second.is_marked:
        return True
    least_m = max(first.unit_m, second.unit_m)
    if least_m < (_SIGNED_M if first.is_signed or second.is_signed else _PLAIN_M):
        return True
    beside = plain[: first.start] + " " + plain[second.end :]
    return len(beside) <= _MOST_BESIDE and not re.search(r"\w", _announced().sub("", beside))


@lru_cache(maxsize=1)
def _joined() -> re.Pattern[str]:
    """Compile what may stand between the two numbers of a pair."""
    words = join_words(("x", *collect(lambda language: language.relations.joined)))
    return re.compile(rf"{_BETWEEN}(?:(?:{words}){_BETWEEN})?", re.IGNORECASE)


@lru_cache(maxsize=1)
def _announced() -> re.Pattern[str]:
    """Compile the words that announce coordinates: a text of a pair and these words is nothing but a pair."""
    listed = collect(lambda language: language.coordinates.announced)
    ways = sorted({spelt for word in listed for spelt in (word, strip(word))}, key=len, reverse=True)
    words = "|".join(re.escape(way.removesuffix("*")) + (r"\w*" if way.endswith("*") else "") for way in ways)
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _order(first: Angle, second: Angle) -> tuple[float, float] | None:
    sides = (_settle(first.side, second.side), _settle(second.side, first.side))
    if sides[0] in {"E", "W", "X"} or sides[1] in {"N", "S", "Y"}:
        first, second, sides = second, first, (sides[1], sides[0])
    if sides[0] in {"E", "W", "X"} or sides[1] in {"N", "S", "Y"}:
        return None
    lat = -abs(first.degrees) if sides[0] == "S" else first.degrees
    lon = -abs(second.degrees) if sides[1] == "W" else second.degrees
    return lat, lon


def _settle(side: str, other: str) -> str:
    """Decide whether a word such as "sur", "est" or "o" is a compass letter: only where the other number has one."""
    if side in _DOUBTFUL:
        return _DOUBTFUL[side] if other and other != side else ""
    return side


def _believe(lat: float, lon: float, extent: Extent | None) -> tuple[float, float] | None:
    """Find the reading of a pair that lies in the extent; None where there is none.

    People swap the two numbers, or forget the minus of west and south.
    """
    if extent is None:
        return (lat, lon) if _is_inside(lat, lon, None) else None
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    for y, x in [(lat * a, lon * b) for a, b in signs] + [(lon * a, lat * b) for a, b in signs]:
        if _is_inside(y, x, extent):
            return y, x
    return None


def _is_inside(lat: float, lon: float, extent: Extent | None) -> bool:
    if lat == 0 and lon == 0:
        return False
    if extent is None:
        return abs(lat) <= 90 and abs(lon) <= 180
    south, west, north, east = extent
    return south - _MARGIN <= lat <= north + _MARGIN and west - _MARGIN <= lon <= east + _MARGIN
