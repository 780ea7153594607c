"""The health of an installation, for its operator: what waits, which workers run, and how much disk is left.

A problem is a code and a sentence for the operator.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from config.queues import JOBS
from reporting.models.states import UNSENT, Direction, MessageState

LATE_INBOX_S: Final = 300.0  # an acknowledgement that comes later is of no use
LATE_OUTBOX_S: Final = 900.0
LEAST_DISK_SHARE: Final = 0.05
LEAST_DISK_BYTES: Final = 1 << 30
_LATE_BEATS: Final = 6  # missed sweeps after which a worker counts as gone
_LEAST_BEAT_S: Final = 300.0  # a long job of one queue keeps a worker from the others

_WAITING = text(
    f"""
    SELECT
      (SELECT extract(epoch FROM now() - min(received_at)) FROM message
        WHERE direction = '{Direction.INBOUND}' AND state = '{MessageState.RECEIVED}'
          AND received_at <= now()) AS oldest_unprocessed_s,
      (SELECT count(*) FROM message
        WHERE direction = '{Direction.INBOUND}' AND state = '{MessageState.RECEIVED}') AS unprocessed,
      (SELECT count(*) FROM message WHERE state = '{MessageState.SET_ASIDE}') AS set_aside,
      (SELECT count(*) FROM message WHERE direction = '{Direction.OUTBOUND}' AND state IN {UNSENT}) AS unsent,
      (SELECT extract(epoch FROM now() - min(coalesce(retry_at, received_at))) FROM message
        WHERE direction = '{Direction.OUTBOUND}' AND state IN {UNSENT} AND NOT respects_quiet_hours
          AND coalesce(retry_at, received_at) <= now()) AS oldest_unsent_s
    """
)
_BEATS = text(
    "SELECT queue, host, extract(epoch FROM now() - beat_at)::float AS age_s FROM heartbeat ORDER BY queue, host"
)


@dataclass(frozen=True, slots=True)
class Beat:
    """The age in seconds of the last heartbeat of a host's worker for a queue."""

    queue: str
    host: str
    age_s: float


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers of an installation.

    Ages are in seconds, 0 where nothing waits; disk sizes are bytes of the data folder's disk.
    """

    unprocessed: int
    oldest_unprocessed_s: float
    set_aside: int
    unsent: int
    oldest_unsent_s: float
    beats: tuple[Beat, ...]
    disk_free: int
    disk_total: int

    @property
    def last_beats(self) -> dict[str, float]:
        """The age in seconds of the last heartbeat of each queue, on any host."""
        ages: dict[str, float] = {}
        for beat in self.beats:
            ages[beat.queue] = min(beat.age_s, ages.get(beat.queue, beat.age_s))
        return ages


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem: its code and a sentence for the operator."""

    code: str
    words: str


def read_health(connection: Connection, var: Path) -> Health:
    """Read the numbers: one statement over the tables, one over the heartbeats, and the disk usage."""
    row = connection.execute(_WAITING).one()
    beats = tuple(Beat(beat.queue, beat.host, beat.age_s) for beat in connection.execute(_BEATS))
    disk = shutil.disk_usage(var)
    return Health(
        row.unprocessed, float(row.oldest_unprocessed_s or 0), row.set_aside, row.unsent,
        float(row.oldest_unsent_s or 0), beats, disk.free, disk.total,
    )  # fmt: skip


def list_complaints(health: Health) -> Iterator[Complaint]:
    """List the problems that an operator must look at, the most pressing first."""
    if health.oldest_unprocessed_s > LATE_INBOX_S:
        yield Complaint(
            "inbox_late",
            f"{health.unprocessed} messages are not processed, the oldest for {_spell_age(health.oldest_unprocessed_s)}"
            ": look at the worker's log",
        )
    for queue, age_s in health.last_beats.items():
        if age_s > max(_LEAST_BEAT_S, _LATE_BEATS * (JOBS[queue].interval_s if queue in JOBS else 0)):
            yield Complaint("worker_gone", f"no worker has turned to the queue {queue} for {_spell_age(age_s)}")
    if not health.beats:
        yield Complaint("worker_never", "no worker has ever run: nothing that arrives is processed")
    if health.set_aside:
        yield Complaint(
            "set_aside",
            f"{health.set_aside} messages are set aside: see /moderate/dead-letters or flask messages replay",
        )
    if health.oldest_unsent_s > LATE_OUTBOX_S:
        yield Complaint(
            "outbox_late",
            f"{health.unsent} answers are not sent, the oldest for {_spell_age(health.oldest_unsent_s)}",
        )
    if health.disk_free < max(LEAST_DISK_BYTES, LEAST_DISK_SHARE * health.disk_total):
        yield Complaint("disk_low", f"{health.disk_free / (1 << 30):.1f} GiB are left on the disk of BARAZA_VAR")


def _spell_age(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"
