"""Group commit: rows that arrive at the same time share one statement and one commit; each caller waits for its row.

One thread writes. Rows that arrive during a write share the next statement, and a single row is written at once without
waiting for others. Callers wait in their own threads or in an event loop, which is woken once for a group.
"""

import asyncio
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from config.errors import Unavailable

Row = MutableMapping[str, Any]
_MOST: Final = 100
_IDLE_S: Final = 10.0  # then the writer thread ends; the next row starts another one


def _closed() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    row: Row
    until: float
    is_safe: bool = False  # set only after the commit, so that a writer that dies never reports success
    error: Exception | None = None

    def find_error(self) -> Exception | None:
        """Return the error to raise in the caller; None if the row is committed."""
        return None if self.is_safe else self.error or NotCommitted()


@dataclass(slots=True, eq=False)
class _InThread(_Waiting):
    gate: threading.Lock = field(default_factory=_closed)  # a bare lock: an Event costs as much as the statement


@dataclass(slots=True, eq=False)
class _InLoop(_Waiting):
    future: "asyncio.Future[None]" = field(kw_only=True)


class NotCommitted(Unavailable):
    """The writer ended before the commit, or the caller's deadline passed before the result was known."""


class GroupCommit:
    """Groups calls of `insert`, which stores the given rows and commits them, or raises and stores none.

    Its second argument is the deadline (monotonic clock) of the first row. An error for which `is_of_all` is true does
    not depend on a row, so the rows are not retried one by one.
    """

    def __init__(
        self,
        insert: Callable[[Sequence[Row], float], None],
        *,
        is_of_all: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        self._insert = insert
        self._is_of_all = is_of_all
        self._arrived = threading.Condition(threading.Lock())
        self._waiting: list[_Waiting] = []
        self._is_idle = False
        self._writer: threading.Thread | None = None

    def commit(self, row: Row, until: float = math.inf) -> None:
        """Wait until the row is committed. Raises what `insert` raised for this row, and NotCommitted.

        After the deadline `until` (monotonic clock) the state of a row that is just being written is unknown: it may be
        stored.
        """
        own = _InThread(row, until)
        self._add(own)
        if not own.gate.acquire(timeout=_seconds_to(until)):
            self._leave(own)
        if (error := own.find_error()) is not None:
            raise error

    async def commit_async(self, row: Row, until: float) -> None:
        """Wait until the row is committed, in an event loop. Raises as `commit` does."""
        loop = asyncio.get_running_loop()
        own = _InLoop(row, until, future=loop.create_future())
        timer = loop.call_at(until, self._give_up, own)
        try:
            self._add(own)
            await own.future
        finally:
            timer.cancel()

    def _add(self, own: _Waiting) -> None:
        with self._arrived:
            if self._writer is None or not self._writer.is_alive():  # a fork has none
                self._start()
            self._waiting.append(own)
            if self._is_idle:
                self._arrived.notify()

    def _leave(self, own: _Waiting) -> None:
        """Remove a row from the queue of the writer."""
        with self._arrived:
            if own in self._waiting:
                self._waiting.remove(own)

    def _give_up(self, own: _InLoop) -> None:
        self._leave(own)
        _resolve([own])

    def _start(self) -> None:
        writer = threading.Thread(target=self._run, name="group-commit", daemon=True)
        writer.start()
        self._writer = writer
        self._is_idle = False

    def _run(self) -> None:
        try:
            while group := self._collect():
                self._write(group)
        except BaseException:
            with self._arrived:
                self._writer = None
                if self._waiting:
                    self._start()
            raise

    def _collect(self) -> list[_Waiting]:
        """Take the next group of rows; empty after `_IDLE_S` seconds without any, so that the writer ends."""
        with self._arrived:
            self._is_idle = True
            self._arrived.wait_for(lambda: self._waiting, _IDLE_S)
            self._is_idle = False
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not group:
                self._writer = None
            return group

    def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            self._insert_group(group, group[0].until)
        finally:
            _notify(group)

    def _insert_group(self, group: Sequence[_Waiting], until: float) -> None:
        try:
            self._insert([waiting.row for waiting in group], until)
            for waiting in group:
                waiting.is_safe = True
        except Exception as error:  # noqa: BLE001  # handed to the callers it belongs to
            if len(group) == 1 or self._is_of_all(error):
                for waiting in group:
                    waiting.error = error
                return
            # One bad row must not make the others fail.
            for waiting in group:
                self._insert_group([waiting], until)


def _notify(group: Sequence[_Waiting]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_InLoop]] = defaultdict(list)
    for waiting in group:
        if isinstance(waiting, _InLoop):
            by_loop[waiting.future.get_loop()].append(waiting)
        elif isinstance(waiting, _InThread):
            waiting.gate.release()
    for loop, its in by_loop.items():
        if not loop.is_closed():  # in a closed loop nobody waits any more
            loop.call_soon_threadsafe(_resolve, its)


def _resolve(group: Sequence[_InLoop]) -> None:
    for waiting in group:
        if waiting.future.done():
            continue
        error = waiting.find_error()
        if error is None:
            waiting.future.set_result(None)
        else:
            waiting.future.set_exception(error)


def _seconds_to(moment: float) -> float:
    """Return the seconds until a time of the monotonic clock, as a lock takes them: -1 means for ever."""
    return -1 if moment == math.inf else max(0.0, moment - time.monotonic())
