"""Coordinates that people write into texts: decimal degrees and degrees, minutes, seconds, in the usual notations."""

import html
import re

Extent = tuple[float, float, float, float]
# 18°35'36.24"N  |  18 35 36 N  |  N 18.5432
_DMS = re.compile(
    r"(?<![\w.])(?P<before>[NSEWO])?\s*(?P<deg>\d{1,3})\s*[°º:\s]\s*(?P<min>\d{1,2}(?:\.\d+)?)\s*(?:['’′:\s]|&#39;)\s*"
    r"(?:(?P<sec>\d{1,2}(?:\.\d+)?)\s*(?:[\"”″]|''|’’)?)?\s*(?P<after>[NSEWO])?(?![\w])",
    re.IGNORECASE,
)
_MARGIN = 0.5
_DECIMAL = re.compile(
    r"(?<![\w.])(?P<before>[NSEWO])?\s*(?P<value>[-+−]?\s?\d{1,3}[.,]\d{2,})\s*[°º]?\s*(?P<after>[NSEWO])?(?![\w])",
    re.IGNORECASE,
)


def find_coordinates(text: str, extent: Extent | None = None) -> tuple[float, float] | None:
    """The first pair of coordinates in a text as (lat, lon), or None.

    A pair needs decimals or minutes in both numbers, so that house numbers and dates are not taken for places, and it
    must lie within half a degree of `extent` (south, west, north, east) where that is given.
    """
    if sum(char.isdigit() for char in text) < 6:
        return None
    plain = html.unescape(html.unescape(text)).replace("−", "-")
    for values in (_read_dms(plain), _read_decimal(plain)):
        if len(values) >= 2:
            pair = _pair(values[0], values[1])
            believed = None if pair is None else _believe(*pair, extent)
            if believed is not None:
                return believed
    return None


def _read_dms(text: str) -> list[tuple[float, str]]:
    values: list[tuple[float, str]] = []
    for match in _DMS.finditer(text):
        side = (match["before"] or match["after"] or "").upper()
        # Without a degree sign three numbers in a row are more likely a phone number than a place.
        if not side and not re.search("[°º]", match[0]):
            continue
        minutes, seconds = float(match["min"]), float(match["sec"] or 0)
        if minutes < 60 and seconds < 60:
            values.append((float(match["deg"]) + minutes / 60 + seconds / 3600, side))
    return values


def _read_decimal(text: str) -> list[tuple[float, str]]:
    return [
        (float(match["value"].replace(",", ".").replace(" ", "")), (match["before"] or match["after"] or "").upper())
        for match in _DECIMAL.finditer(text)
    ]


def _pair(first: tuple[float, str], second: tuple[float, str]) -> tuple[float, float] | None:
    if first[1] in {"E", "W", "O"} or second[1] in {"N", "S"}:
        first, second = second, first
    if first[1] in {"E", "W", "O"} or second[1] in {"N", "S"}:
        return None
    lat = -abs(first[0]) if first[1] == "S" else first[0]
    lon = -abs(second[0]) if second[1] in {"W", "O"} else second[0]
    return lat, lon


def _believe(lat: float, lon: float, extent: Extent | None) -> tuple[float, float] | None:
    """The pair as it can be meant: people swap the two and forget the minus sign of the west and the south."""
    if extent is None:
        return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None
    south, west, north, east = extent
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    for y, x in [(lat * a, lon * b) for a, b in signs] + [(lon * a, lat * b) for a, b in signs]:
        if south - _MARGIN <= y <= north + _MARGIN and west - _MARGIN <= x <= east + _MARGIN:
            return y, x
    return None
