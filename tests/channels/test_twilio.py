"""The Twilio channel by its contract: what it takes, what it turns away, and that it never loses or doubles."""

import json

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from channels.base import DeliveryReport, GatewayRequest, SignatureRefused
from channels.twilio import TwilioChannel
from reporting.bootstrap import Program
from reporting.models.message import Message
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form

URL = "http://localhost/channels/twilio/sms"


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
        row = connection.execute(select(Message.text, Message.state, Message.external_id, Message.line)).one()
    assert tuple(row) == ("dlo a sal nan Delmas 33", "received", form["MessageSid"], "+15005550006")


def test_the_number_stands_nowhere_in_clear_and_unknown_parameters_are_kept(
    client: FlaskClient, program: Program
) -> None:
    form = twilio_form("no water") | {"ANewParameter": "of tomorrow"}
    assert post(client, form) == 200
    with program.owner.begin() as connection:
        row = connection.execute(select(Message.__table__)).one()
    assert b"9779800000001" not in repr(tuple(row)).encode()
    assert json.loads(program.pseudonyms.unseal(row.payload_sealed)) == form
    assert program.pseudonyms.unseal(row.party_sealed) == "+9779800000001"


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
        program.intake.note_delivery("twilio", DeliveryReport("SM1", state))
        with program.owner.begin() as connection:
            seen.append(connection.execute(select(Message.state)).scalar_one())
    assert seen == ["delivered", "delivered", "delivered"]
