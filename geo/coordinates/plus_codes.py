"""Open Location Codes ("Plus Codes"): full codes, and short codes that mean the cell nearest to some place.

Written from the public specification, since the one library for it has had no release since 2019. A code has pairs of
base-20 digits, each of which cuts a cell into 20 by 20. From the eleventh digit on, one digit at a time cuts it into 5
rows of 4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from geo.distance import distance_m

_DIGITS: Final = "23456789CFGHJMPQRVWX"
_PAIRS: Final = 10  # digits that come in pairs
_LONGEST: Final = 15  # digits that are read; more are allowed and ignored
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
        """Return the middle of the cell as (lat, lon)."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2

    @property
    def radius_m(self) -> float:
        """Return the radius of the circle around the cell, in metres."""
        return distance_m(*self.middle, self.north, self.east)


@dataclass(frozen=True, slots=True)
class PlusCode:
    """A code as it stands in a text, from `start` to `end`; a short one lacks the first `missing` digits."""

    digits: str
    missing: int
    start: int
    end: int


def find_codes(text: str) -> Iterator[PlusCode]:
    """Iterate over the codes of a text in order.

    A short code without a letter is left out, since it may be a sum of numbers. So is a code with a space before its
    plus where one half may be a phone number.
    """
    for match in _CODE.finditer(text):
        head, tail = match["head"].upper(), (match["tail"] or "").upper()
        is_padded = head.endswith("0")
        is_short = len(head) < 8
        if (is_padded and tail) or (is_short and (not tail or (head + tail).isdigit())):
            continue
        if match["gap"] and (head.isdigit() or not tail or (is_short and tail.isdigit())):
            continue
        # The first digits count 20 degrees each: at most 9 for latitude (180 degrees) and 18 for longitude (360).
        if not is_short and not (_value(head[0]) < 9 and _value(head[1]) < 18):
            continue
        yield PlusCode(head.rstrip("0") + tail, 8 - len(head), *match.span())


def decode(digits: str) -> CodeArea:
    """Decode the digits of a full code, without its plus, to its cell."""
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
    """Encode a point to the first `count` digits of its code; an even number up to 10."""
    lat, lon = min(max(lat, -90.0), 90.0 - 1e-9) + 90, (lon + 180) % 360
    digits, size = "", 400.0
    for _ in range(count // 2):
        size /= 20
        row, column = int(lat / size + 1e-9), int(lon / size + 1e-9)
        digits += _DIGITS[min(row, 19)] + _DIGITS[min(column, 19)]
        lat, lon = max(0.0, lat - row * size), max(0.0, lon - column * size)
    return digits


def recover(code: PlusCode, lat: float, lon: float) -> CodeArea:
    """Find the cell of a short code that lies nearest to a point."""
    return decode(recover_digits(code.digits, code.missing, lat, lon))


def list_within(code: PlusCode, extent: tuple[float, float, float, float], most: int) -> list[CodeArea]:
    """List up to `most` cells in an extent (south, west, north, east) that a short code may mean, by latitude."""
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
    """Find the digits of the full code nearest to a point, for a short code that lacks `missing` digits."""
    step = 400.0 / 20 ** (missing // 2)
    digits = encode_pairs(lat, lon, missing) + short
    middle = decode(digits).middle
    row = _nearer(middle[0], lat, step, (-90, 90))
    column = _nearer(middle[1], lon, step, (-540, 540))
    return encode_pairs(middle[0] + row, middle[1] + column, missing) + short


def _nearer(middle: float, wanted: float, step: float, bounds: tuple[float, float]) -> float:
    """Compute the shift in degrees (a step, minus a step or 0) that brings a middle within half a step of `wanted`."""
    if wanted + step / 2 < middle and middle - step >= bounds[0]:
        return -step
    return step if wanted - step / 2 > middle and middle + step <= bounds[1] else 0.0


def _value(digit: str) -> int:
    return _DIGITS.index(digit)
