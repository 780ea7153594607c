"""Rows that arrive at the same moment go into one statement and one commit; each caller hears when its row is safe.

One thread writes. What arrives while it does goes together into the next statement; nobody waits for company: a lone
row is written at once. Callers wait in threads of their own, or in an event loop, which is woken once for a group.
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
_IDLE_S: Final = 10.0  # after which the thread goes; the next row starts another one


def _closed() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    row: Row
    until: float
    is_safe: bool = False  # only ever set after the commit: whatever ends a writer, nobody takes silence for success
    error: Exception | None = None

    def find_error(self) -> Exception | None:
        """What the caller is to hear instead of success."""
        return None if self.is_safe else self.error or NotCommitted()


@dataclass(slots=True, eq=False)
class _InThread(_Waiting):
    gate: threading.Lock = field(default_factory=_closed)  # a bare lock: an Event costs as much as the statement


@dataclass(slots=True, eq=False)
class _InLoop(_Waiting):
    future: "asyncio.Future[None]" = field(kw_only=True)


class NotCommitted(Unavailable):
    """The writer ended before it could commit, or the caller's time was over before it was known."""


class GroupCommit:
    """Groups calls of `insert`, which stores the given rows and commits them, or raises and stores none.

    Its second argument is the moment (of the monotonic clock) by which the first of them wants to know. An error that
    `is_of_all` belongs to no row: trying one by one would not help.
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
        """Return when the row is committed. Raises what `insert` raised for this row, and NotCommitted.

        After `until` nothing is known of a row that is being written in this very moment: it may be stored.
        """
        own = _InThread(row, until)
        self._add(own)
        if not own.gate.acquire(timeout=_seconds_to(until)):
            self._leave(own)
        if (error := own.find_error()) is not None:
            raise error

    async def commit_async(self, row: Row, until: float) -> None:
        """The same for a caller in an event loop."""
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
        """Wait no longer."""
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
            while group := self._take():
                self._write(group)
        except BaseException:
            with self._arrived:
                self._writer = None
                if self._waiting:
                    self._start()
            raise

    def _take(self) -> list[_Waiting]:
        """The next rows; none where nothing came for long, and the writer may go."""
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
            _tell(group)

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
            # One bad row must not turn the others down.
            for waiting in group:
                self._insert_group([waiting], until)


def _tell(group: Sequence[_Waiting]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_InLoop]] = defaultdict(list)
    for waiting in group:
        if isinstance(waiting, _InLoop):
            by_loop[waiting.future.get_loop()].append(waiting)
        elif isinstance(waiting, _InThread):
            waiting.gate.release()
    for loop, its in by_loop.items():
        if not loop.is_closed():  # else nobody hears it any more
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
    """As a lock takes them: -1 is for ever."""
    return -1 if moment == math.inf else max(0.0, moment - time.monotonic())
