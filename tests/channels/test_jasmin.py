"""Jasmin by its contract: a secret path, the operator's octets, and the one answer that it takes for a yes."""

from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote

import pytest
from flask.testing import FlaskClient

from channels import gsm7
from channels.base.errors import SendError
from channels.base.items import InboundMessage
from channels.base.request import GatewayRequest
from channels.jasmin import ADAPTER
from tests.channels.call import PUBLIC_URL, Call, Said, form_call
from tests.channels.stub import run_stub
from tests.channels.webhook_cases import WebhookCases, make

TOKEN = "t" * 22


class TestJasmin(WebhookCases):
    adapter = "jasmin"
    channel = "jasmin"
    cannot: ClassVar = {
        "signed_body": "Jasmin signs nothing; whoever knows the path may call",
        "replayed": "Jasmin signs no time; a call that is made again carries the same id and stores nothing",
        "out_of_order": "Jasmin does not say when a message was written",
        "future": "Jasmin does not say when a message was written",
        "media": "Jasmin brings SMS only",
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"tokens": list(secrets), "region": "NP"}

    def compose(self, said: Said) -> Call:
        fields = {
            "id": said.external_id, "from": said.sender.lstrip("+"), "to": said.campaign_address.lstrip("+"),
            "coding": "8", "content": said.text,
            "binary": said.text.encode("utf-16-be", "replace").hex(), "origin-connector": "op-1",
        }  # fmt: skip
        return form_call(self.path, fields | dict(said.extra))

    def sign(self, call: Call, secret: str, at: object = None) -> Call:  # noqa: ARG002
        return call.with_token(secret)

    @pytest.mark.parametrize("kind", ["sms", "delivery"])
    def test_the_answer_is_exactly_what_jasmin_waits_for(self, client: FlaskClient, kind: str) -> None:
        call = form_call(f"/channels/jasmin/{kind}/{self.secrets[0]}", {"id": "1", "message_status": "DELIVRD"})
        answer = make(client, call)
        assert (answer.status_code, answer.data) == (200, b"ACK/Jasmin")

    @pytest.mark.parametrize(
        ("encoding", "octets", "text"),
        [("gsm", b"P\x05tion", "Pétion"), ("latin-1", b"P\xe9tion", "Pétion"), ("utf-8", "Pétion".encode(), "Pétion")],
    )
    def test_the_operators_default_alphabet_can_be_told(self, encoding: str, octets: bytes, text: str) -> None:
        options = {"tokens": [TOKEN], "default_encoding": encoding}
        channel = ADAPTER.make("jasmin", options, PUBLIC_URL).channel
        assert channel is not None
        form = {"id": "1", "content": "?", "binary": octets.hex(), "coding": "0"}
        [message] = channel.parse("sms", GatewayRequest("u", {}, b"", form))
        assert isinstance(message, InboundMessage)
        assert message.text == text

    @pytest.mark.parametrize(
        ("encoding", "coding", "octets", "text"),
        [
            ("gsm", "0", b"\x05v\x05nement", "événement"),
            ("gsm", "", b"\x05v\x05nement", "événement"),
            ("gsm", "0", "événement".encode(), "événement"),
            ("gsm", "0", b"no water", "no water"),
            ("latin-1", "0", b"\xe9v\xe9nement", "événement"),
            ("gsm", "3", b"\xe9v\xe9nement", "événement"),
            ("gsm", "8", "événement".encode("utf-16-be"), "événement"),
            ("gsm", "8", "पानी छैन".encode("utf-16-be"), "पानी छैन"),
            ("gsm", "8", "पानी छैन".encode(), "पानी छैन"),
            ("gsm", "8", b"no water", "no water"),
        ],
    )
    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_words_without_their_hexadecimal_spelling_are_read_by_the_same_alphabet(
        self, encoding: str, coding: str, octets: bytes, text: str, method: str
    ) -> None:
        channel = ADAPTER.make("jasmin", {"tokens": [TOKEN], "default_encoding": encoding}, PUBLIC_URL).channel
        assert channel is not None
        written = f"content={quote(octets)}&coding={coding}&from=50936600001&to=24454&id=J1"
        form = dict(parse_qsl(written, keep_blank_values=True))
        url = PUBLIC_URL if method == "POST" else f"{PUBLIC_URL}/channels/jasmin/sms?{written}"
        body = written.encode() if method == "POST" else b""
        [message] = channel.parse("sms", GatewayRequest(url, {}, body, form, method))
        assert isinstance(message, InboundMessage)
        assert message.text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mesi, Pétion €", {"coding": "0", "content": "mesi, Pétion €"}),
        ("धन्यवाद", {"coding": "8", "hex-content": "धन्यवाद".encode("utf-16-be").hex()}),
    ],
)
def test_a_text_leaves_in_the_narrowest_alphabet_that_has_it(text: str, words: dict[str, str]) -> None:
    with run_stub(200, 'Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d"') as stub:
        options = {"tokens": [TOKEN], "api_url": f"{stub.url}/", "user": "u", "password": "p"}
        sender = ADAPTER.make("jasmin", options, "https://baraza.example").sender
        assert sender is not None
        sent = sender.send(campaign_address="+50900000010", address="+50900000001", text=text)
    assert sent == "07033084-5cfd-4812-90a4-e4d24ffb6e3d"
    [asked] = stub.calls
    assert (asked.method, asked.path, asked.query) == ("POST", "/send", {})
    assert asked.form == {
        "username": "u", "password": "p", "to": "50900000001", "from": "50900000010", **words,
        "dlr": "yes", "dlr-url": f"https://baraza.example/channels/jasmin/delivery/{TOKEN}",
        "dlr-level": "3", "dlr-method": "POST",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (412, 'Error "No route found"', "http_412", False),
        (500, 'Error "Cannot send submit_sm"', "http_500", True),
        (200, "hello", "no_id", False),
    ],
)
def test_a_text_that_jasmin_refuses_says_whether_to_try_again(
    status: int, body: str, code: str, retryable: bool
) -> None:
    with run_stub(status, body) as stub:
        options = {"tokens": [TOKEN], "api_url": stub.url, "user": "u", "password": "p"}
        sender = ADAPTER.make("jasmin", options, PUBLIC_URL).sender
        assert sender is not None
        with pytest.raises(SendError) as error:
            sender.send(campaign_address="1234", address="+50900000001", text="x")
    assert (error.value.code, error.value.retryable) == (code, retryable)


def test_the_alphabet_of_sms_reads_what_it_can_write() -> None:
    assert gsm7.decode(bytes(range(27)) + bytes(range(28, 128))) == gsm7.BASIC.replace("\x1b", "")
    assert gsm7.decode(b"\x1b\x65\x1b\x28\x1b\x1b\x1b\x41") == "€{\x1bA"
    assert gsm7.is_writable("Pétion €")
    assert not gsm7.is_writable("पानी")
    with pytest.raises(ValueError, match="septet"):
        gsm7.decode(b"\x80")
