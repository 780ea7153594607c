"""Parts of long messages wait here, sealed, until the others are there; then all of them become one message.

A part is committed before its gateway hears an answer. The last part, the message and the end of the parts are one
transaction under a lock of the group, so however many processes take parts at once, nothing is lost and nothing made
twice. A part that comes again after its message was made is known by a mark that stays for some days.
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

from channels.base import InboundMessage, MediaReference, MessageSegment
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.reused_ids import make_fingerprint
from reporting.inbox.store import StoreUnavailable, accept_each, make_row
from reporting.models.base import now
from reporting.models.message import MessageSegmentRow

_log = structlog.get_logger()

PATIENCE = timedelta(minutes=10)  # after the last part that came, those that are missing are no longer waited for
_REMEMBERED = timedelta(days=3)  # gateways try again for a day
_BATCH = 100
_MARK: Final = 0  # the number of a row that says: this part is in a message already
_GAP = " … "


@dataclass(frozen=True, slots=True)
class MultipartStore:
    """Takes parts in. `database` is used in transactions of its own."""

    database: Database
    pseudonyms: Pseudonyms

    def accept(self, channel: str, part: MessageSegment) -> None:
        """Keep one part; with the last one the message is stored. Committed on return. Raises StoreUnavailable."""
        try:
            with self.database.begin() as connection:
                _take(connection, self.pseudonyms, channel, part)
        except DBAPIError as error:
            raise StoreUnavailable from error


def assemble_late(database: Database, pseudonyms: Pseudonyms, *, patience: timedelta = PATIENCE) -> int:
    """Make messages of what is there of groups whose other parts did not come; returns how many. May run anywhere."""
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
                # Another part may have come, or another worker been here, since the list was made.
                if (channel, group_hash) in _list_late(connection, patience, group_hash):
                    _assemble(connection, pseudonyms, channel, group_hash)
                    made += 1
        except InvalidTag:
            _log.error("parts_unreadable", channel=channel)  # sealed with another pepper: they wait for it
    return made


def _take(connection: Connection, pseudonyms: Pseudonyms, channel: str, part: MessageSegment) -> None:
    group_hash = pseudonyms.hash_part(channel, part.group)
    _lock(connection, group_hash)
    if _is_used(connection, pseudonyms, channel, part):
        return
    there = _read_group(connection, pseudonyms, channel, group_hash)
    if (before := there.get(part.number)) is not None:
        if _mark(pseudonyms, channel, before) == _mark(pseudonyms, channel, part.message):
            return
        # Phones count only to 255: this is a later message, and of the earlier one nothing more will come.
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
    """One at a time for each group, until the transaction ends."""
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
    """The parts that are there by their number, in their order."""
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
    """Store the message of a group, mark its parts as used and let them go, all in the caller's transaction."""
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
    """What a part is known by when it comes again: its id and what it says, since counters begin anew."""
    fingerprint = make_fingerprint(pseudonyms, message, message.external_id, message.text)
    return pseudonyms.hash_part(channel, f"{message.external_id}\x1f{fingerprint.hex()}")


def join_parts(parts: dict[int, InboundMessage]) -> InboundMessage:
    """One message of the parts that are there, by their number in order; its id is that of its first one.

    Where parts are missing an ellipsis stands between the others.
    """
    numbers, messages = list(parts), list(parts.values())
    words = messages[0].text
    for before, number in pairwise(numbers):
        words += ("" if number == before + 1 else _GAP) + parts[number].text
    moments = [message.sent_at for message in messages if message.sent_at is not None]
    first = messages[0]
    return InboundMessage(
        external_id=first.external_id,
        party=first.party,
        line=first.line,
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
    values: dict[str, Any] = json.loads(written)
    values["sent_at"] = datetime.fromisoformat(values["sent_at"])
    values["media"] = tuple(MediaReference(**media) for media in values["media"])
    if values["point"] is not None:
        values["point"] = tuple(values["point"])
    return InboundMessage(**values)
