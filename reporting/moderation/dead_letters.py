"""Dead letters: messages that failed several times and wait for a supervisor.

The failure of a message is shown, never its words.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from reporting.models.message import Message
from reporting.models.states import MessageState


@dataclass(frozen=True, slots=True)
class SetAsideMessage:
    """A dead letter; `error` is the type and place of its last failure."""

    id: int
    channel: str
    received_at: datetime
    attempts: int
    error: str | None


def list_dead_letters(
    connection: Connection, campaign_id: int, *, after_id: int = 0, limit: int = 100
) -> list[SetAsideMessage]:
    """List the dead letters of a campaign and of no known campaign, oldest first, one page at a time.

    `after_id` is the last id of the page before.
    """
    query = (
        select(Message.id, Message.channel, Message.received_at, Message.attempts, Message.error)
        .where(
            Message.state == MessageState.SET_ASIDE,
            Message.id > after_id,
            or_(Message.campaign_id == campaign_id, Message.campaign_id.is_(None)),
        )
        .order_by(Message.id)
        .limit(limit)
    )
    return [SetAsideMessage(*row) for row in connection.execute(query)]
