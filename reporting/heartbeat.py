"""Heartbeats of the workers: each records when it last turned to a queue, so that a worker that hangs is noticed."""

import platform
import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from reporting.db import Database

_INTERVAL_S = 5.0
_BEAT = text(
    """
    INSERT INTO heartbeat (queue, host, beat_at) VALUES (:queue, :host, now())
    ON CONFLICT (queue, host) DO UPDATE SET beat_at = excluded.beat_at
    """
)
# The heartbeat of a host that was given up is deleted after a week.
_FORGET = text("DELETE FROM heartbeat WHERE queue = :queue AND beat_at < now() - interval '7 days'")


class Heart:
    """The heartbeats of one process, at most one for a queue every five seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: dict[str, float] = {}

    def beat(self, queue: str) -> None:
        """Record that this process works on the queue.

        An error of the database is ignored: the next heartbeat tries again.
        """
        now = time.monotonic()
        if now - self._last.get(queue, float("-inf")) < _INTERVAL_S:
            return
        self._last[queue] = now
        try:
            with self._database.begin() as connection:
                connection.execute(_BEAT, {"queue": queue, "host": platform.node()})
                connection.execute(_FORGET, {"queue": queue})
        except SQLAlchemyError:
            return
