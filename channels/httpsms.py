"""httpSMS: a phone behind a server, which calls us with CloudEvents and a signed token; outbound messages by REST."""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from marshmallow import fields, validate

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown, SendError, SignatureRefused
from channels.base.gateway import Gateway, MediaAccess
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item, MediaReference
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.http_client import call, read_json
from channels.options import Adapter, Options
from channels.parse_fields import find_text, find_time, make_code, make_id, make_twin, read_mapping, read_text
from channels.phone_number import find_international
from channels.verification import make_keys_field

_ISSUER: Final = "api.httpsms.com"  # self-hosted servers have the same issuer
_CLOCK_LEEWAY_S: Final = 60
_VECTOR_BYTES: Final = 16
_MOST_ATTACHMENTS: Final = 20
_OK: Final = Answer("ok\n", "text/plain; charset=utf-8")


class HttpSmsChannel:
    """Inbound calls of the server. The token is bound to a URL and an expiry; it does not sign the body."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(
        self, name: str, signing_keys: Sequence[str], encryption_keys: Sequence[str], region: str | None
    ) -> None:
        self.name = name
        self._signing_keys = signing_keys
        self._encryption_keys = encryption_keys
        self._region = region

    def verify(self, request: GatewayRequest) -> None:
        """Verify that the token is signed by one of our keys, for this URL, and has not expired (ten minutes).

        Raises SignatureRefused.
        """
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        is_good = [_is_good(token.strip(), key, request.url) for key in self._signing_keys]
        if scheme.lower() != "bearer" or not any(is_good):
            raise SignatureRefused

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `event`; events that are neither a message nor a delivery report give no items.

        Raises KindUnknown, BodyUnreadable.
        """
        if kind != "event":
            raise KindUnknown
        event = request.json()
        data, name = read_mapping(event, "data"), read_text(event, "type")
        if name == "message.phone.received":
            return [self._read_message(event, data, request)]
        return _read_report(name, data)

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return "ok"; the server tries twice, with five seconds each."""
        return _OK

    def _read_message(self, event: Mapping[str, Any], data: Mapping[str, Any], request: GatewayRequest) -> Item:
        contact, owner, content = find_text(data, "contact"), find_text(data, "owner"), read_text(data, "content")
        attachments, told = data.get("attachments"), read_text(data, "timestamp")
        urls = [url for url in attachments if isinstance(url, str)] if isinstance(attachments, list) else []
        return InboundMessage(
            external_id=find_text(data, "message_id") or make_id(request),
            address=find_international(contact, self._region),
            campaign_address=find_international(owner, self._region),
            text=self._decrypt(content) if data.get("encrypted") is True else content,
            payload=event,
            sent_at=find_time(told),
            media=tuple(MediaReference(url) for url in urls[:_MOST_ATTACHMENTS]),
            twin=make_twin(find_time(told), told, len(urls)),
        )

    def _decrypt(self, content: str) -> str:
        """Decrypt the text; where none of our keys fits, it stays encrypted and can be read once the key is known."""
        for key in self._encryption_keys:
            words = decrypt(content, key)
            if words is not None:
                return words
        return content


class HttpSmsSender:
    """Sends through the server; with an encryption key the server cannot read the text."""

    def __init__(self, api_url: str, api_key: str, encryption_key: str | None) -> None:
        self._url = f"{api_url.rstrip('/')}/v1/messages/send"
        self._headers = {"x-api-key": api_key}
        self._encryption_key = encryption_key

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message and return its id. Raises SendError."""
        content = encrypt(text, self._encryption_key) if self._encryption_key else text
        wanted = {
            "from": campaign_address,
            "to": address,
            "content": content,
            "encrypted": self._encryption_key is not None,
        }
        taken = read_json(call("POST", self._url, headers=self._headers, json=wanted))
        external_id = find_text(read_mapping(taken, "data"), "id") if isinstance(taken, dict) else None
        if external_id is None:
            raise SendError("no_id", retryable=False)
        return external_id


def encrypt(text: str, key: str) -> str:
    """Encrypt a text as the app does: AES-256 in CFB mode by the key's SHA-256, a random IV in front, base64."""
    vector = os.urandom(_VECTOR_BYTES)
    encryptor = _make_cipher(key, vector).encryptor()
    return base64.b64encode(vector + encryptor.update(text.encode()) + encryptor.finalize()).decode()


def decrypt(content: str, key: str) -> str | None:
    """Decrypt what the app encrypted with this key; None for another key, detected only by invalid UTF-8."""
    try:
        octets = base64.b64decode(content, validate=True)
        decryptor = _make_cipher(key, octets[:_VECTOR_BYTES]).decryptor()
        return (decryptor.update(octets[_VECTOR_BYTES:]) + decryptor.finalize()).decode()
    except (binascii.Error, ValueError):
        return None


def _make_cipher(key: str, vector: bytes) -> Cipher[CFB]:
    return Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), CFB(vector))


def _is_good(token: str, key: str, url: str) -> bool:
    try:
        jwt.decode(
            token, key, algorithms=["HS256"], audience=url, issuer=_ISSUER, leeway=_CLOCK_LEEWAY_S,
            options={"require": ["exp", "aud", "iss"]},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, RecursionError):
        return False
    return True


def _read_report(name: str, data: Mapping[str, Any]) -> list[Item]:
    """Read a delivery report; an expired message is retried by the server until the event says that it is final."""
    if name == "message.send.expired":
        external_id = find_text(data, "message_id")
        is_final = data.get("is_final") is True
        return [DeliveryReport(external_id, DeliveryState.FAILED, "expired")] if external_id and is_final else []
    external_id = find_text(data, "id")
    if external_id is None:
        return []
    match name:
        case "message.phone.sent":
            return [DeliveryReport(external_id, DeliveryState.SENT)]
        case "message.phone.delivered":
            return [DeliveryReport(external_id, DeliveryState.DELIVERED)]
        case "message.send.failed":
            return [DeliveryReport(external_id, DeliveryState.FAILED, make_code(read_text(data, "error_message")))]
    return []


class _Options(Options):
    signing_keys = make_keys_field()
    encryption_keys = fields.List(fields.String(validate=validate.Length(1)), load_default=list)
    api_key = fields.String(validate=validate.Length(1), load_default=None)
    api_url = fields.Url(schemes={"http", "https"}, require_tld=False, load_default=f"https://{_ISSUER}")


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway of an httpSMS account; inbound only without `api_key`."""
    keys = options["encryption_keys"]
    channel = HttpSmsChannel(name, options["signing_keys"], keys, options["region"])
    media = MediaAccess(frozenset({urlsplit(options["api_url"]).hostname or ""}))
    if options["api_key"] is None:
        return Gateway(channel, media=media)
    sender = HttpSmsSender(options["api_url"], options["api_key"], keys[0] if keys else None)
    return Gateway(channel, sender, media, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("event",))
