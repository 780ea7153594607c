"""A spreadsheet of reports as observations: what can be read is used, what cannot is told by line, no row is lost."""

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from reporting.intake.table import TableError
from reporting.triage.likeness import Observation
from reporting.triage.row import Names, Problems, Rows
from reporting.triage.stock import drop_stock

RADIUS_M = 50.0  # a spreadsheet does not say how sure its points are; an address is good to about this
_WORDS = ("topic", "sender", "source", "location", "language")
_FIELD_LIMIT = 16 * 1024 * 1024
_OTHER_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y")


class SheetError(TableError):
    """The file cannot be read as a table of reports at all; the message is one line for the person at the keyboard."""


@dataclass(slots=True)
class Sheet:
    """The rows in file order: `ids` as written, `observations` with the row's index as id, and what was odd."""

    observations: Rows
    ids: Names
    problems: Problems

    def order(self) -> Sequence[int]:
        """Return the row indexes by time, ties by file order; a row without a time stays behind the row before it."""
        times = np.frombuffer(self.observations.times) if len(self.observations) else np.zeros(0)
        told = np.where(np.isnan(times), -1, np.arange(len(times)))
        latest = np.maximum.accumulate(told)
        keys = np.where(latest < 0, -math.inf, times[latest])
        return array("i", np.argsort(keys, kind="stable").astype(np.int32).tobytes())


def read_sheet(path: Path) -> Sheet:
    """Read a CSV with the columns `id,reported_at,lat,lon[,text,topic,location,sender,source,language]`, in any order.

    Raises SheetError when there is no header or no `id` column. A row that cannot be understood wholly keeps what can.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    rows = Rows()
    sheet = Sheet(rows, Names(rows.words), Problems())
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
            for line, row in _rows(handle, sheet.problems):
                sheet.ids.append(row.get("id", ""))
                rows.append(_observe(len(rows), row, line, sheet.problems))
    except OSError as error:
        raise SheetError(f"{path.name}: {error.strerror}") from None
    _tell_repeated_ids(sheet)
    drop_stock(rows)
    return sheet


def _rows(handle: Iterator[str], problems: Problems) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(handle)
    try:
        names = [name.strip().lower() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise SheetError("the file is empty: a header line with id,reported_at,lat,lon is needed") from None
    if "id" not in names:
        raise SheetError("no column is called id: the header must have id,reported_at,lat,lon")
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(f"line {reader.line_num}: not readable as CSV")
            continue
        if not cells:
            continue
        if len(cells) != len(names):
            problems.append(f"line {reader.line_num}: {len(cells)} cells where the header has {len(names)}")
        yield reader.line_num, dict(zip(names, cells, strict=False))


def _observe(index: int, row: dict[str, str], line: int, problems: Problems) -> Observation:
    def cell(name: str) -> str:
        return row.get(name, "").strip()

    at = _read_time(cell("reported_at"))
    if at is None and "reported_at" in row:
        problems.append(f"line {line}: reported_at is {'empty' if not cell('reported_at') else 'not a time'}")
    lat, lon = _read_point(cell("lat"), cell("lon"))
    if lat is None and (cell("lat") or cell("lon")):
        problems.append(f"line {line}: lat,lon is not a point on the globe")
    topic, sender, source, location, language = (cell(name) or None for name in _WORDS)
    return Observation(index, at, lat, lon, RADIUS_M, topic, cell("text"), sender, source, location, language)


def _read_time(value: str) -> datetime | None:
    if not value:
        return None
    found = _read_iso_time(value) or _read_other_time(value)
    if found is None:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _read_iso_time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _read_other_time(value: str) -> datetime | None:
    for layout in _OTHER_DATES:
        try:
            return datetime.strptime(value, layout).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _read_point(lat: str, lon: str) -> tuple[float | None, float | None]:
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        return None, None
    on_globe = abs(north) <= 90 and abs(east) <= 180  # false for NaN
    nowhere = north == 0 and east == 0  # what software writes when it has no place
    return (north, east) if on_globe and not nowhere else (None, None)


def _tell_repeated_ids(sheet: Sheet) -> None:
    _, counts = np.unique(np.fromiter(map(hash, sheet.ids), np.int64, len(sheet.ids)), return_counts=True)
    repeated = int((counts > 1).sum())
    if repeated:
        sheet.problems.append(f"{repeated} ids stand on more than one line")
