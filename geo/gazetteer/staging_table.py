"""Staging: rows are copied in batches into a temporary table, from which they are merged into the real tables."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from geo.types import LoadCounts, Refusal

BATCH = 10_000
_TICK = 1_000
Row = TypeVar("Row")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('gazetteer', :campaign_id))")


def lock_loading(connection: Connection, campaign_id: int) -> None:
    """Take the load lock of a campaign: wait for any other load, and block others until this transaction ends.

    Two loads at once would wait for each other's rows, and each would index and link without seeing the other's.
    """
    connection.execute(_LOCK, {"campaign_id": campaign_id})


def copy_rows(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows by a statement such as `COPY staged (a, b) FROM STDIN`, within the connection's transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that just executed has its driver's connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def ticking(rows: Iterable[Row], tick: Callable[[int], None], every: int = _TICK) -> Iterator[Row]:
    """Yield the rows as they come, and call `tick` with their number every `every` rows."""
    for count, row in enumerate(rows, 1):
        if count % every == 0:
            tick(count)
        yield row


def usable(rows: Iterable[Row | Refusal | None], counts: LoadCounts) -> Iterator[Row]:
    """Yield the rows that can be loaded; the others are counted as refused, with their reason, or as skipped (None)."""
    for row in rows:
        counts.read += 1
        if isinstance(row, Refusal):
            counts.refuse(row)
        elif row is None:
            counts.skipped += 1
        else:
            yield row


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield the rows in batches small enough for memory."""
    while batch := list(islice(rows, BATCH)):
        yield batch
