"""Subscriptions to public events: added by an operator, with a secret that is shown once, and ended for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, text, update

from config.errors import UserError
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.states import EventDeliveryState
from reporting.models.subscription import Subscription
from reporting.subscriptions.post import AddressRefused, Poster
from reporting.subscriptions.signature import make_secret

KINDS: Final = ("release",)  # nothing tells of single incidents in public: docs/adr/0021

_SET_ASIDE: Final = text(
    f"""
    SELECT delivery.id, delivery.subscription_id, event.kind, event.subject, delivery.attempts, delivery.error
      FROM event_delivery AS delivery JOIN public_event AS event ON event.id = delivery.event_id
      JOIN subscription ON subscription.id = delivery.subscription_id
     WHERE delivery.state = '{EventDeliveryState.SET_ASIDE}' AND subscription.campaign_id = :campaign_id
     ORDER BY delivery.id
    """
)
_REPLAY: Final = text(
    f"""
    UPDATE event_delivery AS delivery
       SET state = '{EventDeliveryState.QUEUED}', attempts = 0, due_at = now(), error = NULL
      FROM subscription
     WHERE subscription.id = delivery.subscription_id AND subscription.campaign_id = :campaign_id
       AND subscription.ended_at IS NULL AND delivery.state = '{EventDeliveryState.SET_ASIDE}'
       AND (CAST(:ids AS bigint[]) IS NULL OR delivery.id = ANY(:ids))
    """
)


class SubscriptionRefused(UserError):
    """A subscription that cannot be made; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class SubscriptionInfo:
    """A subscription without its secret, for listing."""

    id: int
    url: str
    kinds: Sequence[str]
    created_at: datetime
    ended_at: datetime | None


def add_subscription(
    connection: Connection,
    pseudonyms: Pseudonyms,
    poster: Poster,
    campaign_id: int,
    url: str,
    kinds: Sequence[str] = (),
) -> str:
    """Add a subscription and return its secret. Raises SubscriptionRefused."""
    try:
        poster.check(url)
    except AddressRefused as error:
        raise SubscriptionRefused(f"nothing can be posted to that address: {error}") from None
    if unknown := set(kinds) - set(KINDS):
        raise SubscriptionRefused(f"there is no kind of event {min(unknown)!r}; there is: {', '.join(KINDS)}")
    secret = make_secret()
    values = {"campaign_id": campaign_id, "url": url, "kinds": sorted(set(kinds))}
    connection.execute(insert(Subscription).values(**values, secret_encrypted=pseudonyms.seal(secret)))
    return secret


def list_subscriptions(connection: Connection, campaign_id: int) -> list[SubscriptionInfo]:
    """List the subscriptions of a campaign, oldest first, including those that ended."""
    query = select(
        Subscription.id, Subscription.url, Subscription.kinds, Subscription.created_at, Subscription.ended_at
    ).where(Subscription.campaign_id == campaign_id)
    return [SubscriptionInfo(*row) for row in connection.execute(query.order_by(Subscription.id))]


def end_subscription(connection: Connection, campaign_id: int, subscription_id: int) -> bool:
    """End a subscription; False where the campaign has none of that number. Ending again changes nothing."""
    own = (Subscription.id == subscription_id, Subscription.campaign_id == campaign_id)
    statement = update(Subscription).where(*own)
    ended = statement.values(ended_at=func.coalesce(Subscription.ended_at, func.now()))
    return bool(connection.execute(ended).rowcount)


def list_set_aside(connection: Connection, campaign_id: int) -> list[Row[Any]]:
    """List the deliveries that were set aside: dead letters."""
    return list(connection.execute(_SET_ASIDE, {"campaign_id": campaign_id}))


def replay(connection: Connection, campaign_id: int, ids: Sequence[int] | None = None) -> int:
    """Queue deliveries again that were set aside, all where no ids are given; return how many.

    Those of subscriptions that ended stay where they are.
    """
    return connection.execute(_REPLAY, {"campaign_id": campaign_id, "ids": None if ids is None else list(ids)}).rowcount
