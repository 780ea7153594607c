"""Simulated Twilio webhook calls: over HTTP, with all usual parameters and a valid signature."""

import http.client
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from config.errors import BarazaError
from reporting.languages.sms_segments import measure

_MESSAGE_PATH: Final = "/channels/twilio/sms"
_STATUS_PATH: Final = "/channels/twilio/status"
_TIMEOUT_S: Final = 15  # as long as Twilio waits
_API_VERSION: Final = "2010-04-01"
_ACCOUNT: Final = "AC" + "0" * 32


class GatewayCallFailed(BarazaError):
    """Our own webhook refused the call; `status` is its answer, None when it could not be reached."""

    def __init__(self, status: int | None) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """A caller of a server's webhook, like the gateway. `public_url` is the address that signatures are made for."""

    public_url: str
    auth_token: str
    account_sid: str | None = None

    def deliver(self, *, address: str, campaign_address: str, text: str) -> str:
        """Deliver one inbound message and return the id it was given. Raises GatewayCallFailed."""
        sid = f"SM{uuid.uuid4().hex}"
        parameters = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account_sid or _ACCOUNT,
            "From": address,
            "To": campaign_address,
            "Body": text,
            "NumSegments": str(measure(text).count),
            "NumMedia": "0",
            "SmsStatus": "received",
            "ApiVersion": _API_VERSION,
        }
        self._post(_MESSAGE_PATH, parameters)
        return sid

    def confirm(self, sid: str, *, address: str, campaign_address: str, state: str = "delivered") -> None:
        """Send the delivery report of an outbound message with that id. Raises GatewayCallFailed."""
        parameters = {
            "MessageSid": sid,
            "MessageStatus": state,
            "SmsSid": sid,
            "SmsStatus": state,
            "AccountSid": self.account_sid or _ACCOUNT,
            "From": campaign_address,
            "To": address,
            "ApiVersion": _API_VERSION,
        }
        self._post(_STATUS_PATH, parameters)

    def _post(self, path: str, parameters: dict[str, str]) -> None:
        url = self.public_url + path
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(url, parameters),
            "User-Agent": "TwilioProxy/1.1",
        }
        parts = urlsplit(url)
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = connect(parts.netloc, timeout=_TIMEOUT_S)
        try:
            connection.request("POST", parts.path, urlencode(parameters), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise GatewayCallFailed(None) from error
        finally:
            connection.close()
        if status != 200:
            raise GatewayCallFailed(status)
