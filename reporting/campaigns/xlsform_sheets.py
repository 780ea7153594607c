"""Checks the sheets of an XLSForm workbook before pyxform reads them: settings and headers."""

import zipfile
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from pyxform.xls2json_backends import DefinitionData

_SHEETS: Final = frozenset({"survey", "choices", "settings", "external_choices", "entities"})
_WIDEST: Final = 500  # columns
# Settings that would send the answers elsewhere or encrypt them for somebody else.
_REFUSED: Final = {
    "public_key": "settings: public_key would seal the answers for somebody else; take it out",
    "submission_url": "settings: submission_url would send the answers to another server; take it out",
}
_LEFT_OUT: Final = frozenset({"auto_send", "auto_delete"})  # the owner of the phone decides on these


def take_settings(book: DefinitionData) -> tuple[list[str], list[str]]:
    """Remove settings that cannot be followed; return the lines on refused settings and on ignored ones."""
    refused: list[str] = []
    left_out: list[str] = []
    for row in book.settings or ():
        for column in list(row):
            name = "_".join(str(column).strip().lower().replace("_", " ").split())
            if not str(row[column] or "").strip():
                continue
            if name in _REFUSED:
                refused.append(_REFUSED[name])
            elif name in _LEFT_OUT:
                left_out.append(f"settings: {name} is left out")
                del row[column]
    return refused, left_out


def find_doubled_column(path: Path) -> str | None:
    """Find the first duplicate column of a header and describe it in a line; None if there is none, or no workbook."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, InvalidFileException):
        return None
    for sheet in book.worksheets:
        if sheet.title.strip().lower() in _SHEETS and (found := _find_duplicate_column(sheet)):
            return f"sheet {sheet.title}: {found}"
    return None


def _find_duplicate_column(sheet: Any) -> str | None:
    header = next(sheet.iter_rows(max_row=1, max_col=_WIDEST, values_only=True), ())
    first: dict[str, int] = {}
    for number, cell in enumerate(header, start=1):
        name = " ".join(str(cell or "").split())
        if not name:
            continue
        if name in first:
            letters = f"{get_column_letter(first[name])} and {get_column_letter(number)}"
            return f"the column {name!r} stands twice ({letters})"
        first[name] = number
    return None
