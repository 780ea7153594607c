"""The Twilio channel by its contract: what it takes, what it turns away, and that it never loses or doubles."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from twilio.request_validator import HMAC_SHA256, RequestValidator

from channels.base.errors import SignatureRefused
from channels.base.items import DeliveryReport, InboundMessage
from channels.base.request import GatewayRequest
from channels.twilio.channel import ADAPTER, TwilioChannel
from channels.twilio.parse import address_for
from reporting.bootstrap import Program
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.message import Message
from tests.channels.call import JSON, Call, Said, form_call, get_call, json_call
from tests.channels.webhook_cases import WebhookCases, list_messages, make
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form

URL = "http://localhost/channels/twilio/sms"


class TestTwilio(WebhookCases):
    adapter = "twilio"
    channel = "twilio"
    cannot: ClassVar = {
        "replayed": "Twilio signs no time; a call that is made again carries the same id and stores nothing",
        "out_of_order": "Twilio does not say when a message was written",
        "future": "Twilio does not say when a message was written",
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"auth_tokens": list(secrets)}

    def compose(self, said: Said) -> Call:
        form = twilio_form(
            said.text, sender=said.sender, campaign_address=said.campaign_address, sid=said.external_id
        ) | dict(said.extra)
        for number, url in enumerate(said.media):
            form |= {"NumMedia": str(number + 1), f"MediaUrl{number}": url, f"MediaContentType{number}": "image/jpeg"}
        return form_call(self.path, form)

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        is_json = call.headers.get("Content-Type") == JSON
        if is_json:
            call = call.with_query(bodySHA256=hashlib.sha256(call.body).hexdigest())
        fields = call.fields if call.method == "POST" and not is_json else {}
        signature = RequestValidator(secret).compute_signature(call.url, fields)
        return call.with_headers(X_Twilio_Signature=signature)

    def test_fields_in_the_address_are_signed_with_it(self, client: FlaskClient, program: Program) -> None:
        call = self.sign(get_call(self.path, twilio_form("no water")), self.secrets[0])
        assert make(client, replace(call, query=call.query.replace("water", "fires"))).status_code == 403
        assert make(client, call).status_code == 200
        assert [row.text for row in list_messages(program)] == ["no water"]

    def test_a_json_body_is_bound_to_the_signature_by_its_hash(self, client: FlaskClient, program: Program) -> None:
        call = self.sign(json_call(self.path, twilio_form("no water")), self.secrets[0])
        assert make(client, replace(call, body=call.body.replace(b"water", b"fires"))).status_code == 403
        unbound = json_call(self.path, twilio_form("no water"))
        signature = RequestValidator(self.secrets[0]).compute_signature(unbound.url, {})
        assert make(client, unbound.with_headers(X_Twilio_Signature=signature)).status_code == 403
        assert make(client, call).status_code == 200
        assert [row.text for row in list_messages(program)] == ["no water"]

    def test_a_message_that_comes_again_by_the_fallback_is_stored_once(
        self, client: FlaskClient, program: Program
    ) -> None:
        form = twilio_form("no water")
        assert make(client, self.sign(form_call(self.path, form), self.secrets[0])).status_code == 200
        again = form_call("/channels/twilio/fallback", form | {"ErrorCode": "11200", "ErrorUrl": "https://x.example"})
        assert make(client, self.sign(again, self.secrets[0])).status_code == 200
        assert len(list_messages(program)) == 1


class TestTwilioWithSharedKeys(TestTwilio):
    """The same cases with the newer signature: SHA-256 by a key that a header names."""

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"auth_tokens": ["a-token"], "shared_keys": {self.key_of(secret): secret for secret in secrets}}

    def key_of(self, secret: str) -> str:
        return f"webhooks_sharedkey_{secret[:3]}"

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        call = super().sign(call, secret)
        is_form = call.method == "POST" and call.headers.get("Content-Type") != JSON
        signature = RequestValidator(secret).compute_signature(call.url, call.fields if is_form else {}, HMAC_SHA256)
        settings = f"key={self.key_of(secret)},algorithm=HMAC_SHA256"
        return call.with_headers(X_Twilio_Signature=signature, X_Twilio_Webhooks_Signature_Settings=settings)

    def test_a_json_body_is_bound_to_the_signature_by_its_hash(self, client: FlaskClient, program: Program) -> None:
        call = self.sign(json_call(self.path, twilio_form("no water")), self.secrets[0])
        assert make(client, replace(call, body=call.body.replace(b"water", b"fires"))).status_code == 403
        assert list_messages(program) == []

    @pytest.mark.parametrize(
        "header", ["key=webhooks_sharedkey_old,algorithm=HMAC_MD5", "key=another,algorithm=HMAC_SHA256", "nonsense"]
    )
    def test_a_header_that_names_no_known_key_or_algorithm_is_refused(
        self, client: FlaskClient, program: Program, header: str
    ) -> None:
        call = self.signed(Said("no water")).with_headers(X_Twilio_Webhooks_Signature_Settings=header)
        assert make(client, call).status_code == 403
        assert list_messages(program) == []


@pytest.mark.parametrize(("type_", "order"), [("STOP", "stop"), ("START", "start"), ("HELP", "help"), ("NEW", None)])
def test_what_twilio_took_for_an_order_is_one(type_: str, order: str | None) -> None:
    channel = ADAPTER.make("twilio", {"auth_tokens": ["t"]}, "http://localhost").channel
    assert channel is not None
    fields = twilio_form("AKHIRI") | {"OptOutType": type_}
    [message] = channel.parse("sms", GatewayRequest("u", {}, b"", fields))
    assert isinstance(message, InboundMessage)
    assert (message.order, message.is_gateway_answered) == (order, True)


@pytest.mark.parametrize(
    ("text", "sender", "options", "is_answered"),
    [
        ("STOP", "+9779800000001", {"account_sid": "AC1"}, True),
        (" Unsubscribe ", "+9779800000001", {"account_sid": "AC1"}, True),
        ("the fire does not stop", "+9779800000001", {"account_sid": "AC1"}, False),
        ("YES", "+9779800000001", {"account_sid": "AC1"}, False),
        ("STOP", "whatsapp:+9779800000001", {"account_sid": "AC1"}, False),
        ("STOP", "+9779800000001", {"account_sid": "AC1", "answers_keywords": False}, False),
        ("STOP", "+9779800000001", {}, False),
        ("STOP", "+9779800000001", {"answers_keywords": True}, True),
    ],
)
def test_a_keyword_that_twilio_answers_is_marked(
    text: str, sender: str, options: dict[str, Any], is_answered: bool
) -> None:
    channel = ADAPTER.make("twilio", {"auth_tokens": ["t"], **options}, "http://localhost").channel
    assert channel is not None
    [message] = channel.parse("sms", GatewayRequest("u", {}, b"", twilio_form(text, sender=sender)))
    assert isinstance(message, InboundMessage)
    assert message.is_gateway_answered is is_answered


def test_an_id_of_a_business_is_no_phone_number() -> None:
    pseudonyms = Pseudonyms("a-pepper")
    assert pseudonyms.hash_address("whatsapp:US.13491208655302") != pseudonyms.hash_address("+13491208655302")
    assert pseudonyms.hash_address("whatsapp:+13491208655302") == pseudonyms.hash_address("+13491208655302")


@pytest.mark.parametrize(
    ("campaign_address", "address", "recipient"),
    [
        ("+15005550006", "+9779800000001", "+9779800000001"),
        ("whatsapp:+15005550006", "whatsapp:+9779800000001", "whatsapp:+9779800000001"),
        ("whatsapp:+15005550006", "+9779800000001", "whatsapp:+9779800000001"),
        ("+15005550006", "whatsapp:+9779800000001", "+9779800000001"),
        ("whatsapp:+15005550006", "whatsapp:US.134", "whatsapp:US.134"),
        ("+15005550006", "whatsapp:US.13491208655302", None),
    ],
)
def test_a_person_is_addressed_as_our_address_can_reach_them(
    campaign_address: str, address: str, recipient: str | None
) -> None:
    assert address_for(campaign_address, address) == recipient


@pytest.mark.parametrize("text", ["A" * 200, "QUJD" * 50, "no water " * 30, base64.b64encode(b"\xff" * 150).decode()])
def test_what_is_not_certainly_base64_of_words_stays_as_it_came(text: str) -> None:
    form = twilio_form(text, sid="MM1")
    [message] = TwilioChannel(["t"]).parse("sms", GatewayRequest("u", {}, b"", form))
    assert isinstance(message, InboundMessage)
    assert message.text == text


_LONG = "Pa gen dlo nan Leyogàn. " * 12


@pytest.mark.parametrize("sid", ["MM1", "SM1"])
@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (_LONG.encode() + b"\xe2\x80", _LONG),
        (_LONG.encode() + b"\xf0\x9f\x98", _LONG),
        (_LONG.encode(), _LONG),
        (b"Pa gen dlo", "Pa gen dlo"),
        (b"help", "help"),
        ("पानी".encode(), "पानी"),
        ("لا ماء في قريتنا".encode(), "لا ماء في قريتنا"),
    ],
)
def test_words_in_base64_are_read_also_where_they_are_short_or_cut(sid: str, octets: bytes, text: str) -> None:
    encoded = base64.b64encode(octets).decode()
    for body in (encoded, encoded.rstrip("=")) if len(octets) > 100 else (encoded,):
        [message] = TwilioChannel(["t"]).parse("sms", GatewayRequest("u", {}, b"", twilio_form(body, sid=sid)))
        assert isinstance(message, InboundMessage)
        assert message.text == text


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_words_in_base64_that_was_cut_itself_are_read(cut: int) -> None:
    encoded = base64.b64encode(_LONG.encode()).decode()[:-cut]
    [message] = TwilioChannel(["t"]).parse("sms", GatewayRequest("u", {}, b"", twilio_form(encoded, sid="MM1")))
    assert isinstance(message, InboundMessage)
    assert _LONG.startswith(message.text)
    assert len(message.text) > len(_LONG) - 4


@pytest.mark.parametrize(
    "text",
    ["help", "STOP", "Inondasyon", "INCLUDING", "Kathmandu", "deadbeefdeadbeef", "50936200004", "AAAA", "HelpHelpHelp",
     "Antidisestablishmentarianism", "inondasyonnanpotoprens", "A8B7QX2M9H", "https//maps", "x=", "abc=", "=="],
)  # fmt: skip
def test_a_word_that_looks_like_base64_stays(text: str) -> None:
    [message] = TwilioChannel(["t"]).parse("sms", GatewayRequest("u", {}, b"", twilio_form(text, sid="MM1")))
    assert isinstance(message, InboundMessage)
    assert message.text == text


def post(client: FlaskClient, form: dict[str, str], token: str = AUTH_TOKEN, url: str = URL) -> int:
    return client.post("/channels/twilio/sms", data=form, headers=sign(url, form, token)).status_code


def count(program: Program) -> int:
    with program.owner.begin() as connection:
        return connection.execute(select(func.count()).select_from(Message)).scalar_one()


def test_the_signature_vector_of_the_documentation_holds() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "From": "+12349013030",
        "To": "+18005551212",
        "Caller": "+12349013030",
        "Digits": "1234",
    }
    request = GatewayRequest(
        "https://mycompany.com/myapp.php?foo=1&bar=2", {"X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ="}, b"", form
    )
    TwilioChannel(["12345"]).verify(request)
    TwilioChannel(["a new one", "12345"]).verify(request)  # while a token is rotated both are good
    with pytest.raises(SignatureRefused):
        TwilioChannel(["54321"]).verify(request)


def test_a_message_is_committed_before_the_empty_twiml_answer(client: FlaskClient, program: Program) -> None:
    form = twilio_form("dlo a sal nan Delmas 33")
    answer = client.post("/channels/twilio/sms", data=form, headers=sign(URL, form, AUTH_TOKEN))
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/xml")
    assert answer.text.endswith("<Response />") or answer.text.endswith("<Response></Response>")
    with program.owner.begin() as connection:
        row = connection.execute(
            select(Message.text, Message.state, Message.external_id, Message.campaign_address)
        ).one()
    assert tuple(row) == ("dlo a sal nan Delmas 33", "received", form["MessageSid"], "+15005550006")


def test_the_number_stands_nowhere_in_clear_and_unknown_parameters_are_kept(
    client: FlaskClient, program: Program
) -> None:
    form = twilio_form("no water") | {"ANewParameter": "of tomorrow"}
    assert post(client, form) == 200
    with program.owner.begin() as connection:
        row = connection.execute(select(Message.__table__)).one()
    assert b"9779800000001" not in repr(tuple(row)).encode()
    assert json.loads(program.pseudonyms.unseal(row.payload_encrypted)) == form
    assert program.pseudonyms.unseal(row.address_encrypted) == "+9779800000001"


def test_the_same_sid_again_makes_no_second_message(client: FlaskClient, program: Program) -> None:
    form = twilio_form("no water")
    assert [post(client, form) for _ in range(3)] == [200, 200, 200]
    assert count(program) == 1


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_signature_is_refused_and_nothing_is_stored(client: FlaskClient, program: Program, token: str) -> None:
    assert post(client, twilio_form("no water"), token) == 403
    assert client.post("/channels/twilio/sms", data=twilio_form("no water")).status_code == 403
    assert count(program) == 0


def test_the_signature_is_of_the_configured_url_whatever_the_headers_say(client: FlaskClient, program: Program) -> None:
    form = twilio_form("no water")
    headers = sign("http://elsewhere.example/channels/twilio/sms", form, AUTH_TOKEN)
    spoofed = {**headers, "Host": "elsewhere.example", "X-Forwarded-Host": "elsewhere.example"}
    assert client.post("/channels/twilio/sms", data=form, headers=spoofed).status_code == 403
    assert (
        client.post(
            "/channels/twilio/sms", data=form, headers={**sign(URL, form, AUTH_TOKEN), "Host": "elsewhere.example"}
        ).status_code
        == 200
    )
    assert count(program) == 1


def test_a_body_that_was_altered_is_refused(client: FlaskClient) -> None:
    form = twilio_form("no water")
    headers = sign(URL, form, AUTH_TOKEN)
    assert client.post("/channels/twilio/sms", data={**form, "Body": "no fire"}, headers=headers).status_code == 403


def test_a_body_that_is_too_large_is_413_and_an_unknown_channel_or_kind_404(client: FlaskClient) -> None:
    assert post(client, twilio_form("x" * 70_000)) == 413
    assert client.post("/channels/carrierpigeon/sms", data={}).status_code == 404
    form = twilio_form("no water")
    assert (
        client.post(
            "/channels/twilio/fax", data=form, headers=sign("http://localhost/channels/twilio/fax", form, AUTH_TOKEN)
        ).status_code
        == 404
    )
    assert client.get("/channels/twilio/sms").status_code == 403  # unsigned like any other


def test_a_signed_call_without_id_is_kept_once(client: FlaskClient, program: Program) -> None:
    form = {"Body": "no water", "From": "+9779800000001"}
    assert [post(client, form) for _ in range(2)] == [200, 200]
    assert count(program) == 1


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=2000),
    sender=st.text(max_size=40),
    extra=st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4),
)
def test_whatever_a_sender_writes_is_stored_and_answered_with_200(
    client: FlaskClient, program: Program, text: str, sender: str, extra: dict[str, str]
) -> None:
    form = {**{key: value for key, value in extra.items() if key}, **twilio_form(text, sender=sender)}
    sent = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    before = count(program)
    assert post(client, sent) == 200
    assert count(program) == before + 1


def test_delivery_reports_only_move_a_message_forward(program: Program) -> None:
    channel = TwilioChannel([AUTH_TOKEN])
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    request = GatewayRequest(
        "u", {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature("u", form)}, b"", form
    )
    assert channel.parse("status", request) == [DeliveryReport("SM1", "failed", "30003")]
    with program.owner.begin() as connection:
        connection.execute(
            Message.__table__.insert().values(
                channel="twilio", external_id="SM1", direction="out", text="", state="sent"
            )
        )
    seen = []
    for state in ("delivered", "sent", "failed"):
        program.delivery_reports.record("twilio", DeliveryReport("SM1", state))
        with program.owner.begin() as connection:
            seen.append(connection.execute(select(Message.state)).scalar_one())
    assert seen == ["delivered", "delivered", "delivered"]
