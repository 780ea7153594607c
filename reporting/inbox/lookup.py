"""Finds what is stored under the id that a channel gave, so that a message sent again is told from another one."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from reporting.models.message import Message


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What a message still holds; `text` and payload are gone once it was erased or purged."""

    text: str
    payload_encrypted: bytes | None


def find_stored(connection: Connection, channel: str, external_id: str) -> StoredMessage | None:
    """Find the message of that channel and id; None where none is stored."""
    query = select(Message.text, Message.payload_encrypted)
    row = connection.execute(query.where(Message.channel == channel, Message.external_id == external_id)).first()
    return None if row is None else StoredMessage(*row)
