"""Signatures of outgoing webhooks, as Standard Webhooks 1.0 describes them: HMAC-SHA256 over id, time and body.

The receiver checks the signature with the secret, refuses a time that is minutes off (replay), and takes each id once.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def make_secret() -> str:
    """Make the secret of a subscription, which is shown once."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Make the headers that identify and sign a call: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

    `timestamp` is of this attempt, in seconds since 1970; the id stays the same however often the event is posted.
    """
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.digest(key, f"{event_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
