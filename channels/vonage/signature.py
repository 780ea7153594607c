"""Vonage's two webhook signatures: `sig`, a digest over all fields in order, and a JWT with a digest of the body."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt

from channels.base.errors import SignatureRefused
from channels.base.request import GatewayRequest

_BEARER: Final = "bearer "
_AHEAD: Final = timedelta(minutes=10)  # how far the gateway's clock may be ahead of ours


def _hash_md5(secret: str, text: str) -> str:
    # Vonage's default method, older than its HMACs.
    return hashlib.md5(f"{text}{secret}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _hmac(algorithm: str) -> Callable[[str, str], str]:
    def sign(secret: str, text: str) -> str:
        return hmac.new(secret.encode(), text.encode("utf-8", "replace"), algorithm).hexdigest()

    return sign


METHODS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "md5hash": _hash_md5,
    "md5": _hmac("md5"),
    "sha1": _hmac("sha1"),
    "sha256": _hmac("sha256"),
    "sha512": _hmac("sha512"),
}


def join_fields(fields: Mapping[str, str]) -> str:
    """Join the fields that `sig` signs: all others in the order of their names, with `&` and `=` in values as `_`.

    Names are escaped in the same way: no real field needs it, and an unescaped name could contain other fields and
    share their signature.
    """
    parts = (f"&{_escape(name)}={_escape(value)}" for name, value in sorted(fields.items()) if name != "sig")
    return "".join(parts)


def _escape(words: str) -> str:
    return words.replace("&", "_").replace("=", "_")


class VonageSignature:
    """Verifies calls. Several secrets may be valid at once while one is rotated."""

    def __init__(self, secrets: Sequence[str], method: str, window: timedelta) -> None:
        self._secrets = secrets
        self._sign = METHODS[method]
        self._window = window

    def verify_fields(self, fields: Mapping[str, str]) -> None:
        """Verify `sig`, and that `timestamp` lies within the window. Raises SignatureRefused."""
        given, text = fields.get("sig", "").lower().encode("utf-8", "replace"), join_fields(fields)
        if not any(hmac.compare_digest(self._sign(secret, text).encode(), given) for secret in self._secrets):
            raise SignatureRefused
        self._check_time(fields.get("timestamp"))

    def verify_token(self, request: GatewayRequest) -> None:
        """Verify the JWT of the header, and that it belongs to this body. Raises SignatureRefused."""
        header = request.headers.get("Authorization", "")
        # For a GET the query string would be read, which the JWT does not sign.
        if not header.lower().startswith(_BEARER) or not request.body or request.method != "POST":
            raise SignatureRefused
        claims = self._decode(header[len(_BEARER) :].strip())
        expected = hashlib.sha256(request.body).hexdigest()
        if not hmac.compare_digest(
            expected.encode(), str(claims.get("payload_hash", "")).lower().encode("utf-8", "replace")
        ):
            raise SignatureRefused
        self._check_time(str(claims.get("iat", "")))

    def _decode(self, token: str) -> Mapping[str, object]:
        # The JWT expires within minutes but calls are retried for a day, so our own window counts instead.
        options = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
        for secret in self._secrets:
            try:
                return jwt.decode(token, secret, algorithms=["HS256"], options=options)  # type: ignore[arg-type]
            except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
                continue
        raise SignatureRefused

    def _check_time(self, seconds: str | None) -> None:
        try:
            made_at = datetime.fromtimestamp(float(seconds or ""), UTC)
        except (ValueError, OverflowError, OSError):
            raise SignatureRefused from None
        if not -_AHEAD <= datetime.now(UTC) - made_at <= self._window:
            raise SignatureRefused
