"""SMSSync by its contract: one secret in two places, answers in JSON, and what the phone may send and what not."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient

from channels.base.answers import NOTHING_MORE, PulledMessage, ReceiveResult
from channels.smssync import ADAPTER
from reporting.bootstrap import Program
from tests.channels.call import PUBLIC_URL, Call, Said, form_call, get_call, json_call
from tests.channels.webhook_cases import WebhookCases, list_messages, make

TOKEN = "t" * 22


class TestSmsSync(WebhookCases):
    adapter = "smssync"
    channel = "smssync"
    kind = "sync"
    cannot: ClassVar = {
        "signed_body": "SMSSync signs nothing; whoever knows the secret may call",
        "replayed": "SMSSync signs no time; a call that is made again carries the same id and stores nothing",
        "media": "SMSSync brings SMS only",
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"secrets": list(secrets), "region": "NP"}

    def compose(self, said: Said) -> Call:
        fields = {
            "from": said.sender, "message": said.text, "message_id": said.external_id, "sent_to": said.campaign_address,
            "device_id": "1",
        }  # fmt: skip
        if said.sent_at is not None:
            fields["sent_timestamp"] = str(int(said.sent_at.timestamp() * 1000))
        return form_call(self.path, fields | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        return call.with_token(secret)


class TestSmsSyncWithItsField(TestSmsSync):
    """The same with the secret in the field that the app itself knows."""

    def compose(self, said: Said) -> Call:
        call = super().compose(said)
        return form_call(call.path, call.fields)

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        if call.method == "GET" or call.headers["Content-Type"].startswith("application/json"):
            return call.with_token(secret)  # its polls bring it in the address too: see the tests below
        # The app writes its secret first, so a cut body still has it.
        return Call(call.path, "POST", call.headers, f"secret={secret}&".encode() + call.body, call.query)

    def test_the_secret_is_not_kept_with_the_message(self, client: FlaskClient, program: Program) -> None:
        assert make(client, self.signed(Said("no water"))).status_code == 200
        [row] = list_messages(program)
        assert "secret" not in json.loads(program.pseudonyms.unseal(row.payload_encrypted))

    @pytest.mark.parametrize("task", ["send", "result"])
    def test_a_poll_brings_the_secret_in_its_address(self, client: FlaskClient, task: str) -> None:
        call = get_call(self.path, {"task": task})
        assert make(client, call.with_query(secret=self.secrets[0])).status_code == 200
        assert make(client, call.with_query(secret="wrong-secret-wwwwwwwwwwwww")).status_code == 403

    def test_the_call_that_has_no_field_for_it_needs_the_secret_in_its_path(self, client: FlaskClient) -> None:
        call = json_call(self.path, {"queued_messages": []}).with_query(task="sent")
        assert make(client, call).status_code == 403
        assert make(client, call.with_token(self.secrets[0])).status_code == 200


def test_a_message_is_answered_as_the_app_wants_it() -> None:
    assert _answer(NOTHING_MORE) == {"payload": {"success": True, "error": None}}


def test_texts_are_handed_out_with_the_secret_that_the_phone_waits_for() -> None:
    taken = ReceiveResult(texts=[PulledMessage("id-1", "+9779800000001", "धन्यवाद")], echo=TOKEN)
    assert _answer(taken)["payload"] == {
        "success": True, "error": None, "task": "send", "secret": TOKEN,
        "messages": [{"to": "+9779800000001", "message": "धन्यवाद", "uuid": "id-1"}],
    }  # fmt: skip


@pytest.mark.parametrize("ids", [[], ["id-1", "id-2"]])
def test_the_ids_that_we_mean_are_a_list_even_when_there_is_none(ids: list[str]) -> None:
    assert _answer(ReceiveResult(ids=ids))["message_uuids"] == ids


@pytest.mark.parametrize(("given", "echo"), [(TOKEN, TOKEN), ("o" * 22, None)])
def test_only_a_secret_of_ours_is_said_back(given: str, echo: str | None) -> None:
    case = TestSmsSync()
    _, [poll] = case.read(get_call(f"/channels/smssync/sync/{TOKEN}", {"task": "send", "secret": given}), TOKEN)
    assert poll.echo == echo  # type: ignore[union-attr]


def _answer(taken: ReceiveResult) -> Mapping[str, Any]:
    channel = ADAPTER.make("smssync", {"secrets": [TOKEN]}, PUBLIC_URL).channel
    assert channel is not None
    answer = channel.answer("sync", taken)
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert answer.is_personal is (taken is not NOTHING_MORE)
    found: dict[str, Any] = json.loads(answer.body)
    return found
