"""Annotation of a table of texts: add columns with what was read in each text, in the same rows and order.

The table is read row by row. It may be of any size and any format that `config.table_file` knows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.csv_cell import CsvWriter
from config.table_file.columns import Columns
from config.table_file.errors import TableError
from config.table_file.output import are_one_file, replacing
from config.table_file.reader import open_table
from config.table_file.records import Tell

_EVERY: Final = 500

Reading = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Added:
    """The column `text` that is read, and the columns `added`.

    `prefix` goes before an added name that the table has already.
    """

    text: str
    added: Sequence[str]
    prefix: str


def annotate(
    src: Path, out: Path, columns: Added, read: Reading, tick: Callable[[int], None], tell: Tell = lambda _: None
) -> int:
    """Write the rows of `src` to `out`, each with what `read` returns for its text. Returns how many rows there are.

    Cells beyond the header stay, behind the added columns; an empty line stays empty. `out` appears when all is done.
    `tell` is called with each assumption about the table. Raises TableError for a table without the column, without a
    header, or that is `out` itself.
    """
    if are_one_file(src, out):
        raise TableError(out.name, "this is the file that is read: write to another one")
    count = 0
    needed = Columns({columns.text: (columns.text,)}, (columns.text,))
    try:
        with open_table(src, needed, tell) as table, replacing(out) as target:
            header = [name.strip() for name in table.header]
            writer = CsvWriter(target)
            writer.write_back([*header, *_name_added(header, columns)])
            if table.tags:
                writer.write_back([*table.tags, *("" for _ in columns.added)])
            for row in table.rows:
                writer.write_back(_add(row.cells, len(header), table.places[columns.text], read))
                count += bool(row.cells)
                if count % _EVERY == 0:
                    tick(count)
    except OSError as error:
        name = Path(error.filename).name if error.filename else out.name
        raise TableError(name, error.strerror or "cannot be written") from error
    tick(count)
    return count


def _add(cells: list[str], width: int, place: int, read: Reading) -> list[str]:
    if not cells:
        return []
    row = cells[:width] + [""] * (width - len(cells))
    return [*row, *read(row[place]), *cells[width:]]


def _name_added(header: Sequence[str], columns: Added) -> Iterator[str]:
    taken = set(header)
    for name in columns.added:
        spelt = name if name not in taken else f"{columns.prefix}{name}"
        number = 2
        while spelt in taken:
            spelt, number = f"{columns.prefix}{name}_{number}", number + 1
        taken.add(spelt)
        yield spelt
