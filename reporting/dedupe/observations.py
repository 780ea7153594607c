"""Reads a spreadsheet of reports as observations: unreadable values are reported by line, and no row is dropped."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from config.table_file.columns import Columns
from config.table_file.errors import Remarks
from config.table_file.reader import Row, find_day_order, open_table
from config.table_file.values import read_time
from geo.coordinates.cells import LATITUDES, LONGITUDES, POINTS, read_cell, read_cells
from reporting.dedupe.boilerplate import drop_stock
from reporting.dedupe.columns import Names, Rows
from reporting.inbox.store import MAX_TEXT_CHARACTERS
from reporting.incidents.similarity import Observation

RADIUS_M = 50.0  # a spreadsheet states no radius; that of a street address is about this
_WORDS = ("topic", "sender", "source", "location", "language")
_LONGEST_WORDS = 1_000  # characters of a topic, sender, ...
_COLUMNS = Columns(
    {
        "id": ("id", "#meta+id", "#id"), "reported_at": ("reported_at", "#date+reported", "#date"),
        "lat": LATITUDES, "lon": LONGITUDES, "point": POINTS,
        "text": ("text", "#description"),
        **{name: (name,) for name in _WORDS},
    },
    ("id",),
    frozenset({"lat", "lon"}),
)  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """The rows in file order: `ids` as written, `observations` with the row's index as id, and the problems found."""

    observations: Rows
    ids: Names
    problems: Remarks

    def order(self) -> Sequence[int]:
        """Return the row indexes by time, ties by file order; a row without a time follows the row before it."""
        times = np.frombuffer(self.observations.times) if len(self.observations) else np.zeros(0)
        told = np.where(np.isnan(times), -1, np.arange(len(times)))
        latest = np.maximum.accumulate(told)
        keys = np.where(latest < 0, -math.inf, times[latest])
        return array("i", np.argsort(keys, kind="stable").astype(np.int32).tobytes())


def read_sheet(path: Path) -> Sheet:
    """Read a table with the columns `id,reported_at,lat,lon[,text,topic,location,sender,source,language]`.

    Raises TableError when there is no header or no `id` column. A row that is only partly readable keeps the readable
    part.
    """
    rows = Rows()
    sheet = Sheet(rows, Names(rows.words), Remarks())
    is_day_first = find_day_order(path, _COLUMNS, "reported_at", sheet.problems.append)
    with open_table(path, _COLUMNS, sheet.problems.append) as table:
        for row in table.rows:
            if row.cells:
                sheet.ids.append(row.raw("id"))
                rows.append(_observe(len(rows), row, sheet.problems, is_day_first=is_day_first))
    _report_duplicate_ids(sheet)
    drop_stock(rows)
    return sheet


def _observe(index: int, row: Row, problems: Remarks, *, is_day_first: bool) -> Observation:
    at = _read_time(row.get("reported_at"), is_day_first)
    if at is None and "reported_at" in row.places:
        problems.append(f"line {row.line}: reported_at is {'not a time' if row.get('reported_at') else 'empty'}")
    lat, lon = _read_point(row)
    if lat is None and (row.get("lat") or row.get("lon") or row.get("point")):
        problems.append(f"line {row.line}: lat,lon is not a point on the globe")
    topic, sender, source, location, language = (row.get(name)[:_LONGEST_WORDS] or None for name in _WORDS)
    # Cut to the length of a stored message, so that a huge cell does not make the comparison expensive.
    said = row.get("text")[:MAX_TEXT_CHARACTERS]
    return Observation(index, at, lat, lon, RADIUS_M, topic, said, sender, source, location, language)


def _read_time(value: str, is_day_first: bool) -> datetime | None:
    try:
        return read_time(value, UTC, is_day_first=is_day_first) if value else None
    except ValueError:
        return None


def _read_point(row: Row) -> tuple[float | None, float | None]:
    try:
        has_two = "lat" in row.places and "lon" in row.places
        point = read_cells(row.get("lat"), row.get("lon")) if has_two else read_cell(row.get("point"))
    except ValueError:
        return None, None
    nowhere = point.lat == 0 and point.lon == 0  # how software writes a missing position
    return (None, None) if nowhere or point.find_fault() else (point.lat, point.lon)


def _report_duplicate_ids(sheet: Sheet) -> None:
    _, counts = np.unique(np.fromiter(map(hash, sheet.ids), np.int64, len(sheet.ids)), return_counts=True)
    repeated = int((counts > 1).sum())
    if repeated:
        sheet.problems.append(f"{repeated} ids stand on more than one line")
