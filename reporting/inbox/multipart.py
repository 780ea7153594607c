"""Concatenated SMS: stores segments, encrypted, until all are there, then joins them into one message.

A segment is committed before its gateway is answered. The last segment, the joined message and the removal of the
segments are one transaction under a lock of the group: however many processes receive segments at once, nothing is lost
or stored twice. A duplicate of a segment whose message was already joined is recognised by a mark that stays for days.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from channels.base.items import InboundMessage, MediaReference, MessageSegment
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.reused_ids import make_fingerprint
from reporting.inbox.store import StoreUnavailable, accept_each, make_row
from reporting.models.base import now
from reporting.models.message import MessageSegmentRow

_log = structlog.get_logger()

PATIENCE = timedelta(minutes=10)  # time after the last segment until missing ones are given up
_REMEMBERED = timedelta(days=3)  # gateways retry for a day
_BATCH = 100
_MARK: Final = 0  # number of a row which marks that a segment has been joined already
_GAP = " … "
_REQUIRED: Final = ("external_id", "address", "campaign_address", "text")


@dataclass(frozen=True, slots=True)
class MultipartStore:
    """Receives message segments, in transactions of its own on `database`."""

    database: Database
    pseudonyms: Pseudonyms

    def accept(self, channel: str, part: MessageSegment) -> None:
        """Store one segment, and with the last one the joined message; committed on return. Raises StoreUnavailable."""
        try:
            with self.database.begin() as connection:
                _store(connection, self.pseudonyms, channel, part)
        except DBAPIError as error:
            raise StoreUnavailable from error


def assemble_late(database: Database, pseudonyms: Pseudonyms, *, patience: timedelta = PATIENCE) -> int:
    """Join the segments of groups whose other segments did not arrive in time; return how many.

    Any process may run it.
    """
    made = 0
    with database.begin() as connection:
        connection.execute(
            delete(MessageSegmentRow).where(
                MessageSegmentRow.number == _MARK, MessageSegmentRow.received_at < func.now() - _REMEMBERED
            )
        )
        late = _list_late(connection, patience)
    for channel, group_hash in late:
        try:
            with database.begin() as connection:
                _lock(connection, group_hash)
                # Since the list was made, another segment may have arrived or another worker joined the group.
                if (channel, group_hash) in _list_late(connection, patience, group_hash):
                    _assemble(connection, pseudonyms, channel, group_hash)
                    made += 1
        except InvalidTag:
            _log.error("segments_unreadable", channel=channel)  # encrypted with another pepper: kept until it is back
    return made


def _store(connection: Connection, pseudonyms: Pseudonyms, channel: str, part: MessageSegment) -> None:
    group_hash = pseudonyms.hash_part(channel, part.group)
    _lock(connection, group_hash)
    if _is_used(connection, pseudonyms, channel, part):
        return
    there = _read_group(connection, pseudonyms, channel, group_hash)
    if (before := there.get(part.number)) is not None:
        if _mark(pseudonyms, channel, before) == _mark(pseudonyms, channel, part.message):
            return
        # Phones count groups only to 255: this is a later message, and the earlier one gets no more segments.
        _assemble(connection, pseudonyms, channel, group_hash)
        there = {}
    connection.execute(
        insert(MessageSegmentRow).values(
            channel=channel,
            group_hash=group_hash,
            number=part.number,
            total=part.total,
            sealed=pseudonyms.seal(_write(part.message)),
        )
    )
    if len(there) + 1 == part.total:
        _assemble(connection, pseudonyms, channel, group_hash)


def _lock(connection: Connection, group_hash: bytes) -> None:
    """Take the advisory lock of a group until the transaction ends."""
    key = int.from_bytes(group_hash[:8], signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _is_used(connection: Connection, pseudonyms: Pseudonyms, channel: str, part: MessageSegment) -> bool:
    mark = _mark(pseudonyms, channel, part.message)
    query = select(MessageSegmentRow.number).where(
        MessageSegmentRow.channel == channel, MessageSegmentRow.group_hash == mark, MessageSegmentRow.number == _MARK
    )
    return connection.execute(query).first() is not None


def _read_group(
    connection: Connection, pseudonyms: Pseudonyms, channel: str, group_hash: bytes
) -> dict[int, InboundMessage]:
    """Read the stored segments of a group by number, in order."""
    query = (
        select(MessageSegmentRow.number, MessageSegmentRow.sealed)
        .where(
            MessageSegmentRow.channel == channel,
            MessageSegmentRow.group_hash == group_hash,
            MessageSegmentRow.number != _MARK,
        )
        .order_by(MessageSegmentRow.number)
    )
    return {row.number: _read(pseudonyms.unseal(row.sealed)) for row in connection.execute(query)}


def _list_late(connection: Connection, patience: timedelta, group_hash: bytes | None = None) -> list[tuple[str, bytes]]:
    query = (
        select(MessageSegmentRow.channel, MessageSegmentRow.group_hash)
        .where(MessageSegmentRow.number != _MARK)
        .group_by(MessageSegmentRow.channel, MessageSegmentRow.group_hash)
        .having(func.max(MessageSegmentRow.received_at) < func.now() - patience)
        .limit(_BATCH)
    )
    if group_hash is not None:
        query = query.where(MessageSegmentRow.group_hash == group_hash)
    return [(row.channel, bytes(row.group_hash)) for row in connection.execute(query)]


def _assemble(connection: Connection, pseudonyms: Pseudonyms, channel: str, group_hash: bytes) -> None:
    """Join and store the message of a group, mark its segments as used and delete them, in the caller's transaction."""
    parts = _read_group(connection, pseudonyms, channel, group_hash)
    accept_each(connection, [make_row(pseudonyms, channel, join_parts(parts))])
    connection.execute(
        delete(MessageSegmentRow).where(
            MessageSegmentRow.channel == channel,
            MessageSegmentRow.group_hash == group_hash,
            MessageSegmentRow.number != _MARK,
        )
    )
    marks = [
        {
            "channel": channel,
            "group_hash": _mark(pseudonyms, channel, part),
            "number": _MARK,
            "total": _MARK,
            "sealed": b"",
        }
        for part in parts.values()
    ]
    connection.execute(insert(MessageSegmentRow).values(marks).on_conflict_do_nothing())


def _mark(pseudonyms: Pseudonyms, channel: str, message: InboundMessage) -> bytes:
    """Hash a segment's id and content, by which a duplicate of it is recognised.

    Counters start anew, so the id alone is not enough.
    """
    fingerprint = make_fingerprint(pseudonyms, message, message.external_id, message.text)
    return pseudonyms.hash_part(channel, f"{message.external_id}\x1f{fingerprint.hex()}")


def join_parts(parts: dict[int, InboundMessage]) -> InboundMessage:
    """Join segments, given by number in order, to one message with the id of the first of them.

    An ellipsis stands where segments are missing.
    """
    numbers, messages = list(parts), list(parts.values())
    words = messages[0].text
    for before, number in pairwise(numbers):
        words += ("" if number == before + 1 else _GAP) + parts[number].text
    moments = [message.sent_at for message in messages if message.sent_at is not None]
    first = messages[0]
    return InboundMessage(
        external_id=first.external_id,
        address=first.address,
        campaign_address=first.campaign_address,
        text=words,
        payload={"parts": [dict(message.payload) for message in messages]},
        sent_at=min(moments, default=None),
        media=tuple(media for message in messages for media in message.media),
    )


def _write(message: InboundMessage) -> str:
    values = asdict(message)
    values["sent_at"] = (message.sent_at or now()).isoformat()
    return json.dumps(values)


def _read(written: str) -> InboundMessage:
    """Read a stored segment. An earlier version wrote the required fields first, some under other names."""
    values: dict[str, Any] = json.loads(written)
    if next(iter(values)) == _REQUIRED[0]:
        values = dict(zip((*_REQUIRED, *list(values)[len(_REQUIRED) :]), values.values(), strict=True))
    values["sent_at"] = datetime.fromisoformat(values["sent_at"])
    values["media"] = tuple(MediaReference(**media) for media in values["media"])
    if values["point"] is not None:
        values["point"] = tuple(values["point"])
    return InboundMessage(**values)
