"""SMSSync: phones that post received messages and poll for messages to send; no longer developed, still in use."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import fields, validate

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown, SignatureRefused
from channels.base.gateway import Gateway
from channels.base.items import (
    DeliveryReport,
    DeliveryState,
    InboundMessage,
    Item,
    Poll,
    PullAck,
    ResultPoll,
)
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.options import Adapter, Options
from channels.parse_fields import find_epoch_time, find_text, make_code, make_id, make_twin, read_text
from channels.phone_number import find_international
from channels.verification import is_one_of, make_tokens_field

_TEST_SENDER: Final = "+000000000000"  # sender of the app's own connection test
_SECRET: Final = "secret"  # noqa: S105  # the field's name
_NO_ERRORS: Final = frozenset({"0", "-1", ""})  # as the app documents it, Android's own code, and unknown
_DELIVERED: Final = "0"


class SmsSyncChannel:
    """Inbound calls of one phone. Each phone has its own channel, since a poll does not name the phone."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(
        self,
        name: str,
        secrets: Sequence[str],
        region: str | None,
        campaign_address: str | None,
        *,
        most: int,
        confirms: bool,
    ) -> None:
        self.name = name
        self._secrets = secrets
        self._region = region
        self._campaign_address = campaign_address
        self._most = most
        self._confirms = confirms

    def verify(self, request: GatewayRequest) -> None:
        """Check the secret at the end of the path or in a field: only some calls of the app have the field.

        Raises SignatureRefused.
        """
        given = (request.token, request.form.get(_SECRET), request.query.get(_SECRET))
        if not any([is_one_of(secret, self._secrets) for secret in given]):  # noqa: C419  # all are compared
            raise SignatureRefused

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sync`; the query string says in `task` what the app wants.

        Raises KindUnknown, BodyUnreadable.
        """
        if kind != "sync":
            raise KindUnknown
        task, is_post = request.query.get("task", ""), request.method == "POST"
        if is_post and not task:
            return self._read_message(request)
        if task == "send" and not is_post:
            return [Poll(self._most, self._find_echo(request), self._confirms)]
        if task == "sent" and is_post:
            listed = request.json().get("queued_messages")
            return [PullAck(tuple(str(each) for each in listed))] if isinstance(listed, list) else []
        if task == "result":
            return _read_results(request.json()) if is_post else [ResultPoll()]
        return []

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return JSON: success, and the messages to send or the ids that the phone asked for."""
        payload: dict[str, Any] = {"success": True, "error": None}
        if taken.texts:
            messages = [{"to": each.address, "message": each.text, "uuid": each.id} for each in taken.texts]
            payload |= {"task": "send", "secret": taken.echo or "", "messages": messages}
        body = {"payload": payload} if taken.ids is None else {"payload": payload, "message_uuids": list(taken.ids)}
        return Answer(json.dumps(body), "application/json", is_personal=bool(taken.texts) or taken.ids is not None)

    def _read_message(self, request: GatewayRequest) -> list[Item]:
        form = request.form
        sender, sent_to = find_text(form, "from"), find_text(form, "sent_to")
        told = read_text(form, "sent_timestamp")
        if sender == _TEST_SENDER:
            return []
        return [
            InboundMessage(
                external_id=find_text(form, "message_id") or make_id(request),
                address=find_international(sender, self._region),
                campaign_address=self._campaign_address or find_international(sent_to, self._region),
                text=read_text(form, "message"),
                payload={name: value for name, value in form.items() if name != _SECRET},
                sent_at=find_epoch_time(told),
                twin=make_twin(find_epoch_time(told), told),
            )
        ]

    def _find_echo(self, request: GatewayRequest) -> str | None:
        """Find the phone's own secret, which it must get back before it sends anything."""
        given = request.query.get(_SECRET)
        return given if is_one_of(given, self._secrets) else None


def _read_results(body: Mapping[str, Any]) -> list[Item]:
    results = body.get("message_result")
    found = [_read_result(each) for each in results if isinstance(each, dict)] if isinstance(results, list) else []
    return [report for report in found if report is not None]


def _read_result(result: Mapping[str, Any]) -> DeliveryReport | None:
    external_id = find_text(result, "uuid")
    if external_id is None:
        return None
    if read_text(result, "sent_result_code") not in _NO_ERRORS:
        return DeliveryReport(external_id, DeliveryState.FAILED, make_code(read_text(result, "sent_result_message")))
    # A zero without a message only means that the app knows nothing.
    is_delivered = read_text(result, "delivered_result_code") == _DELIVERED
    is_told = bool(read_text(result, "delivered_result_message"))
    return DeliveryReport(external_id, DeliveryState.DELIVERED if is_delivered and is_told else DeliveryState.SENT)


class _Options(Options):
    secrets = make_tokens_field()
    line = fields.String(validate=validate.Length(1), load_default=None)
    texts_per_poll = fields.Integer(validate=validate.Range(1, 100), load_default=20)
    confirms = fields.Boolean(load_default=True)  # the app's "message results API" is on


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway of a phone with SMSSync. The phone polls for its messages, so there is no sender."""
    channel = SmsSyncChannel(
        name, options["secrets"], options["region"], options["line"],
        most=options["texts_per_poll"], confirms=options["confirms"],
    )  # fmt: skip
    return Gateway(channel, texts_per_second=options["texts_per_second"], is_polling=True)


ADAPTER = Adapter(_Options, build, ("sync/…",))
