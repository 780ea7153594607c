"""Auto-responder guard: stop an endless exchange between this program and a machine that answers it.

A contact that behaves like a machine is muted for an hour, then two, four, and up to a week. Messages of a muted
contact are stored and processed as before, but get no automatic answer. Behaviour that a person may show by chance does
not count: short answers, and messages that answered a question of ours.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection, select, text

from reporting.languages.normalise import words
from reporting.models.base import now
from reporting.models.message import Contact
from reporting.models.states import DISPATCHED, Direction

_log = structlog.get_logger()

_SAME_MOST: Final = 3  # times that the same words come within _SAME_WITHIN, each time after a message of ours
_SAME_WITHIN: Final = timedelta(minutes=30)
_SAME_SHORTEST: Final = 8  # characters: "1", "yes" or "skip" are answers that people give many times
_PROMPT_MOST: Final = 20  # messages within _PROMPT_WITHIN that each came within _PROMPT_GAP after one of ours
_PROMPT_WITHIN: Final = timedelta(minutes=10)
_PROMPT_GAP: Final = timedelta(seconds=15)
_CLOCKS_DIFFER: Final = timedelta(seconds=2)  # a gateway's clock may be behind ours, and counts in seconds

# Only contacts to whom we sent a message within a day are read: in a batch they are few.
_EXCHANGES = text(
    f"""
    SELECT contact.id AS contact_id, said.id, said.direction, said.text, said.at,
           said.id = ANY(:message_ids) AS is_new, said.is_answer
      FROM contact CROSS JOIN LATERAL (
        (SELECT id, direction, text, coalesce(sent_at, received_at) AS at, false AS is_answer FROM message
          WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}' AND state IN {DISPATCHED}
            AND received_at > now() - interval '1 day'
          ORDER BY received_at DESC LIMIT 30)
        UNION ALL
        (SELECT id, direction, text, received_at, EXISTS (
                  SELECT FROM question WHERE question.contact_id = contact.id AND answer_message_id = message.id)
           FROM message WHERE contact_id = contact.id AND direction = '{Direction.INBOUND}' ORDER BY id DESC LIMIT 60)
        UNION ALL
        (SELECT message.id, direction, text, received_at, false
           FROM unnest(CAST(:message_ids AS bigint[]), CAST(:contact_ids AS bigint[])) AS heard(id, contact_id)
           JOIN message USING (id) WHERE heard.contact_id = contact.id AND message.contact_id IS NULL)) AS said
     WHERE contact.id = ANY(:contact_ids) AND coalesce(contact.muted_until <= now(), true)
       AND EXISTS (SELECT FROM message WHERE contact_id = contact.id AND direction = '{Direction.OUTBOUND}'
                      AND received_at > now() - interval '1 day' AND state IN {DISPATCHED})
     ORDER BY contact.id, said.at, said.id
    """
)
_MUTE = text(
    """
    UPDATE contact SET muted_until = now() + least(interval '1 hour' * (1 << least(past.count, 8)), interval '7 days'),
                       mute_count = past.count + 1
      FROM (SELECT id, CASE WHEN muted_until < now() - interval '7 days' THEN 0 ELSE mute_count END AS count
              FROM contact WHERE id = ANY(:contact_ids)) AS past
     WHERE contact.id = past.id
    """
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """An inbound message of a contact. `key` holds its normalised words."""

    key: str
    at: datetime
    is_new: bool
    is_answer: bool


@dataclass(slots=True)
class _Exchange:
    """The inbound (`heard`) and outbound (`said`) messages of one contact, oldest first."""

    heard: list[_Heard] = field(default_factory=list)
    said: list[tuple[str, datetime]] = field(default_factory=list)


def find_muted(connection: Connection, contact_ids: Iterable[int]) -> set[int]:
    """Return the contacts among `contact_ids` that are muted now: no automatic message is sent to them."""
    query = select(Contact.id).where(Contact.id.in_(list(contact_ids)), Contact.muted_until > now())
    return set(connection.execute(query).scalars())


def record_exchange(connection: Connection, heard: Mapping[int, int]) -> set[int]:
    """Find contacts that behave like a machine, mute them, and return their ids. Called before a batch is answered.

    `heard` maps ids of inbound messages to contact ids. The caller's transaction holds the change. A second call for
    the same messages changes nothing.
    """
    if not heard:
        return set()
    values = {"message_ids": list(heard), "contact_ids": list(heard.values())}
    exchanges: dict[int, _Exchange] = defaultdict(_Exchange)
    for row in connection.execute(_EXCHANGES, values):
        exchange, key = exchanges[row.contact_id], " ".join(words(row.text))
        if row.direction == "out":
            exchange.said.append((key, row.at))
        else:
            exchange.heard.append(_Heard(key, row.at, row.is_new, row.is_answer))
    found = {contact_id for contact_id, exchange in exchanges.items() if _is_machine(exchange)}
    if found:
        connection.execute(_MUTE, {"contact_ids": sorted(found)})
        _log.warning("contacts_muted", contact_ids=sorted(found))
    return found


def _is_machine(exchange: _Exchange) -> bool:
    return _is_echo(exchange) or _repeats_itself(exchange) or _is_prompt(exchange)


def _is_echo(exchange: _Exchange) -> bool:
    """Return whether a new message repeats the words of one of our own messages."""
    ours = {key for key, _at in exchange.said if len(key) >= _SAME_SHORTEST}
    return any(heard.is_new and heard.key in ours for heard in exchange.heard)


def _repeats_itself(exchange: _Exchange) -> bool:
    """Return whether the contact sent the same words several times, each time after a message of ours."""
    since = now() - _SAME_WITHIN
    by_key: dict[str, list[_Heard]] = defaultdict(list)
    for heard in exchange.heard:
        if heard.at >= since and len(heard.key) >= _SAME_SHORTEST and not heard.is_answer:
            by_key[heard.key].append(heard)
    return any(
        same[-1].is_new and _count_prompted(exchange, same[1:], _SAME_WITHIN) >= _SAME_MOST - 1
        for same in by_key.values()
        if len(same) >= _SAME_MOST
    )


def _is_prompt(exchange: _Exchange) -> bool:
    """Return whether many messages came within seconds of a message of ours, faster than a person can type."""
    since = now() - _PROMPT_WITHIN
    recent = [heard for heard in exchange.heard if heard.at >= since]
    return len(recent) > _PROMPT_MOST and _count_prompted(exchange, recent, _PROMPT_GAP) > _PROMPT_MOST


def _count_prompted(exchange: _Exchange, heard: list[_Heard], gap: timedelta) -> int:
    """Count the inbound messages that came at most `gap` after an outbound message.

    Each outbound message is counted for one inbound message only.
    """
    moments = sorted(at for _key, at in exchange.said)
    count = 0
    for each in heard:
        while moments and moments[0] < each.at - gap:
            moments.pop(0)
        if moments and moments[0] <= each.at + _CLOCKS_DIFFER:
            moments.pop(0)
            count += 1
    return count
