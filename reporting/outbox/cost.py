"""Cost of outbound messages: segments by channel and purpose, multiplied by the prices that the campaign states."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select, text

from reporting.campaigns.definition import read_conversation
from reporting.models.campaign import Campaign
from reporting.models.states import UNSENT, Direction, MessageState

# A message that our own checks stopped was never sent. A message that the gateway took is billed, delivered or not.
_SPENT = text(
    f"""
    SELECT channel, purpose, count(*) AS texts, coalesce(sum(segments), 0) AS segments FROM message
     WHERE campaign_id = :campaign_id AND direction = '{Direction.OUTBOUND}' AND sent_at IS NOT NULL
       AND (CAST(:since AS timestamptz) IS NULL OR sent_at >= :since)
     GROUP BY channel, purpose ORDER BY channel, purpose
    """
)
_STANDING = text(
    f"""
    SELECT channel, state, coalesce(error, '') AS error, count(*) AS texts, min(received_at) AS oldest_at
      FROM message
     WHERE campaign_id = :campaign_id AND direction = '{Direction.OUTBOUND}'
       AND (state IN {UNSENT} OR (state = '{MessageState.FAILED}' AND received_at > now() - interval '1 day'))
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
)


@dataclass(frozen=True, slots=True)
class Spending:
    """The messages of one purpose on one channel. `price` is None where the campaign states none for the channel."""

    channel: str
    purpose: str
    texts: int
    segments: int
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """Messages that wait, or failed within a day, for one reason. `oldest_at` is when the first of them was queued."""

    channel: str
    state: str
    error: str
    texts: int
    oldest_at: datetime


def estimate_cost(
    connection: Connection, campaign_id: int, since: datetime | None = None
) -> tuple[list[Spending], str | None]:
    """Estimate the cost of the messages sent since then, at today's prices.

    Returns the amounts and their currency (ISO 4217), None where the campaign states no currency.
    """
    query = select(Campaign.conversation).where(Campaign.id == campaign_id)
    conversation = read_conversation(connection.execute(query).scalar_one())
    rows = connection.execute(_SPENT, {"campaign_id": campaign_id, "since": since})
    prices: Mapping[str, Decimal] = conversation.price_per_segment
    return [
        Spending(
            row.channel, row.purpose, row.texts, row.segments,
            prices[row.channel] * row.segments if row.channel in prices else None,
        )
        for row in rows
    ], conversation.currency  # fmt: skip


def list_outbox(connection: Connection, campaign_id: int) -> list[OutboxLine]:
    """List the messages that wait to be sent or failed within the last day, counted by channel, state and reason."""
    return [OutboxLine(*row) for row in connection.execute(_STANDING, {"campaign_id": campaign_id})]
