"""Tables as people send them: CSV with any common separator, a zip around it, a sheet of XLSX."""

import csv
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from geo.errors import SourceError
from geo.gazetteer.open_file import describe, open_text
from geo.gazetteer.parse_row import read_people

_LONGEST_FIELD = 1 << 24
_PLAIN = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its number in the file and its cells by the name of their column."""

    number: int
    cells: Mapping[str, str]


def plain_header(name: str) -> str:
    """A column's name without its case and marks: "Facility Name" and "facility_name" are one."""
    return _PLAIN.sub("_", name.strip().casefold().lstrip("\ufeff")).strip("_")


def read_sheet(path: Path) -> tuple[list[str], Iterator[Line]]:
    """The header and the rows of a CSV or XLSX; empty rows and a row of HXL tags are left out. Raises SourceError.

    Of a workbook the first sheet with a header counts, or one whose name says `adm` with the deepest level.
    """
    rows = _read_workbook(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else _read_csv(path)
    first = next(rows, None)
    if first is None:
        raise SourceError(path, "no header", 1)
    return first[1], _lines(first[1], rows)


def _lines(header: list[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[Line]:
    for number, cells in rows:
        is_tags = number <= 3 and all(cell.startswith("#") for cell in cells if cell)
        if any(cells) and not is_tags:
            yield Line(number, dict(zip(header, chain(cells, [""] * len(header)), strict=False)))


def _read_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with open_text(path, newline="") as file:
        first = file.readline()
        separator = max(",;\t", key=first.count)
        try:
            reader = csv.reader(chain([first], file) if first.strip() else iter(()), delimiter=separator)
            for row in reader:
                yield reader.line_num, [cell.strip() for cell in row]
        except csv.Error as error:
            raise SourceError(path, describe(error), reader.line_num) from error


def _read_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = max(book.worksheets, key=lambda each: _depth(each.title), default=None)
            rows: Iterator[Any] = iter(sheet.iter_rows(values_only=True)) if sheet is not None else iter(())
            for number, row in enumerate(rows, 1):
                cells = ["" if value is None else str(value).strip() for value in row]
                if number > 1 or any(cells):
                    yield number, cells
        finally:
            book.close()
    except (OSError, InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError) as error:
        raise SourceError(path, f"not a workbook: {describe(error)}") from error


def _depth(title: str) -> int:
    """How deep a level a sheet's title names: COD-AB workbooks have a sheet a level, and the last knows all above."""
    found = re.search(r"(?i)adm(?:in)?[ _]?(\d)", title)
    return read_people(found[1]) or 0 if found else -1
