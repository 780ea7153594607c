"""Adds columns to a table of texts: same rows, same order, what was read in each text behind them.

The table is read row by row and may be of any size. It may be written as spreadsheets write: UTF-8, UTF-16 or
Windows-1252, with commas, semicolons or tabs.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.csv_cell import CsvWriter
from reporting.csv_file import TableError, are_one_file, find_encoding, replacing

_SEPARATORS: Final = ",;\t|"
_EVERY: Final = 500
_LONGEST_CELL: Final = 1 << 24  # a spreadsheet may hold more in a cell than the csv module allows by itself

Reading = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read and what is added: `prefix` goes before the name of an added column that the table has already."""

    text: str
    added: Sequence[str]
    prefix: str


def annotate(src: Path, out: Path, columns: Columns, read: Reading, tick: Callable[[int], None]) -> int:
    """Write the rows of `src` to `out`, each with what `read` says of its text; returns how many there are.

    What a row has beyond the header stays behind what is added; an empty line stays empty. `out` appears when all is
    done. Raises TableError for a table without the column, without a header, or that is `out` itself.
    """
    if are_one_file(src, out):
        raise TableError(f"{out.name} is the file that is read: write to another one")
    csv.field_size_limit(_LONGEST_CELL)
    count = 0
    try:
        with src.open(encoding=find_encoding(src), newline="") as source, replacing(out) as target:
            reader = csv.reader(source, delimiter=_find_separator(source))
            header = [name.strip() for name in next(reader, [])]
            place = _find_column(src, header, columns.text)
            writer = CsvWriter(target)
            writer.write_back([*header, *_name_added(header, columns)])
            for cells in reader:
                writer.write_back(_add(cells, len(header), place, read))
                count += bool(cells)
                if count % _EVERY == 0:
                    tick(count)
    except OSError as error:
        raise TableError(f"{(error.filename and Path(error.filename).name) or out.name}: {error.strerror}") from error
    tick(count)
    return count


def _add(cells: list[str], width: int, place: int, read: Reading) -> list[str]:
    if not cells:
        return []
    row = cells[:width] + [""] * (width - len(cells))
    return [*row, *read(row[place]), *cells[width:]]


def _find_separator(source: Iterator[str]) -> str:
    """The separator of the header; the file is read from its start again."""
    first = next(source, "")
    source.seek(0)  # type: ignore[attr-defined]
    return max(_SEPARATORS, key=first.count)


def _find_column(src: Path, header: Sequence[str], name: str) -> int:
    if not any(header):
        raise TableError(f"{src.name}: no header")
    for spelt in (header, [each.casefold() for each in header]):
        for wanted in (name, name.casefold()):
            if wanted in spelt:
                return spelt.index(wanted)
    raise TableError(f"{src.name}: no column {name}")


def _name_added(header: Sequence[str], columns: Columns) -> Iterator[str]:
    taken = set(header)
    for name in columns.added:
        spelt = name if name not in taken else f"{columns.prefix}{name}"
        number = 2
        while spelt in taken:
            spelt, number = f"{columns.prefix}{name}_{number}", number + 1
        taken.add(spelt)
        yield spelt
