"""Keys of partners' programs: made once, shown once, kept as a hash."""

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
    """Who calls: a partner of a campaign. Several keys of one name are the same partner, so that one can be changed."""

    campaign_id: int
    name: str

    @property
    def partner(self) -> str:
        """What tells the partner's message ids from those of others."""
        return f"{self.campaign_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key without the key."""

    id: int
    name: str
    created_at: datetime
    revoked_at: datetime | None


def add_key(connection: Connection, campaign_id: int, name: str) -> str:
    """Make a key for a partner and return it: it cannot be shown again."""
    key = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    connection.execute(insert(ApiKey).values(campaign_id=campaign_id, name=name, key_hash=_hash(key)))
    return key


def find_holder(connection: Connection, key: str) -> KeyHolder | None:
    """Who holds the key; None for one that never was or was revoked.

    The index compares hashes of 256 random bits: how long that takes tells nothing about a key.
    """
    query = select(ApiKey.campaign_id, ApiKey.name).where(ApiKey.key_hash == _hash(key), ApiKey.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return KeyHolder(row.campaign_id, row.name) if row is not None else None


def list_keys(connection: Connection, campaign_id: int) -> list[KeyInfo]:
    """The campaign's keys, oldest first, the revoked ones included."""
    query = (
        select(ApiKey.id, ApiKey.name, ApiKey.created_at, ApiKey.revoked_at)
        .where(ApiKey.campaign_id == campaign_id)
        .order_by(ApiKey.id)
    )
    return [KeyInfo(*row) for row in connection.execute(query)]


def revoke_key(connection: Connection, campaign_id: int, key_id: int) -> bool:
    """End a key's life; False where the campaign has no such key. Doing it again changes nothing."""
    if not any(key.id == key_id for key in list_keys(connection, campaign_id)):
        return False
    connection.execute(update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now()))
    return True


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
