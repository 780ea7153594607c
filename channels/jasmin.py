"""Jasmin, the SMPP gateway: it posts messages and delivery reports, expects `ACK/Jasmin`, and sends through `/send`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from marshmallow import fields, validate

from channels import gsm7
from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import KindUnknown, SendError
from channels.base.gateway import Gateway
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item
from channels.base.request import GatewayRequest
from channels.http_client import call
from channels.options import Adapter, Options, get_account
from channels.parse_fields import find_text, make_code, make_id, read_octets, read_text
from channels.verification import PathSecret, make_tokens_field

_GSM: Final = "gsm"
_UCS_2: Final = "utf-16-be"
# SMPP data codings and their Python codecs; 0 is the operator's default alphabet.
_ENCODINGS: Final = {
    "1": "ascii", "3": "latin-1", "5": "shift_jis", "6": "iso8859-5", "7": "iso8859-8", "8": _UCS_2,
    "10": "iso2022_jp", "14": "euc_kr",
}  # fmt: skip
# States of SMPP delivery receipts, and ESME_ROK, the operator's first answer.
_STATES: Final = {
    **dict.fromkeys(("ESME_ROK", "ACCEPTD", "ENROUTE"), DeliveryState.SENT),
    "DELIVRD": DeliveryState.DELIVERED,
    **dict.fromkeys(("UNDELIV", "REJECTD", "EXPIRED", "DELETED"), DeliveryState.FAILED),
}  # fmt: skip
_ACKNOWLEDGED: Final = Answer("ACK/Jasmin", "text/plain; charset=utf-8")  # after any other answer the call is repeated
_TAKEN: Final = re.compile(r'^Success "([^"]+)"')


class JasminChannel(PathSecret):
    """Inbound calls of Jasmin's HTTP connector and of its delivery report thrower, by POST or GET."""

    def __init__(
        self, name: str, tokens: Sequence[str], region: str | None, campaign_address: str | None, default_encoding: str
    ) -> None:
        super().__init__(name, tokens, region, campaign_address)
        self._default_encoding = default_encoding

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call of kind `sms` or `delivery`. Raises KindUnknown."""
        if kind == "sms":
            return [self._read_message(request)]
        if kind == "delivery":
            return _read_report(request.form)
        raise KindUnknown

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return the one answer that Jasmin accepts, for both kinds."""
        return _ACKNOWLEDGED

    def _read_message(self, request: GatewayRequest) -> InboundMessage:
        form = request.form
        sender, campaign_address = find_text(form, "from"), find_text(form, "to")
        return InboundMessage(
            external_id=find_text(form, "id") or make_id(request),
            address=self._spell(sender),
            campaign_address=self._campaign_address or self._spell(campaign_address),
            text=self._read_words(request),
            payload=form,
        )

    def _read_words(self, request: GatewayRequest) -> str:
        """Decode the text from the operator's bytes; `content` is the same bytes read as UTF-8."""
        form = request.form
        coding = form.get("coding") or "0"
        encoding = self._default_encoding if coding == "0" else _ENCODINGS.get(coding)
        octets = _find_binary(form)
        if octets is None:
            octets = read_octets(request, "content")
            if encoding == _UCS_2 and not _looks_like_ucs_2(octets):
                encoding = None  # a program in between has decoded it already
        if encoding is None:
            return form.get("content", "")
        try:
            return gsm7.decode(octets) if encoding == _GSM else octets.decode(encoding)
        except ValueError:
            return form.get("content", "")


def _find_binary(form: Mapping[str, str]) -> bytes | None:
    """Find the bytes in their hexadecimal field, which not every version and setting of Jasmin sends."""
    try:
        return bytes.fromhex(form.get("binary", "")) or None
    except ValueError:
        return None


def _looks_like_ucs_2(octets: bytes) -> bool:
    """Tell whether bytes are 16-bit characters.

    Such bytes are invalid as UTF-8, or have more control characters than text has.
    """
    if len(octets) % 2:
        return False
    try:
        octets.decode()
    except ValueError:
        return True
    return 4 * sum(octet < 0x20 for octet in octets) > len(octets)


class JasminSender:
    """Sends through Jasmin's HTTP API and requests delivery reports of the operator and of the phone."""

    def __init__(self, api_url: str, user: str, password: str, report_url: str) -> None:
        self._url = f"{api_url.rstrip('/')}/send"
        self._account = {"username": user, "password": password}
        self._reports = {"dlr": "yes", "dlr-url": report_url, "dlr-level": "3", "dlr-method": "POST"}

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message, in 16-bit characters where the GSM alphabet is not enough. Raises SendError."""
        if gsm7.is_writable(text):
            words = {"coding": "0", "content": text}
        else:
            words = {"coding": "8", "hex-content": text.encode("utf-16-be").hex()}
        # Operators expect digits only; the connector's settings declare them as international numbers.
        addresses = {"to": address.removeprefix("+"), "from": campaign_address.removeprefix("+")}
        response = call("POST", self._url, form={**self._account, **addresses, **words, **self._reports})
        taken = _TAKEN.match(response.text)
        if taken is None:
            raise SendError("no_id", retryable=False)
        return taken[1]


def _read_report(form: Mapping[str, str]) -> list[Item]:
    external_id, status = find_text(form, "id"), read_text(form, "message_status")
    state = _STATES.get(status, DeliveryState.FAILED if status.startswith("ESME_") else None)
    if external_id is None or state is None:
        return []
    return [DeliveryReport(external_id, state, make_code(status) if state is DeliveryState.FAILED else None)]


class _Options(Options):
    tokens = make_tokens_field()
    line = fields.String(validate=validate.Length(1), load_default=None)
    default_encoding = fields.String(
        validate=validate.OneOf([_GSM, "ascii", "latin-1", "utf-8"]), load_default=_GSM
    )  # for data coding 0
    api_url = fields.Url(schemes={"http", "https"}, require_tld=False, load_default=None)
    user = fields.String(load_default=None)
    password = fields.String(load_default=None)


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:
    """Build the gateway of a Jasmin server; inbound only without `api_url`. Raises ChannelSettingsError."""
    channel = JasminChannel(name, options["tokens"], options["region"], options["line"], options["default_encoding"])
    if options["api_url"] is None:
        return Gateway(channel)
    user, password = get_account(name, options, "api_url")
    report_url = f"{public_url}/channels/{name}/delivery/{quote(options['tokens'][0])}"
    sender = JasminSender(options["api_url"], user, password, report_url)
    return Gateway(channel, sender, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build, ("sms/…", "delivery/…"))
