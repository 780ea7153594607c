"""Duplicate detection of messages that a gateway delivers twice under another id: same text within some seconds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, and_, bindparam, or_, select, text
from sqlalchemy.orm import aliased

from reporting.inbox.work_queue import InboxMessage
from reporting.models.base import now
from reporting.models.message import Message, Question
from reporting.models.states import Direction, MessageState

REPEAT_WINDOW: Final = timedelta(seconds=5)
TWIN_WINDOW: Final = timedelta(days=3)  # phones retry for two days
_CLOCK_TICK: Final = timedelta(seconds=1)  # gateways' times have whole seconds, ours have fractions


# Built once: creating an alias costs more than the query.
_other = aliased(Message)
_asked = aliased(Message)
_between = aliased(Message)
# Not a duplicate: the earlier message answered a question, and another was asked before the second came. Two questions
# can have the same answer.
_was_asked_since = and_(
    select(Question.id).where(Question.answer_message_id == _other.id).exists(),
    select(_asked.id)
    .where(
        _asked.contact_id == _other.contact_id,
        _asked.direction == Direction.OUTBOUND,
        _asked.sent_at.between(_other.received_at, Message.received_at + _CLOCK_TICK),
        Message.received_at > _other.received_at,
    )
    .exists(),
)
# Not a duplicate: the sender wrote something else in between. STOP, START, STOP are three commands.
_wrote_between = (
    select(_between.id)
    .where(
        or_(
            _between.contact_id == _other.contact_id,
            and_(
                _between.id.in_(bindparam("claimed", expanding=True)),
                _between.address_hash == Message.address_hash,
            ),
        ),
        _between.direction == Direction.INBOUND,
        _between.id.between(_other.id + 1, Message.id - 1),
        _between.content_hash.is_distinct_from(Message.content_hash),
    )
    .exists()
)
_REPEATS = (
    select(Message.id)
    .join(_other, _other.content_hash == Message.content_hash)
    .where(
        Message.id.in_(bindparam("ids", expanding=True)),
        _other.id != Message.id,
        _other.direction == Direction.INBOUND,
        _other.received_at.between(Message.received_at - REPEAT_WINDOW, Message.received_at + REPEAT_WINDOW),
        or_(_other.state == MessageState.PROCESSED, _other.id < Message.id),
        ~_was_asked_since,
        ~_wrote_between,
    )
)


# The same message in two webhook calls, by the gateway's own mark: the time between the calls, and what was sent in
# between, do not matter. A phone with a wrong clock states the same wrong time twice.
_TWINS = (
    select(Message.id)
    .join(_other, _other.twin_hash == Message.twin_hash)
    .where(
        Message.id.in_(bindparam("ids", expanding=True)),
        _other.id != Message.id,
        _other.direction == Direction.INBOUND,
        _other.received_at.between(Message.received_at - TWIN_WINDOW, Message.received_at + TWIN_WINDOW),
        or_(_other.state == MessageState.PROCESSED, _other.id < Message.id),
    )
)


def find_repeats(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Find the ids of duplicates: the same text of the same sender within seconds, under a new id of the gateway.

    The senders' contacts must be locked before, so that two workers cannot both take two duplicates for new.
    """
    found: set[int] = set()
    if ids := [message.id for message in messages if message.content_hash is not None]:
        values = {"ids": ids, "claimed": [message.id for message in messages]}
        found |= set(connection.execute(_REPEATS, values).scalars())
    if ids := [message.id for message in messages if message.twin_hash is not None]:
        found |= set(connection.execute(_TWINS, {"ids": ids}).scalars())
    return found


# The conditions are the same as in the partial index of these few messages, so that the index is used.
_DROP_MARKS = text(
    f"UPDATE message SET content_hash = NULL WHERE direction = '{Direction.INBOUND}' AND text = ''"
    f" AND content_hash IS NOT NULL AND state = '{MessageState.PROCESSED}' AND received_at < :before"
)


def drop_marks(connection: Connection) -> int:
    """Delete the content hashes of answers on demographics, from which the answers could be found; return how many."""
    return connection.execute(_DROP_MARKS, {"before": now() - REPEAT_WINDOW}).rowcount
