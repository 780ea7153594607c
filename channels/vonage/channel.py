"""Vonage: inbound SMS whole or in segments, delivery reports, its Messages API with pictures, outbound SMS."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import BodyUnreadable, KindUnknown, SendError, SignatureRefused
from channels.base.gateway import Gateway
from channels.base.items import Item
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.content_ids import make_content_id
from channels.gsm7 import is_writable
from channels.http_client import call, read_json
from channels.options import Adapter, Options
from channels.parse_fields import make_id
from channels.vonage.media import HOSTS, make_access, read_key
from channels.vonage.parse import read_delivery, read_fields, read_message, read_sms, read_status, spell_values
from channels.vonage.signature import METHODS, VonageSignature, join_fields

_API = "https://rest.nexmo.com"
_DONE = Answer("stored\n", "text/plain; charset=utf-8")
_TAKEN = "0"
_KINDS = ("sms", "delivery", "messages", "status")
_SMS_FIELDS = frozenset({"msisdn", "messageId"})  # only in the SMS API
_UUID = "message_uuid"  # only in the Messages API
_HALVES = ("?", "\ufffd", "")
_RETRYABLE = frozenset({"1", "5", "9", "10"})  # rate limit, internal error, no credit at present, too many connections


class VonageChannel:
    """Inbound calls of Vonage. Several signature secrets may be valid at once while one is rotated."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, signature: VonageSignature, *, name: str = "vonage") -> None:
        self.name = name
        self._signature = signature

    def verify(self, request: GatewayRequest) -> None:
        """Verify the JWT where there is one, else `sig`. Raises SignatureRefused."""
        if "Authorization" in request.headers:
            self._signature.verify_token(request)
            return
        self._find_half(request)

    def _find_half(self, request: GatewayRequest) -> str:
        """Find the replacement for lone surrogates with which the signature is valid. Raises SignatureRefused.

        Vonage does not document how it signs them, so the likely ones are tried.
        """
        for half in _HALVES if b"\\u" in request.body else _HALVES[:1]:
            if self._is_signed(request, half):
                return half
        raise SignatureRefused

    def _is_signed(self, request: GatewayRequest, half: str) -> bool:
        try:
            self._signature.verify_fields(read_fields(request, half))
        except (SignatureRefused, BodyUnreadable):
            return False  # not proven to be from Vonage
        return True

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sms` or `delivery`, or `messages` or `status` of the Messages API.

        Only signed values are read. `sig` does not sign the path, so a message is recognised by its fields: sent to the
        URL of another kind, it stays a message. Raises KindUnknown, BodyUnreadable.
        """
        if kind not in _KINDS:
            raise KindUnknown
        values, fields, content_id = self._read_signed(request)
        if kind == "delivery":
            return read_delivery(fields)
        if kind == "status":
            return read_status(values)
        if _SMS_FIELDS & fields.keys() or (kind == "sms" and _UUID not in fields):
            return [read_sms(fields, content_id)]
        return [read_message(values, content_id)]

    def _read_signed(self, request: GatewayRequest) -> tuple[Mapping[str, Any], Mapping[str, str], str]:
        """Return the signed values, the same as texts, and a content id for values without an id."""
        if "Authorization" in request.headers:  # only the body is signed, not its content type
            is_json = request.body.lstrip()[:1] == b"{"
            values: Mapping[str, Any] = request.json() if is_json else request.form
            return values, spell_values(values), make_id(request, is_dated=True)
        half = self._find_half(request)
        fields = read_fields(request, half)
        values = fields if request.form or request.method != "POST" or not request.body else request.json(half)
        return values, fields, make_content_id(join_fields(fields).encode("utf-8", "replace"))

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return "stored"; after any status but 200 Vonage retries for a day."""
        return _DONE


class VonageSender:
    """Sends by the SMS API."""

    def __init__(self, api_key: str, api_secret: str, *, api_url: str, delivery_url: str | None = None) -> None:
        self._account = {"api_key": api_key, "api_secret": api_secret}
        self._url = f"{api_url.rstrip('/')}/sms/json"
        self._delivery_url = delivery_url

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message and return its id. Raises SendError with Vonage's status."""
        if ":" in address or ":" in campaign_address:
            raise SendError("not_by_sms", retryable=False)  # a WhatsApp address, which the SMS API cannot reach
        form = {
            **self._account,
            "from": campaign_address.removeprefix("+"),
            "to": address.removeprefix("+"),
            "text": text,
        }
        if not is_writable(text):
            form["type"] = "unicode"
        if self._delivery_url:
            form["callback"] = self._delivery_url
        told = read_json(call("POST", self._url, form=form))
        try:
            first = told["messages"][0]
            status = str(first["status"])
            if status == _TAKEN:
                return str(first["message-id"])
        except (KeyError, TypeError, IndexError):
            raise SendError("answer_unreadable", retryable=False) from None
        raise SendError(f"status_{status[:10]}", retryable=status in _RETRYABLE)


class _Options(Options):
    signature_secrets = fields.List(
        fields.String(validate=validate.Length(8, error="at least 8 characters")),
        required=True,
        validate=validate.Length(1),
    )
    signature_method = fields.String(validate=validate.OneOf(sorted(METHODS)), load_default="md5hash")
    signature_hours = fields.Float(validate=validate.Range(min=1), load_default=48.0)
    api_key = fields.String(load_default=None)
    api_secret = fields.String(load_default=None)
    api_url = fields.String(load_default=_API)
    application_id = fields.String(load_default=None)
    private_key = fields.String(load_default=None, validate=lambda pem: bool(read_key(pem)))
    media_hosts = fields.List(
        fields.String(validate=validate.Length(1)), load_default=lambda: list(HOSTS), validate=validate.Length(1)
    )

    @validates_schema
    def _check_application(self, data: dict[str, Any], **_: object) -> None:
        if (data.get("application_id") is None) != (data.get("private_key") is None):
            raise ValidationError("application_id and private_key go together", "private_key")


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:
    """Build the gateway of a Vonage account; inbound only without `api_key` and `api_secret`."""
    window = timedelta(hours=options["signature_hours"])
    signature = VonageSignature(options["signature_secrets"], options["signature_method"], window)
    channel = VonageChannel(signature, name=name)
    media = make_access(options["media_hosts"], options["application_id"], options["private_key"])
    api_key, api_secret = options["api_key"], options["api_secret"]
    if api_key is None or api_secret is None:
        return Gateway(channel, media=media)
    delivery_url = f"{public_url}/channels/{name}/delivery" if public_url.startswith("https:") else None
    sender = VonageSender(api_key, api_secret, api_url=options["api_url"], delivery_url=delivery_url)
    return Gateway(channel, sender, media, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, _KINDS)
