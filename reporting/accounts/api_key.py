"""API keys of partners' programs: created once, shown once, stored as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, text, update

from config.errors import UserError
from reporting.models.api_key import ApiKey
from reporting.models.base import now

_PREFIX: Final = "baraza_"  # so that a key that was published by mistake is recognised as one
_KEY_BYTES: Final = 32


_AREAS: Final = text("SELECT code FROM area WHERE campaign_id = :campaign_id")
_TOPICS: Final = text("SELECT code FROM topic WHERE campaign_id = :campaign_id AND sensitivity <> 'severe'")


class ScopeRefused(UserError):
    """A key's scope that cannot be; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class ReadingScope:
    """What a key reads and what for: incidents in these areas and of these topics (codes), all where none are named."""

    purpose: str
    areas: Sequence[str] = ()
    topics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The partner that an API key belongs to. Keys of one name are the same partner, so that a key can be replaced."""

    campaign_id: int
    name: str
    key_id: int
    reads_incidents: bool = False
    areas: tuple[str, ...] = ()  # codes of the scope; all where it names none
    topics: tuple[str, ...] = ()

    @property
    def partner(self) -> str:
        """Return the namespace of the partner's message ids: partners' ids never collide with each other's."""
        return f"{self.campaign_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """An API key without its secret, for listing. One that reads incidents has a purpose."""

    id: int
    name: str
    purpose: str | None
    areas: Sequence[str]
    topics: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None


def add_key(connection: Connection, campaign_id: int, name: str, reading: ReadingScope | None = None) -> str:
    """Create an API key for a partner and return it; only its hash is stored, so it cannot be shown again.

    With a scope it also reads incidents. Raises ScopeRefused for an area or topic that the campaign does not have.
    """
    key = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    values: dict[str, object] = {"campaign_id": campaign_id, "name": name, "key_hash": _hash(key)}
    if reading is not None:
        _check_scope(connection, campaign_id, reading)
        values |= {"reads_incidents": True, "purpose": reading.purpose.strip()}
        values |= {"areas": sorted(set(reading.areas)), "topics": sorted(set(reading.topics))}
    connection.execute(insert(ApiKey).values(values))
    return key


def find_holder(connection: Connection, key: str) -> KeyHolder | None:
    """Find the partner of an API key; None for an unknown or revoked key.

    The index compares SHA-256 hashes of 256 random bits, so the time of the query reveals nothing about a key.
    """
    columns = (ApiKey.campaign_id, ApiKey.name, ApiKey.id, ApiKey.reads_incidents, ApiKey.areas, ApiKey.topics)
    query = select(*columns).where(ApiKey.key_hash == _hash(key), ApiKey.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return KeyHolder(row.campaign_id, row.name, row.id, row.reads_incidents, tuple(row.areas), tuple(row.topics))


def list_keys(connection: Connection, campaign_id: int) -> list[KeyInfo]:
    """List the campaign's API keys, oldest first, including revoked ones."""
    query = (
        select(
            ApiKey.id, ApiKey.name, ApiKey.purpose, ApiKey.areas, ApiKey.topics, ApiKey.created_at, ApiKey.revoked_at
        )
        .where(ApiKey.campaign_id == campaign_id)
        .order_by(ApiKey.id)
    )
    return [KeyInfo(*row) for row in connection.execute(query)]


def revoke_key(connection: Connection, campaign_id: int, key_id: int) -> bool:
    """Revoke an API key; False if the campaign has no such key. Revoking again changes nothing."""
    if not any(key.id == key_id for key in list_keys(connection, campaign_id)):
        return False
    connection.execute(update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now()))
    return True


def _check_scope(connection: Connection, campaign_id: int, reading: ReadingScope) -> None:
    if not reading.purpose.strip():
        raise ScopeRefused("a key that reads incidents needs a purpose")
    for name, query, asked in (("area", _AREAS, reading.areas), ("topic", _TOPICS, reading.topics)):
        known = set(connection.execute(query, {"campaign_id": campaign_id}).scalars())
        if unknown := sorted(set(asked) - known):
            raise ScopeRefused(f"the campaign has no {name} {unknown[0]!r} that can be read")


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
