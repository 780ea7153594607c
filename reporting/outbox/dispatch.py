"""Dispatch of outbound messages: claim one message, check whether it may leave, and record the outcome of the call.

The claim and the record are two short transactions, one before and one after the call to the gateway. In between the
message has the state `sending` and no database lock is held, however slow the gateway is (docs/adr/0005).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError

from channels.base.errors import SendError
from reporting.campaigns.definition import read_conversation
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import Contact, Message
from reporting.models.states import MessageState, Purpose
from reporting.outbox.delivery_reports import apply_early_reports
from reporting.outbox.outbox import WITHDRAWN
from reporting.outbox.throttle import (
    TRIES_MOST,
    choose_retry,
    claim_slot,
    find_quiet_end,
    read_pace,
    record_failure,
    record_success,
)

_log = structlog.get_logger()
_sends = Counter("baraza_outbound_messages_total", "Tries to send a message by how they ended", ["channel", "outcome"])

LEASE_S: Final = 180  # far longer than any call to a gateway takes: a worker that holds a message longer has died

_BUSY_AGAIN_S: Final = 5  # a message that waits for another to its contact is tried again, in case it was not freed

OPTED_OUT: Final = "opted_out"
NO_NUMBER: Final = "no_number"
BUSY: Final = "busy"  # another message to the same contact is being sent; this one is sent after it
LOST: Final = "lost"  # the worker died during the call: nobody knows whether the message was sent

# The contact's row is locked too. While another worker processes a STOP of the contact, the row is locked, and SKIP
# LOCKED leaves the contact's messages for later. For the same reason two workers never send to one contact at once.
_CLAIM = text(
    f"""
    SELECT message.id, message.campaign_id, message.campaign_address, message.text, message.purpose, message.attempts,
           message.respects_quiet_hours, message.contact_id, contact.number_encrypted, contact.opted_out_at,
           coalesce((SELECT is_sensitive FROM report WHERE report.id = message.report_id), false) AS is_sensitive
      FROM message JOIN contact ON contact.id = message.contact_id
     WHERE message.channel = :channel AND message.state = '{MessageState.QUEUED}'
       AND (message.retry_at IS NULL OR message.retry_at <= now())
     ORDER BY message.priority, message.id LIMIT 1
       FOR NO KEY UPDATE OF message, contact SKIP LOCKED
    """
)
_IS_BUSY = text(
    f"SELECT EXISTS (SELECT FROM message WHERE contact_id = :contact_id AND state = '{MessageState.SENDING}')"
)
_FREE_NEXT = text(
    f"""
    UPDATE message SET error = NULL, retry_at = NULL
     WHERE contact_id = :contact_id AND state = '{MessageState.QUEUED}' AND error = :error
    """
)
_FREE_LOST = text(
    f"""
    UPDATE message SET state = '{MessageState.QUEUED}', error = :error, retry_at = NULL
     WHERE state = '{MessageState.SENDING}' AND retry_at <= now()
    RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outbound message that must be handed to its gateway now; its state is `sending`."""

    id: int
    channel: str
    contact_id: int
    campaign_address: str
    text: str
    number_encrypted: bytes
    tries: int  # tries so far, this one included
    gateway_failures: int


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The rate limit or the pause of a gateway holds the next message back for `wait_s` seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Deferred:
    """A message that does not leave now: failed for good, or put off to a later time.

    The next message may be claimed.
    """

    is_failed: bool


def claim_dispatch(
    connection: Connection, channel: str, texts_per_second: float | None
) -> Claimed | RateLimited | Deferred | None:
    """Claim the next outbound message of a channel, check opt-out, quiet hours and rate limit, mark it `sending`.

    Returns None when no message is due. The caller commits before it calls the gateway: then no other worker claims the
    same message.
    """
    pace = read_pace(connection, channel)
    if pace.wait_s > 0:
        return RateLimited(pace.wait_s)
    row = connection.execute(_CLAIM, {"channel": channel}).first()
    if row is None:
        return None
    held = _find_obstacle(connection, channel, row)
    if held is not None:
        return held
    if not claim_slot(connection, channel, pace, texts_per_second):
        return RateLimited(read_pace(connection, channel).wait_s)
    lease_ends = func.now() + timedelta(seconds=LEASE_S)
    _change(connection, row.id, state=MessageState.SENDING, attempts=row.attempts + 1, retry_at=lease_ends)
    return Claimed(
        row.id,
        channel,
        row.contact_id,
        row.campaign_address,
        row.text,
        row.number_encrypted,
        row.attempts + 1,
        pace.failures,
    )


def _find_obstacle(connection: Connection, channel: str, row: Any) -> Deferred | None:
    """Check what can stop a message: opt-out, sensitive report, no number, lost worker, busy contact, quiet hours.

    Returns None when the message may leave. Else the message is failed or put off.
    """
    if row.opted_out_at is not None and row.purpose != Purpose.COMMAND:
        return _fail(connection, channel, row.id, OPTED_OUT)
    # The report became sensitive while its status notification waited.
    if row.purpose in (Purpose.NEWS, Purpose.UPDATE) and row.is_sensitive:
        return _fail(connection, channel, row.id, WITHDRAWN)
    if row.number_encrypted is None or row.campaign_address is None:
        return _fail(connection, channel, row.id, NO_NUMBER)
    if row.attempts >= TRIES_MOST:
        return _fail(connection, channel, row.id, LOST)
    if connection.execute(_IS_BUSY, {"contact_id": row.contact_id}).scalar_one():
        _change(connection, row.id, error=BUSY, retry_at=func.now() + timedelta(seconds=_BUSY_AGAIN_S))
        return Deferred(is_failed=False)
    if row.respects_quiet_hours:
        query = select(Campaign.timezone, Campaign.conversation).where(Campaign.id == row.campaign_id)
        zone, values = connection.execute(query).one()
        conversation = read_conversation(values)
        quiet_end = find_quiet_end(now(), zone, conversation.quiet_from, conversation.quiet_until)
        if quiet_end is not None:
            _change(connection, row.id, retry_at=quiet_end)
            return Deferred(is_failed=False)
    return None


def _fail(connection: Connection, channel: str, message_id: int, error: str) -> Deferred:
    _change(connection, message_id, state=MessageState.FAILED, error=error, retry_at=None)
    _sends.labels(channel, error).inc()
    return Deferred(is_failed=True)


def record_sent(connection: Connection, ready: Claimed, external_id: str) -> None:
    """Record that the gateway accepted the message, and apply delivery reports that came before this record."""
    if ready.gateway_failures:
        record_success(connection, ready.channel)
    mark_sent(connection, ready.id, external_id)
    _free_next(connection, ready.contact_id)
    _sends.labels(ready.channel, MessageState.SENT).inc()


def _free_next(connection: Connection, contact_id: int) -> None:
    """Free the messages that wait for another message to the same contact.

    The row of the contact is locked first. A worker that finds the contact busy marks its message as waiting under the
    same lock. Without the lock that mark could be written after this statement, and the message would wait too long.
    """
    connection.execute(select(Contact.id).where(Contact.id == contact_id).with_for_update(key_share=True))
    connection.execute(_FREE_NEXT, {"contact_id": contact_id, "error": BUSY})


def mark_sent(connection: Connection, message_id: int, external_id: str | None) -> None:
    """Mark a message as `sent` with the id that its gateway gave it.

    An id that the gateway used before is not stored, and the event is logged.
    """
    values = {"state": MessageState.SENT, "sent_at": func.now(), "error": None, "retry_at": None}
    try:
        with connection.begin_nested():
            _change(connection, message_id, external_id=external_id or None, **values)
    except IntegrityError:
        _log.warning("gateway_id_reused", message_id=message_id)
        _change(connection, message_id, **values)
    apply_early_reports(connection, message_id)


def record_error(connection: Connection, ready: Claimed, error: SendError) -> None:
    """Record a failed call: queue a retry where the error is retryable, else mark the message `failed`."""
    _log.warning("outbound_message_not_sent", message_id=ready.id, code=error.code, retryable=error.retryable)
    if error.is_opt_out:
        left = update(Contact).where(Contact.id == ready.contact_id, Contact.opted_out_at.is_(None))
        connection.execute(left.values(opted_out_at=now()))
    _free_next(connection, ready.contact_id)
    if error.retryable:
        record_failure(connection, ready.channel)
    elif ready.gateway_failures:
        record_success(connection, ready.channel)
    if error.retryable and ready.tries < TRIES_MOST:
        _change(
            connection,
            ready.id,
            state=MessageState.QUEUED,
            error=error.code,
            retry_at=func.now() + choose_retry(ready.tries),
        )
        _sends.labels(ready.channel, "retried").inc()
        return
    _change(connection, ready.id, state=MessageState.FAILED, error=error.code, retry_at=None)
    _sends.labels(ready.channel, MessageState.FAILED).inc()


def free_lost(connection: Connection) -> None:
    """Queue the messages of workers that died during a call again.

    Such a message may be sent twice, because nobody knows whether the gateway received it.
    """
    for message_id in connection.execute(_FREE_LOST, {"error": LOST}).scalars():
        _log.warning("dispatch_interrupted", message_id=message_id)


def _change(connection: Connection, message_id: int, **values: Any) -> None:
    connection.execute(update(Message).where(Message.id == message_id).values(**values))
