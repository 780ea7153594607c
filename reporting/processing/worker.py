"""Drains the inbox: batches until it is empty, one by one where a batch fails, aside what fails by itself."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from prometheus_client import Counter
from rq.timeouts import BaseTimeoutException
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from config.logging import describe
from reporting.db import Database, is_outage
from reporting.inbox.current_batch import HAND
from reporting.inbox.work_queue import (
    HELD_BACK_BATCH,
    MAX_CRASHES,
    begin_attempts,
    claim,
    end_attempts,
    has_ordinary,
    postpone,
    record_failure,
    set_aside,
    take_back_attempts,
)
from reporting.processing.batch import BatchCounts, Pipeline

_log = structlog.get_logger()
_processed = Counter("baraza_messages_processed_total", "Messages processed by what became of them", ["outcome"])

BATCH = 200
_BESIDE_OTHERS = 3  # messages that were held back in one batch while others write
_OTHERS_WRITE_S = 2.0  # others write as long as the last of them is no longer ago
_PAUSE = 9  # times as long as such a batch: it takes a tenth of the time
_LOOK_EVERY_S = 0.005
_OUTAGE_RETRY_S = 30
LOCK_LIMIT = "20s"  # who changes the schema meanwhile is waited for so long; then the next wake-up tries again
_LIMIT_LOCKS = text("SELECT set_config('lock_timeout', :limit, true)")
_SUSPICIOUS_AFTER = 2  # tries of a batch that ended with the worker's death, after which its messages go alone


@dataclass(slots=True)
class DrainCounts:
    """What a drain did."""

    processed: int = 0
    repeated: int = 0
    reports: int = 0
    located: int = 0
    linked: int = 0
    set_aside: int = 0
    failed: int = 0
    media: int = 0
    answers: int = 0

    def add(self, batch: BatchCounts) -> None:
        """Count a committed batch."""
        self.processed += batch.processed
        self.repeated += batch.repeated
        self.reports += batch.reports
        self.located += batch.located
        self.linked += batch.linked
        self.media += batch.media
        self.answers += batch.answers
        _processed.labels("processed").inc(batch.processed)
        _processed.labels("repeated").inc(batch.repeated)

    def merge(self, other: "DrainCounts") -> None:
        """Add the counts of another drain."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def drain(
    database: Database,
    pipeline: Pipeline,
    *,
    budget_s: float | None = None,
    is_patient: bool = True,
    progress: Callable[[DrainCounts], None] | None = None,
) -> DrainCounts:
    """Work until nothing is left to do or the budget is spent. Any number of drains may run at once.

    Raises DBAPIError when the database goes away; what was not committed is done by the next drain.
    """
    counts = DrainCounts()
    restraint = _Restraint(database)
    started = time.monotonic()
    while budget_s is None or time.monotonic() - started < budget_s:
        restraint.rest()
        if not _drain_batch(database, pipeline, counts, restraint, is_patient=is_patient):
            break
        restraint.end()
        if progress is not None:
            progress(counts)
    return counts


@dataclass(slots=True)
class _Restraint:
    """While others write, works on what was held back a tenth of the time only: so they find a worker that is free."""

    database: Database
    others_at: float = float("-inf")
    rests_until: float = float("-inf")  # before then nothing that was held back is begun while others write
    held_since: float | None = None

    @property
    def deferred_limit(self) -> int:
        """How many messages that were held back may go into a batch now."""
        return HELD_BACK_BATCH if time.monotonic() - self.others_at > _OTHERS_WRITE_S else _BESIDE_OTHERS

    def begin(self, *, is_deferred: bool) -> None:
        """Note that a batch begins."""
        self.held_since = time.monotonic() if is_deferred else None
        if not is_deferred:
            self.others_at = time.monotonic()

    def end(self) -> None:
        """Note that a batch has ended. One of what was held back is rested from nine times as long, whatever comes."""
        if self.held_since is not None:
            now = time.monotonic()
            self.rests_until = now + _PAUSE * (now - self.held_since)
            self.held_since = None

    def rest(self) -> None:
        """Wait as long as nothing that was held back may be begun and there is nothing else to do."""
        until = min(self.rests_until, self.others_at + _OTHERS_WRITE_S)
        if time.monotonic() >= until:
            return
        with self.database.look() as connection:
            while time.monotonic() < until and not has_ordinary(connection):
                time.sleep(_LOOK_EVERY_S)


def _drain_batch(
    database: Database, pipeline: Pipeline, counts: DrainCounts, restraint: _Restraint, *, is_patient: bool
) -> bool:
    """One batch; False when nothing could be claimed or nothing of it could be done now."""
    with _giving_back(database) as held, database.begin() as connection:
        connection.execute(_LIMIT_LOCKS, {"limit": LOCK_LIMIT})
        messages = claim(connection, BATCH, is_patient=is_patient, deferred_limit=restraint.deferred_limit)
        if not messages:
            return False
        restraint.begin(is_deferred=messages[0].priority > 0)
        ids = [message.id for message in messages]
        begun = _begin(database, ids, held)
        if max(begun.values()) <= _SUSPICIOUS_AFTER:
            try:
                with connection.begin_nested():
                    batch = pipeline.process(connection, messages)
            except Exception as error:  # noqa: BLE001  # whatever a message causes, the others go on
                _raise_if_ended(connection, error)
                _log.warning("batch_failed", messages=len(ids), error=describe(error))
            else:
                end_attempts(connection, ids)
                counts.add(batch)
                return batch.settled > 0
        take_back_attempts(connection, ids)
    return _drain_each(database, pipeline, ids, counts, is_patient=is_patient)


def _drain_each(
    database: Database, pipeline: Pipeline, ids: Sequence[int], counts: DrainCounts, *, is_patient: bool
) -> bool:
    """Each message by itself; whether any is done, failed or set aside.

    One that the database cannot take now waits when it can take the next one: then it has to do with the message, and
    the others go on. When it cannot, or there is no next one, the error is raised.
    """
    done, refused = 0, None
    for message_id in ids:
        try:
            done += _drain_one(database, pipeline, message_id, counts, is_patient=is_patient)
        except DBAPIError as error:
            if refused is not None or error.connection_invalidated or not is_outage(error):
                raise
            refused = (message_id, error)
        else:
            if refused is not None:
                _postpone(database, *refused)
                refused = None
    if refused is not None:
        raise refused[1]
    return done > 0


def _postpone(database: Database, message_id: int, error: DBAPIError) -> None:
    _log.warning("message_postponed", message_id=message_id, error=describe(error))
    with database.begin() as connection:
        connection.execute(_LIMIT_LOCKS, {"limit": LOCK_LIMIT})
        postpone(connection, [message_id], describe(error), _OUTAGE_RETRY_S)


def _drain_one(
    database: Database, pipeline: Pipeline, message_id: int, counts: DrainCounts, *, is_patient: bool
) -> bool:
    """One message by itself; True when it is done, failed or set aside."""
    with _giving_back(database) as held, database.begin() as connection:
        connection.execute(_LIMIT_LOCKS, {"limit": LOCK_LIMIT})
        messages = claim(connection, 1, ids=[message_id], is_patient=is_patient)
        if not messages:
            return False
        begun = _begin(database, [message_id], held)
        if begun[message_id] > MAX_CRASHES:
            set_aside(connection, message_id, "the worker died of it")
            end_attempts(connection, [message_id])
            _count_failure(counts, message_id, "crash", is_aside=True)
            return True
        try:
            with connection.begin_nested():
                batch = pipeline.process(connection, messages)
        except Exception as error:  # noted, tried again, then set aside for an operator
            _raise_if_ended(connection, error)
            if isinstance(error, DBAPIError) and is_outage(error):
                raise
            is_aside = record_failure(connection, message_id, describe(error))
            end_attempts(connection, [message_id])
            _count_failure(counts, message_id, describe(error), is_aside=is_aside)
            return True
        end_attempts(connection, [message_id])
        counts.add(batch)
        return batch.settled > 0


_ended: set[int] = set()  # what this process works on no more, and could not note so while the database was away


@contextmanager
def _giving_back(database: Database) -> Iterator[list[int]]:
    """Give a list for the messages whose work begins, and take their note back where an error ends it.

    Only what dies leaves the note that it has begun: an error that ends the work, at last that of its commit, takes the
    note back, at once or as soon as it can.
    """
    held: list[int] = []
    try:
        yield held
    except BaseTimeoutException:  # all of it took too long for the queue: the next times in smaller portions
        raise
    except Exception:
        _ended.update(held)
        with suppress(DBAPIError):
            _forget_ended(database)
        raise
    finally:
        HAND.take_batch(())


def _begin(database: Database, ids: Sequence[int], held: list[int]) -> dict[int, int]:
    """Note that the work on these begins; gives how often it has by message."""
    _forget_ended(database)
    held.extend(ids)
    HAND.take_batch(ids)
    # In a transaction of its own: it must be there after a crash of the work's.
    with database.begin() as other:
        return begin_attempts(other, ids)


def _forget_ended(database: Database) -> None:
    if _ended:
        with database.begin() as connection:
            take_back_attempts(connection, list(_ended))
        _ended.clear()


def _raise_if_ended(connection: Connection, error: Exception) -> None:
    """Raise what leaves nothing to go on with: the connection is gone, or the queue's time for all of it is over."""
    if connection.invalidated or isinstance(error, BaseTimeoutException):
        raise error


def _count_failure(counts: DrainCounts, message_id: int, error: str, *, is_aside: bool) -> None:
    counts.failed += 1
    counts.set_aside += is_aside
    _processed.labels("set_aside" if is_aside else "failed").inc()
    _log.error("message_set_aside" if is_aside else "message_failed", message_id=message_id, error=error)
