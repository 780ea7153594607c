"""The inbox as a work queue: claims messages, counts attempts, moves failing ones to dead letters, replays those."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from reporting.models.base import inline, now
from reporting.models.message import Message, ProcessingAttempt
from reporting.models.states import MessageState

MAX_TRIES = 3  # failures of a message by itself until it becomes a dead letter
MAX_CRASHES = 5  # attempts that ended with the worker's death, the last ones in a batch of one
_FIRST_RETRY_S = 10
HELD_BACK_BATCH = 10


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """The columns of a stored message that the pipeline needs."""

    id: int
    campaign_id: int | None
    channel: str
    campaign_address: str | None
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
_IS_UNPROCESSED = Message.state == inline(MessageState.RECEIVED)
# With `<=` and this order the planner must use the partial index of unprocessed messages. With `=` a cached plan would
# read every message ever stored.
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
    """Claim up to `limit` unprocessed messages: locked until the transaction ends, skipping those of other workers.

    Oldest first. Deferred messages (rate_limit.py) are claimed only if there are no others, and few at a time, so that
    a new message waits for few of them.

    A message that failed or has no campaign waits for its next attempt; `is_patient=False` claims failed ones at once.
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
    return sorted(held_back, key=lambda message: message.id)  # keeps each sender's order, whatever the priorities are


def _from_row(row: Any) -> InboxMessage:
    return InboxMessage(**row._mapping)


_ORDINARY = select(Message.id).where(_IS_UNPROCESSED, _IS_ORDINARY, _IS_DUE).order_by(*_TURN).limit(1)


def has_ordinary(connection: Connection) -> bool:
    """Return whether a message waits that was not deferred by the rate limit."""
    return connection.execute(_ORDINARY).first() is not None


def count_waiting(connection: Connection) -> int:
    """Count the messages that a claim could find now, including those that another worker holds."""
    is_due = or_(_IS_DUE, Message.attempts > 0)
    query = select(func.count()).select_from(Message).where(_IS_UNPROCESSED, is_due)
    return int(connection.execute(query).scalar_one())


def begin_attempts(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Count an attempt for each message, in a transaction of its own; return the counts by message id.

    `end_attempts` belongs to the commit of the work. A count that is left over shows that a worker died.
    """
    statement = insert(ProcessingAttempt).values([{"message_id": message_id, "count": 1} for message_id in sorted(ids)])
    statement = statement.on_conflict_do_update(
        index_elements=["message_id"], set_={"count": ProcessingAttempt.count + 1}
    ).returning(ProcessingAttempt.message_id, ProcessingAttempt.count)  # type: ignore[assignment]
    return {row.message_id: row._mapping["count"] for row in connection.execute(statement)}


def end_attempts(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the attempt counts of messages whose processing ended, successfully or with an error."""
    connection.execute(delete(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids)))


def take_back_attempts(connection: Connection, ids: Sequence[int]) -> None:
    """Undo the counting of an attempt that ended without telling anything about these messages."""
    connection.execute(
        delete(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids), ProcessingAttempt.count <= 1)
    )
    connection.execute(
        update(ProcessingAttempt).where(ProcessingAttempt.message_id.in_(ids)).values(count=ProcessingAttempt.count - 1)
    )


def record_crashes(connection: Connection, ids: Sequence[int], deaths: int) -> None:
    """Count a worker's death over these messages as `deaths` more attempts; the next time each is processed alone."""
    connection.execute(
        update(ProcessingAttempt)
        .where(ProcessingAttempt.message_id.in_(ids))
        .values(count=ProcessingAttempt.count + deaths)
    )


def record_failure(connection: Connection, message_id: int, description: str) -> bool:
    """Record that a message failed by itself: retried later, or moved to dead letters.

    True if it became a dead letter.
    """
    tries = connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.RECEIVED)
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
    """Move a message to the dead letters, where an operator sees it and can replay it."""
    connection.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(state=MessageState.SET_ASIDE, error=description, retry_at=None)
    )


def set_aside_now(connection: Connection, message_id: int, description: str) -> bool:
    """Move a message to the dead letters at once, whatever its attempts; return whether it was still unprocessed."""
    found = connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.RECEIVED)
        .values(state=MessageState.SET_ASIDE, error=description, retry_at=None, attempts=Message.attempts + 1)
        .returning(Message.id)
    ).first()
    end_attempts(connection, [message_id])
    return found is not None


def replay(connection: Connection, campaign_id: int, ids: Sequence[int] | None = None) -> int:
    """Replay dead letters, all of the campaign or these; return how many."""
    statement = update(Message).where(
        Message.state == MessageState.SET_ASIDE, or_(Message.campaign_id == campaign_id, Message.campaign_id.is_(None))
    )
    if ids is not None:
        statement = statement.where(Message.id.in_(ids))
    replayed = connection.execute(
        statement.values(state=MessageState.RECEIVED, attempts=0, error=None, retry_at=None).returning(Message.id)
    ).all()
    if replayed:
        end_attempts(connection, [row.id for row in replayed])
    return len(replayed)


def blank_text(connection: Connection, message_id: int) -> None:
    """Delete the text of an answer on demographics: the values are stored apart, without the sender's number.

    The content hash, which recognises a duplicate, stays until none can arrive any more (`drop_marks`).
    """
    connection.execute(update(Message).where(Message.id == message_id).values(text="", payload_encrypted=None))


_REPORTS_OF = text(
    """
    SELECT earlier.channel, earlier.external_id, message.report_id
      FROM unnest(CAST(:channels AS text[]), CAST(:external_ids AS text[])) AS earlier(channel, external_id)
     CROSS JOIN LATERAL (
           SELECT report_id FROM message
            WHERE channel = earlier.channel AND external_id = earlier.external_id AND report_id IS NOT NULL
            LIMIT 1) AS message
    """
)


def find_reports_of(connection: Connection, earlier: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Find the reports that earlier messages became or joined, by (channel, its id)."""
    if not earlier:
        return {}
    channels, external_ids = zip(*earlier, strict=True)
    values = {"channels": list(channels), "external_ids": list(external_ids)}
    rows = connection.execute(_REPORTS_OF, values)
    return {(row.channel, row.external_id): row.report_id for row in rows}


def postpone(connection: Connection, ids: Sequence[int], description: str, delay_s: int) -> None:
    """Retry messages later that cannot be processed now; they stay unprocessed."""
    connection.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(retry_at=now() + timedelta(seconds=delay_s), error=description)
    )


# One index look-up for each sender, however many messages of the batch are theirs. BETWEEN instead of `=` makes the
# planner take the order from the index of unprocessed messages by sender.
_FIRST_OF_OTHERS = text(
    f"""
    SELECT sender.hash, first.id
      FROM unnest(CAST(:address_hashes AS bytea[])) AS sender(hash)
     CROSS JOIN LATERAL (
           SELECT id FROM message
            WHERE address_hash BETWEEN sender.hash AND sender.hash
              AND state = '{MessageState.RECEIVED}' AND retry_at IS NULL AND id <> ALL(:ids)
            ORDER BY address_hash, id LIMIT 1) AS first
    """
)


def find_overtaken(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Find the ids of messages whose sender has an earlier one with another worker, for which they must wait.

    The senders' contacts must be locked before.
    """
    ids = [message.id for message in messages]
    address_hashes = {message.address_hash for message in messages if message.address_hash is not None}
    if not address_hashes:
        return set()
    rows = connection.execute(_FIRST_OF_OTHERS, {"address_hashes": list(address_hashes), "ids": ids})
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
    """The result of processing a message."""

    message_id: int
    campaign_id: int
    contact_id: int | None = None
    report_id: int | None = None
    language: str | None = None
    state: str = MessageState.PROCESSED


def close(connection: Connection, results: Sequence[Done]) -> None:
    """Mark messages as processed, in one statement for each state."""
    for state in (MessageState.PROCESSED, MessageState.REPEATED):
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
