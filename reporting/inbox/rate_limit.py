"""Rate limit of inbound messages: a sender's or network's messages beyond a burst get a lower priority.

Every message is stored at once, whoever sends it. Messages beyond the burst get a higher `priority` number, one more
for each doubling; workers process the lowest number first (a coarse form of deficit round robin, after Shreedhar and
Varghese 1995), so that a flood delays nobody else. Each web process counts in its own memory; restarts and several
processes only make the burst larger. The numbers grow by doublings because evenly growing ones would differ between web
processes for nearly every message of a flood, and `wait_for_earlier` would have to move half of them back.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import MessageState

SENDER_BURST: Final = 10  # messages
SENDER_PER_MINUTE: Final = 10
NETWORK_BURST: Final = 60
NETWORK_PER_MINUTE: Final = 60
_KEPT_MOST: Final = 50_000  # keys in memory; beyond that, those with an empty bucket are dropped


@dataclass(slots=True)
class LeakyBucket:
    """Leaky buckets: how many messages each key is over its rate limit."""

    burst: int
    per_minute: float
    clock: Callable[[], float] = time.monotonic
    _levels: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: bytes) -> int:
        """Count one message; return 0 within the burst, 1 up to two bursts, 2 up to four, 3 up to eight, and so on."""
        now = self.clock()
        with self._lock:
            level, at = self._levels.get(key, (0.0, now))
            level = max(0.0, level - (now - at) * self.per_minute / 60) + 1
            self._levels[key] = (level, now)
            if len(self._levels) > _KEPT_MOST:
                self._forget_quiet(now)
        return int((level - 1) // self.burst).bit_length()

    def _forget_quiet(self, now: float) -> None:
        self._levels = {
            key: (level, at) for key, (level, at) in self._levels.items() if level > (now - at) * self.per_minute / 60
        }
        if len(self._levels) > _KEPT_MOST:  # many new senders, and none of them is a flood
            self._levels.clear()


@dataclass(frozen=True, slots=True)
class IntakePriority:
    """Ranks new messages by the rate limits of their sender and network."""

    senders: LeakyBucket = field(default_factory=lambda: LeakyBucket(SENDER_BURST, SENDER_PER_MINUTE))
    networks: LeakyBucket = field(default_factory=lambda: LeakyBucket(NETWORK_BURST, NETWORK_PER_MINUTE))

    def rank(self, address_hash: bytes | None, network_hash: bytes | None) -> int:
        """Count a message of this sender and network; return its priority number (0 goes first)."""
        by_sender = self.senders.take(address_hash) if address_hash is not None else 0
        by_network = self.networks.take(network_hash) if network_hash is not None else 0
        return max(by_sender, by_network)


# Takes the latest earlier message of lower priority. Finding the lowest priority would read all messages of a flood.
# BETWEEN as in `work_queue.py`.
_WAIT = text(
    f"""
    UPDATE message SET priority = earlier.priority
      FROM message AS own
     CROSS JOIN LATERAL (
           SELECT before.priority FROM message AS before
            WHERE before.address_hash BETWEEN own.address_hash AND own.address_hash AND before.id < own.id
              AND before.state = '{MessageState.RECEIVED}' AND before.priority > own.priority
            ORDER BY before.address_hash DESC, before.id DESC LIMIT 1) AS earlier
     WHERE own.id = ANY(:ids) AND message.id = own.id
    RETURNING message.id
    """
)


def wait_for_earlier(connection: Connection, ids: Iterable[int]) -> int:
    """Move messages behind an earlier, deferred one of the same sender; return how many.

    The meaning of a message depends on earlier ones, so each sender's messages are processed in order.
    """
    waiting = sorted(ids)
    return len(connection.execute(_WAIT, {"ids": waiting}).all()) if waiting else 0
