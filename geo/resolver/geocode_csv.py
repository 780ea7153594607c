"""Batch geocoding of a table of texts, for the command line: the same rows come out with their locations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from config.csv_cell import CsvWriter
from config.table_file.columns import Columns
from config.table_file.output import replacing
from config.table_file.reader import Table, open_table
from config.table_file.records import Tell
from geo.errors import SourceError, telling_tables
from geo.resolver.english_reasons import explain_in_english
from geo.resolver.locator import Locator
from geo.spatial_sql import get_smallest_area_code, keep_known_codes, list_area_codes
from geo.types import Location

COLUMNS = ("lat", "lon", "radius_m", "confidence", "match", "area_code")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its cells, as many as the header; the cells beyond the header; its texts. An empty line has no cells."""

    cells: list[str]
    beyond: list[str]
    texts: list[str]


def geocode_csv(
    locator: Locator,
    connection: Connection,
    campaign_id: int,
    src: Path,
    out: Path,
    text_columns: Sequence[str],
    progress: Callable[[int], None] | None = None,
    tell: Tell = lambda _: None,
) -> dict[str, int]:
    """Geocode the rows of `src` and write them in their order to `out` with `COLUMNS` added (`geo_...` where taken).

    Rows without a location get empty cells, and empty lines stay empty. Cells beyond the header come behind the added
    ones. `out` appears only when all is done. `progress` is called with the number of rows done so far, `tell` with
    assumptions that were made about the table. Returns the counts `rows` and `located`. Raises SourceError for a file
    that cannot be read or written, MissingColumn for a text column that is not there.
    """
    counts = {"rows": 0, "located": 0}
    columns = Columns({name: (name,) for name in text_columns}, tuple(text_columns))
    try:
        with telling_tables(src), open_table(src, columns, tell) as table, replacing(out) as target:
            writer = CsvWriter(target)
            for batch in _read_batches(table, text_columns, writer):
                found = [locator.locate(*row.texts) for row in batch]
                codes = _list_codes(connection, campaign_id, found)
                for row, location, code in zip(batch, found, codes, strict=True):
                    writer.write_back(row.cells + _cells(location, code) + row.beyond if row.cells else [])
                counts["rows"] += sum(bool(row.cells) for row in batch)
                counts["located"] += sum(location is not None for location in found)
                if progress is not None:
                    progress(counts["rows"])
    except OSError as error:
        raise SourceError(out, (error.strerror or "cannot be written").lower()) from error
    return counts


def _read_batches(table: Table, text_columns: Sequence[str], writer: CsvWriter) -> Iterator[list[_Row]]:
    """Write the new header, then yield the rows in batches."""
    width = len(table.header)
    wanted = [table.places[name] for name in text_columns]
    writer.write_back(table.header + _new_names(table.header))
    if table.tags:
        writer.write_back(table.tags + [""] * len(COLUMNS))
    while batch := list(islice(table.rows, _BATCH)):
        yield [_fit(row.cells, width, wanted) for row in batch]


def _new_names(header: list[str]) -> list[str]:
    taken = {name.strip().casefold() for name in header}
    return [f"geo_{name}" if name in taken else name for name in COLUMNS]


def _fit(cells: list[str], width: int, wanted: Sequence[int]) -> _Row:
    if not cells:
        return _Row([], [], [""] * len(wanted))
    # Padded to the width of the header, so that the added cells stand under their names.
    cells = cells + [""] * (width - len(cells))
    return _Row(cells[:width], cells[width:], [cells[column] for column in wanted])


def _list_codes(connection: Connection, campaign_id: int, found: Sequence[Location | None]) -> list[str | None]:
    points = [(location.lat, location.lon) for location in found if location is not None]
    codes = iter(list_area_codes(connection, campaign_id, points))
    return [
        None if location is None else get_smallest_area_code(keep_known_codes(next(codes), location.level))
        for location in found
    ]


def _cells(location: Location | None, code: str | None) -> list[str]:
    if location is None:
        return [""] * len(COLUMNS)
    return [
        f"{location.lat:.6f}",
        f"{location.lon:.6f}",
        f"{location.radius_m:.0f}",
        f"{location.confidence:.3f}",
        explain_in_english(location.reasons),
        code or "",
    ]
