"""Wake-ups: enqueue a queue's job after a commit.

A lost wake-up does no harm, because the scheduler's sweep follows.
"""

import threading
import time

import redis
import structlog

from config.known_jobs import enqueue
from config.logging import describe

_log = structlog.get_logger()

_PAUSE_S = 0.05  # one wake-up serves all messages that arrive in this time
_HELD_MS = 3000  # longest time for which a wake-up that was lost with its worker blocks the next one
_JOB_TTL_S = 30


class WorkerWakeup:
    """Coalesces wake-ups and sends them from its own thread, so that a slow Redis never delays the caller."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2)
        self._due: set[str] = set()
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def wake(self, queue: str) -> None:
        """Request that the queue's job runs soon. Returns at once and never raises."""
        if queue in self._due:  # the usual case under load; a wake-up is removed from `_due` before it is sent
            return
        with self._condition:
            self._due.add(queue)
            if self._thread is None:  # started at the first use, so that a server may fork before
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._due)
                due, self._due = self._due, set()
            for queue in due:
                try:
                    wake_now(self._redis, queue)
                except redis.RedisError as error:
                    _log.warning("wakeup_failed", queue=queue, error=describe(error))
            time.sleep(_PAUSE_S)


def wake_now(client: "redis.Redis", queue: str) -> None:
    """Enqueue the queue's job unless one is waiting already. Raises RedisError."""
    if client.set(held_key(queue), 1, nx=True, px=_HELD_MS):
        enqueue(client, queue, ttl_s=_JOB_TTL_S)


def held_key(queue: str) -> str:
    """Return the Redis key that marks a waiting wake-up of the queue; its job deletes the key when it starts."""
    return f"baraza:woken:{queue}"
