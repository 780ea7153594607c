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
from reporting.languages.sms_segments import measure
from reporting.models.campaign import Campaign
from reporting.models.message import (
    ACKNOWLEDGEMENT,
    COMMAND,
    FAILED,
    HOTLINE,
    NEWS,
    OUTBOUND,
    QUESTION,
    QUEUED,
    REPLY,
    SLOWED,
    UPDATE,
    Contact,
    Message,
)
from reporting.outbox.loop_guard import record_exchange

# Priorities: an answer that somebody waits for at the phone comes first, a message that nobody waits for comes last.
_RANKS: Final[Mapping[str, int]] = {
    HOTLINE: 0, COMMAND: 0, ACKNOWLEDGEMENT: 0, QUESTION: 1, REPLY: 2, NEWS: 3, SLOWED: 3, UPDATE: 3,
}  # fmt: skip
_WINDOW_MOST: Final = 50_000  # messages that are read to count for a campaign's limit of all answers
_TURNS: Final = 1000  # within a rank the contact with the fewest waiting messages goes first
_AUTOMATIC: Final = frozenset({ACKNOWLEDGEMENT, QUESTION, COMMAND, SLOWED})
_LIMITED: Final = frozenset({ACKNOWLEDGEMENT, QUESTION})

TOO_MANY: Final = "too_many"  # more automatic messages to one contact within an hour than the campaign allows
TOO_MANY_IN_ALL: Final = "too_many_in_all"  # the same, to all contacts of a campaign together
MUTED: Final = "muted"  # a machine seems to answer us
WITHDRAWN: Final = "withdrawn"  # no longer true before it was sent

_STANDING = text(
    """
    SELECT contact.id, coalesce(contact.muted_until > now(), false) AS is_muted,
           (SELECT count(*) FROM message
             WHERE contact_id = contact.id AND state IN ('queued', 'sending')) AS waiting,
           (SELECT count(*) FROM message
             WHERE contact_id = contact.id AND direction = 'out' AND received_at > now() - interval '1 hour'
               AND purpose = ANY(:automatic) AND state <> 'failed') AS recent
      FROM contact WHERE contact.id = ANY(:contact_ids)
    """
)


# Only the latest messages are counted: an index would cost every message, and few campaigns set this limit.
_LATELY = text(
    """
    SELECT count(*) FROM (
        SELECT campaign_id, direction, purpose, state, received_at FROM message
         ORDER BY id DESC LIMIT :window) AS latest
     WHERE campaign_id = :campaign_id AND direction = 'out' AND purpose = ANY(:limited) AND state <> 'failed'
       AND received_at > now() - interval '1 hour'
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
    line: str | None
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
    rows = [_make_row(each, standings[each.contact_id], limits[each.campaign_id]) for each in texts]
    statement = insert(Message).returning(Message.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


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
        "direction": OUTBOUND,
        "line": outgoing.line,
        "text": outgoing.text,
        "language": outgoing.language,
        "state": FAILED if fault else QUEUED,
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
    purpose: str = REPLY,
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
        Contact.line,
        Contact.language,
        Contact.opted_out_at,
        Contact.number_encrypted,
    ).where(Contact.id == contact_id)
    contact = connection.execute(query).one()
    if contact.opted_out_at is not None or contact.number_encrypted is None or contact.line is None:
        return None
    outgoing = OutgoingText(
        contact.campaign_id, contact_id, contact.channel, contact.line, text, purpose, language or contact.language,
        report_id, in_reply_to_id, due_at, respects_quiet_hours,
    )  # fmt: skip
    return queue_texts(connection, [outgoing])[0]


def withdraw_status_notices(connection: Connection, report_ids: Sequence[int]) -> int:
    """Withdraw status notifications of reports that wait in the outbox, because they are no longer true.

    Returns how many.
    """
    waiting = update(Message).where(Message.report_id.in_(report_ids), Message.purpose == NEWS, Message.state == QUEUED)
    return connection.execute(waiting.values(state=FAILED, error=WITHDRAWN, retry_at=None)).rowcount


def is_reachable(party: str) -> bool:
    """Return whether a reply can reach the sender. A name (such as a network's) or a short code takes no reply."""
    return "@" in party or sum(character.isdigit() for character in normalise_address(party)) >= 7
