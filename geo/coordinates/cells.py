"""Points in the cells of a table: decimal degrees, degrees and minutes, compass letters, or both numbers in one."""

import math
import re
from dataclasses import dataclass
from typing import Final

from config.table_file.values import plain_figures, read_number
from geo.coordinates.angles import normalise
from geo.coordinates.parse import find_pin

# Usual names of the columns, the surest first, and their HXL tags.
LATITUDES: Final = ("lat", "latitude", "gps_latitude", "#geo+lat")
LONGITUDES: Final = ("lon", "lng", "long", "longitude", "gps_longitude", "#geo+lon")
POINTS: Final = (
    "geopoint", "gps", "coordinates", "gps_coordinates", "latlon", "latlong", "coordonnees", "coordonnees_gps",
    "coordenadas", "wkt", "#geo+coord",
)  # fmt: skip
_LONGEST: Final = 100  # characters of a cell that may be a number
_ANGLE: Final = re.compile(
    r"(?P<before>[NSEWOYXnsewo])?[\s:=.]*(?P<sign>[-+])?\s*(?P<deg>\d{1,3}(?:[.,]\d{1,20})?)"
    r"(?:[\s°:d*?-]{1,4}(?P<min>\d{1,2}(?:[.,]\d{1,20})?)(?:[\s':m?-]{1,4}(?P<sec>\d{1,2}(?:[.,]\d{1,20})?))?)?"
    r"[\s°'\"ds?]{0,6}(?P<after>[NSEWOnsewo])?\.?"
)
_WKT: Final = re.compile(
    r"\s*(?:SRID=\d+;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*([-+.\deE]+)\s+([-+.\deE]+)[^)]*\)\s*", re.IGNORECASE
)
_PLAIN: Final = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{1,20})?|[-+]?\d{4,20}(?:\.\d{1,20})?")
_BETWEEN: Final = re.compile(r"\s*[;/|]\s*|\s*,\s+|\s+(?=[-+]?\d+[.,°]\d)|,(?=[-+]?\d+\.)")


@dataclass(frozen=True, slots=True)
class CellPoint:
    """A point in degrees as the cells mean it; may be out of range."""

    lat: float
    lon: float

    def find_fault(self) -> str | None:
        """Find what is wrong with the point; None for a valid one.

        The words follow "latitude or longitude" in a message.
        """
        if abs(self.lat) <= 90 and abs(self.lon) <= 180:
            return None
        is_exchanged = abs(self.lat) <= 180 and abs(self.lon) <= 90
        return "out of range" + (": are the two exchanged?" if is_exchanged else "")


def read_cells(lat: str, lon: str) -> CellPoint:
    """Read a point from two cells; it may be out of range. Raises ValueError where a cell is no number of degrees."""
    (north, side), (east, other) = _read_angle(lat), _read_angle(lon)
    if side in {"E", "W"} or other in {"N", "S"}:  # the compass letters tell that the columns are swapped
        return CellPoint(east, north)
    return CellPoint(north, east)


def read_cell(cell: str) -> CellPoint:
    """Read a point from one cell. Raises ValueError.

    Forms: "18.5 -72.6 0 5" (ODK), "18.5, -72.6", "POINT(-72.6 18.5)" (WKT), and whatever is a point in a text: "N 18.5
    W 72.6", `geo:18.5,-72.6`, a link of a map service, UTM, Plus Codes.
    """
    cell = cell[: 2 * _LONGEST]
    try:
        return _read_pair(cell)
    except ValueError:
        pin = find_pin(cell)
        if pin is None:
            raise
        return CellPoint(pin.lat, pin.lon)


def _read_pair(cell: str) -> CellPoint:
    if found := _WKT.fullmatch(cell):
        return CellPoint(read_number(found[2]), read_number(found[1]))
    plain = plain_figures(cell).strip("()[] ")
    parts = [part.rstrip(",") for part in plain.replace(";", " ").split()]
    if not all(map(_PLAIN.fullmatch, parts)):
        parts = [part for part in _BETWEEN.split(plain) if part.strip()]
    if not 2 <= len(parts) <= 4:
        raise ValueError("not a point")
    return read_cells(parts[0], parts[1])


def _read_angle(cell: str) -> tuple[float, str]:
    """Read degrees and the compass letter of a cell, "" where it has none."""
    try:
        degrees = float(cell)
    except ValueError:
        return _read_written_angle(cell.strip().removeprefix("'"))
    if not math.isfinite(degrees) or "_" in cell:
        raise ValueError("not a number of degrees")
    return degrees, ""


def _read_written_angle(cell: str) -> tuple[float, str]:
    found = _ANGLE.fullmatch(normalise(cell)) if len(cell) <= _LONGEST else None
    if not found or (found["min"] and re.search("[.,]", found["deg"])):
        raise ValueError("not a number of degrees")
    minutes, seconds = (float((found[part] or "0").replace(",", ".")) for part in ("min", "sec"))
    if minutes >= 60 or seconds >= 60:
        raise ValueError("not a number of degrees")
    degrees = float(found["deg"].replace(",", ".")) + minutes / 60 + seconds / 3600
    side = (found["after"] or found["before"] or "").upper().replace("O", "W")
    side = {"Y": "", "X": ""}.get(side, side)
    return (-degrees if found["sign"] == "-" or side in {"S", "W"} else degrees), side
