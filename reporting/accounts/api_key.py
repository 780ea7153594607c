"""API keys of partners' programs: created once, shown once, stored as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from reporting.models.api_key import ApiKey
from reporting.models.base import now

_PREFIX: Final = "baraza_"  # so that a key that was published by mistake is recognised as one
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The partner that an API key belongs to. Keys of one name are the same partner, so that a key can be replaced."""

    campaign_id: int
    name: str

    @property
    def partner(self) -> str:
        """Return the namespace of the partner's message ids: partners' ids never collide with each other's."""
        return f"{self.campaign_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """An API key without its secret, for listing."""

    id: int
    name: str
    created_at: datetime
    revoked_at: datetime | None


def add_key(connection: Connection, campaign_id: int, name: str) -> str:
    """Create an API key for a partner and return it; only its hash is stored, so it cannot be shown again."""
    key = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    connection.execute(insert(ApiKey).values(campaign_id=campaign_id, name=name, key_hash=_hash(key)))
    return key


def find_holder(connection: Connection, key: str) -> KeyHolder | None:
    """Find the partner of an API key; None for an unknown or revoked key.

    The index compares SHA-256 hashes of 256 random bits, so the time of the query reveals nothing about a key.
    """
    query = select(ApiKey.campaign_id, ApiKey.name).where(ApiKey.key_hash == _hash(key), ApiKey.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return KeyHolder(row.campaign_id, row.name) if row is not None else None


def list_keys(connection: Connection, campaign_id: int) -> list[KeyInfo]:
    """List the campaign's API keys, oldest first, including revoked ones."""
    query = (
        select(ApiKey.id, ApiKey.name, ApiKey.created_at, ApiKey.revoked_at)
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


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
