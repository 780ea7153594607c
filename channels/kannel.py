"""Kannel, the SMPP gateway: it calls a URL that contains the message, and sends through its `sendsms`."""

import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from marshmallow import fields, validate

from channels import gsm7
from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown
from channels.base.gateway import Gateway
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item
from channels.base.request import GatewayRequest
from channels.http_client import call
from channels.options import Adapter, Options, get_account
from channels.parse_fields import find_epoch_time, find_text, make_id, read_octets, read_text
from channels.verification import PathSecret, make_tokens_field

# `type` of a delivery report: delivered to the phone, not delivered, accepted by the operator, rejected by it.
_STATES: Final = {
    "1": DeliveryState.DELIVERED,
    "2": DeliveryState.FAILED,
    "8": DeliveryState.SENT,
    "16": DeliveryState.FAILED,
}
_WANTED_REPORTS: Final = "27"  # the bit mask of those above; 4 (queued at the operator) is not needed
_UCS_2: Final = "2"
_NOTHING: Final = Answer("", "text/plain; charset=utf-8")  # a body would be sent to the sender as an SMS


class KannelChannel(PathSecret):
    """Inbound calls of Kannel's `sms-service`, and of the URLs that we gave it for delivery reports."""

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sms` or `delivery`. Raises KindUnknown."""
        if kind == "sms":
            return [self._read_message(request)]
        if kind != "delivery":
            raise KindUnknown
        external_id, state = find_text(request.form, "id"), _STATES.get(read_text(request.form, "type"))
        return [DeliveryReport(external_id, state)] if external_id and state else []

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return an empty body, since Kannel would send it as an SMS. Replies go through the outbox."""
        return _NOTHING

    def _read_message(self, request: GatewayRequest) -> InboundMessage:
        form, octets = request.form, read_octets(request, "message")
        is_garbled = "\ufffd" in read_text(form, "message")  # decoded as UTF-8, which it was not
        sender, campaign_address = find_text(form, "sender"), find_text(form, "to")
        return InboundMessage(
            external_id=find_text(form, "id") or make_id(request),
            address=self._spell(sender),
            campaign_address=self._campaign_address or self._spell(campaign_address),
            text=_decode(octets, read_text(form, "coding"), read_text(form, "charset")),
            payload={**form, "message_octets": octets.hex()} if is_garbled else form,
            sent_at=find_epoch_time(read_text(form, "ts")),
        )


class KannelSender:
    """Sends through Kannel's `sendsms`, with the number in a header, since URLs are logged."""

    def __init__(self, sendsms_url: str, user: str, password: str, smsc: str | None, report_url: str) -> None:
        self._url = sendsms_url
        self._headers = {"X-Kannel-Username": user, "X-Kannel-Password": password}
        if smsc is not None:
            self._headers["X-Kannel-SMSC"] = smsc
        self._report_url = report_url

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message and return its id. Raises SendError.

        Kannel gives no id, so ours is part of the URL for its delivery reports.
        """
        external_id = str(uuid.uuid4())
        headers = self._headers | {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-From": campaign_address,
            "X-Kannel-To": address,
            "X-Kannel-Coding": "0" if gsm7.is_writable(text) else _UCS_2,
            "X-Kannel-DLR-Mask": _WANTED_REPORTS,
            "X-Kannel-DLR-Url": f"{self._report_url}?id={external_id}&type=%d",
        }
        call("POST", self._url, headers=headers, form=text.encode())
        return external_id


def _decode(octets: bytes, coding: str, charset: str) -> str:
    """Decode the text: 16-bit characters come as they are unless Kannel was set to recode.

    The rest is UTF-8 since 1.5.
    """
    told = "utf-16-be" if coding == _UCS_2 and charset.lower() in {"", "utf-16be", "utf16-be", "ucs-2"} else charset
    for candidate in (told, "utf-8"):
        try:
            return octets.decode(candidate)
        except (LookupError, ValueError):  # an unknown charset (GSM, which Kannel has recoded), or invalid bytes
            continue
    return octets.decode("cp1252", "replace")


class _Options(Options):
    tokens = make_tokens_field()
    line = fields.String(validate=validate.Length(1), load_default=None)
    sendsms_url = fields.Url(schemes={"http", "https"}, require_tld=False, load_default=None)
    user = fields.String(load_default=None)
    password = fields.String(load_default=None)
    smsc = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:
    """Build the gateway of a Kannel server; inbound only without `sendsms_url`. Raises ChannelSettingsError."""
    channel = KannelChannel(name, options["tokens"], options["region"], options["line"])
    if options["sendsms_url"] is None:
        return Gateway(channel)
    user, password = get_account(name, options, "sendsms_url")
    report_url = f"{public_url}/channels/{name}/delivery/{quote(options['tokens'][0])}"
    sender = KannelSender(options["sendsms_url"], user, password, options["smsc"], report_url)
    return Gateway(channel, sender, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("sms/…", "delivery/…"))
