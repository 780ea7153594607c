"""Verification of webhook calls: shared secrets, compared in constant time, and the age of a call."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from channels.base.errors import SignatureRefused
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.phone_number import find_international

TOKEN_SHORTEST: Final = 22  # letters and digits: 128 bits of entropy where they are random


def make_tokens_field() -> fields.List[str]:
    """Make the option for secrets in the URL, for a gateway that signs nothing: whoever knows one may post messages."""
    length = validate.Length(TOKEN_SHORTEST, 200, error=f"at least {TOKEN_SHORTEST} characters, drawn by chance")
    safe = validate.Regexp(r"^[A-Za-z0-9._~-]+\Z", error="letters, digits and . _ ~ - only")
    return fields.List(fields.String(validate=[length, safe]), required=True, validate=validate.Length(1))


def make_keys_field() -> fields.List[str]:
    """Make the option for keys or passwords of a gateway, the newest first; several are valid while one is rotated."""
    return fields.List(fields.String(validate=validate.Length(1)), required=True, validate=validate.Length(1))


class PathSecret:
    """Base of the channels of gateways that sign nothing: the secret at the end of the path proves the call.

    Several `tokens` may be valid at once while one is rotated. `region` is the country of numbers without a country
    code, `campaign_address` our address where the gateway names none.
    """

    max_body_bytes = MAX_BODY_BYTES

    def __init__(
        self, name: str, tokens: Sequence[str], region: str | None = None, campaign_address: str | None = None
    ) -> None:
        self.name = name
        self._tokens = tokens
        self._region = region
        self._campaign_address = campaign_address

    def verify(self, request: GatewayRequest) -> None:
        """Check the secret at the end of the path. Raises SignatureRefused."""
        require_one_of(request.token, self._tokens)

    def _spell(self, number: str | None) -> str | None:
        return find_international(number, self._region)


def is_one_of(given: str | None, accepted: Sequence[str]) -> bool:
    """Tell whether `given` is one of the accepted secrets, in constant time."""
    told = (given or "").encode("utf-8", "surrogatepass")
    is_found = False
    for secret in accepted:
        is_found |= hmac.compare_digest(told, secret.encode())
    return is_found


def require_one_of(given: str | None, accepted: Sequence[str]) -> None:
    """Check that `given` is one of the accepted secrets. Raises SignatureRefused."""
    if not is_one_of(given, accepted):
        raise SignatureRefused


def require_recent(told: str | None, window_s: float) -> None:
    """Check that `told` (seconds since 1970) is no further than `window_s` seconds from now.

    Raises SignatureRefused.
    """
    try:
        made_at = float(told or "")
    except ValueError:
        raise SignatureRefused from None
    # Written with "not", so that NaN, for which every comparison is false, is refused too.
    if not abs(datetime.now(UTC).timestamp() - made_at) <= window_s:
        raise SignatureRefused
