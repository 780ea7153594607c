"""The durable way in: one INSERT that is committed before the gateway hears an answer."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, case, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, OperationalError

from channels.base import DeliveryReport, InboundMessage
from reporting.intake.pseudonym import Pseudonyms
from reporting.models.base import now
from reporting.models.message import DELIVERED, FAILED, INBOUND, OUTBOUND, QUEUED, RECEIVED, SENT, Message

MAX_TEXT_CHARACTERS = 10_000
_RETRY_PAUSE_S = 0.2

_insert = insert(Message).on_conflict_do_nothing(index_elements=["channel", "external_id"]).returning(Message.id)

# States of an outbound message only move forward, in whatever order the gateway's reports come.
_RANK = {QUEUED: 0, SENT: 1, FAILED: 2, DELIVERED: 3}


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores messages. `engine` runs in autocommit mode: the one statement is its own transaction."""

    engine: Engine
    pseudonyms: Pseudonyms
    patience_s: float = 8.0

    def accept(self, channel: str, message: InboundMessage) -> bool:
        """Store one message; False when it was there already. Raises DBAPIError when the database cannot take it."""
        row = make_row(self.pseudonyms, channel, message)
        # A gateway rarely tries again: while the database restarts we wait as long as the gateway does. The statement
        # can be repeated without harm, so a commit whose answer was lost changes nothing.
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                return self._insert(row)
            except DBAPIError as error:
                if not is_outage(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_PAUSE_S)

    def _insert(self, row: Mapping[str, object]) -> bool:
        with self.engine.connect() as connection:
            return connection.execute(_insert, row).first() is not None

    def note_delivery(self, channel: str, report: DeliveryReport) -> None:
        """Note what became of an outbound message."""
        rank = case(_RANK, value=Message.state, else_=9)
        statement = (
            update(Message)
            .where(
                Message.channel == channel,
                Message.external_id == report.external_id,
                Message.direction == OUTBOUND,
                rank < _RANK[report.state],
            )
            .values(state=report.state, error=report.error_code)
        )
        with self.engine.connect() as connection:
            connection.execute(statement)


def is_outage(error: DBAPIError) -> bool:
    """Whether the database was away, and not the statement wrong."""
    return error.connection_invalidated or isinstance(error, OperationalError)


def accept_many(connection: Connection, rows: Sequence[Mapping[str, object]]) -> int:
    """Store many messages in the caller's transaction, as `accept` does one by one; returns how many were new."""
    return len(connection.execute(_insert, rows).all()) if rows else 0


def make_row(
    pseudonyms: Pseudonyms,
    channel: str,
    message: InboundMessage,
    *,
    campaign_id: int | None = None,
    received_at: datetime | None = None,
) -> dict[str, object]:
    """The columns of an inbound message. Nothing in clear but its words."""
    text = clean_text(message.text)[:MAX_TEXT_CHARACTERS]
    party, line = message.party, clean_text(message.line) if message.line else None
    return {
        "campaign_id": campaign_id,
        "channel": channel,
        "external_id": clean_text(message.external_id)[:200],
        "direction": INBOUND,
        "line": line,
        "party_hash": pseudonyms.hash_party(party) if party else None,
        "party_sealed": pseudonyms.seal(party) if party else None,
        "content_hash": pseudonyms.hash_content(channel, party, line or "", text) if party and text.strip() else None,
        "text": text,
        "payload_sealed": pseudonyms.seal(json.dumps(dict(message.payload))) if message.payload else None,
        "received_at": received_at or message.sent_at or now(),
        "state": RECEIVED,
    }


def clean_text(text: str) -> str:
    """What PostgreSQL can store: no NUL, no half of a surrogate pair. The payload keeps the original."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
