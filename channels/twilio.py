"""Twilio: SMS in (webhook with X-Twilio-Signature, answered with TwiML), delivery reports, SMS out (REST)."""

import hashlib
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any

from marshmallow import fields, validate
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse

from channels.adapter import Adapter, Options
from channels.base import (
    Answer,
    DeliveryReport,
    Gateway,
    GatewayRequest,
    InboundMessage,
    Item,
    KindUnknown,
    MediaAccess,
    SendError,
    SignatureRefused,
    Taken,
)

_SIGNATURE_HEADER = "X-Twilio-Signature"
_API = "https://api.twilio.com"
_SEND_TIMEOUT_S = 10
_OPTED_OUT = "21610"  # the recipient sent STOP to Twilio itself

# What Twilio calls the states of an outbound message, and what we do; the rest are steps on the way to `sent`.
_STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class TwilioChannel:
    """Calls from Twilio. Several tokens may be valid at once while one is rotated."""

    def __init__(self, auth_tokens: Sequence[str], *, name: str = "twilio") -> None:
        self.name = name
        self._validators = [RequestValidator(token) for token in auth_tokens]
        self._empty = Answer(str(MessagingResponse()), "text/xml; charset=utf-8")

    def verify(self, request: GatewayRequest) -> None:
        """Check the signature over the public URL and all parameters, the unknown ones included."""
        signature = request.headers.get(_SIGNATURE_HEADER, "")
        # As a rule the signature is of the URL as it stands; `validate` also tries it with and without its port.
        is_plain = any(_is_signed(validator, request, signature) for validator in self._validators)
        if not signature or not (
            is_plain or any(validator.validate(request.url, request.form, signature) for validator in self._validators)
        ):
            raise SignatureRefused

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Kinds are `sms` and `status`."""
        if kind == "sms":
            return [_read_message(request.form, request.body)]
        if kind == "status":
            return _read_status(request.form)
        raise KindUnknown

    def answer(self, kind: str, taken: Taken) -> Answer:  # noqa: ARG002
        """Empty TwiML: replies leave through the outbox, never in the webhook's answer."""
        return self._empty


def _is_signed(validator: RequestValidator, request: GatewayRequest, signature: str) -> bool:
    return compare_digest(validator.compute_signature(request.url, request.form).encode(), signature.encode())


def _read_message(form: Mapping[str, str], body: bytes) -> InboundMessage:
    external_id = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid")
    return InboundMessage(
        # A signed call without an id is kept too: its content stands for the id.
        external_id=external_id or f"sha256:{hashlib.sha256(body).hexdigest()}",
        party=form.get("From") or None,
        line=form.get("To") or None,
        text=form.get("Body", ""),
        payload=form,
    )


def _read_status(form: Mapping[str, str]) -> list[Item]:
    external_id = form.get("MessageSid") or form.get("SmsSid")
    state = _STATES.get(form.get("MessageStatus") or form.get("SmsStatus") or "")
    if not external_id or state is None:
        return []
    return [DeliveryReport(external_id, state, form.get("ErrorCode") or None)]


class TwilioSender:
    """Sends through Twilio's REST interface."""

    def __init__(
        self, account_sid: str, auth_token: str, *, api_url: str | None = None, status_url: str | None = None
    ) -> None:
        http = _RedirectedClient(api_url) if api_url else TwilioHttpClient(timeout=_SEND_TIMEOUT_S)
        self._client = Client(account_sid, auth_token, http_client=http)
        self._status_url = status_url

    def send(self, *, line: str, party: str, text: str) -> str:
        """Hand one text to Twilio. Raises SendError with Twilio's code."""
        try:
            options = {"status_callback": self._status_url} if self._status_url else {}
            sent = self._client.messages.create(to=party, from_=line, body=text, **options)
        except TwilioRestException as error:
            retryable = error.status == 429 or error.status >= 500
            code = str(error.code or error.status)
            raise SendError(code, retryable=retryable, is_opt_out=code == _OPTED_OUT) from None
        except (TwilioException, OSError) as error:
            raise SendError(type(error).__name__, retryable=True) from None
        return str(sent.sid)


class _Options(Options):
    auth_tokens = fields.List(fields.String(), required=True, validate=validate.Length(1))
    account_sid = fields.String(load_default=None)
    api_url = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:
    """A Twilio account. Without `account_sid` there is only the way in."""
    channel = TwilioChannel(options["auth_tokens"], name=name)
    account_sid = options["account_sid"]
    if account_sid is None:
        return Gateway(channel)
    sender = TwilioSender(
        account_sid,
        options["auth_tokens"][0],
        api_url=options["api_url"],
        status_url=f"{public_url}/channels/{name}/status" if public_url.startswith("https:") else None,
    )
    media = MediaAccess(frozenset({"api.twilio.com"}), account_sid, options["auth_tokens"][0])
    return Gateway(channel, sender, media, texts_per_second=options["texts_per_second"])


class _RedirectedClient(TwilioHttpClient):  # type: ignore[misc]
    """The same requests to another server with Twilio's interface (a private one, or a test's)."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=_SEND_TIMEOUT_S)
        self._api_url = api_url.rstrip("/")

    def request(self, method, url, *args, **kwargs):  # type: ignore[no-untyped-def]
        return super().request(method, url.replace(_API, self._api_url, 1), *args, **kwargs)


ADAPTER = Adapter(_Options, build)
