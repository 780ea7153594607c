"""The inbox: claiming stored messages, counting tries, setting aside what fails, replaying what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from reporting.models.base import inline, now
from reporting.models.message import (
    PROCESSED,
    RECEIVED,
    REPEATED,
    SET_ASIDE,
    Message,
    ProcessingAttempt,
)

MAX_TRIES = 3  # failures of a message by itself, after which it is set aside
MAX_CRASHES = 5  # tries that ended with the worker's death, the last ones alone
_FIRST_RETRY_S = 10
HELD_BACK_BATCH = 10


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """What the pipeline needs of a stored message."""

    id: int
    campaign_id: int | None
    channel: str
    line: str | None
    address_hash: bytes | None
    address_encrypted: bytes | None
    content_hash: bytes | None
    text: str
    received_at: datetime
    external_id: str | None
    details_encrypted: bytes | None
    network_hash: bytes | None
    priority: int
    twin_hash: bytes | None


_columns = [getattr(Message, name) for name in InboxMessage.__slots__]
_IS_UNPROCESSED = Message.state == inline(RECEIVED)
# With `<=` and in this order only the index of the unprocessed will do. With `=` a kept plan reads every message there
# ever was, in the hope of meeting one soon.
_IS_ORDINARY = Message.priority <= 0
_TURN = (Message.priority, Message.id)
_IS_DUE = or_(Message.retry_at.is_(None), Message.retry_at <= func.now())


def claim(
    connection: Connection,
    limit: int,
    *,
    ids: Sequence[int] | None = None,
    is_patient: bool = True,
    deferred_limit: int = HELD_BACK_BATCH,
) -> list[InboxMessage]:
    """Lock up to `limit` unprocessed messages that no other worker holds; released with the transaction.

    The oldest first, but those that were held back (rate_limit.py) only when there is nothing else, and few at a time,
    so that whoever comes next waits for few.

    A message that failed or has no campaign waits for its next try; `is_patient=False` takes the failed ones at once.
    """
    query = select(*_columns).where(_IS_UNPROCESSED)
    query = query.where(_IS_DUE if is_patient else or_(_IS_DUE, Message.attempts > 0))
    if ids is not None:
        query = query.where(Message.id.in_(ids))
    query = query.order_by(*_TURN).with_for_update(skip_locked=True, of=Message)
    ordinary = [_from_row(row) for row in connection.execute(query.where(_IS_ORDINARY).limit(limit))]
    if ordinary:
        return ordinary
    held_back = [_from_row(row) for row in connection.execute(query.limit(min(limit, deferred_limit)))]
    return sorted(held_back, key=lambda message: message.id)  # a sender's own order, whatever their numbers are


def _from_row(row: Any) -> InboxMessage:
    return InboxMessage(**row._mapping)


_ORDINARY = select(Message.id).where(_IS_UNPROCESSED, _IS_ORDINARY, _IS_DUE).order_by(*_TURN).limit(1)


def has_ordinary(connection: Connection) -> bool:
    """Whether a message waits that was not held back."""
    return connection.execute(_ORDINARY).first() is not None


def count_waiting(connection: Connection) -> int:
    """Messages that a claim could find now or that another worker holds."""
    is_due = or_(_IS_DUE, Message.attempts > 0)
    query = select(func.count()).select_from(Message).where(_IS_UNPROCESSED, is_due)
    return int(connection.execute(query).scalar_one())


def begin_attempts(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Note, in a transaction of its own, that work on these begins; returns how often it has begun by message.

    `end_attempts` goes with the work's own commit. What is found here later was cut off by a worker's death.
    """
    statement = insert(ProcessingAttempt).values([{"message_id": message_id, "count": 1} for message_id in sorted(ids)])
    statement = statement.on_conflict_do_update(
        index_elements=["message_id"], set_={"count": ProcessingAttempt.count + 1}
    ).returning(ProcessingAttempt.message_id, ProcessingAttempt.count)  # type: ignore[assignment]
    return {row.message_id: row._mapping["count"] for row in connection.execute(statement)}


def end_attempts(connection: Connection, ids: Sequence[int]) -> None:
    """The work on these ended, well or with an error."""
    connection.execute(delete(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids)))


def take_back_attempts(connection: Connection, ids: Sequence[int]) -> None:
    """The work on these ended, and nothing is known of them by it: as if it had not begun."""
    connection.execute(
        delete(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids), ProcessingAttempt.count <= 1)
    )
    connection.execute(
        update(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids)).values(count=ProcessingAttempt.count - 1)
    )


def record_crashes(connection: Connection, ids: Sequence[int], deaths: int) -> None:
    """A worker died over these: they count as begun so often, and go alone the next time."""
    connection.execute(
        update(ProcessingAttempt)
        .where(ProcessingAttempt.message_id.in_(ids))
        .values(count=ProcessingAttempt.count + deaths)
    )


def record_failure(connection: Connection, message_id: int, description: str) -> bool:
    """Note that a message failed by itself: it is tried again later, or set aside. True when it was set aside."""
    tries = connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == RECEIVED)
        .values(attempts=Message.attempts + 1, error=description)
        .returning(Message.attempts)
    ).scalar_one()
    if tries >= MAX_TRIES:
        set_aside(connection, message_id, description)
        return True
    delay = timedelta(seconds=_FIRST_RETRY_S * 4 ** (tries - 1))
    connection.execute(update(Message).where(Message.id == message_id).values(retry_at=now() + delay))
    return False


def set_aside(connection: Connection, message_id: int, description: str) -> None:
    """Take a message out of the way of the others; an operator sees it and can replay it."""
    connection.execute(
        update(Message).where(Message.id == message_id).values(state=SET_ASIDE, error=description, retry_at=None)
    )


def set_aside_now(connection: Connection, message_id: int, description: str) -> bool:
    """Take a message out of the way at once, whatever it was tried before; whether it was still to be done."""
    found = connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == RECEIVED)
        .values(state=SET_ASIDE, error=description, retry_at=None, attempts=Message.attempts + 1)
        .returning(Message.id)
    ).first()
    end_attempts(connection, [message_id])
    return found is not None


def replay(connection: Connection, campaign_id: int, ids: Sequence[int] | None = None) -> int:
    """Give messages that were set aside another chance, all of the campaign or these; returns how many."""
    statement = update(Message).where(
        Message.state == SET_ASIDE, or_(Message.campaign_id == campaign_id, Message.campaign_id.is_(None))
    )
    if ids is not None:
        statement = statement.where(Message.id.in_(ids))
    replayed = connection.execute(
        statement.values(state=RECEIVED, attempts=0, error=None, retry_at=None).returning(Message.id)
    ).all()
    if replayed:
        end_attempts(connection, [row.id for row in replayed])
    return len(replayed)


def blank_text(connection: Connection, message_id: int) -> None:
    """Keep no words of an answer about the person: what it says stands apart, without their number.

    The mark by which a gateway's repetition is known stays until that cannot come any more (`drop_marks`).
    """
    connection.execute(update(Message).where(Message.id == message_id).values(text="", payload_encrypted=None))


def find_report_of(connection: Connection, channel: str, external_id: str) -> int | None:
    """The report that an earlier message of the channel became or joined."""
    query = select(Message.report_id).where(Message.channel == channel, Message.external_id == external_id)
    return connection.execute(query).scalar()


def postpone(connection: Connection, ids: Sequence[int], description: str, delay_s: int) -> None:
    """Leave messages that nothing can be done with now for later; they stay unprocessed."""
    connection.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(retry_at=now() + timedelta(seconds=delay_s), error=description)
    )


# One look for each sender, however many of a batch are theirs. BETWEEN and not `=`: only so must the order come from
# the index of the unprocessed by sender.
_FIRST_OF_OTHERS = text(
    """
    SELECT sender.hash, first.id
      FROM unnest(CAST(:party_hashes AS bytea[])) AS sender(hash)
     CROSS JOIN LATERAL (
           SELECT id FROM message
            WHERE address_hash BETWEEN sender.hash AND sender.hash AND state = 'received' AND retry_at IS NULL
              AND id <> ALL(:ids)
            ORDER BY address_hash, id LIMIT 1) AS first
    """
)


def find_overtaken(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Ids of messages whose sender wrote an earlier one that another worker still has: they must wait for it.

    The senders' contacts must be locked before.
    """
    ids = [message.id for message in messages]
    party_hashes = {message.address_hash for message in messages if message.address_hash is not None}
    if not party_hashes:
        return set()
    rows = connection.execute(_FIRST_OF_OTHERS, {"party_hashes": list(party_hashes), "ids": ids})
    first = {bytes(row.hash): row.id for row in rows}
    return {
        message.id
        for message in messages
        if message.address_hash is not None and first.get(bytes(message.address_hash), message.id) < message.id
    }


_DONE = text(
    """
    UPDATE message SET state = :state, campaign_id = done.campaign_id, contact_id = done.contact_id,
        report_id = done.report_id, language = done.language, error = NULL, retry_at = NULL
    FROM unnest(CAST(:ids AS bigint[]), CAST(:campaign_ids AS bigint[]), CAST(:contact_ids AS bigint[]),
        CAST(:report_ids AS bigint[]), CAST(:languages AS text[]))
        AS done(id, campaign_id, contact_id, report_id, language)
    WHERE message.id = done.id
    """
)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a message."""

    message_id: int
    campaign_id: int
    contact_id: int | None = None
    report_id: int | None = None
    language: str | None = None
    state: str = PROCESSED


def close(connection: Connection, results: Sequence[Done]) -> None:
    """Close messages, in one statement for each state."""
    for state in (PROCESSED, REPEATED):
        group = [result for result in results if result.state == state]
        if group:
            connection.execute(
                _DONE,
                {
                    "state": state,
                    "ids": [result.message_id for result in group],
                    "campaign_ids": [result.campaign_id for result in group],
                    "contact_ids": [result.contact_id for result in group],
                    "report_ids": [result.report_id for result in group],
                    "languages": [result.language for result in group],
                },
            )
