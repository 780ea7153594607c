"""Vonage by its contract: both proofs, every way it calls, messages in parts, sending."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, ClassVar

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask.testing import FlaskClient

from channels.base.errors import SendError
from channels.base.gateway import OutboundChannel
from channels.options import ChannelSettingsError
from channels.vonage.channel import ADAPTER
from channels.vonage.signature import METHODS, join_fields
from reporting.bootstrap import Program
from tests.channels.answering_gateway import AnsweringGateway, answering_gateway
from tests.channels.call import FORM, JSON, Call, Said, form_call, get_call, json_call
from tests.channels.webhook_cases import WebhookCases, list_messages, make

ANNA = "+9779800000001"


def test_the_signatures_of_vonages_own_tests_hold() -> None:
    fields = {"param1": "value1", "param2": "value2", "timestamp": "1234567890", "sig": "whatever"}
    assert METHODS["md5"]("signature_secret", join_fields(fields)) == "724c2bf6ca423c36e20631b11d1c5753"
    assert (
        METHODS["sha256"]("signature_secret", join_fields(fields))
        == "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"
    )
    signs = {"param1": "value&1", "param2": "value=2", "timestamp": "1234567890"}
    assert METHODS["md5"]("signature_secret", join_fields(signs)) == "2bbf0abafb2c55e5af6231513896a2ac"


class VonageCases(WebhookCases):
    """What is common to all ways in which Vonage calls."""

    adapter = "vonage"
    channel = "vonage"
    method: ClassVar = "md5hash"

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"signature_secrets": list(secrets), "signature_method": self.method}

    def fields_of(self, said: Said) -> dict[str, str]:
        sent_at = said.sent_at or datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        return {
            "api-key": "abcd1234",
            "msisdn": said.sender.removeprefix("+"),
            "to": said.campaign_address.removeprefix("+"),
            "messageId": said.external_id,
            "text": said.text,
            "type": "text",
            "message-timestamp": sent_at.strftime("%Y-%m-%d %H:%M:%S"),
            **said.extra,
        }

    def compose(self, said: Said) -> Call:
        return form_call(self.path, self.fields_of(said))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        made_at = str(int((at or datetime.now(UTC)).timestamp()))
        if call.headers.get("Content-Type") == JSON:
            return self.sign_json(call, secret, made_at)
        fields = call.fields | {"timestamp": made_at, "nonce": "a-nonce"}
        fields["sig"] = METHODS[self.method](secret, join_fields(fields))
        return (get_call if call.method == "GET" else form_call)(call.path, fields)

    def sign_json(self, call: Call, secret: str, made_at: str) -> Call:
        try:
            values = dict(json.loads(call.body.decode("utf-8", "replace")))
        except (ValueError, TypeError, RecursionError):
            return call  # nothing that could be signed
        values |= {"timestamp": made_at, "nonce": "a-nonce"}
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
        return json_call(call.path, values | {"sig": METHODS[self.method](secret, join_fields(texts))})


_COMMON = {"media": "a picture does not come by this interface"}


class TestVonage(VonageCases):
    """The signature it has by default, in a posted form."""

    cannot: ClassVar = _COMMON

    def test_parts_in_any_order_and_again_become_one_message(self, client: FlaskClient, program: Program) -> None:
        words = ("Pa gen dlo ", "nan katye a ", "depi senk jou")
        for number in (3, 1, 3, 2, 1, 3):
            extra = {"concat": "true", "concat-ref": "9", "concat-total": "3", "concat-part": str(number)}
            said = Said(words[number - 1], external_id=f"id-{number}", extra=extra)
            assert make(client, self.signed(said)).status_code == 200
        [row] = list_messages(program)
        assert (row.text, row.external_id) == ("".join(words), "id-1")
        assert program.pseudonyms.unseal(row.address_encrypted) == ANNA

    def test_a_time_that_is_missing_or_no_number_is_refused(self, client: FlaskClient, program: Program) -> None:
        for moment in ({}, {"timestamp": "soon"}, {"timestamp": "nan"}, {"timestamp": "1e400"}):
            fields = self.fields_of(Said("no water")) | moment
            fields["sig"] = METHODS[self.method](self.secrets[1], join_fields(fields))
            assert make(client, form_call(self.path, fields)).status_code == 403
        assert list_messages(program) == []

    def test_fields_that_were_merged_into_a_name_have_another_signature(
        self, client: FlaskClient, program: Program
    ) -> None:
        signed = self.signed(Said("no water")).fields
        ordered = sorted(signed)
        for first, second in pairwise(ordered):
            if "sig" in (first, second):
                continue
            merged = {name: value for name, value in signed.items() if name not in (first, second)}
            merged[f"{first}={signed[first]}&{second}"] = signed[second]
            assert make(client, form_call(self.path, merged)).status_code == 403
        assert list_messages(program) == []

    def test_a_call_that_is_tried_again_for_a_day_is_taken(self, client: FlaskClient, program: Program) -> None:
        yesterday = datetime.now(UTC) - timedelta(hours=25)
        assert make(client, self.signed(Said("no water"), at=yesterday)).status_code == 200
        assert len(list_messages(program)) == 1


class TestVonageByGet(VonageCases):
    """All in the address, by HMAC."""

    method: ClassVar = "sha256"
    cannot: ClassVar = _COMMON | {"oversized": "an address has no body; the server in front limits its length"}

    def compose(self, said: Said) -> Call:
        return get_call(self.path, self.fields_of(said))


class TestVonageAsJson(VonageCases):
    """A JSON body, by another HMAC."""

    method: ClassVar = "sha512"
    cannot: ClassVar = _COMMON

    def compose(self, said: Said) -> Call:
        return json_call(self.path, self.fields_of(said))


class TestVonageMessages(VonageCases):
    """The Messages interface, by a JWT that holds a digest of the body."""

    kind = "messages"
    secrets = ("old-secret-" + "o" * 32, "new-secret-" + "n" * 32)

    def compose(self, said: Said) -> Call:
        sent_at = said.sent_at or datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        values: dict[str, Any] = {
            "channel": "sms",
            "message_uuid": said.external_id,
            "to": said.campaign_address.removeprefix("+"),
            "from": said.sender.removeprefix("+"),
            "timestamp": sent_at.isoformat(),
            "message_type": "image" if said.media else "text",
            **said.extra,
        }
        values |= {"image": {"url": said.media[0]}} if said.media else {"text": said.text}
        call = json_call(self.path, values)
        return Call(call.path, "POST", call.headers, json.dumps(values, ensure_ascii=False).encode())

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:
        if call.headers.get("Content-Type", "").startswith(FORM) or call.method == "GET":
            return super().sign(call, secret, at)
        claims = {
            "iat": int((at or datetime.now(UTC)).timestamp()),
            "iss": "Vonage",
            "payload_hash": sha256(call.body).hexdigest(),
            "api_key": "abcd1234",
        }
        return call.with_headers(Authorization=f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """The recorded calls of the SMS interface are held to the other classes."""
        if "recorded" in metafunc.fixturenames:
            metafunc.parametrize("recorded", [], ids=[])

    def test_a_picture_a_place_and_a_choice_come_with_their_words(self) -> None:
        common = {"channel": "whatsapp", "message_uuid": "m", "from": "50900000001", "to": "15005550006"}
        picture = {"image": {"url": "https://api.nexmo.com/v3/media/1", "caption": "the bridge", "name": "b.jpg"}}
        place = {"location": {"lat": 18.5, "long": -72.3, "name": "Fontèn", "address": "Delmas 33"}}
        choice = {"reply": {"id": "1", "title": "Water"}}
        messages = []
        for part in (picture, place, choice):
            status, items = self.read(self.sign(json_call(self.path, common | part), self.secrets[1]))
            assert status == 200
            messages += items
        assert [message.text for message in messages] == ["the bridge", "Fontèn, Delmas 33", "Water"]
        assert {message.address for message in messages} == {"whatsapp:+50900000001"}
        assert messages[1].point == (18.5, -72.3)
        assert messages[0].media[0].url == "https://api.nexmo.com/v3/media/1"

    def test_a_token_of_another_body_algorithm_or_none_is_refused(self, client: FlaskClient, program: Program) -> None:
        call = self.compose(Said("no water"))
        good = {"iat": int(time.time()), "payload_hash": sha256(call.body).hexdigest()}
        for claims, secret, algorithm in (
            (good | {"payload_hash": sha256(b"other").hexdigest()}, self.secrets[1], "HS256"),
            ({"iat": good["iat"]}, self.secrets[1], "HS256"),
            ({"payload_hash": good["payload_hash"]}, self.secrets[1], "HS256"),
            (good, self.secrets[1], "HS512"),
            (good, None, "none"),
        ):
            token = jwt.encode(claims, secret, algorithm=algorithm)
            assert make(client, call.with_headers(Authorization=f"Bearer {token}")).status_code == 403
        assert make(client, call.with_headers(Authorization="Bearer a.b.c")).status_code == 403
        assert list_messages(program) == []

    def test_what_became_of_a_message_is_read(self) -> None:
        values = {"message_uuid": "m", "status": "rejected", "error": {"title": "1240", "type": "https://x.example"}}
        status, items = self.read(self.sign(json_call("/channels/vonage/status", values), self.secrets[1]))
        assert status == 200
        assert [(item.external_id, item.state, item.error_code) for item in items] == [("m", "failed", "1240")]  # type: ignore[union-attr]


@pytest.fixture
def gateway() -> Iterator[AnsweringGateway]:
    with answering_gateway() as answering:
        yield answering


@pytest.fixture
def sender(gateway: AnsweringGateway) -> OutboundChannel:
    options = {"signature_secrets": ["s" * 16], "api_key": "abcd", "api_secret": "a-secret", "api_url": gateway.url}
    made = ADAPTER.make("vonage", options, "https://baraza.example").sender
    assert made is not None
    return made


def test_a_text_leaves_in_the_alphabet_that_it_needs(gateway: AnsweringGateway, sender: OutboundChannel) -> None:
    gateway.answer = json.dumps({"message-count": "1", "messages": [{"status": "0", "message-id": "0A1"}]})
    assert sender.send(campaign_address="+15005550006", address=ANNA, text="Thank you {R1}") == "0A1"
    assert sender.send(campaign_address="+15005550006", address=ANNA, text="धन्यवाद") == "0A1"
    (path, _, plain), (_, _, other) = gateway.asked
    assert path == "/sms/json"
    assert plain == {
        "api_key": "abcd", "api_secret": "a-secret", "from": "15005550006", "to": "9779800000001",
        "text": "Thank you {R1}", "callback": "https://baraza.example/channels/vonage/delivery",
    }  # fmt: skip
    assert (other["text"], other["type"]) == ("धन्यवाद", "unicode")


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        ('{"messages": [{"status": "1", "error-text": "Throttled"}]}', "status_1", True),
        ('{"messages": [{"status": "6", "error-text": "Invalid message"}]}', "status_6", False),
        ('{"messages": []}', "answer_unreadable", False),
    ],
)
def test_what_did_not_leave_says_whether_trying_again_helps(
    gateway: AnsweringGateway, sender: OutboundChannel, answer: str, code: str, retryable: bool
) -> None:
    gateway.answer = answer
    with pytest.raises(SendError) as raised:
        sender.send(campaign_address="+15005550006", address=ANNA, text="hello")
    assert (raised.value.code, raised.value.retryable) == (code, retryable)


def test_somebody_on_whatsapp_is_not_sent_an_sms(gateway: AnsweringGateway, sender: OutboundChannel) -> None:
    with pytest.raises(SendError, match="not_by_sms"):
        sender.send(campaign_address="whatsapp:+15005550006", address="whatsapp:+9779800000001", text="hello")
    assert gateway.asked == []


@pytest.fixture(scope="module")
def application_key() -> RSAPrivateKey:
    """The private key of an application."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def spell_key(key: RSAPrivateKey) -> str:
    """As it stands in a file, on one line as an environment takes it."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem.replace("\n", "\\n")


def test_secured_pictures_are_fetched_with_a_token_of_the_application(application_key: RSAPrivateKey) -> None:
    options = {
        "signature_secrets": ["s" * 16], "application_id": "an-application", "private_key": spell_key(application_key),
    }  # fmt: skip
    media = ADAPTER.make("vonage", options, "https://baraza.example").media
    assert media is not None
    assert media.token is not None
    first, second = (jwt.decode(media.token(), application_key.public_key(), algorithms=["RS256"]) for _ in range(2))
    assert first["application_id"] == "an-application"
    assert 0 < first["exp"] - time.time() <= 900
    assert first["jti"] != second["jti"]
    assert "BEGIN" not in repr(media)


def test_other_pictures_come_from_vonages_own_hosts_without_any_proof() -> None:
    media = ADAPTER.make("vonage", {"signature_secrets": ["s" * 16]}, "https://baraza.example").media
    assert media is not None
    assert "api-us.nexmo.com" in media.hosts
    assert (media.token, media.user, media.redirect_hosts) == (None, None, frozenset())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"application_id": "an-application"}, "application_id and private_key go together"),
        ({"application_id": "an-application", "private_key": "secret words"}, "no private key in PEM"),
        ({"media_hosts": []}, "media_hosts"),
    ],
)
def test_media_settings_that_cannot_be_used_are_told_without_the_key(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ChannelSettingsError, match=words) as refused:
        ADAPTER.make("vonage", {"signature_secrets": ["s" * 16], **options}, "https://baraza.example")
    assert "secret words" not in str(refused.value)
