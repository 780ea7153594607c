"""httpSMS by its contract: a token for our address that grows old, and words that only the phone and we can read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import jwt
import pytest
from flask.testing import FlaskClient

from channels.base.errors import SendError
from channels.base.items import InboundMessage
from channels.base.request import GatewayRequest
from channels.httpsms import ADAPTER, decrypt, encrypt
from reporting.bootstrap import Program
from tests.channels.call import PUBLIC_URL, Call, Said, json_call
from tests.channels.stub import run_stub
from tests.channels.webhook_cases import WebhookCases, list_messages, make

# "no water in Jumla" by openssl 3: enc -aes-256-cfb -K <sha256 of "a-key"> -iv 000102..0f, the vector put in front.
BY_OPENSSL = "AAECAwQFBgcICQoLDA0OD5ve7LmXhKFEquo79L+wsx0t"


class TestHttpSms(WebhookCases):
    adapter = "httpsms"
    channel = "httpsms"
    kind = "event"
    cannot: ClassVar = {"signed_body": "httpSMS signs the address and the time, not the body"}

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"signing_keys": list(secrets), "region": "NP"}

    def compose(self, said: Said) -> Call:
        data = {
            "message_id": said.external_id, "user_id": "u1", "owner": said.campaign_address, "contact": said.sender,
            "timestamp": (said.sent_at or datetime.now(UTC)).isoformat(), "content": said.text, "sim": "SIM1",
            "encrypted": False, "attachments": list(said.media),
        }  # fmt: skip
        event = {"specversion": "1.0", "id": "e1", "source": "/v1", "type": "message.phone.received", "data": data}
        return json_call(self.path, event | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        return call.with_headers(Authorization=f"Bearer {self.make_token(call.url, secret, at)}")

    def make_token(self, url: str, secret: str, at: datetime | None = None, **claims: Any) -> str:
        now = at or datetime.now(UTC)
        usual = {
            "aud": [url], "iss": "api.httpsms.com", "sub": "u1", "iat": now,
            "exp": now + timedelta(minutes=10), "nbf": now - timedelta(minutes=10),
        }  # fmt: skip
        told = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode(told, secret, algorithm="HS256")

    @pytest.mark.parametrize(
        "claims", [{"aud": ["https://elsewhere.example/hook"]}, {"iss": "somebody"}, {"exp": None}, {"aud": None}]
    )
    def test_a_token_for_another_address_by_another_server_or_for_ever_is_refused(
        self, client: FlaskClient, claims: dict[str, Any]
    ) -> None:
        call = self.compose(Said("no water"))
        token = self.make_token(call.url, self.secrets[1], **claims)
        assert make(client, call.with_headers(Authorization=f"Bearer {token}")).status_code == 403

    def test_a_token_without_a_signature_is_refused(self, client: FlaskClient) -> None:
        call = self.compose(Said("no water"))
        claims = {"aud": [call.url], "iss": "api.httpsms.com", "exp": datetime.now(UTC) + timedelta(minutes=10)}
        token = jwt.encode(claims, None, algorithm="none")
        assert make(client, call.with_headers(Authorization=f"Bearer {token}")).status_code == 403

    def test_encrypted_words_are_stored_as_words(self) -> None:
        options = self.options("k" * 32) | {"encryption_keys": ["of tomorrow", "a-key"]}
        channel = ADAPTER.make("httpsms", options, PUBLIC_URL).channel
        assert channel is not None
        data = {
            "message_id": "1",
            "contact": "+9779800000001",
            "content": encrypt("पानी छैन", "a-key"),
            "encrypted": True,
        }
        call = json_call(self.path, {"type": "message.phone.received", "data": data})
        [message] = channel.parse("event", GatewayRequest(call.url, {}, call.body, {}))
        assert isinstance(message, InboundMessage)
        assert message.text == "पानी छैन"

    def test_encrypted_words_without_a_key_are_kept_as_they_came(self, client: FlaskClient, program: Program) -> None:
        call = self.compose(Said(encrypt("no water", "a-key")))
        call = replace(call, body=call.body.replace(b'"encrypted": false', b'"encrypted": true'))
        assert make(client, self.sign(call, self.secrets[1])).status_code == 200
        [row] = list_messages(program)
        assert decrypt(row.text, "a-key") == "no water"
        assert json.loads(program.pseudonyms.unseal(row.payload_encrypted))["data"]["encrypted"] is True


def test_a_text_leaves_encrypted_where_there_is_a_key() -> None:
    with run_stub(200, '{"status": "success", "data": {"id": "msg-1"}}') as stub:
        for keys in ([], ["a-key"]):
            options = {"signing_keys": ["k"], "api_key": "uk_1", "api_url": stub.url, "encryption_keys": keys}
            sender = ADAPTER.make("httpsms", options, PUBLIC_URL).sender
            assert sender is not None
            assert sender.send(campaign_address="+9779800000010", address="+9779800000001", text="धन्यवाद") == "msg-1"
    plain, sealed = stub.calls
    assert (plain.method, plain.path, plain.headers["x-api-key"]) == ("POST", "/v1/messages/send", "uk_1")
    assert plain.json == {
        "from": "+9779800000010", "to": "+9779800000001", "content": "धन्यवाद", "encrypted": False
    }  # fmt: skip
    assert sealed.json["encrypted"] is True
    assert decrypt(sealed.json["content"], "a-key") == "धन्यवाद"


def test_a_text_without_an_id_in_the_answer_is_not_called_sent() -> None:
    with run_stub(200, '{"data": null}') as stub:
        sender = ADAPTER.make("h", {"signing_keys": ["k"], "api_key": "u", "api_url": stub.url}, PUBLIC_URL).sender
        assert sender is not None
        with pytest.raises(SendError) as error:
            sender.send(campaign_address="+1", address="+9779800000001", text="x")
    assert (error.value.code, error.value.retryable) == ("no_id", False)


def test_the_cipher_is_the_one_of_openssl() -> None:
    assert decrypt(BY_OPENSSL, "a-key") == "no water in Jumla"
    assert decrypt(BY_OPENSSL, "another key") is None
    assert decrypt("AAEC", "a-key") is None


def test_pictures_are_fetched_from_the_configured_server_only() -> None:
    media = ADAPTER.make("h", {"signing_keys": ["k"], "api_url": "https://sms.cso.example/"}, PUBLIC_URL).media
    assert media is not None
    assert media.hosts == {"sms.cso.example"}
