"""Messages that a gateway brings twice, with another id: known by their words within some seconds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update
from sqlalchemy.orm import aliased

from reporting.intake.inbox import InboxMessage
from reporting.models.base import now
from reporting.models.message import INBOUND, OUTBOUND, PROCESSED, Message, Question

REPEAT_WINDOW: Final = timedelta(seconds=5)
_CLOCK_TICK: Final = timedelta(seconds=1)  # gateways tell seconds, we know their parts


def find_repeats(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Ids of messages that say what their sender said a few seconds before: a gateway sent them again with a new id.

    The senders' contacts must be locked before, so that two workers cannot both take the two for new.
    """
    ids = [message.id for message in messages if message.content_hash is not None]
    if not ids:
        return set()
    other = aliased(Message)
    query = (
        select(Message.id)
        .join(other, other.content_hash == Message.content_hash)
        .where(
            Message.id.in_(ids),
            other.id != Message.id,
            other.direction == INBOUND,
            other.received_at.between(Message.received_at - REPEAT_WINDOW, Message.received_at + REPEAT_WINDOW),
            or_(other.state == PROCESSED, other.id < Message.id),
            ~_was_asked_since(other),
            ~_wrote_between(other, [message.id for message in messages]),
        )
    )
    return set(connection.execute(query).scalars())


def _was_asked_since(other: type[Message]) -> ColumnElement[bool]:
    """Whether the earlier message answered a question and the next one left before the second was written: two
    questions may have one answer."""
    asked = aliased(Message)
    answered = select(Question.id).where(Question.answer_message_id == other.id)
    left = select(asked.id).where(
        asked.contact_id == other.contact_id,
        asked.direction == OUTBOUND,
        asked.sent_at.between(other.received_at, Message.received_at + _CLOCK_TICK),
        Message.received_at > other.received_at,
    )
    return and_(answered.exists(), left.exists())


def _wrote_between(other: type[Message], claimed: Sequence[int]) -> ColumnElement[bool]:
    """Whether the sender wrote something else in between: STOP, START, STOP is three orders."""
    between = aliased(Message)
    is_theirs = or_(
        between.contact_id == other.contact_id,
        and_(between.id.in_(claimed), between.party_hash == Message.party_hash),
    )
    return (
        select(between.id)
        .where(
            is_theirs,
            between.direction == INBOUND,
            between.id.between(other.id + 1, Message.id - 1),
            between.content_hash.is_distinct_from(Message.content_hash),
        )
        .exists()
    )


def drop_marks(connection: Connection) -> int:
    """Drop the marks of answers about a person, by which the same words could be told again; returns how many."""
    statement = update(Message).where(
        Message.direction == INBOUND,
        Message.text == "",
        Message.content_hash.is_not(None),
        Message.received_at < now() - REPEAT_WINDOW,
        Message.state == PROCESSED,
    )
    return connection.execute(statement.values(content_hash=None)).rowcount
