"""Rows that arrive at the same moment go into one statement and one commit; each caller returns when its row is safe.

Whoever comes while nobody is writing writes; whoever comes meanwhile waits, and the next writer takes all that waited.
Nobody waits for company: a lone row is written at once.
"""

import math
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = MutableMapping[str, Any]
_MOST = 100


def _closed() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    row: Row
    until: float
    gate: threading.Lock = field(default_factory=_closed)  # a bare lock: an Event costs as much as the statement
    is_writer: bool = False
    is_safe: bool = False  # only ever set after the commit: whatever ends a writer, nobody takes silence for success
    error: Exception | None = None


class NotCommitted(Exception):
    """The writer ended before it could commit, or the caller's time was over before it was known."""


class GroupCommit:
    """Groups calls of `insert`, which stores the given rows and commits them, or raises and stores none.

    Its second argument is the moment (of the monotonic clock) by which the one who writes wants to know.
    """

    def __init__(
        self, insert: Callable[[Sequence[Row], float], None], *, hopeless: tuple[type[Exception], ...] = ()
    ) -> None:
        self._insert = insert
        self._hopeless = hopeless  # errors that have nothing to do with a row: trying one by one would not help
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    def commit(self, row: Row, until: float = math.inf) -> None:
        """Return when the row is committed. Raises what `insert` raised for this row, and NotCommitted.

        After `until` nothing is known of a row that another one writes in this very moment: it may be stored.
        """
        own = _Waiting(row, until)
        with self._lock:
            self._waiting.append(own)
            own.is_writer = not self._is_writing
            self._is_writing = True
        if not own.is_writer and not own.gate.acquire(timeout=_seconds_to(until)):
            self._leave(own)
        if own.is_writer:
            self._write(own)
        if own.error is not None:
            raise own.error
        if not own.is_safe:
            raise NotCommitted

    def _write(self, own: _Waiting) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            self._insert_group(group, own.until)
        finally:
            with self._lock:
                successor = self._waiting[0] if self._waiting else None
                self._is_writing = successor is not None
                if successor is not None:
                    successor.is_writer = True
            for waiting in group:
                if waiting is not own:
                    waiting.gate.release()
            if successor is not None:
                successor.gate.release()

    def _leave(self, own: _Waiting) -> None:
        """Wait no longer; whoever was made the writer in this very moment writes all the same."""
        with self._lock:
            if own.is_writer:
                return
            if own in self._waiting:
                self._waiting.remove(own)

    def _insert_group(self, group: Sequence[_Waiting], until: float) -> None:
        try:
            self._insert([waiting.row for waiting in group], until)
            for waiting in group:
                waiting.is_safe = True
        except Exception as error:  # noqa: BLE001  # handed to the callers it belongs to
            if len(group) == 1 or isinstance(error, self._hopeless):
                for waiting in group:
                    waiting.error = error
                return
            # One bad row must not turn the others down.
            for waiting in group:
                self._insert_group([waiting], until)


def _seconds_to(moment: float) -> float:
    """As a lock takes them: -1 is for ever."""
    return -1 if moment == math.inf else max(0.0, moment - time.monotonic())
