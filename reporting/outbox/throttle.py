"""Throttle: how fast a gateway takes messages, how long it is left alone after failures (backoff), and quiet hours.

All workers share the table `channel_state`, and every time is the database's clock.
"""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

FAILURES_MOST: Final = 3  # failed calls in a row after which only one message at a time is tried
_BREAK_S: Final = 15.0
_BREAK_LONGEST_S: Final = 600.0
_RETRY_S: Final = 15.0
_RETRY_LONGEST_S: Final = 3600.0
TRIES_MOST: Final = 12  # with the pauses above, about four hours

_READ = text(
    "SELECT extract(epoch FROM next_at - now())::float8 AS wait_s, failures FROM channel_state WHERE channel = :channel"
)
# The next slot is counted from the slot before it, not from now. So a rate of one message in ten seconds is kept by a
# sweep that runs every five seconds. A channel that was idle may catch up by one message, never by more.
_TAKE = text(
    """
    INSERT INTO channel_state AS own (channel, next_at) VALUES (:channel, now() + CAST(:gap AS interval))
    ON CONFLICT (channel) DO UPDATE
       SET next_at = greatest(own.next_at, now() - CAST(:gap AS interval)) + CAST(:gap AS interval)
     WHERE own.next_at IS NULL OR own.next_at <= now()
    RETURNING channel
    """
)
_FAILED = text(
    """
    INSERT INTO channel_state AS own (channel, failures) VALUES (:channel, 1)
    ON CONFLICT (channel) DO UPDATE SET failures = own.failures + 1, next_at = CASE
        WHEN own.failures + 1 < :most THEN own.next_at
        ELSE greatest(own.next_at, now() + make_interval(secs =>
                least(:longest, :first * power(2, least(own.failures + 1 - :most, 20))))) END
    """
)
_WORKED = text("UPDATE channel_state SET failures = 0, next_at = NULL WHERE channel = :channel AND failures > 0")


@dataclass(frozen=True, slots=True)
class ChannelPause:
    """The throttle of a channel: seconds until its next message may leave, and calls in a row that failed."""

    wait_s: float = 0.0
    failures: int = 0

    @property
    def is_broken(self) -> bool:
        """Whether the gateway failed so often that only one message at a time is tried (an open circuit breaker)."""
        return self.failures >= FAILURES_MOST


def read_pace(connection: Connection, channel: str) -> ChannelPause:
    """Read the throttle of a channel."""
    row = connection.execute(_READ, {"channel": channel}).first()
    return ChannelPause() if row is None else ChannelPause(max(row.wait_s or 0.0, 0.0), row.failures)


def claim_slot(connection: Connection, channel: str, pace: ChannelPause, texts_per_second: float | None) -> bool:
    """Claim the sending slot for one message, shared by all workers. Returns False when another worker was faster."""
    gap = timedelta(seconds=1 / texts_per_second if texts_per_second else 0)
    if pace.is_broken:
        gap = max(gap, timedelta(seconds=_BREAK_S))
    if not gap:
        return True
    return connection.execute(_TAKE, {"channel": channel, "gap": gap}).first() is not None


def record_failure(connection: Connection, channel: str) -> None:
    """Record that the gateway failed a call by its own fault.

    From FAILURES_MOST failures in a row on, the gateway is left alone, each time twice as long (exponential backoff).
    """
    values = {"channel": channel, "most": FAILURES_MOST, "first": _BREAK_S, "longest": _BREAK_LONGEST_S}
    connection.execute(_FAILED, values)


def record_success(connection: Connection, channel: str) -> None:
    """Record that the gateway works again, and end its pause."""
    connection.execute(_WORKED, {"channel": channel})


def choose_retry(tries: int) -> timedelta:
    """Choose the pause before the next try (exponential backoff with jitter): doubled after each of `tries`.

    The jitter keeps messages that failed together from being retried together.
    """
    pause_s = min(_RETRY_S * 2 ** (tries - 1), _RETRY_LONGEST_S)
    return timedelta(seconds=pause_s * random.uniform(0.75, 1.25))  # noqa: S311  # nobody gains by guessing it


def find_quiet_end(moment: datetime, zone: str, start: time | None, end: time | None) -> datetime | None:
    """Find the end of the quiet hours that `moment` lies in; None outside of them. Quiet hours may span midnight."""
    if start is None or end is None or start == end:
        return None
    local = moment.astimezone(ZoneInfo(zone))
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if clock >= end else 0)
    return datetime.combine(day, end, tzinfo=local.tzinfo)
