"""Open Location Codes ("Plus Codes"): full ones, and short ones that mean the nearest cell to some place.

Written from the public specification; the one library for it has had no release since 2019. A code has two digits of
base 20 a step, each cell cut into 20 by 20, and from the eleventh digit on one digit a step, cut into 5 rows of 4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from geo.distance import distance_m

_DIGITS: Final = "23456789CFGHJMPQRVWX"
_PAIRS: Final = 10  # digits that come in pairs
_LONGEST: Final = 15  # digits that mean something; more are allowed and ignored
_ROWS, _COLUMNS = 5, 4
_CODE = re.compile(
    rf"(?<![\w+])(?P<head>[{_DIGITS}]{{8}}|[{_DIGITS}]{{6}}(?:00)?|[{_DIGITS}]{{4}}(?:0000)?|[{_DIGITS}]{{2}}(?:0{{6}})?)"
    rf"(?P<gap>\s)?\+(?P<tail>[{_DIGITS}]{{2,20}})?(?![\w+])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CodeArea:
    """The cell of a code, in degrees."""

    south: float
    west: float
    north: float
    east: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle as (lat, lon)."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2

    @property
    def radius_m(self) -> float:
        """Of the circle around it."""
        return distance_m(*self.middle, self.north, self.east)


@dataclass(frozen=True, slots=True)
class PlusCode:
    """A code as it stands in a text, from `start` to `end`; a short one lacks the first `missing` digits."""

    digits: str
    missing: int
    start: int
    end: int


def find_codes(text: str) -> Iterator[PlusCode]:
    """The codes in a text in order. What has no letter may be a sum of numbers, and is no short code; nor is what has
    a space before its plus a code, where one half may be a telephone number."""
    for match in _CODE.finditer(text):
        head, tail = match["head"].upper(), (match["tail"] or "").upper()
        is_padded = head.endswith("0")
        is_short = len(head) < 8
        if (is_padded and tail) or (is_short and (not tail or (head + tail).isdigit())):
            continue
        if match["gap"] and (head.isdigit() or not tail or (is_short and tail.isdigit())):
            continue
        # The first digits count 20 degrees each, and there are no more than 180 and 360 of those.
        if not is_short and not (_value(head[0]) < 9 and _value(head[1]) < 18):
            continue
        yield PlusCode(head.rstrip("0") + tail, 8 - len(head), *match.span())


def decode(digits: str) -> CodeArea:
    """The cell of the digits of a full code, without its plus."""
    lat, lon, size = -90.0, -180.0, 400.0
    pairs, rest = digits[:_PAIRS], digits[_PAIRS:_LONGEST]
    for at in range(0, len(pairs), 2):
        size /= 20
        lat += size * _value(pairs[at])
        lon += size * _value(pairs[at + 1])
    height = width = size
    for digit in rest:
        height, width = height / _ROWS, width / _COLUMNS
        lat += height * (_value(digit) // _COLUMNS)
        lon += width * (_value(digit) % _COLUMNS)
    return CodeArea(lat, lon, lat + height, lon + width)


def encode_pairs(lat: float, lon: float, count: int) -> str:
    """The first `count` digits, an even number up to 10, of the code of a point."""
    lat, lon = min(max(lat, -90.0), 90.0 - 1e-9) + 90, (lon + 180) % 360
    digits, size = "", 400.0
    for _ in range(count // 2):
        size /= 20
        row, column = int(lat / size + 1e-9), int(lon / size + 1e-9)
        digits += _DIGITS[min(row, 19)] + _DIGITS[min(column, 19)]
        lat, lon = max(0.0, lat - row * size), max(0.0, lon - column * size)
    return digits


def recover(code: PlusCode, lat: float, lon: float) -> CodeArea:
    """The cell of a short code whose middle is the nearest to a point."""
    return decode(recover_digits(code.digits, code.missing, lat, lon))


def list_within(code: PlusCode, extent: tuple[float, float, float, float], most: int) -> list[CodeArea]:
    """Every cell in an extent (south, west, north, east) that a short code may mean, up to `most`, by latitude."""
    missing = code.missing
    step = 400.0 / 20 ** (missing // 2)
    south, west, north, east = extent
    found: dict[str, CodeArea] = {}
    for row in range(min(most, int((north - south) / step) + 2)):
        for column in range(min(most, int((east - west) / step) + 2)):
            digits = encode_pairs(min(south + row * step, 90), west + column * step, missing) + code.digits
            area = decode(digits)
            lat, lon = area.middle
            if south <= lat <= north and west <= lon <= east:
                found[digits] = area
    return list(found.values())[:most]


def recover_digits(short: str, missing: int, lat: float, lon: float) -> str:
    """The digits of the full code nearest to a point, for those of a short one that lacks `missing`."""
    step = 400.0 / 20 ** (missing // 2)
    digits = encode_pairs(lat, lon, missing) + short
    middle = decode(digits).middle
    row = _nearer(middle[0], lat, step, (-90, 90))
    column = _nearer(middle[1], lon, step, (-540, 540))
    return encode_pairs(middle[0] + row, middle[1] + column, missing) + short


def _nearer(middle: float, wanted: float, step: float, bounds: tuple[float, float]) -> float:
    """What must be added to a middle so that it lies within half a step of what is wanted."""
    if wanted + step / 2 < middle and middle - step >= bounds[0]:
        return -step
    return step if wanted - step / 2 > middle and middle + step <= bounds[1] else 0.0


def _value(digit: str) -> int:
    return _DIGITS.index(digit)
