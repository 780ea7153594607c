"""The last gate before a text leaves, and what is written down after it: two short transactions around the call.

Between the two the text is `sending`: no lock is held while a gateway takes its time (docs/adr/0005).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError

from channels.base import SendError
from reporting.campaigns.definition import read_conversation
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import COMMAND, FAILED, NEWS, QUEUED, SENDING, SENT, UPDATE, Contact, Message
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
_texts = Counter("baraza_texts", "Texts on their way out by what became of the try", ["channel", "outcome"])

LEASE_S: Final = 180  # far longer than any call of ours takes: who holds a text longer than this has died

_BUSY_AGAIN_S: Final = 5  # a text that waits for another of its contact looks again, in case nobody freed it

OPTED_OUT: Final = "opted_out"
NO_NUMBER: Final = "no_number"
BUSY: Final = "busy"  # a text to the same contact is being sent: this one comes after it
LOST: Final = "lost"  # the worker died during the call: nobody knows whether the text left

# The contact is locked too: a STOP that is being worked on is waited for by leaving its sender's texts for later, and
# two workers never have texts of one contact at once.
_CLAIM = text(
    """
    SELECT message.id, message.campaign_id, message.line, message.text, message.purpose, message.attempts,
           message.respects_quiet_hours, message.contact_id, contact.number_encrypted, contact.opted_out_at,
           coalesce((SELECT is_sensitive FROM report WHERE report.id = message.report_id), false) AS is_sensitive
      FROM message JOIN contact ON contact.id = message.contact_id
     WHERE message.channel = :channel AND message.state = 'queued'
       AND (message.retry_at IS NULL OR message.retry_at <= now())
     ORDER BY message.priority, message.id LIMIT 1
       FOR NO KEY UPDATE OF message, contact SKIP LOCKED
    """
)
_IS_BUSY = text("SELECT EXISTS (SELECT FROM message WHERE contact_id = :contact_id AND state = 'sending')")
_FREE_NEXT = text(
    """
    UPDATE message SET error = NULL, retry_at = NULL
     WHERE contact_id = :contact_id AND state = 'queued' AND error = :error
    """
)
_FREE_LOST = text(
    """
    UPDATE message SET state = 'queued', error = :error, retry_at = NULL WHERE state = 'sending' AND retry_at <= now()
    RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text to be handed to its gateway now."""

    id: int
    channel: str
    contact_id: int
    line: str
    text: str
    number_encrypted: bytes
    tries: int  # this one included
    gateway_failures: int


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The gateway's pace lets the next text out in so many seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Deferred:
    """A text was stopped at the gate or put off; the next one may be looked at."""

    is_failed: bool


def claim_dispatch(
    connection: Connection, channel: str, texts_per_second: float | None
) -> Claimed | RateLimited | Deferred | None:
    """Take the next text of a channel for sending, as far as it may leave. None when none is due.

    The caller commits before the call: then the text is `sending`, and no other worker takes it.
    """
    pace = read_pace(connection, channel)
    if pace.wait_s > 0:
        return RateLimited(pace.wait_s)
    row = connection.execute(_CLAIM, {"channel": channel}).first()
    if row is None:
        return None
    held = _hold(connection, channel, row)
    if held is not None:
        return held
    if not claim_slot(connection, channel, pace, texts_per_second):
        return RateLimited(read_pace(connection, channel).wait_s)
    lease_ends = func.now() + timedelta(seconds=LEASE_S)
    _change(connection, row.id, state=SENDING, attempts=row.attempts + 1, retry_at=lease_ends)
    return Claimed(
        row.id, channel, row.contact_id, row.line, row.text, row.number_encrypted, row.attempts + 1, pace.failures
    )


def _hold(connection: Connection, channel: str, row: Any) -> Deferred | None:
    """Why this text does not leave now, if so."""
    if row.opted_out_at is not None and row.purpose != COMMAND:
        return _fail(connection, channel, row.id, OPTED_OUT)
    if row.purpose in (NEWS, UPDATE) and row.is_sensitive:  # it was restricted while the news waited
        return _fail(connection, channel, row.id, WITHDRAWN)
    if row.number_encrypted is None or row.line is None:
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
    _change(connection, message_id, state=FAILED, error=error, retry_at=None)
    _texts.labels(channel, error).inc()
    return Deferred(is_failed=True)


def record_sent(connection: Connection, ready: Claimed, external_id: str) -> None:
    """The gateway took the text; delivery reports that were faster than this are applied."""
    if ready.gateway_failures:
        record_success(connection, ready.channel)
    mark_sent(connection, ready.id, external_id)
    _free_next(connection, ready.contact_id)
    _texts.labels(ready.channel, SENT).inc()


def _free_next(connection: Connection, contact_id: int) -> None:
    """The next text to this contact may go.

    Their row is locked first: a text that has just found this one on its way notes so under the same lock, and would
    otherwise be left waiting.
    """
    connection.execute(select(Contact.id).where(Contact.id == contact_id).with_for_update(key_share=True))
    connection.execute(_FREE_NEXT, {"contact_id": contact_id, "error": BUSY})


def mark_sent(connection: Connection, message_id: int, external_id: str | None) -> None:
    """A text has left under this id at its gateway. An id that the gateway gave before is left out and logged."""
    values = {"state": SENT, "sent_at": func.now(), "error": None, "retry_at": None}
    try:
        with connection.begin_nested():
            _change(connection, message_id, external_id=external_id or None, **values)
    except IntegrityError:
        _log.warning("gateway_repeated_an_id", message_id=message_id)
        _change(connection, message_id, **values)
    apply_early_reports(connection, message_id)


def record_error(connection: Connection, ready: Claimed, error: SendError) -> None:
    """The text did not leave: again later where that can help, else failed with its code."""
    _log.warning("text_not_sent", message_id=ready.id, code=error.code, retryable=error.retryable)
    if error.is_opt_out:
        left = update(Contact).where(Contact.id == ready.contact_id, Contact.opted_out_at.is_(None))
        connection.execute(left.values(opted_out_at=now()))
    _free_next(connection, ready.contact_id)
    if error.retryable:
        record_failure(connection, ready.channel)
    elif ready.gateway_failures:
        record_success(connection, ready.channel)
    if error.retryable and ready.tries < TRIES_MOST:
        _change(connection, ready.id, state=QUEUED, error=error.code, retry_at=func.now() + choose_retry(ready.tries))
        _texts.labels(ready.channel, "retried").inc()
        return
    _change(connection, ready.id, state=FAILED, error=error.code, retry_at=None)
    _texts.labels(ready.channel, FAILED).inc()


def free_lost(connection: Connection) -> None:
    """Give back the texts of workers that died during a call. They may leave a second time: nobody knows."""
    for message_id in connection.execute(_FREE_LOST, {"error": LOST}).scalars():
        _log.warning("text_lost_its_worker", message_id=message_id)


def _change(connection: Connection, message_id: int, **values: Any) -> None:
    connection.execute(update(Message).where(Message.id == message_id).values(**values))
