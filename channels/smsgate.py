"""SMS Gateway for Android: a phone posts signed SMS and MMS, with retries for two days, and sends messages."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import fields, validate

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown, SendError
from channels.base.gateway import Gateway
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item, MediaReference
from channels.base.request import GatewayRequest
from channels.content_ids import make_content_id
from channels.http_client import call, read_json
from channels.options import Adapter, Options, get_account
from channels.parse_fields import find_text, find_time, make_code, make_id, read_mapping, read_text
from channels.phone_number import find_international, spell_international
from channels.verification import make_keys_field, require_one_of, require_recent

# The phone signs each retry anew, so the time is that of the retry. The window is wide for phones whose clock is
# wrong, since no message may be lost. A replayed call has the same id and stores nothing.
_WINDOW_S: Final = 7 * 24 * 3600.0
_STATES: Final = {
    "sms:sent": DeliveryState.SENT,
    "sms:delivered": DeliveryState.DELIVERED,
    "sms:failed": DeliveryState.FAILED,
    "sms:cancelled": DeliveryState.FAILED,
}
_MESSAGES: Final = frozenset({"sms:received", "sms:data-received", "mms:downloaded"})
_OK: Final = Answer("ok\n", "text/plain; charset=utf-8")


class SmsGateChannel:
    """Inbound calls of the app.

    `campaign_addresses` are our numbers in the order of the SIM cards, for calls that do not name one.
    """

    max_body_bytes = 4 * 1024 * 1024  # calls contain pictures

    def __init__(
        self,
        name: str,
        signing_keys: Sequence[str],
        region: str | None,
        campaign_addresses: Sequence[str],
        window_s: float,
    ) -> None:
        self.name = name
        self._signing_keys = [key.encode() for key in signing_keys]
        self._region = region
        self._campaign_addresses = campaign_addresses
        self._window_s = window_s

    def verify(self, request: GatewayRequest) -> None:
        """Verify the signature over the body and the time of the call. Raises SignatureRefused."""
        told_at = request.headers.get("X-Timestamp") or ""
        signed = request.body + told_at.encode()
        computed = [hmac.digest(key, signed, "sha256").hex() for key in self._signing_keys]
        require_one_of((request.headers.get("X-Signature") or "").lower(), computed)
        require_recent(told_at, self._window_s)

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `event`; events without content (a ping, the notice of a coming MMS) give no items.

        Raises KindUnknown, BodyUnreadable.
        """
        if kind != "event":
            raise KindUnknown
        event = request.json()
        payload, name = read_mapping(event, "payload"), read_text(event, "event")
        if name in _MESSAGES:
            return [self._read_message(event, payload, request)]
        external_id = find_text(payload, "messageId")
        if name not in _STATES or external_id is None:
            return []
        reason = "cancelled" if name == "sms:cancelled" else read_text(payload, "reason")
        return [DeliveryReport(external_id, _STATES[name], make_code(reason))]

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return "ok"; for any status outside 200 to 299 the phone retries."""
        return _OK

    def _read_message(
        self, event: Mapping[str, Any], payload: dict[str, Any], request: GatewayRequest
    ) -> InboundMessage:
        sender = find_text(payload, "sender") or find_text(payload, "phoneNumber")
        words = (read_text(payload, "subject"), read_text(payload, "message"), read_text(payload, "body"))
        attachments = payload.get("attachments")
        parts = [part for part in attachments if isinstance(part, dict)] if isinstance(attachments, list) else []
        slim = [{name: value for name, value in part.items() if name != "data"} for part in parts]
        return InboundMessage(
            # The id of the event: `messageId` is a 32-bit hash, which two messages of a campaign may share.
            external_id=find_text(event, "id") or make_id(request),
            address=find_international(sender, self._region),
            campaign_address=self._find_campaign_address(payload),
            text="\n".join(part for part in words if part) or _read_data(payload),
            payload={**event, "payload": {**payload, "attachments": slim} if parts else payload},
            sent_at=find_time(read_text(payload, "receivedAt")),
            media=tuple(found for part in parts if (found := _read_attachment(part)) is not None),
            twin=_find_twin(payload, parts),
        )

    def _find_campaign_address(self, payload: Mapping[str, Any]) -> str | None:
        sim = payload.get("simNumber")
        if isinstance(sim, int) and 0 < sim <= len(self._campaign_addresses):
            return self._campaign_addresses[sim - 1]
        recipient = find_text(payload, "recipient")
        if recipient:
            return spell_international(recipient, self._region)
        return self._campaign_addresses[0] if self._campaign_addresses else None


class SmsGateSender:
    """Sends through the app itself or the server that it is connected to."""

    def __init__(self, api_url: str, user: str, password: str, campaign_addresses: Sequence[str]) -> None:
        self._url = f"{api_url.rstrip('/')}/messages"
        self._auth = (user, password)
        self._campaign_addresses = campaign_addresses

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message, from the SIM card of `campaign_address` where there are several. Raises SendError."""
        wanted: dict[str, Any] = {"textMessage": {"text": text}, "phoneNumbers": [address], "withDeliveryReport": True}
        if len(self._campaign_addresses) > 1 and campaign_address in self._campaign_addresses:
            wanted["simNumber"] = self._campaign_addresses.index(campaign_address) + 1
        taken = read_json(call("POST", self._url, json=wanted, auth=self._auth))
        external_id = find_text(taken, "id") if isinstance(taken, dict) else None
        if external_id is None:
            raise SendError("no_id", retryable=False)
        return external_id


def _find_twin(payload: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> str | None:
    """Find the phone's own key of a message, which it may send in two events.

    The key is the phone's id (a hash of sender, text and time) with the time; without an id, a time from a clock that
    was set.
    """
    own_id = find_text(payload, "messageId") or find_text(payload, "transactionId")
    told = read_text(payload, "receivedAt")
    if own_id is None and find_time(told) is None:
        return None
    pictures = [make_content_id(read_text(part, "data").encode("utf-8", "replace")) for part in parts]
    return "|".join((own_id or "", find_text(payload, "transactionId") or "", told, *pictures))


def _read_attachment(part: Mapping[str, Any]) -> MediaReference | None:
    """Read a picture as a `data:` URL, which is stored without a download; None for the text of an MMS."""
    data = find_text(part, "data")
    content_type = read_text(part, "contentType") or "application/octet-stream"
    if data is None or content_type in {"text/plain", "application/smil"}:
        return None
    return MediaReference(f"data:{content_type};base64,{data}", content_type, find_text(part, "name"))


def _read_data(payload: Mapping[str, Any]) -> str:
    """Read the text of a data SMS, as far as it has some."""
    try:
        return base64.b64decode(read_text(payload, "data"), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


class _Options(Options):
    signing_keys = make_keys_field()
    replay_window_s = fields.Float(validate=validate.Range(min=60), load_default=_WINDOW_S)
    lines = fields.List(fields.String(validate=validate.Length(1)), load_default=list)
    api_url = fields.Url(schemes={"http", "https"}, require_tld=False, load_default=None)
    user = fields.String(load_default=None)
    password = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway of a phone with the app; inbound only without `api_url`. Raises ChannelSettingsError."""
    region, campaign_addresses = options["region"], options["lines"]
    channel = SmsGateChannel(name, options["signing_keys"], region, campaign_addresses, options["replay_window_s"])
    if options["api_url"] is None:
        return Gateway(channel)
    sender = SmsGateSender(options["api_url"], *get_account(name, options, "api_url"), campaign_addresses)
    return Gateway(channel, sender, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("event",))
