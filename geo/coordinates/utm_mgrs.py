"""Grid references of topographic maps: UTM (zone, metres east and north) and MGRS (zone, square, digits). WGS 84.

The inverse projection is the library's: good to a millimetre within three degrees of a zone's meridian, and to five
centimetres in the wider zones of Norway and Svalbard. A reference is given in metres.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import utm

_BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"  # of 8 degrees from 80 degrees south on; the last has 12
_ROWS: Final = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS: Final = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")  # of zones 3, 6, 9; of 1, 4, 7; of 2, 5, 8
_SQUARE_M: Final = 100_000
_MARGIN_DEG = 1.5

# The patterns expect single blanks, and every repetition is bounded: matching stays linear in the text.
_ZONE = r"(?P<zone>0?[1-9]|[1-5]\d|60) ?(?P<band>[C-HJ-NP-X])"
_MGRS = re.compile(
    rf"(?<![\w.]){_ZONE} ?(?P<column>[A-HJ-NP-Z])(?P<row>[A-HJ-NP-V]) ?"
    r"(?P<first>\d{2,10})(?: (?P<second>\d{2,5})(?!\d))?(?!\w)",
    re.IGNORECASE,
)
_UTM = re.compile(
    rf"(?<![\w.]){_ZONE} ?[,:;]? ?(?:(?:easting|east|e|x)[ :=]{{0,4}})?0?(?P<east>[1-9]\d{{5}}(?:\.\d{{1,12}})?)"
    r" ?(?:m(?=[ EN,;/])|\b) ?E?[ ,;/]{0,6}"
    r"(?:(?:northing|north|n|y)[ :=]{0,4})?(?P<north>\d{5,8}(?:\.\d{1,12})?)(?![\d])",
    re.IGNORECASE,
)
_UTM_BEHIND = re.compile(
    r"(?<![\w.])0?(?P<east>[1-9]\d{5}(?:\.\d{1,12})?) ?m? ?E?[ ,;/]{1,6}"
    r"(?P<north>\d{5,8}(?:\.\d{1,12})?) ?m? ?N?[ ,;/]{1,6}"
    rf"(?:zone|utm)? ?{_ZONE}(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GridPoint:
    """The middle of a grid square in degrees; `size_m` is its side in metres."""

    lat: float
    lon: float
    size_m: float


def find_grid_points(text: str) -> Iterator[GridPoint]:
    """Iterate over the UTM and MGRS references of a text.

    A letter N or S behind a UTM zone may mean a latitude band or the hemisphere, so one reference can give two points;
    the caller takes the one that is plausible.
    """
    text = " ".join(text.split())
    for match in _MGRS.finditer(text):
        point = _read_mgrs(match)
        if point is not None:
            yield point
    for pattern in (_UTM, _UTM_BEHIND):
        for match in pattern.finditer(text):
            yield from _read_utm(match)


def to_degrees(zone: int, is_north: bool, east_m: float, north_m: float) -> tuple[float, float]:
    """Convert a UTM point (zone, hemisphere, metres) to (lat, lon)."""
    lat, lon = utm.to_latlon(east_m, north_m, zone, northern=is_north, strict=False)
    return float(lat), float(lon)


def _read_utm(match: re.Match[str]) -> Iterator[GridPoint]:
    zone, band = int(match["zone"]), match["band"].upper()
    east_m, north_m = float(match["east"]), float(match["north"])
    if north_m > 10_000_000:
        return
    lat, lon = to_degrees(zone, band >= "N", east_m, north_m)
    if _is_in_band(lat, band):
        yield GridPoint(lat, lon, 1.0)
    if band in "NS":
        other = to_degrees(zone, band == "N", east_m, north_m)
        if 0 <= other[0] <= 84.5 if band == "N" else -80.5 <= other[0] <= 0:
            yield GridPoint(*other, 1.0)


def _read_mgrs(match: re.Match[str]) -> GridPoint | None:
    digits = match["first"] + (match["second"] or "")
    if match["second"] and len(match["first"]) != len(match["second"]):
        digits = match["first"]  # what follows is another number
    if len(digits) % 2 or len(digits) < 4:
        return None
    half, zone = len(digits) // 2, int(match["zone"])
    band, column, row = match["band"].upper(), match["column"].upper(), match["row"].upper()
    if column not in _COLUMNS[zone % 3]:
        return None
    size_m = 10.0 ** (5 - half)
    east_m = _SQUARE_M * (1 + _COLUMNS[zone % 3].index(column)) + (int(digits[:half]) + 0.5) * size_m
    # Row letters of even zones begin five letters later. They repeat every 2,000 km; the band tells which repeat it is.
    rows = (_ROWS.index(row) - (0 if zone % 2 else 5)) % 20
    within_m = _SQUARE_M * rows + (int(digits[half:]) + 0.5) * size_m
    for turn in range(5):
        lat, lon = to_degrees(zone, band >= "N", east_m, within_m + 2_000_000 * turn)
        if _is_in_band(lat, band):
            return GridPoint(lat, lon, size_m)
    return None


def _is_in_band(lat: float, band: str) -> bool:
    """Tell whether a latitude lies in a band, with a margin, since squares may stick out of it."""
    south = -80 + 8 * _BANDS.index(band)
    north = south + (12 if band == "X" else 8)
    return south - _MARGIN_DEG <= lat <= north + _MARGIN_DEG
