"""A spreadsheet of reports as observations: what can be read is used, what cannot is told by line, no row is lost."""

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from reporting.csv_file import WESTERN, TableError, find_encoding
from reporting.dedupe.boilerplate import drop_stock
from reporting.dedupe.columns import Names, Problems, Rows
from reporting.inbox.store import MAX_TEXT_CHARACTERS
from reporting.incidents.similarity import Observation

RADIUS_M = 50.0  # a spreadsheet does not say how sure its points are; an address is good to about this
_WORDS = ("topic", "sender", "source", "location", "language")
_FIELD_LIMIT = 16 * 1024 * 1024
_LONGEST_WORDS = 1_000  # characters of a topic, sender, ...
_SEPARATORS = ",;\t|"
_DOTTED_DATES = ("%d.%m.%Y %H:%M", "%d.%m.%Y")
_CLOCKS = ("%I:%M:%S %p", "%H:%M:%S", "%H:%M", "")
_MONTH_FIRST = tuple(f"{day} {clock}".rstrip() for day in ("%m/%d/%Y", "%m/%d/%y") for clock in _CLOCKS)
_DAY_FIRST = tuple(f"{day} {clock}".rstrip() for day in ("%d/%m/%Y", "%d/%m/%y") for clock in _CLOCKS)
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{2}")


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
        layout = _find_layout(path, sheet.problems)
        with path.open(encoding=layout.encoding, errors="replace", newline="") as handle:
            for line, row in _rows(handle, layout.separator, sheet.problems):
                sheet.ids.append(row.get("id", ""))
                rows.append(_observe(len(rows), row, line, layout, sheet.problems))
    except OSError as error:
        raise SheetError(f"{path.name}: {error.strerror}") from None
    _tell_repeated_ids(sheet)
    drop_stock(rows)
    return sheet


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file is written: its encoding, what stands between cells, and which of 3/4/2026 is the day."""

    encoding: str
    separator: str
    is_day_first: bool

    def spell_figure(self, told: str) -> str:
        """A figure with a decimal point; where cells end at a semicolon it may have a comma."""
        return told if self.separator == "," or "." in told else told.replace(",", ".")


def _find_layout(path: Path, problems: Problems) -> _Layout:
    encoding = find_encoding(path)
    if encoding == WESTERN:
        problems.append("not UTF-8: read as Western European (Windows-1252)")
    with path.open(encoding=encoding, errors="replace", newline="") as handle:
        header = handle.readline(_FIELD_LIMIT)
        separator = max(_SEPARATORS, key=header.count)
        handle.seek(0)
        rows = _rows(handle, separator, Problems())
        is_day_first = _find_day_first(row.get("reported_at", "") for _, row in rows)
    if is_day_first is None:
        problems.append("reported_at: in dates such as 3/4/2026 the month is taken to stand first")
    return _Layout(encoding, separator, bool(is_day_first))


def _find_day_first(times: Iterable[str]) -> bool | None:
    """Whether the day stands first in dates with slashes, by the first one that tells; None where none does."""
    is_slashed = False
    for told in times:
        if found := _SLASHED.match(told):
            first, second = int(found[1]), int(found[2])
            if max(first, second) > 12:
                return first > 12
            is_slashed = True
    return None if is_slashed else False


def _rows(handle: Iterator[str], separator: str, problems: Problems) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(handle, delimiter=separator)
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


def _observe(index: int, row: dict[str, str], line: int, layout: _Layout, problems: Problems) -> Observation:
    def cell(name: str) -> str:
        return row.get(name, "").strip()

    at = _read_time(cell("reported_at"), layout)
    if at is None and "reported_at" in row:
        problems.append(f"line {line}: reported_at is {'empty' if not cell('reported_at') else 'not a time'}")
    lat, lon = _read_point(layout.spell_figure(cell("lat")), layout.spell_figure(cell("lon")))
    if lat is None and (cell("lat") or cell("lon")):
        problems.append(f"line {line}: lat,lon is not a point on the globe")
    topic, sender, source, location, language = (cell(name)[:_LONGEST_WORDS] or None for name in _WORDS)
    # As much of a text as a message keeps: what comparing costs must not depend on what somebody pastes into a cell.
    said = cell("text")[:MAX_TEXT_CHARACTERS]
    return Observation(index, at, lat, lon, RADIUS_M, topic, said, sender, source, location, language)


def _read_time(value: str, layout: _Layout) -> datetime | None:
    if not value:
        return None
    found = _read_iso_time(value) or _read_other_time(value, layout)
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


def _read_other_time(value: str, layout: _Layout) -> datetime | None:
    for spelling in _DOTTED_DATES if "/" not in value else _DAY_FIRST if layout.is_day_first else _MONTH_FIRST:
        try:
            return datetime.strptime(value, spelling).replace(tzinfo=UTC)
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
