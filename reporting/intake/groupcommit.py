"""Rows that arrive at the same moment go into one statement and one commit; each caller returns when its row is safe.

Whoever comes while nobody is writing writes; whoever comes meanwhile waits, and the next writer takes all that waited.
Nobody waits for company: a lone row is written at once.
"""

import threading
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = MutableMapping[str, Any]
_MOST = 100


def _closed() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True)
class _Waiting:
    row: Row
    gate: threading.Lock = field(default_factory=_closed)  # a bare lock: an Event costs as much as the statement
    is_writer: bool = False
    is_safe: bool = False  # only ever set after the commit: whatever ends a writer, nobody takes silence for success
    error: Exception | None = None


class NotCommitted(Exception):
    """The writer ended before it could commit."""


class GroupCommit:
    """Groups calls of `insert`, which stores the given rows and commits them, or raises and stores none."""

    def __init__(self, insert: Callable[[Sequence[Row]], None], *, hopeless: tuple[type[Exception], ...] = ()) -> None:
        self._insert = insert
        self._hopeless = hopeless  # errors that have nothing to do with a row: trying one by one would not help
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    def commit(self, row: Row) -> None:
        """Return when the row is committed. Raises what `insert` raised for this row."""
        own = _Waiting(row)
        with self._lock:
            self._waiting.append(own)
            own.is_writer = not self._is_writing
            self._is_writing = True
        if not own.is_writer:
            own.gate.acquire()
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
            self._insert_group(group)
        finally:
            with self._lock:
                successor = self._waiting[0] if self._waiting else None
                self._is_writing = successor is not None
            for waiting in group:
                if waiting is not own:
                    waiting.gate.release()
            if successor is not None:
                successor.is_writer = True
                successor.gate.release()

    def _insert_group(self, group: Sequence[_Waiting]) -> None:
        try:
            self._insert([waiting.row for waiting in group])
            for waiting in group:
                waiting.is_safe = True
        except Exception as error:  # noqa: BLE001  # handed to the callers it belongs to
            if len(group) == 1 or isinstance(error, self._hopeless):
                for waiting in group:
                    waiting.error = error
                return
            # One bad row must not turn the others down.
            for waiting in group:
                self._insert_group([waiting])
