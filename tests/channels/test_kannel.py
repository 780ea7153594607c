"""Kannel by its contract: a secret path, octets in several alphabets, an answer that is no text, our own ids."""

from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from channels.base.errors import SendError
from channels.base.items import InboundMessage
from channels.base.request import GatewayRequest
from channels.kannel import ADAPTER
from channels.options import ChannelSettingsError
from tests.channels.call import PUBLIC_URL, Call, Said, get_call
from tests.channels.stub import run_stub
from tests.channels.webhook_cases import WebhookCases, make

TOKEN = "t" * 22


class TestKannel(WebhookCases):
    adapter = "kannel"
    channel = "kannel"
    cannot: ClassVar = {
        "signed_body": "Kannel signs nothing; whoever knows the path may call",
        "replayed": "Kannel signs no time; a call that is made again carries the same id and stores nothing",
        "oversized": "the message stands in the address, which the web server itself bounds",
        "media": "Kannel brings SMS only",
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"tokens": list(secrets), "region": "NP"}

    def compose(self, said: Said) -> Call:
        fields = {
            "id": said.external_id, "sender": said.sender, "to": said.campaign_address, "message": said.text,
            "coding": "0", "charset": "UTF-8", "backend": "smsc-1",
        }  # fmt: skip
        if said.sent_at is not None:
            fields["ts"] = str(int(said.sent_at.timestamp()))
        return get_call(self.path, fields | dict(said.extra))

    def sign(self, call: Call, secret: str, at: object = None) -> Call:  # noqa: ARG002
        return call.with_token(secret)

    def test_the_answer_is_empty_for_it_would_leave_as_a_text(self, client: FlaskClient) -> None:
        answer = make(client, self.signed(Said("no water")))
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"", "text/plain")

    def test_octets_that_are_no_utf8_are_kept_beside_what_was_read(self) -> None:
        channel = self.make_gateway(TOKEN).channel
        assert channel is not None
        form = {"id": "1", "message": "\t\ufffd\t(", "coding": "2"}
        request = GatewayRequest("http://l/x?id=1&message=%09%FF%09%28&coding=2", {}, b"", form, "GET")
        [message] = channel.parse("sms", request)
        assert isinstance(message, InboundMessage)
        assert (message.text, message.payload["message_octets"]) == ("\u09ff\u0928", "09ff0928")


@pytest.mark.parametrize(("text", "coding"), [("mesi anpil, Pétion €", "0"), ("धन्यवाद", "2")])
def test_a_text_leaves_with_the_address_for_its_reports_and_the_number_in_no_address(text: str, coding: str) -> None:
    with run_stub(202, "0: Accepted for delivery") as stub:
        options = {
            "tokens": [TOKEN], "sendsms_url": f"{stub.url}/cgi-bin/sendsms", "user": "u", "password": "p", "smsc": "op",
        }  # fmt: skip
        sender = ADAPTER.make("kannel", options, "https://baraza.example").sender
        assert sender is not None
        ids = [sender.send(campaign_address="1234", address="+50900000001", text=text) for _ in range(2)]
    assert len(set(ids)) == 2
    asked = stub.calls[0]
    assert (asked.method, asked.path, asked.query) == ("POST", "/cgi-bin/sendsms", {})
    assert asked.body.decode() == text
    told = {name: value for name, value in asked.headers.items() if name.startswith("X-Kannel")}
    report = urlsplit(told.pop("X-Kannel-DLR-Url"))
    assert told == {
        "X-Kannel-Username": "u", "X-Kannel-Password": "p", "X-Kannel-SMSC": "op", "X-Kannel-From": "1234",
        "X-Kannel-To": "+50900000001", "X-Kannel-Coding": coding, "X-Kannel-DLR-Mask": "27",
    }  # fmt: skip
    assert report.path == f"/channels/kannel/delivery/{TOKEN}"
    assert parse_qs(report.query) == {"id": [ids[0]], "type": ["%d"]}


@pytest.mark.parametrize(("status", "retryable"), [(503, True), (403, False), (400, False)])
def test_a_text_that_kannel_refuses_says_whether_to_try_again(status: int, retryable: bool) -> None:
    with run_stub(status, "Authorization failed for sendsms") as stub:
        options = {"tokens": [TOKEN], "sendsms_url": stub.url, "user": "u", "password": "p"}
        sender = ADAPTER.make("kannel", options, PUBLIC_URL).sender
        assert sender is not None
        with pytest.raises(SendError) as error:
            sender.send(campaign_address="1234", address="+50900000001", text="x")
    assert (error.value.code, error.value.retryable) == (f"http_{status}", retryable)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tokens": ["short"]}, "channel k: tokens: at least 22 characters, drawn by chance"),
        ({"tokens": ["t" * 21 + "/"]}, "channel k: tokens: letters, digits and . _ ~ - only"),
        ({"tokens": [TOKEN], "sendsms_url": "kannel:13013"}, "channel k: sendsms_url: Not a valid URL."),
        ({"tokens": [TOKEN], "sendsms_url": "http://k"}, "channel k: sendsms_url: it takes user and password too"),
    ],
)
def test_options_that_cannot_be_used_are_told_in_a_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ChannelSettingsError) as error:
        ADAPTER.make("k", options, PUBLIC_URL)
    assert str(error.value) == message
