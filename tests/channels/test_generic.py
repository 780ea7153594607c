"""A gateway described in settings: each way to prove itself, each place for a field, each way to send, each mistake."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import yaml
from flask.testing import FlaskClient

from channels.base.errors import SendError
from channels.generic.channel import ADAPTER, fill, find_at
from channels.options import ChannelSettingsError
from reporting.bootstrap import Program
from tests.channels.call import PUBLIC_URL, Call, Said, form_call, get_call, json_call
from tests.channels.recorded import list_recorded, show_item
from tests.channels.stub import run_stub
from tests.channels.webhook_cases import WebhookCases, list_messages, make

TOKEN = "t" * 22
NO_TIME = "it signs no time; a call that is made again carries the same id and stores nothing"
SIGNS_NOTHING = "it signs nothing; whoever knows the secret may call"
NO_MEDIA = "pictures are not described by these settings"

JSON_FIELDS = {"id": "message.id", "from": "message.from", "to": "message.to", "text": "message.text", "time": "at"}


class DescribedCases(WebhookCases):
    """Cases of one description; its recorded calls begin with `records`."""

    adapter = "generic"
    channel = "generic"
    records: ClassVar[str]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "recorded" in metafunc.fixturenames:
            paths = [path for path in list_recorded(self.adapter) if path.stem.startswith(self.records)]
            metafunc.parametrize("recorded", paths, ids=[path.stem for path in paths])


class TestGenericWithHash(DescribedCases):
    """JSON, signed with its time."""

    records = "json"
    cannot: ClassVar = {"media": NO_MEDIA}

    def options(self, *secrets: str) -> dict[str, Any]:
        return {
            "region": "NP",
            "inbound": {"format": "json", "fields": JSON_FIELDS},
            "proof": {
                "by": "hmac", "secrets": list(secrets), "name": "X-Hub-Signature", "prefix": "sha512=",
                "hash": "sha512", "encoding": "base64", "signed": "v1:{timestamp}.{body}", "timestamp_header": "X-Time",
            },
        }  # fmt: skip

    def compose(self, said: Said) -> Call:
        message = {"id": said.external_id, "from": said.sender, "to": said.campaign_address, "text": said.text}
        at = (said.sent_at or datetime.now(UTC)).isoformat()
        return json_call(self.path, {"message": message, "at": at} | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        told_at = str(int((at or datetime.now(UTC)).timestamp()))
        digest = hmac.digest(secret.encode(), f"v1:{told_at}.".encode() + call.body, "sha512")
        return call.with_headers(X_Hub_Signature=f"sha512={base64.b64encode(digest).decode()}", X_Time=told_at)

    def test_a_call_of_another_kind_or_by_another_method_is_404(self, client: FlaskClient) -> None:
        call = replace(self.compose(Said("x")), path="/channels/generic/fax")
        assert make(client, self.sign(call, self.secrets[1])).status_code == 404
        assert make(client, self.sign(get_call(self.path, {"message": "x"}), self.secrets[1])).status_code == 404


class TestGenericWithToken(DescribedCases):
    """Fields in the address, a token in the path."""

    records = "query"
    cannot: ClassVar = {
        "signed_body": SIGNS_NOTHING,
        "replayed": NO_TIME,
        "oversized": "the message stands in the address, which the web server itself bounds",
        "media": NO_MEDIA,
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        fields = {"id": "msgid", "from": "msisdn", "to": "short", "text": "body", "time": "when"}
        inbound = {"methods": ["GET", "POST"], "format": "query", "fields": fields, "time_format": "epoch"}
        return {"region": "NP", "inbound": inbound, "proof": {"by": "token", "secrets": list(secrets)}}

    def compose(self, said: Said) -> Call:
        fields = {"msgid": said.external_id, "msisdn": said.sender, "short": said.campaign_address, "body": said.text}
        if said.sent_at is not None:
            fields["when"] = str(int(said.sent_at.timestamp()))
        return get_call(self.path, fields | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        return call.with_token(secret)


class TestGenericWithField(DescribedCases):
    """A form with a password in it."""

    records = "form"
    cannot: ClassVar = {"signed_body": SIGNS_NOTHING, "replayed": NO_TIME, "media": NO_MEDIA}

    def options(self, *secrets: str) -> dict[str, Any]:
        fields = {"id": "id", "from": "from", "to": "to", "text": "text", "time": "time"}
        inbound = {"fields": fields, "time_format": "%d/%m/%Y %H:%M:%S", "timezone": "Asia/Kathmandu"}
        return {"region": "NP", "inbound": inbound, "proof": {"by": "field", "name": "pw", "secrets": list(secrets)}}

    def compose(self, said: Said) -> Call:
        fields = {"id": said.external_id, "from": said.sender, "to": said.campaign_address, "text": said.text}
        if said.sent_at is not None:
            local = said.sent_at.timestamp() + (5 * 60 + 45) * 60
            fields["time"] = datetime.fromtimestamp(local, UTC).strftime("%d/%m/%Y %H:%M:%S")
        return form_call(self.path, fields | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        return replace(call, body=f"pw={secret}&".encode() + call.body)

    def test_the_password_is_not_kept_with_the_message(self, client: FlaskClient, program: Program) -> None:
        assert make(client, self.signed(Said("no water"))).status_code == 200
        [row] = list_messages(program)
        assert "pw" not in json.loads(program.pseudonyms.unseal(row.payload_encrypted))


class TestGenericWithHeader(TestGenericWithHash):
    """JSON, with a bearer's secret in a header."""

    cannot: ClassVar = {"signed_body": SIGNS_NOTHING, "replayed": NO_TIME, "media": NO_MEDIA}

    def options(self, *secrets: str) -> dict[str, Any]:
        proof = {"by": "header", "name": "Authorization", "prefix": "Bearer ", "secrets": list(secrets)}
        return super().options(*secrets) | {"proof": proof}

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        return call.with_headers(Authorization=f"Bearer {secret}")


# What a description makes of a call: (settings in YAML, the call, what comes of it).
MANY = """
inbound: {format: json, each: results, fields: {id: messageId, from: from, to: to, text: text, time: receivedAt}}
delivery:
  format: json
  each: results
  fields: {id: messageId, state: status.groupName, error: error.name}
  states: {DELIVERED: delivered, PENDING: sent, REJECTED: failed}
  opted_out: [EC_101]
"""
READINGS = [
    (
        MANY,
        json_call("/sms", {"results": [
            {"messageId": 1, "from": "9779800000001", "to": "1234", "text": "one", "receivedAt": "2026-06-22T15:46:11"},
            {"messageId": 2, "from": "Ncell", "text": None},
        ]}),
        [
            {"is": "InboundMessage", "external_id": "1", "address": "+9779800000001", "campaign_address": "1234",
             "text": "one", "sent_at": "2026-06-22T15:46:11+00:00"},
            {"is": "InboundMessage", "external_id": "2", "address": "Ncell", "campaign_address": None, "text": ""},
        ],
    ),
    (MANY, json_call("/sms", {"results": []}), []),
    (
        MANY,
        json_call("/status", {"results": [
            {"messageId": "a", "status": {"groupName": "DELIVERED"}, "error": {"name": "NO_ERROR"}},
            {"messageId": "b", "status": {"groupName": "REJECTED"}, "error": {"name": "EC_101"}},
            {"messageId": "c", "status": {"groupName": "REJECTED"}, "error": {"name": "to +9779800000001"}},
            {"messageId": "d", "status": {"groupName": "LOST"}},
            {"status": {"groupName": "PENDING"}},
        ]}),
        [
            {"is": "DeliveryReport", "external_id": "a", "state": "delivered"},
            {"is": "DeliveryReport", "external_id": "b", "state": "failed", "error_code": "EC_101", "is_opt_out": True},
            {"is": "DeliveryReport", "external_id": "c", "state": "failed", "error_code": "unnamed"},
        ],
    ),
    (
        "inbound: {line: '+9779800000010', fields: {from: From, text: Body}}",
        form_call("/sms", {"From": "+9779800000001", "Body": "dlo a sal"}),
        [{"is": "InboundMessage", "external_id": "sha256:1a1d", "address": "+9779800000001",
          "campaign_address": "+9779800000010", "text": "dlo a sal"}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("settings_yaml", "call", "expected"), READINGS)
def test_a_call_is_read_as_the_settings_describe_it(
    settings_yaml: str, call: Call, expected: list[dict[str, Any]]
) -> None:
    case = TestGenericWithToken()
    options = yaml.safe_load(settings_yaml) | {"region": "NP", "proof": {"by": "token", "secrets": [TOKEN]}}
    case.options = lambda *_: options  # type: ignore[method-assign]
    status, items = case.read(replace(call, path=f"/channels/generic{call.path}/{TOKEN}"), TOKEN)
    shown = [show_item(item) for item in items]
    for item in shown:
        if item["external_id"].startswith("sha256:"):
            assert len(item["external_id"]) == len("sha256:") + 64
            item["external_id"] = "sha256:1a1d"
    assert (status, shown) == (200, expected)


@pytest.mark.parametrize(
    "results", [None, {}, ["x"], [{"from": "1", "text": "a"}, {"from": "1", "text": "b"}], [{}] * 1001]
)
def test_messages_that_cannot_be_told_apart_are_refused_and_not_guessed(results: Any) -> None:
    case = TestGenericWithToken()
    options = yaml.safe_load(MANY) | {"proof": {"by": "token", "secrets": [TOKEN]}}
    case.options = lambda *_: options  # type: ignore[method-assign]
    assert case.read(json_call(f"/channels/generic/sms/{TOKEN}", {"results": results}), TOKEN) == (400, [])


SENDING: dict[str, Any] = {
    "url": "http://gateway.example/send",
    "body": {"to": "{to}", "text": "{text}", "ref": "{id}"},
}


def make_sender(**sending: Any) -> Any:
    options = {
        "inbound": {"fields": {"from": "f", "text": "t"}}, "proof": {"by": "token", "secrets": [TOKEN]},
        "sending": SENDING | sending,
    }  # fmt: skip
    return ADAPTER.make("g", options, PUBLIC_URL).sender


def test_a_text_leaves_as_json_with_every_placeholder_filled_and_none_within_the_text() -> None:
    body = {
        "recipients": [{"msisdn": "{to_digits}"}], "sender": "{from}", "from_digits": "{from_digits}",
        "message": {"text": "{text}", "urgent": True, "ttl": 60}, "reference": "baraza-{id}",
    }  # fmt: skip
    with run_stub(201, '{"data": {"messages": [{"id": 77}]}}') as stub:
        sender = make_sender(
            url=f"{stub.url}/send", body=body, id="data.messages.0.id", headers={"X-Key": "k"}, user="u", password="p"
        )
        sent = sender.send(
            campaign_address="+9779800000010", address="+9779800000001", text='say {to} and "{id}" धन्यवाद'
        )
    assert sent == "77"
    [asked] = stub.calls
    assert (asked.method, asked.path, asked.headers["X-Key"]) == ("POST", "/send", "k")
    assert asked.headers["Authorization"].startswith("Basic ")
    reference = asked.json["reference"]
    assert asked.json == {
        "recipients": [{"msisdn": "9779800000001"}], "sender": "+9779800000010", "from_digits": "9779800000010",
        "message": {"text": 'say {to} and "{id}" धन्यवाद', "urgent": True, "ttl": 60}, "reference": reference,
    }  # fmt: skip
    assert len(reference) == len("baraza-") + 36


@pytest.mark.parametrize(("method", "sent_as"), [("POST", "form"), ("GET", "query")])
def test_a_text_leaves_as_a_form_or_in_the_address_and_the_id_is_read_from_text(method: str, sent_as: str) -> None:
    with run_stub(200, "OK id=77-a\n") as stub:
        sender = make_sender(url=stub.url, method=method, format=sent_as, id_pattern=r"^OK id=(\S+)")
        assert sender.send(campaign_address="1234", address="+9779800000001", text="a & b") == "77-a"
    [asked] = stub.calls
    told = asked.form if sent_as == "form" else asked.query
    assert (asked.method, told["to"], told["text"]) == (method, "+9779800000001", "a & b")


def test_our_own_id_is_the_texts_where_the_gateway_gives_none() -> None:
    with run_stub(204) as stub:
        ids = [
            make_sender(url=stub.url).send(campaign_address="1", address="+9779800000001", text="x") for _ in range(2)
        ]
    assert ids == [asked.json["ref"] for asked in stub.calls]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("status", "body", "sending", "expected"),
    [
        (200, '{"error": "no credit"}', {"id": "id"}, ("no_id", False, False)),
        (200, "ERR 5", {"id_pattern": "OK (.+)"}, ("no_id", False, False)),
        (200, "not json", {"id": "id"}, ("no_json", False, False)),
        (410, "", {"opted_out_statuses": [410]}, ("http_410", False, True)),
        (410, "", {}, ("http_410", False, False)),
        (429, "", {}, ("http_429", True, False)),
    ],
)
def test_a_text_that_did_not_leave_says_why(
    status: int, body: str, sending: dict[str, Any], expected: tuple[str, bool, bool]
) -> None:
    with run_stub(status, body) as stub, pytest.raises(SendError) as error:
        make_sender(url=stub.url, **sending).send(campaign_address="1", address="+9779800000001", text="x")
    assert (error.value.code, error.value.retryable, error.value.is_opt_out) == expected


GOOD = {"inbound": {"fields": {"from": "f", "text": "t"}}, "proof": {"by": "token", "secrets": [TOKEN]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inbound": None}, "inbound: Field may not be null."),
        ({"inbound": {"fields": {"from": "f"}}}, "inbound.fields.text: Missing data for required field."),
        ({"inbound": {"fields": {"from": "f", "text": "t", "txt": "t"}}}, "inbound.fields.txt: Unknown field."),
        ({"inbound": {**GOOD["inbound"], "timezone": "Nepal"}}, "inbound.timezone: a time zone such as Asia/Kathmandu"),
        (
            {"inbound": {**GOOD["inbound"], "time_format": "unix"}},
            "inbound.time_format: iso, epoch, or a pattern such as %d/%m/%Y %H:%M:%S",
        ),
        ({"inbound": {**GOOD["inbound"], "each": "results"}}, "inbound.each: only with format: json"),
        ({"inbound": {**GOOD["inbound"], "methods": ["PUT"]}}, "inbound.methods: Must be one of: GET, POST."),
        ({"proof": {"by": "luck", "secrets": [TOKEN]}}, "proof.by: Must be one of: token, field, header, hmac."),
        ({"proof": {"by": "token", "secrets": []}}, "proof.secrets: at least one"),
        ({"proof": {"by": "token", "secrets": ["t" * 21]}}, "proof.secrets: at least 22 characters for a token"),
        ({"proof": {"by": "header", "secrets": [TOKEN]}}, "proof.name: the header it stands in"),
        (
            {"proof": {"by": "hmac", "name": "X", "secrets": [TOKEN], "signed": "{timestamp}"}},
            "proof.signed: {body}, and {timestamp} or {url} where they are signed too",
        ),
        (
            {
                "inbound": {**GOOD["inbound"], "format": "query"},
                "proof": {"by": "hmac", "name": "X", "secrets": [TOKEN]},
            },
            "proof.signed: with {url}, since the address is read",
        ),
        (
            {"proof": {"by": "hmac", "name": "X", "secrets": [TOKEN], "timestamp_header": "X-Time"}},
            "proof.timestamp_header: goes with {timestamp} in `signed`, since only a signed time says anything",
        ),
        (
            {"answer": {"status": 302}},
            "answer.status: Must be greater than or equal to 200 and less than or equal to 299.",
        ),
        (
            {"delivery": {"kind": "sms", "fields": {"id": "i", "state": "s"}, "states": {"OK": "sent"}}},
            "delivery.kind: another one than that of inbound",
        ),
        (
            {"delivery": {"fields": {"id": "i", "state": "s"}, "states": {"OK": "gone"}}},
            "delivery.states.OK.value: Must be one of: sent, delivered, failed.",
        ),
        ({"sending": {"url": "ftp://x", "body": SENDING["body"]}}, "sending.url: Not a valid URL."),
        ({"sending": SENDING | {"body": {"to": "{to}"}}}, "sending.body: it needs {text} and {to} (or {to_digits})"),
        (
            {"sending": SENDING | {"body": {"to": "{to}", "text": "{text}", "x": "{name}"}}},
            "sending.body: {name} is none of to, to_digits, from, from_digits, text, id",
        ),
        (
            {"sending": SENDING | {"body": {"to": "{to}", "text": "{text}"}}},
            "sending.id: where the answer has the id; or send ours with {id} in the body",
        ),
        (
            {"sending": SENDING | {"id_pattern": "OK ("}},
            "sending.id_pattern: a regular expression with one group, the id",
        ),
        ({"sending": SENDING | {"user": "u"}}, "sending.user: user and password go together"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_told_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ChannelSettingsError) as error:
        ADAPTER.make("g", GOOD | changes, PUBLIC_URL)
    assert str(error.value) == f"channel g: {message}"


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"a": {"b": [{"c": 5}]}}, "a.b.0.c", "5"),
        ({"a.b": "whole"}, "a.b", "whole"),
        ({"a": {"b": [1]}}, "a.b.1", None),
        ({"a": "text"}, "a.b", None),
        ({"a": {"b": ""}}, "a.b", None),
        ({"a": {"b": {}}}, "a.b", None),
        ({"a": 1}, None, None),
        ([1], "a", None),
    ],
)
def test_a_path_leads_to_a_text_or_to_nothing(value: Any, path: str | None, found: str | None) -> None:
    assert find_at(value, path) == found


def test_a_template_keeps_what_is_no_placeholder() -> None:
    assert fill({"a": ["{to}", 1, None, "{other}"]}, {"to": "x"}) == {"a": ["x", 1, None, "{other}"]}
