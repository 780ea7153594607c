"""Twilio's calls of the webhook as bytes, signed as Twilio signs them, made before the clock starts."""

import secrets
from typing import Final
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

PATH: Final = "/channels/twilio/sms"
CAMPAIGN_NUMBER: Final = "+15005550006"


class SignedCalls:
    """Makes signed calls with ids that were never sent before. `url` is the public address that Twilio signs."""

    def __init__(self, token: str, url: str, path: str = PATH) -> None:
        self._validator = RequestValidator(token)
        self._url = url + path
        self._path = path

    def make(self, sender: str, words: str) -> tuple[str, bytes]:
        """(message id, request) of a text from this number."""
        sid = f"SM{secrets.token_hex(16)}"
        form = {
            "ToCountry": "US", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
            "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": words,
            "FromCountry": "HT", "To": CAMPAIGN_NUMBER, "ToZip": "", "NumSegments": "1", "MessageSid": sid,
            "AccountSid": f"AC{'0' * 32}", "From": sender, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        body = urlencode(form).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {self._validator.compute_signature(self._url, form)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return sid, head.encode() + body
