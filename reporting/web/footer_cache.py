"""Cache of the organisations in the footer: a page that needs nothing else from the database asks it for nothing."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError

from config.logging import describe
from reporting.db import is_outage

_log = structlog.get_logger()

FRESH_S: Final = 5.0
_PATIENCE_S: Final = 1.0  # a page waits no longer for its footer

Rows = Sequence[Any]


@dataclass(slots=True)
class FooterCache:
    """The rows of all campaigns as they were read some seconds ago; while the database is away, as before that.

    They are read in a thread of their own: a database that hangs holds up that thread, and no page.
    """

    read: Callable[[], Rows]
    _rows: Rows = ()
    _fresh_until: float = 0.0
    _reading: "Future[Rows] | None" = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="footer"))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self) -> Rows:
        """Return the rows, read anew where they are old; no rows where the database never answered.

        Raises DBAPIError for anything but an outage.
        """
        if time.monotonic() < self._fresh_until:
            return self._rows
        with self._lock:
            is_first = self._reading is None
            reading = self._reading = self._reading or self._thread.submit(self.read)
        wait_for([reading], timeout=_PATIENCE_S if is_first or not self._rows else 0)
        if not reading.done():
            return self._rows
        with self._lock:
            if self._reading is reading:
                self._reading = None
        try:
            self.keep(reading.result())
        except DBAPIError as error:
            if not is_outage(error):
                raise
            _log.warning("footer_unavailable", error=describe(error))
            self._fresh_until = time.monotonic() + FRESH_S
        return self._rows

    def keep(self, rows: Rows) -> None:
        """Keep rows that have just been read."""
        self._rows, self._fresh_until = rows, time.monotonic() + FRESH_S
