"""Streams the rows of a month out of PostgreSQL by a binary COPY, some thousands at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import numpy as np
import psycopg
from sqlalchemy import Connection

from reporting.aggregation.area_tree import Areas
from reporting.aggregation.counting.query import write_query
from reporting.aggregation.cube import Cube
from reporting.aggregation.period import Period
from reporting.disclosure.tables import Integers

COLUMNS: Final = 4  # person, cell, incident, packed codes of the quality report; then the answers
_SIGNATURE: Final = 11 + 4 + 4  # bytes before the first row of a binary COPY
_END: Final = 2  # bytes after the last row
_FIELD: Final = (("length", ">i4"), ("value", ">i8"))
_PIECE: Final = 1 << 20  # bytes
_WORK_MEMORY: Final = "64MB"  # of a step in PostgreSQL: the profiles of a million senders are joined without its disk


def read_rows(
    connection: Connection,
    campaign_id: int,
    cube: Cube,
    areas: Areas,
    period: Period,
    answers: Sequence[str],
) -> Iterator[Integers]:
    """Read a row for each report: person, inner cell, incident, quality codes, and 1 or 0 for each measured answer.

    They come in pieces of some thousand rows.
    """
    statement, values = write_query(campaign_id, cube, areas, period, answers)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor:
        # Without statistics, as right after a load, the planner would search the profiles once for each report.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(f"SET LOCAL work_mem = '{_WORK_MEMORY}'")
        with cursor.copy(statement.encode(), values) as copy:
            yield from _parse(copy, COLUMNS + len(answers))
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("SET LOCAL work_mem TO DEFAULT")


def _parse(copy: Iterable[bytes | bytearray | memoryview], columns: int) -> Iterator[Integers]:
    """Parse the rows of a binary COPY of 64-bit numbers, some thousands at a time, so that they are held once."""
    row = np.dtype([("fields", ">i2"), *((f"{part}{n}", kind) for n in range(columns) for part, kind in _FIELD)])
    data, skipped = bytearray(), _SIGNATURE
    for piece in copy:
        data += piece
        if len(data) > _PIECE:
            count = (len(data) - skipped - _END) // row.itemsize
            yield _unpack(data, row, count, skipped, columns)
            del data[: skipped + count * row.itemsize]
            skipped = 0
    yield _unpack(data, row, (len(data) - skipped - _END) // row.itemsize, skipped, columns)


def _unpack(data: bytearray, row: Any, count: int, skipped: int, columns: int) -> Integers:
    table = np.frombuffer(bytes(data), dtype=row, count=count, offset=skipped)
    return np.stack([table[f"value{n}"].astype(np.int64) for n in range(columns)], axis=1)
