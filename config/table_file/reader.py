"""The table reader: CSV as any spreadsheet writes it, XLSX, exports of forms, HXL.

A CSV of any size takes the memory of one row. Assumptions, and oddities of rows, are reported as remarks.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

from config.table_file.columns import Columns, are_tags, plain_name
from config.table_file.encoding import find_encoding, find_fault
from config.table_file.errors import MissingColumns, TableError
from config.table_file.records import LONGEST, Records, Tell
from config.table_file.values import MONTH_FIRST_REMARK, find_day_first
from config.table_file.workbook import Workbook, is_workbook, open_workbook

SEPARATORS: Final = ",;\t|"
_TOLD_SEPARATOR: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # Excel's first line that names the separator
_HEADER_WITHIN: Final = 50  # rows; many tables have titles, logos and remarks above the header
_SAMPLE: Final = 1 << 20  # characters
_ENDS: Final = ("\n", "\r")
Rows = Iterator[tuple[int, list[str]]]
OpenBytes = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first line number, its cells unchanged, and the position of each column by key."""

    line: int
    cells: list[str]
    places: dict[str, int]

    def raw(self, key: str) -> str:
        """Return the cell of a column unchanged; empty where there is none."""
        place = self.places.get(key)
        return "" if place is None or place >= len(self.cells) else self.cells[place]

    def get(self, key: str) -> str:
        """Return the cell of a column without surrounding blanks and zero bytes."""
        return self.raw(key).replace("\x00", "").strip()

    @property
    def is_blank(self) -> bool:
        """Tell whether all cells are empty."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: its header unchanged, the row of HXL tags if any, the position of each key, its rows."""

    header: list[str]
    tags: list[str]
    places: dict[str, int]
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class _Numbered:
    line: int  # the first line of the row; `last` is its last
    last: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    last: int  # the line before the data
    skipped: bool  # whether there are rows above it
    names: list[str]
    tags: list[str]
    places: dict[str, int]


@contextmanager
def open_table(source: Path, columns: Columns, tell: Tell, open_bytes: OpenBytes | None = None) -> Iterator[Table]:
    """Open a table and find its header.

    The first row with the needed columns, in a workbook of the first sheet that has one.

    `tell` is called with one line for each assumption or oddity. `open_bytes` opens a packed file. An empty line is a
    row without cells. Raises TableError, MissingColumns, also later while reading.
    """
    with ExitStack() as stack:
        with _translating_errors(source.name):
            table = _open(source, columns, tell, open_bytes or (lambda: source.open("rb")), stack)
        yield replace(table, rows=_translate_late_errors(source.name, table.rows))


def _open(source: Path, columns: Columns, tell: Tell, opened: OpenBytes, stack: ExitStack) -> Table:
    """Open a table as CSV or workbook, by its content; `stack` closes it."""
    with opened() as file:
        start = file.read(1 << 10)
        is_book = start.startswith(b"PK") and file.seekable() and is_workbook(file)
    if not start:
        raise TableError(source.name, "no header: the file is empty", 1)
    if is_book or source.suffix.lower() in {".xlsx", ".xlsm"}:
        book = stack.enter_context(open_workbook(stack.enter_context(opened()), source.name))
        return _open_sheet(source.name, book, columns, tell)
    if (kind := find_fault(start)) is not None:
        raise TableError(source.name, f"not a table: {kind}")
    with opened() as file:
        encoding = find_encoding(file)
    if encoding is None:
        raise TableError(source.name, "not a table: neither UTF-8, UTF-16 nor Windows-1252")
    if encoding.remark:
        tell(encoding.remark)
    file = stack.enter_context(opened())
    text = stack.enter_context(io.TextIOWrapper(file, encoding.codec, encoding.errors, newline=""))
    return _open_text(source.name, text, columns, tell)


@contextmanager
def _translating_errors(name: str) -> Iterator[None]:
    """Translate errors of reading into a TableError."""
    try:
        yield
    except OSError as error:
        raise TableError(name, (error.strerror or "cannot be read").lower()) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TableError(name, "a damaged archive") from error
    except NotImplementedError as error:
        raise TableError(name, "an archive packed in a way that is not known here") from error
    except UnicodeDecodeError as error:  # UTF-16 that was cut at its end
        raise TableError(name, "not a table: damaged letters") from error


def _translate_late_errors(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows; errors while reading become a TableError too."""
    with _translating_errors(name):
        yield from rows


def find_day_order(source: Path, columns: Columns, key: str, tell: Tell) -> bool:
    """Tell whether dates of a column have the day first; reads the whole table.

    False, with a remark, if it is unclear.
    """
    with open_table(source, columns, lambda _: None) as table:
        found = find_day_first(row.get(key) for row in table.rows) if key in table.places else False
    if found is None:
        tell(f"{key}: {MONTH_FIRST_REMARK}")
    return bool(found)


def count_rows(path: Path) -> int | None:
    """Count the rows of a table approximately: its lines without the header. None for a workbook."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            return None
        file.seek(0)
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1)


def _open_text(name: str, text: IO[str], columns: Columns, tell: Tell) -> Table:
    lines = _read_lines(text, tell)
    sample = list(_read_sample(lines))
    first = sample[0].rstrip("\r\n") if sample else ""
    told = _TOLD_SEPARATOR.fullmatch(first)
    skipped = 1 if told else 0
    ways = {mark: _number_rows(sample[skipped:], mark, skipped) for mark in (told[1] if told else SEPARATORS)}
    found = {mark: header for mark, rows in ways.items() if (header := _find_header(rows, columns)) is not None}
    if not found:
        raise _miss(name, list(ways.values()), columns)
    separator = max(found, key=lambda mark: len(found[mark].names))
    header = found[separator]
    rest = islice(chain(sample, lines), header.last, None)
    width = len(header.names)
    rows = Records(rest, separator, tell, width=width, number=header.last)
    return _make_table(header, _remark_widths(rows, width, width, tell), columns, tell)


def _open_sheet(name: str, book: Workbook, columns: Columns, tell: Tell) -> Table:
    starts = []
    for place, title in enumerate(book.titles):
        starts.append([_Numbered(line, line, cells) for line, cells in islice(book.read(place), _HEADER_WITHIN)])
        if (header := _find_header(starts[-1], columns)) is not None:
            if len(book.titles) > 1:
                tell(f"of {len(book.titles)} sheets the one called {title} is read")
            rows = _remark_widths(islice(book.read(place), header.last, None), 0, len(header.names), tell)
            return _make_table(header, rows, columns, tell)
    raise _miss(name, starts, columns)


def _make_table(header: _Header, rows: Rows, columns: Columns, tell: Tell) -> Table:
    if header.skipped:
        tell(f"line {header.line}: the header; what stands above it is left out")
    others = [plain_name(name) for name in header.names]
    spare = columns.list_spare(header.places)
    for key, place in header.places.items():
        if key in spare:
            continue
        if not columns.is_named(key, header.names[place]):
            tell(f"{key} is read from column {place + 1}, {header.names[place].strip() or header.tags[place].strip()}")
        elif others.count(others[place]) > 1:
            tell(f"column {header.names[place].strip()} is there more than once: the first is read")
    return Table(header.names, header.tags, header.places, (Row(line, cells, header.places) for line, cells in rows))


def _find_header(rows: Sequence[_Numbered], columns: Columns) -> _Header | None:
    """Find the first row that names the needed columns, itself or by the HXL tags below it; None without one."""
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    for place, row in enumerate(filled):
        below = filled[place + 1] if place + 1 < len(filled) and are_tags(filled[place + 1].cells) else None
        tags = row if are_tags(row.cells) else below
        found = columns.find_by_tags(tags.cells) if tags else {}
        found |= columns.find(row.cells)
        found = {key: at for key, at in found.items() if at < len(row.cells)}
        if not columns.list_missing(found):
            names = [name.lstrip("\ufeff") for name in row.cells]
            last = below.last if below else row.last
            width = len(names)
            below_cells = (below.cells + [""] * width)[:width] if below else []
            return _Header(row.line, last, place > 0, names, below_cells, found)
    return None


def _miss(name: str, ways: Sequence[Sequence[_Numbered]], columns: Columns) -> TableError:
    """Make the error for a file without a header, with the fewest columns that any row lacks."""
    rows = [row.cells for rows in ways for row in rows if any(cell.strip() for cell in row.cells)]
    if not rows:
        return TableError(name, "no header", 1)
    return MissingColumns(name, min((columns.list_missing(columns.find(cells)) for cells in rows), key=len))


def _remark_widths(rows: Iterable[tuple[int, list[str]]], least: int, most: int, tell: Tell) -> Rows:
    """Yield the rows, with a remark for those that are shorter or longer than the header.

    A workbook omits empty cells.
    """
    for line, cells in rows:
        if cells and (len(cells) < least or any(cells[most:])):
            tell(f"line {line}: {len(cells)} cells where the header has {most}")
        yield line, cells


def _number_rows(lines: list[str], separator: str, number: int) -> list[_Numbered]:
    records = Records(iter(lines), separator, lambda _: None, number=number)
    return [_Numbered(line, records.number, cells) for line, cells in islice(records, _HEADER_WITHIN)]


def _read_lines(text: IO[str], tell: Tell) -> Iterator[str]:
    """Yield the lines of a text; a line that is too long is cut, with a remark."""
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        yield line
        if len(line) == LONGEST and not line.endswith(_ENDS):
            tell(f"line {number}: longer than {LONGEST} characters, the rest is left out")
            while (more := text.readline(LONGEST)) and not more.endswith(_ENDS):
                pass


def _read_sample(lines: Iterator[str]) -> Iterator[str]:
    length = 0
    for line in islice(lines, _HEADER_WITHIN):
        yield line
        length += len(line)
        if length > _SAMPLE:
            return
