"""A flood of one sender or one network delays nobody else: its messages let others go before.

Every message is stored at once, whoever sends it. What a sender writes beyond a burst gets a higher `priority` number,
one more for each doubling of what is beyond; workers take the lowest number first (a coarse form of deficit round
robin, after Shreedhar and Varghese 1995). The count is kept in memory by each web process: a process that starts anew,
or several of them, only make the burst larger. Numbers that grew evenly would differ between web processes for nearly
every message of a flood, and `wait_for_earlier` would have to put half of them behind the others.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text

SENDER_BURST: Final = 10  # messages
SENDER_PER_MINUTE: Final = 10
NETWORK_BURST: Final = 60
NETWORK_PER_MINUTE: Final = 60
_KEPT_MOST: Final = 50_000  # senders remembered; then those who are quiet are forgotten


@dataclass(slots=True)
class LeakyBucket:
    """How far somebody is ahead of what is theirs: a leaking bucket for each key, in messages."""

    burst: int
    per_minute: float
    clock: Callable[[], float] = time.monotonic
    _levels: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: bytes) -> int:
        """Note one message; returns 0 within the burst, 1 up to two bursts, 2 up to four, 3 up to eight, and so on."""
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
        if len(self._levels) > _KEPT_MOST:  # a storm of new senders: nobody of them is a flood
            self._levels.clear()


@dataclass(frozen=True, slots=True)
class IntakePriority:
    """Where in the order a new message stands."""

    senders: LeakyBucket = field(default_factory=lambda: LeakyBucket(SENDER_BURST, SENDER_PER_MINUTE))
    networks: LeakyBucket = field(default_factory=lambda: LeakyBucket(NETWORK_BURST, NETWORK_PER_MINUTE))

    def rank(self, address_hash: bytes | None, network_hash: bytes | None) -> int:
        """The priority number of a message from this sender and network."""
        by_sender = self.senders.take(address_hash) if address_hash is not None else 0
        by_network = self.networks.take(network_hash) if network_hash is not None else 0
        return max(by_sender, by_network)


# The latest that waits longer, and not the one that waits longest: that would read all that a flood has waiting.
# BETWEEN as in `work_queue.py`.
_WAIT = text(
    """
    UPDATE message SET priority = earlier.priority
      FROM message AS own
     CROSS JOIN LATERAL (
           SELECT before.priority FROM message AS before
            WHERE before.address_hash BETWEEN own.address_hash AND own.address_hash AND before.id < own.id
              AND before.state = 'received' AND before.priority > own.priority
            ORDER BY before.address_hash DESC, before.id DESC LIMIT 1) AS earlier
     WHERE own.id = ANY(:ids) AND message.id = own.id
    RETURNING message.id
    """
)


def wait_for_earlier(connection: Connection, ids: Iterable[int]) -> int:
    """Put messages behind an earlier one of their sender that was held back; returns how many.

    What a message means depends on those before it, so a sender's own order is always kept.
    """
    waiting = sorted(ids)
    return len(connection.execute(_WAIT, {"ids": waiting}).all()) if waiting else 0
