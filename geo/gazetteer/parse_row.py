"""Parses the cells of a source into a place that can be loaded, or into the reason why not."""

import hashlib
import math
import re

from config.table_file.values import read_count
from geo.coordinates.cells import read_cell, read_cells
from geo.gazetteer.compound_names import split_compound
from geo.gazetteer.name_encoding import mend_letters
from geo.types import PlaceRow, Refusal

_MOST_PEOPLE = 2_000_000_000  # limit of the column, more than any place has
_LONGEST = 300  # characters of a name or an id; a longer one is a description, and too long for an index
_SURROGATE = re.compile("[\ud800-\udfff]")  # lone surrogates of broken JSON, which cannot be encoded as UTF-8


def make_row(
    line: int,
    source_id: str,
    name: str,
    lat: str,
    lon: str,
    names: tuple[str, ...] = (),
    kind: str = "place",
    population: str = "",
    scheme: str = "",
    point: str = "",
) -> PlaceRow | Refusal:
    """Make a place of these cells, or a refusal that says what is wrong and repeats nothing of the line.

    `point` holds both coordinates in one cell, where `lat` or `lon` is empty.
    """
    name, remark = mend_letters(" ".join(name.split()))
    if not name:
        return Refusal(line, "no name")
    names = tuple(mend_letters(other)[0] for other in names)
    names = tuple(other for other in names if len(other) <= _LONGEST)
    fault = find_text_fault(name, source_id, *names)
    if fault is not None:
        return Refusal(line, fault)
    try:
        at = read_cell(point) if point and not (lat and lon) else read_cells(lat, lon)
    except ValueError:
        return Refusal(line, "latitude or longitude is not a number")
    if (fault := at.find_fault()) is not None:
        return Refusal(line, f"latitude or longitude {fault}")
    if at.lat == 0 and at.lon == 0:
        return Refusal(line, "latitude and longitude are both 0, which stands for an unknown point")
    key = source_id or stable_id(name, at.lat, at.lon)
    parts = split_compound(name)
    listed = dict.fromkeys(plain for other in (*names, *parts.others) if (plain := " ".join(other.split())))
    others = tuple(other for other in listed if other != parts.name)
    people = read_people(population)
    return PlaceRow(
        key, parts.name, at.lat, at.lon, others, kind, people, None, scheme, line, unsure=parts.unsure, remark=remark
    )


def find_text_fault(*cells: str) -> str | None:
    """Find why a name, an id or a code among these cannot be stored; None where all can."""
    for cell in cells:
        if len(cell) > _LONGEST:
            return f"a name, an id or a code of more than {_LONGEST} characters"
        if "\x00" in cell:
            return "a zero byte in a name, an id or a code"
        if _SURROGATE.search(cell):
            return "half a character in a name, an id or a code"
    return None


def read_people(cell: str) -> int | None:
    """Read a population as lists write it; None where there is none, or 0."""
    try:
        people = read_count(cell) if cell else 0.0
    except ValueError:
        return None
    return int(people) if math.isfinite(people) and 1 <= people <= _MOST_PEOPLE else None


def stable_id(name: str, lat: float, lon: float) -> str:
    """Make an id for a place whose source gives none; the same at every load."""
    return hashlib.sha256(f"{name}\x1f{lat:.6f}\x1f{lon:.6f}".encode()).hexdigest()[:20]


def split_names(joined: str) -> tuple[str, ...]:
    """Split a list of names at bars, else at semicolons, else at commas."""
    separator = next((mark for mark in "|;" if mark in joined), ",")
    return tuple(name.strip() for name in joined.split(separator) if name.strip())
