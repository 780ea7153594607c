"""Delivery of public events: claim one, post it, record the outcome, each in a transaction of its own.

No lock is held while somebody's server is called. A worker that dies in between leaves the delivery in the state
`sending`; it is posted again after a while under the same id, by which the receiver knows it. So nothing is lost, and
what comes twice can be told by its id: that is as far as HTTP allows.
"""

import json
import time
from datetime import UTC, timedelta
from typing import Any, Final

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, Row, func, text, update

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.models.states import EventDeliveryState, sql_list
from reporting.models.subscription import EventDelivery, Subscription
from reporting.subscriptions.post import NotTaken, Poster, ReceiverGone
from reporting.subscriptions.signature import sign

_log = structlog.get_logger()
_posts = Counter("baraza_event_posts_total", "Tries to post an event to a subscription by how they ended", ["outcome"])

_LEASE: Final = timedelta(seconds=60)  # longer than a call may take
# After each failed attempt it waits so long; after the last one it is set aside. About three days together.
PAUSES: Final = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip

_CLAIM: Final = text(
    f"""
    WITH due AS (
        SELECT id FROM event_delivery
         WHERE state IN {sql_list(EventDeliveryState.QUEUED, EventDeliveryState.SENDING)} AND due_at <= now()
         ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE event_delivery AS delivery
       SET state = '{EventDeliveryState.SENDING}', attempts = attempts + 1, due_at = now() + :lease
      FROM due, public_event AS event, subscription
     WHERE delivery.id = due.id AND event.id = delivery.event_id AND subscription.id = delivery.subscription_id
    RETURNING delivery.id, delivery.attempts, delivery.event_id, subscription.id AS subscription_id, subscription.url,
              subscription.secret_encrypted, subscription.ended_at, event.kind, event.data, event.created_at
    """
)


def deliver_due(database: Database, pseudonyms: Pseudonyms, poster: Poster, *, budget_s: float) -> int:
    """Deliver what is due, one call after the other, until nothing is due or the time is over; return how many."""
    until, count = time.monotonic() + budget_s, 0
    while time.monotonic() < until:
        with database.begin() as connection:
            claimed = connection.execute(_CLAIM, {"lease": _LEASE}).one_or_none()
        if claimed is None:
            break
        error = None if claimed.ended_at else _post(claimed, pseudonyms, poster)
        with database.begin() as connection:
            _record(connection, claimed, error)
        count += error is None and claimed.ended_at is None
    return count


def write_event(claimed: Row[Any]) -> bytes:
    """Write the body of an event, the same bytes at each attempt."""
    told = {
        "type": claimed.kind,
        "timestamp": claimed.created_at.astimezone(UTC).isoformat(),
        "data": claimed.data,
    }
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def _post(claimed: Row[Any], pseudonyms: Pseudonyms, poster: Poster) -> NotTaken | None:
    body = write_event(claimed)
    secret = pseudonyms.unseal(claimed.secret_encrypted)
    headers = sign(secret, f"event_{claimed.event_id}", int(time.time()), body)
    try:
        poster.post(claimed.url, body, headers)
    except NotTaken as error:
        return error
    return None


def _record(connection: Connection, claimed: Row[Any], error: NotTaken | None) -> None:
    """Record what became of an attempt. A receiver that is gone for good ends its subscription."""
    if error is None and claimed.ended_at is None:
        _change(connection, claimed, EventDeliveryState.DELIVERED, error=None, delivered_at=func.now())
        return
    reason = error.reason if error is not None else "subscription_ended"
    _log.warning("event_not_delivered", delivery_id=claimed.id, code=reason, attempts=claimed.attempts)
    if isinstance(error, ReceiverGone):
        ended = update(Subscription).where(Subscription.id == claimed.subscription_id)
        connection.execute(ended.values(ended_at=func.now()))
    if error is None or isinstance(error, ReceiverGone) or claimed.attempts > len(PAUSES):
        _change(connection, claimed, EventDeliveryState.SET_ASIDE, error=reason)
        return
    pause = PAUSES[claimed.attempts - 1]
    _change(connection, claimed, EventDeliveryState.QUEUED, error=reason, due_at=func.now() + pause)


def _change(connection: Connection, claimed: Row[Any], state: EventDeliveryState, **values: Any) -> None:
    """Change a delivery, unless another worker has claimed it since (its lease had ended) or it was delivered."""
    mine = (
        EventDelivery.id == claimed.id,
        EventDelivery.attempts == claimed.attempts,
        EventDelivery.state == EventDeliveryState.SENDING,
    )
    connection.execute(update(EventDelivery).where(*mine).values(state=state, **values))
    _posts.labels(state).inc()
