"""Proofs that a call comes from the gateway: shared secrets, compared in constant time, and how old a call may be."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from channels.base import SignatureRefused

TOKEN_SHORTEST: Final = 22  # letters and digits: 128 bits where they were drawn by chance


def make_tokens_field() -> fields.List[str]:
    """The option with the secrets of a gateway that signs nothing: whoever knows one may bring messages."""
    length = validate.Length(TOKEN_SHORTEST, 200, error=f"at least {TOKEN_SHORTEST} characters, drawn by chance")
    safe = validate.Regexp(r"^[A-Za-z0-9._~-]+\Z", error="letters, digits and . _ ~ - only")
    return fields.List(fields.String(validate=[length, safe]), required=True, validate=validate.Length(1))


def make_keys_field() -> fields.List[str]:
    """The option with the keys or passwords of a gateway, the newest first; several are good while one is changed."""
    return fields.List(fields.String(validate=validate.Length(1)), required=True, validate=validate.Length(1))


def is_one_of(given: str | None, accepted: Sequence[str]) -> bool:
    """Whether `given` is one of the accepted secrets. How long that takes says nothing about which, or how nearly."""
    told = (given or "").encode("utf-8", "surrogatepass")
    is_found = False
    for secret in accepted:
        is_found |= hmac.compare_digest(told, secret.encode())
    return is_found


def require_one_of(given: str | None, accepted: Sequence[str]) -> None:
    """Raises SignatureRefused unless `given` is one of the accepted secrets."""
    if not is_one_of(given, accepted):
        raise SignatureRefused


def require_recent(told: str | None, window_s: float) -> None:
    """Raises SignatureRefused unless `told` (seconds since 1970) is no further than `window_s` from now."""
    try:
        made_at = float(told or "")
    except ValueError:
        raise SignatureRefused from None
    # Also refuses what is no number at all (nan), since that is not smaller than anything.
    if not abs(datetime.now(UTC).timestamp() - made_at) <= window_s:
        raise SignatureRefused
