"""The durable way in: one INSERT that is committed before the gateway hears an answer."""

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

from channels.base import InboundMessage
from reporting.crypto.content_ids import key_id
from reporting.crypto.details import seal_details
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import INTAKE_LIMITS, BoundedConnection, is_outage
from reporting.inbox.group_commit import GroupCommit, NotCommitted, Row
from reporting.inbox.rate_limit import Queueing
from reporting.inbox.reused_ids import keep_others, make_fingerprint
from reporting.models.base import now
from reporting.models.message import INBOUND, RECEIVED

MAX_TEXT_CHARACTERS = 10_000
# No message is longer on its way, not even a form on a volunteer's phone without a signal.
LONGEST_WAY = timedelta(days=90)
ID_LONGEST = 200
_RETRY_PAUSE_S = 0.2
_SHORTEST_TRY_S = 0.5
_DATABASE_ERRORS = (psycopg.Error, DBAPIError)
_HOPELESS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, DBAPIError)

_COLUMNS = {
    "campaign_id": "bigint", "channel": "text", "external_id": "text", "direction": "text", "line": "text",
    "party_hash": "bytea", "party_sealed": "bytea", "content_hash": "bytea", "fingerprint": "bytea",
    "twin_hash": "bytea", "text": "text", "payload_sealed": "bytea", "details_sealed": "bytea",
    "network_hash": "bytea", "received_at": "timestamptz", "state": "text", "priority": "integer",
}  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_ON_CONFLICT = "ON CONFLICT (channel, external_id) DO NOTHING"
# One statement and one parameter for any number of rows: prepared once, and the cheapest of the ways measured.
_INSERT = (
    f"INSERT INTO message ({_NAMES}) SELECT "  # noqa: S608  # names of this file
    + ", ".join(f"decode({name}, 'base64')" if kind == "bytea" else name for name, kind in _COLUMNS.items())
    + " FROM json_to_recordset(%s::json) AS row("
    + ", ".join(f"{name} {'text' if kind == 'bytea' else kind}" for name, kind in _COLUMNS.items())
    + f") {_ON_CONFLICT}"
)
_INSERT_MANY = text(
    f"INSERT INTO message ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) {_ON_CONFLICT}"  # noqa: S608
)


class StoreUnavailable(Exception):
    """The database cannot take a message now."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores messages. `engine` runs in autocommit mode: a statement is its own transaction."""

    engine: Engine
    pseudonyms: Pseudonyms
    patience_s: float = 8.0
    queueing: Queueing = field(default_factory=Queueing)
    _group: GroupCommit = field(init=False)
    _kept: list[PoolProxiedConnection] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_group", GroupCommit(self._insert, hopeless=_HOPELESS))

    def accept(self, channel: str, message: InboundMessage, campaign_id: int | None = None) -> str:
        """Store one message unless it is there already; it is committed on return. Raises StoreUnavailable.

        Returns the id under which it stands: a longer one where another message has its own. `campaign_id` is known
        where no line of ours tells the campaign: to a form or the key of a partner.

        The driver is used directly: the toolkit above it takes as long as the rest of the webhook (docs/adr/0004).
        """
        row = make_row(self.pseudonyms, channel, message, campaign_id=campaign_id)
        row["priority"] = self.queueing.rank(row["party_hash"], row["network_hash"])
        # A gateway rarely tries again: while the database restarts we wait as long as the gateway does. The statement
        # can be repeated without harm, so a commit whose answer was lost changes nothing.
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                self._group.commit(row, deadline)
            except (*_DATABASE_ERRORS, NotCommitted) as error:
                # Of what is no outage nobody knows what helps: the gateway keeps the message and tries again.
                is_passing = isinstance(error, NotCommitted) or is_outage(error)
                if not is_passing or time.monotonic() > deadline:
                    raise StoreUnavailable from error
                time.sleep(_RETRY_PAUSE_S)
            else:
                return str(row["external_id"])

    def _insert(self, rows: Sequence[Row], until: float) -> None:
        # There is one writer at a time, so it keeps its connection; one that failed is not used again.
        if not self._kept:
            self._kept.append(self.engine.raw_connection())
        pooled = self._kept[0]
        try:
            link: BoundedConnection = pooled.driver_connection  # type: ignore[assignment]
            link.answer_s = max(_SHORTEST_TRY_S, min(INTAKE_LIMITS.answer_s, until - time.monotonic()))
            if _insert_all(link, rows) < len(rows):
                keep_others(link, rows, partial(_insert_all, link))
        except psycopg.Error as error:
            self._kept.clear()
            pooled.invalidate(error)
            raise


def _insert_all(link: "psycopg.Connection[Any]", rows: Sequence[Row]) -> int:
    return link.execute(_INSERT, (orjson.dumps(rows, default=_to_json).decode(),)).rowcount


def _to_json(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def accept_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store many messages in the caller's transaction; returns how many were new. What has a known id is known."""
    return connection.execute(_INSERT_MANY, list(rows)).rowcount if rows else 0


def accept_each(connection: Connection, rows: Sequence[Row]) -> int:
    """The same, as `accept` does it one by one: another message under a known id is new."""
    added = accept_many(connection, rows)
    if added < len(rows):
        link: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        added += keep_others(link, rows, partial(accept_many, connection))
    return added


def make_row(
    pseudonyms: Pseudonyms,
    channel: str,
    message: InboundMessage,
    *,
    campaign_id: int | None = None,
    received_at: datetime | None = None,
) -> dict[str, Any]:
    """The columns of an inbound message. Nothing in clear but its words."""
    words = clean_text(message.text)[:MAX_TEXT_CHARACTERS]
    party, line = message.party, clean_text(message.line) if message.line else None
    party_hash = pseudonyms.hash_party(party) if party else None
    external_id = key_id(pseudonyms, clean_text(message.external_id))
    return {
        "campaign_id": campaign_id,
        "channel": channel,
        "external_id": external_id,
        "direction": INBOUND,
        "line": line,
        "party_hash": party_hash,
        "party_sealed": pseudonyms.seal(party) if party else None,
        "content_hash": pseudonyms.hash_content(channel, party_hash, line, words)
        if party_hash and words.strip() and not message.media  # the same words with another picture are no repetition
        else None,
        "fingerprint": make_fingerprint(pseudonyms, message, external_id, words),
        "twin_hash": pseudonyms.hash_twin(channel, party_hash, words, message.twin)
        if party_hash and message.twin
        else None,
        "text": words,
        "payload_sealed": pseudonyms.seal(json.dumps(dict(message.payload))) if message.payload else None,
        "details_sealed": seal_details(pseudonyms, message),
        "network_hash": pseudonyms.hash_network(message.network) if message.network else None,
        "received_at": received_at or _when(message),
        "state": RECEIVED,
        "priority": 0,
    }


def _when(message: InboundMessage) -> datetime:
    """When it was sent as far as the gateway or the phone says. A clock that runs ahead puts nothing into the future,
    and one that was reset ("2001") not into the past."""
    arrived = now()
    if message.sent_at is None or message.sent_at < arrived - LONGEST_WAY:
        return arrived
    return min(message.sent_at, arrived)


def clean_text(words: str) -> str:
    """What PostgreSQL can store: no NUL, no half of a surrogate pair. The payload keeps the original."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()
