"""Stands where Twilio stands: calls with its fields and its signature."""

import secrets
from collections.abc import Mapping

from twilio.request_validator import RequestValidator


def twilio_form(
    text: str, *, sender: str = "+9779800000001", campaign_address: str = "+15005550006", sid: str | None = None
) -> dict[str, str]:
    """The fields of an incoming SMS, as Twilio documents them."""
    sid = f"SM{secrets.token_hex(16)}" if sid is None else sid
    return {
        "ToCountry": "US", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
        "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": text, "FromCountry": "NP",
        "To": campaign_address, "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": f"AC{'0' * 32}",
        "From": sender, "ApiVersion": "2010-04-01",
    }  # fmt: skip


def sign(url: str, form: Mapping[str, str], token: str) -> dict[str, str]:
    """The header by which Twilio proves that it is Twilio."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form))}
