"""Inserts rows that wait in an event loop, by one statement over a connection that the loop itself watches.

No thread is woken, so that a single row costs half of what it costs in `group_commit.py`. Only the usual result is
handled here: every row is new and committed. For any other result the callers use `group_commit.py`, which can insert
the same rows again without harm.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from reporting.db import is_outage
from reporting.inbox.group_commit import Row

_MOST: Final = 100  # rows of a statement
_NAME: Final = "insert_messages"
_PAUSE_S: Final = 1.0  # after a connection failed


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    row: Row
    until: float
    is_stored: "asyncio.Future[bool]"


class LoopInsert:
    """Inserts rows by `statement`, whose parameter $1 is the result of `encode`, in the first event loop that asks."""

    def __init__(
        self, engine: Engine, statement: str, encode: Callable[[Sequence[Row]], bytes], *, answer_s: float
    ) -> None:
        self._engine = engine
        self._statement = statement
        self._encode = encode
        self._answer_s = answer_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._link: psycopg.Connection | None = None
        self._number = -1  # of its socket
        self._opens_at = 0.0  # not before, of the monotonic clock
        self._is_opening = False
        self._waiting: list[_Waiting] = []
        self._sent: Sequence[_Waiting] = ()
        self._timer: asyncio.TimerHandle | None = None

    async def insert(self, row: Row, until: float) -> bool:
        """Return whether the row is committed and was new; after False nothing is known of it. Never raises."""
        loop = asyncio.get_running_loop()
        if self._link is None or self._loop is not loop:
            self._open(loop)
            return False
        own = _Waiting(row, until, loop.create_future())
        self._waiting.append(own)
        if not self._sent and len(self._waiting) == 1:
            loop.call_soon(self._send)  # after all requests that arrived in this turn of the loop
        return await own.is_stored

    def close(self) -> None:
        """Close the connection. To be called in the loop, or after it has ended."""
        self._drop()

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect in a thread, unless just tried; meanwhile the callers use `group_commit.py`."""
        is_mine = self._loop is None or self._loop is loop or self._loop.is_closed()
        if self._is_opening or not is_mine or time.monotonic() < self._opens_at:
            return
        if self._loop is not loop:
            self._drop()
            self._sent, self._waiting, self._timer = (), [], None  # their loop is closed, so nobody waits for them
        self._loop, self._is_opening = loop, True
        self._opens_at = time.monotonic() + _PAUSE_S
        threading.Thread(target=self._connect, args=(loop,), name="loop-insert", daemon=True).start()

    def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        link: psycopg.Connection | None = None
        try:
            pooled = self._engine.raw_connection()
            link = pooled.driver_connection
            pooled.detach()
            assert link is not None  # noqa: S101  # for the type checker
            link.execute(f"PREPARE {_NAME} AS {self._statement}")
            link.pgconn.nonblocking = 1
        except (psycopg.Error, SQLAlchemyError):  # reported by `group_commit.py`, which is used instead
            if link is not None:
                link.close()
            link = None
        finally:
            self._is_opening = False
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._store, link)

    def _store(self, link: "psycopg.Connection | None") -> None:
        if link is not None and self._link is None:
            self._link, self._number = link, link.fileno()
            asyncio.get_running_loop().add_reader(self._number, self._read)

    def _send(self) -> None:
        """Send the next rows, unless there are none or others are under way."""
        if self._link is None or self._sent or not self._waiting:
            return
        self._sent, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            words = self._encode([waiting.row for waiting in self._sent])
        except (TypeError, ValueError):
            return self._end(is_stored=False)
        try:
            self._link.pgconn.send_query_prepared(_NAME.encode(), [words])
            self._flush()
        except psycopg.Error:
            return self._fail()
        limit_s = min(self._answer_s, self._sent[0].until - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(max(0.0, limit_s), self._fail)

    def _flush(self) -> None:
        """Send what the socket accepts now, and the rest when it accepts more."""
        assert self._link is not None  # noqa: S101  # for the type checker
        loop = asyncio.get_running_loop()
        if self._link.pgconn.flush():
            loop.add_writer(self._number, self._flush_rest)
        else:
            loop.remove_writer(self._number)

    def _flush_rest(self) -> None:
        try:
            self._flush()
        except psycopg.Error:
            self._fail()

    def _read(self) -> None:
        """Read from the server: a result, or the end of the connection."""
        assert self._link is not None  # noqa: S101  # for the type checker
        wire = self._link.pgconn
        told: list[PGresult] = []
        try:
            wire.consume_input()
            if wire.is_busy():
                return
            while (result := wire.get_result()) is not None:
                told.append(result)
        except psycopg.Error:
            return self._fail()
        if wire.status == ConnStatus.BAD or any(map(_is_outage, told)):
            self._fail()
        elif told:
            self._end(is_stored=all(_is_whole(result, len(self._sent)) for result in told))

    def _end(self, *, is_stored: bool) -> None:
        """Give the result to the callers that wait for it, and send the next rows."""
        group, self._sent = self._sent, ()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._send()
        for waiting in group:
            if not waiting.is_stored.done():
                waiting.is_stored.set_result(is_stored)

    def _fail(self) -> None:
        """Drop the connection after a failure; all callers use `group_commit.py`."""
        self._drop()
        self._opens_at = time.monotonic() + _PAUSE_S
        self._sent, self._waiting = [*self._sent, *self._waiting], []
        self._end(is_stored=False)

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._number)
            self._loop.remove_writer(self._number)
        link.close()


def _is_whole(result: PGresult, count: int) -> bool:
    return result.status == ExecStatus.COMMAND_OK and result.command_tuples == count


def _is_outage(result: PGresult) -> bool:
    """Return whether another connection may succeed: this server has become a standby, or ended the connection."""
    state = result.error_field(DiagnosticField.SQLSTATE)
    if state is None:
        return False
    try:
        return is_outage(psycopg.errors.lookup(state.decode())())
    except KeyError:
        return False
