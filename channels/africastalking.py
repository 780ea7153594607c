"""Africa's Talking: inbound SMS and USSD, delivery reports, opt-outs, outbound SMS.

The gateway signs nothing, so the URL of its webhooks contains a secret.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import fields

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import BodyUnreadable, KindUnknown, SendError
from channels.base.gateway import Gateway
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item, MenuStep
from channels.base.request import GatewayRequest
from channels.http_client import call, read_json
from channels.options import Adapter, Options
from channels.parse_fields import find_time, make_id
from channels.verification import PathSecret, make_tokens_field

_API = "https://api.africastalking.com"
_SANDBOX_API = "https://api.sandbox.africastalking.com"
_SCREEN_LONGEST = 182  # characters that fit on a USSD screen
_OPTED_OUT = "UserInBlacklist"
_LONGEST_CODE = 40
_PLAIN = "text/plain; charset=utf-8"
_STORED = Answer("stored\n", _PLAIN)

_STATES = {
    "Success": DeliveryState.DELIVERED,
    "Sent": DeliveryState.SENT,
    "Submitted": DeliveryState.SENT,
    "Buffered": DeliveryState.SENT,
    "Rejected": DeliveryState.FAILED,
    "Failed": DeliveryState.FAILED,
    "Expired": DeliveryState.FAILED,
    "AbsentSubscriber": DeliveryState.FAILED,
}
_TAKEN_CODES = frozenset({100, 101, 102})  # processed, sent, queued
_RETRYABLE_CODES = frozenset({405, 500, 501})  # no credit just now, their own errors
_OPTED_OUT_CODE = 406


class AfricasTalkingChannel(PathSecret):
    """Inbound calls of Africa's Talking."""

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sms`, `delivery`, `optout`, `ussd` or `session` (how a USSD session ended).

        Raises KindUnknown, BodyUnreadable.
        """
        form = request.form
        if kind == "sms":
            return [self._read_message(form, request)]
        if kind == "delivery":
            return _read_delivery(form)
        if kind == "optout":
            return self._read_opt_out(form)
        if kind == "ussd":
            return [self._read_step(form, "text")]
        if kind == "session":
            # The last input is repeated here, in case the call that brought it failed.
            return [replace(self._read_step(form, "input"), is_over=True)]
        raise KindUnknown

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:
        """Answer a USSD call with the next screen, and any other call with "stored"."""
        if kind != "ussd" or taken.screen is None:
            return _STORED
        text = f"{'END' if taken.screen.is_last else 'CON'} {taken.screen.text}"
        return Answer(text[:_SCREEN_LONGEST], _PLAIN)

    def _read_message(self, form: Mapping[str, str], request: GatewayRequest) -> InboundMessage:
        return InboundMessage(
            external_id=form.get("id") or make_id(request),
            address=self._spell(form.get("from")),
            campaign_address=self._spell(form.get("to")),
            text=form.get("text", ""),
            payload=form,
            sent_at=find_time(form.get("date", "")),
        )

    def _read_opt_out(self, form: Mapping[str, str]) -> list[Item]:
        """Read an opt-out at the gateway, which has confirmed it already; it is stored like a STOP."""
        address = self._spell(form.get("phoneNumber"))
        if address is None:
            raise BodyUnreadable
        # The call has no id, and a hash of the number could be reversed. Storing a duplicate does no harm.
        external_id = f"optout:{uuid.uuid4()}"
        return [InboundMessage(external_id, address, form.get("senderId"), "STOP", form, is_gateway_answered=True)]

    def _read_step(self, form: Mapping[str, str], name: str) -> MenuStep:
        session, typed = form.get("sessionId"), form.get(name, "")
        if not session:
            raise BodyUnreadable
        address = self._spell(form.get("phoneNumber"))
        return MenuStep(session, address, form.get("serviceCode"), tuple(typed.split("*")) if typed else (), form)


def _read_delivery(form: Mapping[str, str]) -> list[Item]:
    external_id, state = form.get("id"), _STATES.get(form.get("status", ""))
    if not external_id or state is None:
        return []
    reason = form.get("failureReason") or None
    code = reason[:_LONGEST_CODE] if state is DeliveryState.FAILED and reason and reason.isalnum() else None
    return [DeliveryReport(external_id, state, code, is_opt_out=code == _OPTED_OUT)]


class AfricasTalkingSender:
    """Sends through the messaging API. A USSD code cannot send, so `sender_id` is the sender there."""

    def __init__(self, username: str, api_key: str, *, api_url: str, sender_id: str | None = None) -> None:
        self._username = username
        self._headers = {"apiKey": api_key, "Accept": "application/json"}
        self._url = f"{api_url.rstrip('/')}/version1/messaging"
        self._sender_id = sender_id

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message and return its id. Raises SendError with the gateway's status."""
        form = {"username": self._username, "to": address, "message": text}
        sender = self._sender_id if campaign_address.startswith("*") else campaign_address
        if sender:
            form["from"] = sender
        told = read_json(call("POST", self._url, headers=self._headers, form=form))
        try:
            data = told["SMSMessageData"]
            recipients = data["Recipients"]
            if not recipients:
                raise SendError(_as_code(data.get("Message")), retryable=False)
            recipient = recipients[0]
            code = int(recipient["statusCode"])
            if code in _TAKEN_CODES:
                return str(recipient["messageId"])
            status = _as_code(recipient.get("status"))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise SendError("answer_unreadable", retryable=False) from None
        raise SendError(status, retryable=code in _RETRYABLE_CODES, is_opt_out=code == _OPTED_OUT_CODE)


def _as_code(status: Any) -> str:
    """Reduce a status to one word that may be logged, never a sentence, which might contain a name."""
    return status[:_LONGEST_CODE] if isinstance(status, str) and status.isalnum() else "refused"


class _Options(Options):
    tokens = make_tokens_field()
    username = fields.String(load_default=None)
    api_key = fields.String(load_default=None)
    sender_id = fields.String(load_default=None)
    api_url = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway of an application at Africa's Talking; inbound only without `username` and `api_key`."""
    channel = AfricasTalkingChannel(name, options["tokens"], options["region"])
    username, api_key = options["username"], options["api_key"]
    if username is None or api_key is None:
        return Gateway(channel)
    api_url = options["api_url"] or (_SANDBOX_API if username == "sandbox" else _API)
    sender = AfricasTalkingSender(username, api_key, api_url=api_url, sender_id=options["sender_id"])
    return Gateway(channel, sender, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("sms/…", "delivery/…", "optout/…", "ussd/…", "session/…"))
