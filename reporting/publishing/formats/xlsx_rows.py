"""Rows of figures in a workbook (SpreadsheetML, ECMA-376): put into sheets that have no more than a head.

The rest of the workbook is a library's. A row is written as one text, with each word escaped once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Row = tuple[Any, ...]

_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_DIMENSION: Final = re.compile(r'<dimension ref="A1:([A-Z]+)1"/>')
_END: Final = "</sheetData>"
_PIECE: Final = 2_000  # rows
_LETTERS: Final = 26
# What XML cannot hold is written as the format has it: _x0001_.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


def fill_sheets(frame: Path, path: Path, counts: Mapping[int, int], rows: Iterable[Row]) -> None:
    """Copy the workbook `frame` to `path`, with so many of the rows below the head of each sheet (by its number)."""
    left = iter(rows)
    words = _Words()
    with ZipFile(frame) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            sheet = _SHEET.fullmatch(entry.filename)
            count = counts.get(int(sheet[1])) if sheet else None
            if count is None:
                target.writestr(entry, source.read(entry))
                continue
            head, end, tail = source.read(entry).decode().rpartition(_END)
            with target.open(entry, "w", force_zip64=True) as file:
                file.write(_DIMENSION.sub(rf'<dimension ref="A1:\g<1>{count + 1}"/>', head).encode())
                for piece in _write_rows(islice(left, count), words):
                    file.write(piece.encode())
                file.write((end + tail).encode())


class _Words(dict[str, str]):
    """Words as they stand in a cell: each is escaped once, since codes and names come back a thousand times."""

    def __missing__(self, words: str) -> str:
        plain = escape(_FORBIDDEN.sub(_write_forbidden, words))
        kept = ' xml:space="preserve"' if words != words.strip() else ""
        written = self[words] = f't="inlineStr"><is><t{kept}>{plain}</t></is></c>'
        return written


def _write_rows(rows: Iterable[Row], words: Mapping[str, str]) -> Iterator[str]:
    """Write rows below the head, some thousand at a time."""
    written: list[str] = []
    letters: list[str] = []
    for number, row in enumerate(rows, start=2):
        letters = letters or [_name_column(place) for place in range(len(row))]
        cells = [
            f'<c r="{letter}{number}" {words[cell]}'
            if type(cell) is str
            else f'<c r="{letter}{number}"><v>{cell!r}</v></c>'
            for letter, cell in zip(letters, row, strict=True)
            if cell is not None
        ]
        written.append(f'<row r="{number}">{"".join(cells)}</row>')
        if len(written) == _PIECE:
            yield "".join(written)
            written.clear()
    yield "".join(written)


def _write_forbidden(match: re.Match[str]) -> str:
    """Write a sign by its number; of words that look like one, the line in front."""
    sign = match[0]
    return f"_x{ord(sign):04X}_" if len(sign) == 1 else f"_x005F{sign}"


def _name_column(place: int) -> str:
    first, second = divmod(place, _LETTERS)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)
