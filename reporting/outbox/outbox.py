"""The outbox (transactional outbox): outbound messages wait in the database until a worker sends them.

This module queues and withdraws messages; `delivery.py` sends them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, text, update

from reporting.campaigns.definition import REPLIES_PER_HOUR
from reporting.crypto.pseudonyms import normalise_address
from reporting.db import reserve_ids
from reporting.languages.sms_segments import measure
from reporting.models.campaign import Campaign
from reporting.models.message import Contact, Message
from reporting.models.states import UNSENT, Direction, MessageState, Purpose
from reporting.outbox.loop_guard import record_exchange

# Priorities: an answer that somebody waits for at the phone comes first, a message that nobody waits for comes last.
_RANKS: Final[Mapping[str, int]] = {
    Purpose.HOTLINE: 0,
    Purpose.COMMAND: 0,
    Purpose.ACKNOWLEDGEMENT: 0,
    Purpose.QUESTION: 1,
    Purpose.REPLY: 2,
    Purpose.NEWS: 3,
    Purpose.SLOWED: 3,
    Purpose.UPDATE: 3,
}
_WINDOW_MOST: Final = 50_000  # messages that are read to count for a campaign's limit of all answers
_TURNS: Final = 1000  # within a rank the contact with the fewest waiting messages goes first
_AUTOMATIC: Final = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.QUESTION, Purpose.COMMAND, Purpose.SLOWED})
_LIMITED: Final = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.QUESTION})

TOO_MANY: Final = "too_many"  # more automatic messages to one contact within an hour than the campaign allows
TOO_MANY_IN_ALL: Final = "too_many_in_all"  # the same, to all contacts of a campaign together
MUTED: Final = "muted"  # a machine seems to answer us
ERASED: Final = "erased"  # its contact asked for erasure before it was sent
WITHDRAWN: Final = "withdrawn"  # no longer true before it was sent

_STANDING = text(
    f"""
    SELECT contact.id, coalesce(contact.muted_until > now(), false) AS is_muted,
           (SELECT count(*) FROM message
             WHERE contact_id = contact.id AND state IN {UNSENT}) AS waiting,
           (SELECT count(*) FROM message
             WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}'
               AND received_at > now() - interval '1 hour' AND purpose = ANY(:automatic)
               AND state <> '{MessageState.FAILED}') AS recent
      FROM contact WHERE contact.id = ANY(:contact_ids)
    """
)


# Only the latest messages are counted: an index would cost every message, and few campaigns set this limit.
_LATELY = text(
    f"""
    SELECT count(*) FROM (
        SELECT campaign_id, direction, purpose, state, received_at FROM message
         ORDER BY id DESC LIMIT :window) AS latest
     WHERE campaign_id = :campaign_id AND direction = '{Direction.OUTBOUND}' AND purpose = ANY(:limited)
       AND state <> '{MessageState.FAILED}' AND received_at > now() - interval '1 hour'
    """
)


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """An outbound message to be queued.

    It leaves at `due_at` or later, and outside quiet hours with `respects_quiet_hours`.
    """

    campaign_id: int
    contact_id: int
    channel: str
    campaign_address: str | None
    text: str
    purpose: str
    language: str | None = None
    report_id: int | None = None
    in_reply_to_id: int | None = None
    due_at: datetime | None = None
    respects_quiet_hours: bool = False


@dataclass(slots=True)
class _Limits:
    """Rate limits of a campaign for an hour: messages to one contact, and messages left for all contacts together."""

    per_hour: int
    left: int | None


@dataclass(slots=True)
class _Standing:
    """The messages to a contact so far: those that wait, and the automatic ones of the last hour."""

    is_muted: bool
    waiting: int
    recent: int


def queue_texts(connection: Connection, texts: Sequence[OutgoingText]) -> list[int]:
    """Queue outbound messages in the caller's transaction. Returns their message ids in the same order.

    An automatic message beyond the hourly rate limit, or to a muted contact, is stored as `failed` with the reason and
    is never sent. The caller should lock the contacts of automatic messages, so that two workers count the same.
    """
    if not texts:
        return []
    answered = {
        each.in_reply_to_id: each.contact_id for each in texts if each.in_reply_to_id and each.purpose in _AUTOMATIC
    }
    record_exchange(connection, answered)
    standings = _read_standings(connection, {each.contact_id for each in texts})
    limits = _read_limits(connection, {each.campaign_id for each in texts})
    ids = reserve_ids(connection, "message", len(texts))
    rows = [
        _make_row(each, standings[each.contact_id], limits[each.campaign_id]) | {"id": message_id}
        for each, message_id in zip(texts, ids, strict=True)
    ]
    connection.execute(insert(Message), rows)
    return ids


def _make_row(outgoing: OutgoingText, standing: _Standing, limits: _Limits) -> dict[str, Any]:
    fault = None
    if standing.is_muted and outgoing.purpose in _AUTOMATIC:
        fault = MUTED
    elif standing.recent >= limits.per_hour and outgoing.purpose in _LIMITED:
        fault = TOO_MANY
    elif limits.left is not None and limits.left <= 0 and outgoing.purpose in _LIMITED:
        fault = TOO_MANY_IN_ALL
    else:
        if limits.left is not None and outgoing.purpose in _LIMITED:
            limits.left -= 1
        standing.waiting += 1
        standing.recent += outgoing.purpose in _AUTOMATIC
    return {
        "campaign_id": outgoing.campaign_id,
        "channel": outgoing.channel,
        "direction": Direction.OUTBOUND,
        "campaign_address": outgoing.campaign_address,
        "text": outgoing.text,
        "language": outgoing.language,
        "state": MessageState.FAILED if fault else MessageState.QUEUED,
        "error": fault,
        "purpose": outgoing.purpose,
        "priority": _RANKS[outgoing.purpose] * _TURNS + min(standing.waiting, _TURNS) - 1,
        "segments": measure(outgoing.text).count,
        "contact_id": outgoing.contact_id,
        "report_id": outgoing.report_id,
        "in_reply_to_id": outgoing.in_reply_to_id,
        "retry_at": outgoing.due_at,
        "respects_quiet_hours": outgoing.respects_quiet_hours,
    }


def _read_standings(connection: Connection, contact_ids: set[int]) -> dict[int, _Standing]:
    values = {"contact_ids": list(contact_ids), "automatic": list(_AUTOMATIC)}
    return {row.id: _Standing(*row[1:]) for row in connection.execute(_STANDING, values)}


def _read_limits(connection: Connection, campaign_ids: set[int]) -> dict[int, _Limits]:
    per_hour = Campaign.conversation["replies_per_hour"].as_integer()
    in_all = Campaign.conversation["answers_per_hour"].as_integer()
    query = select(Campaign.id, per_hour, in_all).where(Campaign.id.in_(campaign_ids))
    limits = {}
    for campaign_id, each, every in connection.execute(query).all():
        left = every - _count_lately(connection, campaign_id, every) if every is not None else None
        limits[campaign_id] = _Limits(REPLIES_PER_HOUR if each is None else each, left)
    return limits


def _count_lately(connection: Connection, campaign_id: int, most: int) -> int:
    values = {"campaign_id": campaign_id, "limited": list(_LIMITED), "window": min(20 * most, _WINDOW_MOST)}
    return int(connection.execute(_LATELY, values).scalar_one())


def queue_text(
    connection: Connection,
    *,
    contact_id: int,
    text: str,
    report_id: int | None,
    in_reply_to_id: int | None = None,
    purpose: str = Purpose.REPLY,
    language: str | None = None,
    due_at: datetime | None = None,
    respects_quiet_hours: bool = False,
) -> int | None:
    """Queue one message to a contact. Returns its id, or None when the contact opted out or cannot be reached.

    `language` is the language of the text; the default is the contact's own.
    """
    query = select(
        Contact.campaign_id,
        Contact.channel,
        Contact.campaign_address,
        Contact.language,
        Contact.opted_out_at,
        Contact.number_encrypted,
    ).where(Contact.id == contact_id)
    contact = connection.execute(query).one()
    if contact.opted_out_at is not None or contact.number_encrypted is None or contact.campaign_address is None:
        return None
    outgoing = OutgoingText(
        contact.campaign_id, contact_id, contact.channel, contact.campaign_address,
        text, purpose, language or contact.language,
        report_id, in_reply_to_id, due_at, respects_quiet_hours,
    )  # fmt: skip
    return queue_texts(connection, [outgoing])[0]


def withdraw_status_notices(connection: Connection, report_ids: Sequence[int]) -> int:
    """Withdraw status notifications of reports that wait in the outbox, because they are no longer true.

    Returns how many.
    """
    waiting = update(Message).where(
        Message.report_id.in_(report_ids), Message.purpose == Purpose.NEWS, Message.state == MessageState.QUEUED
    )
    return connection.execute(waiting.values(state=MessageState.FAILED, error=WITHDRAWN, retry_at=None)).rowcount


def is_reachable(address: str) -> bool:
    """Return whether a reply can reach the sender. A name (such as a network's) or a short code takes no reply."""
    return "@" in address or sum(character.isdigit() for character in normalise_address(address)) >= 7
