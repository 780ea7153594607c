"""Reads the sheets of an XLSX, each cell as people see it: dates as dates, whole numbers without decimals."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from config.table_file.errors import TableError

_LARGEST: Final = 1 << 30  # bytes of an unpacked workbook
_ZEROS: Final = re.compile(r"0+")
_DEEP: Final = re.compile(r"(?i)adm(?:in)?[ _]?(\d)")
Rows = Iterator[tuple[int, list[str]]]


def is_workbook(file: IO[bytes]) -> bool:
    """Tell whether a file is an XLSX, whatever its name is."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.startswith("xl/workbook") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


class Workbook:
    """An open workbook: the titles of its sheets, the most relevant first, and the rows of each."""

    def __init__(self, book: Any, name: str) -> None:
        self._name = name
        # Lists of P-codes have a sheet for each level, and the deepest one includes all levels above.
        self._sheets = sorted(book.worksheets, key=lambda sheet: -_depth(sheet.title))

    @property
    def titles(self) -> list[str]:
        """Return the sheets' titles."""
        return [str(sheet.title) for sheet in self._sheets]

    def read(self, sheet: int) -> Rows:
        """Yield (line, cells) of a sheet; an empty row has no cells. Raises TableError, also later while reading."""
        with _translating_errors(self._name):
            self._sheets[sheet].reset_dimensions()  # some programs write wrong dimensions
            for number, row in enumerate(self._sheets[sheet].iter_rows(), 1):
                cells = [_show(cell) for cell in row]
                yield number, cells if any(cells) else []


@contextmanager
def open_workbook(file: IO[bytes], name: str) -> Iterator[Workbook]:
    """Open an XLSX. Raises TableError for a damaged one."""
    with _translating_errors(name):
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST:
                raise TableError(name, "a workbook of more than 1 GB when it is unpacked")
        book = load_workbook(file, read_only=True, data_only=True)
    try:
        yield Workbook(book, name)
    finally:
        book.close()


@contextmanager
def _translating_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, EOFError) as error:
        raise TableError(name, "not a workbook: damaged or with a password") from error


def _show(cell: Any) -> str:
    value = cell.value
    if value is None or cell.data_type == "e":  # an error such as #N/A
        return ""
    if isinstance(value, datetime):
        is_day = value.time() == time() and "h" not in str(cell.number_format).lower()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < 1e21 else value
    shown = str(value)
    if isinstance(value, int) and _ZEROS.fullmatch(str(cell.number_format)):  # a number with leading zeros
        return shown.zfill(len(cell.number_format))
    return shown


def _depth(title: str) -> int:
    found = _DEEP.search(title)
    return int(found[1]) if found else -1
