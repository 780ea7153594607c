"""Durable intake: one INSERT, committed before the gateway is answered."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, Engine, PoolProxiedConnection, text
from sqlalchemy.exc import DBAPIError

from channels.base.items import InboundMessage
from config.errors import Unavailable
from reporting.crypto.content_ids import key_id
from reporting.crypto.details import seal_details
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import INTAKE_LIMITS, BoundedConnection, is_outage
from reporting.inbox.group_commit import GroupCommit, NotCommitted, Row
from reporting.inbox.loop_insert import LoopInsert
from reporting.inbox.rate_limit import IntakePriority
from reporting.inbox.reused_ids import make_fingerprint, store_reused_ids
from reporting.models.base import now
from reporting.models.states import Direction, MessageState

MAX_TEXT_CHARACTERS = 10_000
# Longest time from sending to arrival: forms can wait on a volunteer's phone without a signal.
LONGEST_WAY = timedelta(days=90)
ID_LONGEST = 200
_RETRY_PAUSE_S = 0.2
_SHORTEST_TRY_S = 0.5
_DATABASE_ERRORS = (psycopg.Error, DBAPIError)

_COLUMNS = {
    "campaign_id": "bigint", "channel": "text", "external_id": "text", "direction": "text", "campaign_address": "text",
    "address_hash": "bytea", "address_encrypted": "bytea", "content_hash": "bytea", "fingerprint": "bytea",
    "twin_hash": "bytea", "text": "text", "payload_encrypted": "bytea", "details_encrypted": "bytea",
    "network_hash": "bytea", "received_at": "timestamptz", "state": "text", "priority": "integer",
}  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_ON_CONFLICT = "ON CONFLICT (channel, external_id) DO NOTHING"
# One statement and one parameter for any number of rows: prepared once, and the fastest variant that was measured.
_INSERT_ROWS = (
    f"INSERT INTO message ({_NAMES}) SELECT "
    + ", ".join(f"decode({name}, 'base64')" if kind == "bytea" else name for name, kind in _COLUMNS.items())
    + " FROM json_to_recordset($1::json) AS row("
    + ", ".join(f"{name} {'text' if kind == 'bytea' else kind}" for name, kind in _COLUMNS.items())
    + f") {_ON_CONFLICT}"
)
_INSERT = _INSERT_ROWS.replace("$1", "%s")
_INSERT_MANY = text(
    f"INSERT INTO message ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) {_ON_CONFLICT}"
)


class StoreUnavailable(Unavailable):
    """The database cannot store a message now; the gateway should retry."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores inbound messages. `engine` runs in autocommit mode: each statement is its own transaction."""

    engine: Engine
    pseudonyms: Pseudonyms
    patience_s: float = 8.0
    queueing: IntakePriority = field(default_factory=IntakePriority)
    _group: GroupCommit = field(init=False)
    _loop: LoopInsert = field(init=False)
    _kept: list[PoolProxiedConnection] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_group", GroupCommit(self._insert, is_of_all=is_outage))
        loop = LoopInsert(self.engine, _INSERT_ROWS, _encode, answer_s=INTAKE_LIMITS.answer_s)
        object.__setattr__(self, "_loop", loop)

    def accept(self, channel: str, message: InboundMessage, campaign_id: int | None = None) -> str:
        """Store one message unless it is a duplicate; committed on return. Raises StoreUnavailable.

        Returns the id under which it is stored: a longer one if another message has its id. `campaign_id` is given
        where no campaign address tells the campaign: for a form or a partner's API key.

        The database driver is used directly, because SQLAlchemy takes as long as the rest of the webhook
        (docs/adr/0004).
        """
        row, deadline = self._begin(channel, message, campaign_id)
        while True:
            try:
                self._group.commit(row, deadline)
            except (*_DATABASE_ERRORS, NotCommitted) as error:
                _raise_unless_passing(error, deadline)
                time.sleep(_RETRY_PAUSE_S)
            else:
                return str(row["external_id"])

    async def accept_async(self, channel: str, message: InboundMessage) -> str:
        """Store one message as `accept` does, in an event loop that goes on meanwhile. Raises StoreUnavailable."""
        row, deadline = self._begin(channel, message, None)
        if await self._loop.insert(row, deadline):
            return str(row["external_id"])
        while True:
            try:
                await self._group.commit_async(row, deadline)
            except (*_DATABASE_ERRORS, NotCommitted) as error:
                _raise_unless_passing(error, deadline)
                await asyncio.sleep(_RETRY_PAUSE_S)
            else:
                return str(row["external_id"])

    def close(self) -> None:
        """Close the connections."""
        self._loop.close()
        self.engine.dispose()

    def _begin(self, channel: str, message: InboundMessage, campaign_id: int | None) -> tuple[Row, float]:
        """Make the row, and the deadline for storing it.

        During a restart of the database, storing is retried as long as a gateway waits, because gateways rarely call
        again. The statement can be repeated without harm, also after a commit whose answer was lost.
        """
        row = make_row(self.pseudonyms, channel, message, campaign_id=campaign_id)
        row["priority"] = self.queueing.rank(row["address_hash"], row["network_hash"])
        return row, time.monotonic() + self.patience_s

    def _insert(self, rows: Sequence[Row], until: float) -> None:
        # The single writer reuses its connection until it fails.
        if not self._kept:
            self._kept.append(self.engine.raw_connection())
        pooled = self._kept[0]
        try:
            link: BoundedConnection = pooled.driver_connection  # type: ignore[assignment]
            link.answer_s = max(_SHORTEST_TRY_S, min(INTAKE_LIMITS.answer_s, until - time.monotonic()))
            if _insert_all(link, rows) < len(rows):
                store_reused_ids(link, rows, partial(_insert_all, link))
        except psycopg.Error as error:
            self._kept.clear()
            pooled.invalidate(error)
            raise


def _raise_unless_passing(error: Exception, deadline: float) -> None:
    """Raise StoreUnavailable unless the error is a passing outage and time is left; then the gateway retries."""
    if time.monotonic() > deadline or not (isinstance(error, NotCommitted) or is_outage(error)):
        raise StoreUnavailable from error


def _insert_all(link: "psycopg.Connection[Any]", rows: Sequence[Row]) -> int:
    return link.execute(_INSERT, (_encode(rows).decode(),)).rowcount


def _encode(rows: Sequence[Row]) -> bytes:
    return orjson.dumps(rows, default=_to_json)


def _to_json(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def accept_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store many messages in the caller's transaction; return how many were new. A known id counts as a duplicate."""
    return connection.execute(_INSERT_MANY, list(rows)).rowcount if rows else 0


def accept_each(connection: Connection, rows: Sequence[Row]) -> int:
    """Store messages in the caller's transaction as `accept` does: a different message under a known id is new."""
    added = accept_many(connection, rows)
    if added < len(rows):
        link: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        added += store_reused_ids(link, rows, partial(accept_many, connection))
    return added


def make_row(
    pseudonyms: Pseudonyms,
    channel: str,
    message: InboundMessage,
    *,
    campaign_id: int | None = None,
    received_at: datetime | None = None,
) -> dict[str, Any]:
    """Make the columns of an inbound message. Only its text is stored in the clear."""
    words = clean_text(message.text)[:MAX_TEXT_CHARACTERS]
    address, campaign_address = (
        message.address,
        clean_text(message.campaign_address) if message.campaign_address else None,
    )
    address_hash = pseudonyms.hash_address(address) if address else None
    external_id = key_id(pseudonyms, clean_text(message.external_id))
    return {
        "campaign_id": campaign_id,
        "channel": channel,
        "external_id": external_id,
        "direction": Direction.INBOUND,
        "campaign_address": campaign_address,
        "address_hash": address_hash,
        "address_encrypted": pseudonyms.seal(address) if address else None,
        "content_hash": pseudonyms.hash_content(channel, address_hash, campaign_address, words)
        if address_hash and words.strip() and not message.media  # the same text with another picture is no duplicate
        else None,
        "fingerprint": make_fingerprint(pseudonyms, message, external_id, words),
        "twin_hash": pseudonyms.hash_twin(channel, address_hash, words, message.twin)
        if address_hash and message.twin
        else None,
        "text": words,
        "payload_encrypted": pseudonyms.seal(json.dumps(dict(message.payload))) if message.payload else None,
        "details_encrypted": seal_details(pseudonyms, message),
        "network_hash": pseudonyms.hash_network(message.network) if message.network else None,
        "received_at": received_at or _when(message),
        "state": MessageState.RECEIVED,
        "priority": 0,
    }


def _when(message: InboundMessage) -> datetime:
    """Return when a message was sent, by gateway or phone; clocks that are wrong put nothing in the future or far past.

    Times in the future become the time of arrival, and so do times older than `LONGEST_WAY` ("2001" of a reset clock).
    """
    arrived = now()
    if message.sent_at is None or message.sent_at < arrived - LONGEST_WAY:
        return arrived
    return min(message.sent_at, arrived)


def clean_text(words: str) -> str:
    """Remove what PostgreSQL cannot store: NUL and lone surrogates. The encrypted payload keeps the original."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()
