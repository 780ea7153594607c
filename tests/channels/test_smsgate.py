"""SMS Gateway for Android by its contract: signatures that grow old, pictures within the call, several SIM cards."""

import base64
import hmac
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from channels.base.errors import SendError, SignatureRefused
from channels.base.items import InboundMessage
from channels.base.request import GatewayRequest
from channels.options import ChannelSettingsError
from channels.smsgate import ADAPTER
from reporting.bootstrap import Program
from tests.channels.call import PUBLIC_URL, Call, Said, json_call
from tests.channels.stub import run_stub
from tests.channels.webhook_cases import WebhookCases, list_messages, make

PICTURE = base64.b64encode(b"\xff\xd8\xff not much of a picture").decode()


class TestSmsGate(WebhookCases):
    adapter = "smsgate"
    channel = "smsgate"
    kind = "event"
    max_body_bytes = 4 * 1024 * 1024

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"signing_keys": list(secrets), "region": "NP"}

    def compose(self, said: Said) -> Call:
        sent_at = said.sent_at or datetime.now(UTC)
        payload: dict[str, Any] = {
            "messageId": "5a3f00c1", "sender": said.sender, "recipient": said.campaign_address, "simNumber": 1,
            "phoneNumber": said.sender, "receivedAt": sent_at.isoformat(timespec="milliseconds"),
        }  # fmt: skip
        if said.media:
            part = {"partId": 1, "contentType": "image/jpeg", "name": "one.jpg", "size": 27, "data": PICTURE}
            payload |= {"body": said.text, "subject": None, "attachments": [part for _ in said.media]}
        else:
            payload |= {"message": said.text}
        event = "mms:downloaded" if said.media else "sms:received"
        body = {"id": said.external_id, "webhookId": "w1", "deviceId": "d1", "event": event, "payload": payload}
        return json_call(self.path, body | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        told_at = str(int((at or datetime.now(UTC)).timestamp()))
        signature = hmac.digest(secret.encode(), call.body + told_at.encode(), "sha256").hex()
        return call.with_headers(X_Signature=signature, X_Timestamp=told_at)

    def test_a_phone_that_was_without_network_for_two_days_loses_nothing(
        self, client: FlaskClient, program: Program
    ) -> None:
        call = self.signed(Said("no water"), at=datetime.now(UTC) - timedelta(days=2))
        assert make(client, call).status_code == 200
        assert [row.text for row in list_messages(program)] == ["no water"]

    def test_a_window_of_five_minutes_can_be_asked_for(self) -> None:
        options = self.options(*self.secrets) | {"replay_window_s": 300}
        channel = ADAPTER.make("smsgate", options, PUBLIC_URL).channel
        assert channel is not None
        for age_s, is_taken in ((240, True), (-240, True), (400, False), (-400, False)):
            call = self.signed(Said("x"), at=datetime.now(UTC) - timedelta(seconds=age_s))
            request = GatewayRequest(call.url, call.headers, call.body, {})
            with nullcontext() if is_taken else pytest.raises(SignatureRefused):
                channel.verify(request)

    @pytest.mark.parametrize("told_at", ["", "nan", "soon", "inf"])
    def test_a_time_that_is_none_is_refused_even_when_it_is_signed(self, client: FlaskClient, told_at: str) -> None:
        call = self.compose(Said("no water"))
        signature = hmac.digest(self.secrets[0].encode(), call.body + told_at.encode(), "sha256").hex()
        call = call.with_headers(X_Signature=signature, X_Timestamp=told_at)
        assert make(client, call).status_code == 403

    def test_a_time_of_now_on_an_old_signature_is_refused(self, client: FlaskClient) -> None:
        call = self.signed(Said("no water"), at=datetime.now(UTC) - timedelta(days=30))
        fresh = call.with_headers(X_Timestamp=str(int(datetime.now(UTC).timestamp())))
        assert make(client, fresh).status_code == 403

    def test_a_picture_of_a_megabyte_is_taken_whole_and_stored_once(
        self, client: FlaskClient, program: Program
    ) -> None:
        call = self.compose(Said("look", media=("one",)))
        data = base64.b64encode(b"\x00" * 1_000_000).decode()
        call = replace(call, body=call.body.replace(PICTURE.encode(), data.encode()))
        assert make(client, self.sign(call, self.secrets[1])).status_code == 200
        [row] = list_messages(program)
        assert row.text == "look"
        assert len(row.payload_encrypted) < 5_000
        [item] = self.read(self.sign(call, self.secrets[1]))[1]
        assert isinstance(item, InboundMessage)
        assert item.media[0].url == f"data:image/jpeg;base64,{data}"

    def test_another_kind_is_404(self, client: FlaskClient) -> None:
        call = replace(self.compose(Said("x")), path="/channels/smsgate/fax")
        assert make(client, self.sign(call, self.secrets[1])).status_code == 404


@pytest.mark.parametrize(
    ("lines", "told", "line"),
    [
        (["+9779800000010", "+9779800000020"], {"simNumber": 2, "recipient": None}, "+9779800000020"),
        (["+9779800000010", "+9779800000020"], {"simNumber": 3, "recipient": "9800000030"}, "+9779800000030"),
        (["+9779800000010"], {"simNumber": None}, "+9779800000010"),
        ([], {"simNumber": 1, "recipient": "9800000030"}, "+9779800000030"),
        ([], {"simNumber": 1}, None),
    ],
)
def test_our_own_number_is_told_by_the_sim_card(lines: list[str], told: dict[str, Any], line: str | None) -> None:
    channel = ADAPTER.make("p", {"signing_keys": ["k"], "region": "NP", "lines": lines}, PUBLIC_URL).channel
    assert channel is not None
    call = json_call("/channels/p/event", {"id": "1", "event": "sms:received", "payload": {"sender": "980", **told}})
    [message] = channel.parse("event", GatewayRequest(call.url, {}, call.body, {}))
    assert isinstance(message, InboundMessage)
    assert message.campaign_address == line


def test_a_text_leaves_by_the_sim_card_of_its_line() -> None:
    with run_stub(202, '{"id": "nano-1", "state": "Pending"}') as stub:
        options = {
            "signing_keys": ["k"], "api_url": f"{stub.url}/", "user": "sms", "password": "word",
            "lines": ["+9779800000010", "+9779800000020"],
        }  # fmt: skip
        sender = ADAPTER.make("p", options, PUBLIC_URL).sender
        assert sender is not None
        assert sender.send(campaign_address="+9779800000020", address="+9779800000001", text="धन्यवाद") == "nano-1"
    [asked] = stub.calls
    assert (asked.method, asked.path) == ("POST", "/messages")
    assert asked.headers["Authorization"] == f"Basic {base64.b64encode(b'sms:word').decode()}"
    assert asked.json == {
        "textMessage": {"text": "धन्यवाद"},
        "phoneNumbers": ["+9779800000001"],
        "withDeliveryReport": True,
        "simNumber": 2,
    }


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (400, "{}", "http_400", False),
        (503, "", "http_503", True),
        (202, "{}", "no_id", False),
        (202, "", "no_json", False),
    ],
)
def test_a_text_that_did_not_leave_says_whether_to_try_again(
    status: int, body: str, code: str, retryable: bool
) -> None:
    with run_stub(status, body) as stub:
        options = {"signing_keys": ["k"], "api_url": stub.url, "user": "u", "password": "p"}
        sender = ADAPTER.make("p", options, PUBLIC_URL).sender
        assert sender is not None
        with pytest.raises(SendError) as error:
            sender.send(campaign_address="+1", address="+9779800000001", text="x")
    assert (error.value.code, error.value.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "channel p: signing_keys: Missing data for required field."),
        ({"signing_keys": ["k"], "api_url": "http://phone:8080"}, "channel p: api_url: it takes user and password too"),
        ({"signing_keys": ["k"], "key": "k"}, "channel p: key: Unknown field."),
    ],
)
def test_options_that_cannot_be_used_are_told_in_a_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ChannelSettingsError) as error:
        ADAPTER.make("p", options, PUBLIC_URL)
    assert str(error.value) == message
