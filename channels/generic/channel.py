"""A generic HTTP gateway, described completely in the channels file, for gateways without a file of their own here."""

import base64
import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import BodyUnreadable, KindUnknown, SendError, SignatureRefused
from channels.base.gateway import Gateway
from channels.base.items import DeliveryReport, DeliveryState, InboundMessage, Item
from channels.base.request import MAX_BODY_BYTES, GatewayRequest
from channels.generic import options as said
from channels.http_client import call, read_json
from channels.options import Adapter
from channels.parse_fields import find_epoch_time, find_time, make_code, make_id, make_twin
from channels.phone_number import find_international
from channels.verification import require_one_of, require_recent

_PLACEHOLDER: Final = re.compile(rf"\{{({'|'.join(said.PLACEHOLDERS)})\}}")
_SIGNED: Final = re.compile(r"(\{body\}|\{timestamp\}|\{url\})")
_MOST_AT_ONCE: Final = 1000  # messages of one call; mostly its size limit is reached first


class GenericChannel:
    """Inbound calls of a gateway, parsed as its settings describe."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self._proof = options["proof"]
        self._inbound = options["inbound"]
        self._delivery = options["delivery"]
        self._region = options["region"]
        self._zone = ZoneInfo(self._inbound["timezone"])
        self._secret_field = self._proof["name"] if self._proof["by"] == said.FIELD else None
        told = options["answer"]
        self._answer = Answer(told["body"], told["content_type"], told["status"])

    def verify(self, request: GatewayRequest) -> None:
        """Verify a call by a token in the path, a secret in a field or a header, or an HMAC.

        Raises SignatureRefused.
        """
        proof = self._proof
        if proof["by"] == said.HMAC:
            self._verify_hash(request)
        elif proof["by"] == said.TOKEN:
            require_one_of(request.token, proof["secrets"])
        elif proof["by"] == said.HEADER:
            require_one_of(self._strip(request.headers.get(proof["name"])), proof["secrets"])
        else:
            require_one_of(self._strip(_read_secret(request, proof["name"])), proof["secrets"])

    def parse(self, kind: str, request: GatewayRequest) -> list[Item]:
        """Parse a call; the settings name two kinds, one for messages and one for delivery reports.

        Raises KindUnknown, BodyUnreadable, SignatureRefused.
        """
        if kind == self._inbound["kind"] and request.method in self._inbound["methods"]:
            self._require_signed(request)
            parts = _read_parts(request, self._inbound)
            return [self._read_message(part, request, len(parts)) for part in parts]
        if self._delivery is not None and kind == self._delivery["kind"]:
            self._require_signed(request)
            found = [self._read_report(part) for part in _read_parts(request, self._delivery)]
            return [report for report in found if report is not None]
        raise KindUnknown

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:  # noqa: ARG002
        """Return the response from the settings, always the same."""
        return self._answer

    def _strip(self, told: str | None) -> str | None:
        prefix: str = self._proof["prefix"]
        return told.removeprefix(prefix) if told is not None and told.startswith(prefix) else None

    def _require_signed(self, request: GatewayRequest) -> None:
        """Check that a call whose query string is read is not one with only its body signed.

        Raises SignatureRefused.
        """
        is_body_signed_alone = self._proof["by"] == said.HMAC and "{url}" not in self._proof["signed"]
        if request.method != "POST" and is_body_signed_alone:
            raise SignatureRefused

    def _verify_hash(self, request: GatewayRequest) -> None:
        proof, told_at = self._proof, None
        if proof["timestamp_header"] is not None:
            told_at = request.headers.get(proof["timestamp_header"]) or ""
        signed = _fill_signed(proof["signed"], request, told_at or "")
        digests = [hmac.digest(secret.encode(), signed, proof["hash"]) for secret in proof["secrets"]]
        is_hex = proof["encoding"] == "hex"
        given = self._strip(request.headers.get(proof["name"]))
        expected = [digest.hex() if is_hex else base64.b64encode(digest).decode() for digest in digests]
        require_one_of(given.lower() if given and is_hex else given, expected)
        if told_at is not None:
            require_recent(told_at, proof["window_s"])

    def _read_message(self, part: Mapping[str, Any], request: GatewayRequest, together: int) -> InboundMessage:
        at, campaign_address = self._inbound["fields_"], self._inbound["line"]
        sender, own = find_at(part, at["from_"]), find_at(part, at["to"])
        external_id = find_at(part, at["id"])
        if external_id is None and together > 1:
            raise BodyUnreadable  # without ids the messages of one call cannot be distinguished
        told = find_at(part, at["time"])
        sent_at = self._find_time(told) if told else None
        return InboundMessage(
            external_id=external_id or make_id(request),
            address=find_international(sender, self._region),
            campaign_address=campaign_address or find_international(own, self._region),
            text=find_at(part, at["text"]) or "",
            payload={name: value for name, value in part.items() if name != self._secret_field},
            sent_at=sent_at,
            twin=make_twin(sent_at, told or ""),
        )

    def _find_time(self, told: str) -> datetime | None:
        pattern = self._inbound["time_format"]
        if pattern == said.ISO:
            return find_time(told, self._zone)
        if pattern == said.EPOCH:
            return find_epoch_time(told)
        try:
            return find_time(datetime.strptime(told, pattern).isoformat(), self._zone)  # noqa: DTZ007  # see `zone`
        except ValueError:
            return None

    def _read_report(self, part: Mapping[str, Any]) -> DeliveryReport | None:
        at = self._delivery["fields_"]
        external_id, told = find_at(part, at["id"]), find_at(part, at["state"])
        state = self._delivery["states"].get(told)
        if external_id is None or state is None:
            return None
        error = find_at(part, at["error"]) or ""
        is_opt_out = error in self._delivery["opted_out"]
        code = error if is_opt_out else make_code(error)
        return DeliveryReport(external_id, state, code if state is DeliveryState.FAILED else None, is_opt_out)


class GenericSender:
    """Sends as the settings describe."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._pattern = re.compile(options["id_pattern"]) if options["id_pattern"] is not None else None

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one message; returns the gateway's id, or ours where it gives none. Raises SendError."""
        options, own_id = self._options, str(uuid.uuid4())
        values = {
            "to": address, "to_digits": address.removeprefix("+"),
            "from": campaign_address, "from_digits": campaign_address.removeprefix("+"),
            "text": text, "id": own_id,
        }  # fmt: skip
        body = fill(options["body"], values)
        try:
            response = call(
                options["method"],
                options["url"],
                headers=options["headers"],
                params=body if options["format"] == said.QUERY else None,
                form=body if options["format"] == said.FORM else None,
                json=body if options["format"] == said.JSON else None,
                auth=(options["user"], options["password"]) if options["user"] is not None else None,
            )
        except SendError as error:
            if error.code in {f"http_{status}" for status in options["opted_out_statuses"]}:
                raise SendError(error.code, retryable=False, is_opt_out=True) from None
            raise
        if options["id"] is not None:
            found = find_at(read_json(response), options["id"])
        elif self._pattern is not None:
            match = self._pattern.search(response.text)
            found = match[1] if match is not None else None
        else:
            return own_id
        if not found:
            raise SendError("no_id", retryable=False)
        return found


def find_at(value: Any, path: str | None) -> str | None:
    """Find the value at a path such as `data.0.id`, as text; a name with dots in it is tried first. None if empty."""
    if path is None:
        return None
    found = value[path] if isinstance(value, dict) and path in value else value
    if found is value:
        for name in path.split("."):
            if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, dict):
                found = found.get(name)
            else:
                return None
    return None if found is None or isinstance(found, (dict, list)) else str(found) or None


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """Fill the placeholders of a template; placeholders inside the filled-in values stay as they are."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    if isinstance(template, dict):
        return {name: fill(part, values) for name, part in template.items()}
    return [fill(part, values) for part in template] if isinstance(template, list) else template


def _fill_signed(template: str, request: GatewayRequest, told_at: str) -> bytes:
    values = {"{body}": request.body, "{timestamp}": told_at.encode(), "{url}": request.url.encode()}
    return b"".join(values.get(part, part.encode()) for part in _SIGNED.split(template))


def _read_secret(request: GatewayRequest, path: str) -> str | None:
    """Read a secret from a field of the form, the query string or a JSON body."""
    if path in request.form or path in request.query:
        return request.form.get(path) or request.query.get(path)
    try:
        return find_at(request.json(), path)
    except BodyUnreadable:
        return None


def _read_parts(request: GatewayRequest, described: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List the objects of a call, each of which holds one message or delivery report. Raises BodyUnreadable."""
    if described["format"] == said.QUERY:
        return [request.query]
    if described["format"] == said.FORM:
        return [request.form]
    body = request.json()
    if described["each"] is None:
        return [body]
    listed: Any = body
    for name in described["each"].split("."):
        listed = listed.get(name) if isinstance(listed, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_AT_ONCE:
        raise BodyUnreadable
    if not all(isinstance(part, dict) for part in listed):
        raise BodyUnreadable
    return listed


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway that the settings describe; inbound only without `sending`."""
    sender = GenericSender(options["sending"]) if options["sending"] is not None else None
    return Gateway(GenericChannel(name, options), sender, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(said.GenericOptions, build, ("sms", "status"))
