"""Access to pictures and recordings, which Vonage stores for two days: the hosts, and the token for downloads."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from marshmallow import ValidationError

from channels.base.gateway import MediaAccess

HOSTS: Final = ("api.nexmo.com", "api-us.nexmo.com", "api-eu.nexmo.com")
_TOKEN_LIFE_S: Final = 900


def make_access(hosts: Sequence[str], application_id: str | None, private_key: str | None) -> MediaAccess:
    """Make the media access of an application; without one, for accounts that have not secured their media."""
    if application_id is None or private_key is None:
        return MediaAccess(frozenset(hosts))
    return MediaAccess(frozenset(hosts), token=_make_signer(application_id, read_key(private_key)))


def read_key(pem: str) -> RSAPrivateKey:
    """Read the private key of an application, also with escaped line ends. Raises ValidationError, without the key."""
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValidationError("no private key in PEM") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValidationError("not a key for RSA")
    return key


def _make_signer(application_id: str, key: RSAPrivateKey) -> Callable[[], str]:
    def sign() -> str:
        moment = int(time.time())
        claims = {
            "application_id": application_id, "iat": moment, "exp": moment + _TOKEN_LIFE_S, "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return jwt.encode(claims, key, algorithm="RS256")

    return sign
