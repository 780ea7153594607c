"""Africa's Talking by its contract: SMS with a secret address, USSD in two screens, opt-outs, sending."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from channels.africastalking import ADAPTER
from channels.base.errors import SendError
from channels.base.gateway import OutboundChannel
from channels.base.items import MenuStep
from channels.options import ChannelSettingsError
from reporting.bootstrap import Program
from reporting.crypto.details import unseal_details
from reporting.inbox.ussd import SESSION_LONGEST, make_messages
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.message import Contact, Message
from reporting.models.report import Report
from tests.channels.answering_gateway import AnsweringGateway, answering_gateway
from tests.channels.call import Call, Said, form_call
from tests.channels.webhook_cases import WebhookCases, list_messages, make, work

ANNA = "+9779800000001"


class TestAfricasTalking(WebhookCases):
    adapter = "africastalking"
    channel = "africastalking"
    cannot: ClassVar = {
        "signed_body": "nothing is signed: whoever knows the address may write",
        "replayed": "no time is proved; a call that is made again carries the same id and stores nothing",
        "media": "there are no pictures in its SMS",
    }

    def options(self, *secrets: str) -> dict[str, Any]:
        return {"tokens": list(secrets), "region": "KE"}

    def compose(self, said: Said) -> Call:
        form = {
            "from": said.sender,
            "to": said.campaign_address,
            "text": said.text,
            "id": said.external_id,
            "linkId": "030904",
        }
        if said.sent_at is not None:
            form["date"] = said.sent_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return form_call(self.path, form | dict(said.extra))

    def sign(self, call: Call, secret: str, at: datetime | None = None) -> Call:  # noqa: ARG002
        return call.with_token(secret)

    def ussd(
        self,
        client: FlaskClient,
        text: str,
        *,
        session: str = "ATUid_1",
        campaign_address: str = Said("").campaign_address,
    ) -> str:
        form = {
            "sessionId": session,
            "serviceCode": campaign_address,
            "phoneNumber": ANNA,
            "networkCode": "1",
            "text": text,
        }
        answer = make(client, self.sign(form_call("/channels/africastalking/ussd", form), self.secrets[1]))
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain")
        assert len(answer.text) <= 182
        return answer.text

    def test_two_screens_make_one_report_and_each_answer_is_stored_before_the_next_screen(
        self, client: FlaskClient, program: Program, campaign: int
    ) -> None:
        assert self.ussd(client, "") == f"CON {say(Phrase.MENU_WHAT, 'ne')}"
        assert list_messages(program) == []
        assert self.ussd(client, "no water in the pipe") == f"CON {say(Phrase.MENU_WHERE, 'ne')}"
        assert [row.text for row in list_messages(program)] == ["no water in the pipe"]
        assert self.ussd(client, "no water in the pipe*Lalitpur ward 7") == f"END {say(Phrase.MENU_DONE, 'ne')}"
        rows = list_messages(program)
        assert [row.text for row in rows] == ["no water in the pipe", "Lalitpur ward 7"]
        assert [row.external_id for row in rows] == ["ATUid_1:1", "ATUid_1:2"]
        assert unseal_details(program.pseudonyms, rows[1].details_encrypted).follows == "ATUid_1:1"
        work(program)
        with program.owner.begin() as connection:
            assert list(connection.execute(select(Report.campaign_id)).scalars()) == [campaign]
        assert len({row.report_id for row in list_messages(program)}) == 1

    def test_the_first_answer_waits_for_the_second_but_not_for_ever(
        self,
        client: FlaskClient,
        program: Program,
        campaign: int,  # noqa: ARG002
    ) -> None:
        self.ussd(client, "no water in the pipe")
        work(program)
        assert [row.state for row in list_messages(program)] == ["received"]
        assert list_messages(program, "out") == []  # nobody is asked by SMS while they type
        with program.owner.begin() as connection:
            connection.execute(update(Message).values(retry_at=Message.retry_at - SESSION_LONGEST))
        work(program)
        assert [row.state for row in list_messages(program)] == ["processed"]
        assert len(list_messages(program, "out")) == 2  # it has arrived, and where is it?

    def test_the_note_that_a_session_ended_ends_the_waiting(
        self,
        client: FlaskClient,
        program: Program,
        campaign: int,  # noqa: ARG002
    ) -> None:
        self.ussd(client, "no water in the pipe")
        form = {
            "sessionId": "ATUid_1",
            "serviceCode": Said("").campaign_address,
            "phoneNumber": ANNA,
            "input": "no water in the pipe",
        }
        ended = self.sign(form_call("/channels/africastalking/session", form), self.secrets[0])
        assert make(client, ended).status_code == 200
        work(program)
        assert [row.state for row in list_messages(program)] == ["processed"]

    def test_a_screen_that_is_asked_for_again_stores_nothing_more(
        self,
        client: FlaskClient,
        program: Program,
        campaign: int,  # noqa: ARG002
    ) -> None:
        for _ in range(3):
            self.ussd(client, "no water*Lalitpur")
        assert [row.text for row in list_messages(program)] == ["no water", "Lalitpur"]

    def test_an_empty_answer_is_asked_again(self, client: FlaskClient, program: Program, campaign: int) -> None:  # noqa: ARG002
        assert self.ussd(client, "*") == f"CON {say(Phrase.MENU_WHAT, 'ne')}"
        assert self.ussd(client, "*no water*") == f"CON {say(Phrase.MENU_WHERE, 'ne')}"
        assert self.ussd(client, "*no water**Lalitpur").startswith("END ")
        assert [row.text for row in list_messages(program)] == ["no water", "Lalitpur"]

    def test_a_star_within_the_words_loses_nothing(self, client: FlaskClient, program: Program, campaign: int) -> None:  # noqa: ARG002
        assert self.ussd(client, "no water*tap*Lalitpur*ward 7").startswith("END ")
        assert [row.text for row in list_messages(program)] == ["no water", "tap*Lalitpur*ward 7"]

    def test_the_menu_speaks_the_language_of_the_person_or_else_english(
        self, client: FlaskClient, program: Program, campaign: int
    ) -> None:
        with program.owner.begin() as connection:
            connection.execute(
                Contact.__table__.insert().values(
                    campaign_id=campaign, address_hash=program.pseudonyms.hash_address(ANNA), channel="x", language="fr"
                )
            )
        assert self.ussd(client, "") == f"CON {say(Phrase.MENU_WHAT, 'fr')}"
        assert self.ussd(client, "", campaign_address="*999#") == f"CON {say(Phrase.MENU_WHAT, 'en')}"

    def test_how_a_session_ended_brings_what_its_last_call_did_not(self, client: FlaskClient, program: Program) -> None:
        form = {"sessionId": "s", "serviceCode": "*1#", "phoneNumber": ANNA, "status": "Failed", "input": "no water"}
        ended = self.sign(form_call("/channels/africastalking/session", form), self.secrets[0])
        assert make(client, ended).status_code == 200
        assert [row.text for row in list_messages(program)] == ["no water"]

    def test_who_left_by_the_gateways_own_means_is_opted_out(
        self, client: FlaskClient, program: Program, campaign: int
    ) -> None:
        form = {"senderId": Said("").campaign_address, "phoneNumber": ANNA}
        assert make(client, self.sign(form_call("/channels/africastalking/optout", form), "x" * 30)).status_code == 403
        call = self.sign(form_call("/channels/africastalking/optout", form), self.secrets[1])
        assert [make(client, call).status_code for _ in range(2)] == [200, 200]
        assert all("977980" not in row.external_id for row in list_messages(program))
        work(program)
        with program.owner.begin() as connection:
            [contact] = connection.execute(select(Contact.campaign_id, Contact.opted_out_at))
        assert contact.campaign_id == campaign
        assert contact.opted_out_at is not None
        assert list_messages(program, "out") == []

    def test_a_call_of_ussd_without_a_session_is_400(self, client: FlaskClient) -> None:
        call = self.sign(form_call("/channels/africastalking/ussd", {"text": "no water"}), self.secrets[1])
        assert make(client, call).status_code == 400

    @pytest.mark.parametrize("token", ["short", "has a blank in it, which no address has"])
    def test_a_secret_that_can_be_guessed_or_not_be_written_is_refused(self, token: str) -> None:
        with pytest.raises(ChannelSettingsError, match="channel africastalking: tokens"):
            self.make_gateway(token)


@pytest.mark.parametrize("language", sorted(spoken_languages()))
@pytest.mark.parametrize("phrase", [Phrase.MENU_WHAT, Phrase.MENU_WHERE, Phrase.MENU_DONE])
def test_a_screen_fits_in_every_language(phrase: Phrase, language: str) -> None:
    assert len(f"CON {say(phrase, language)}") <= 182


def test_the_second_answer_goes_on_with_the_first() -> None:
    messages = make_messages(MenuStep("s", "p", "l", ()), ["what", "where"])
    assert [(message.external_id, message.follows) for message in messages] == [("s:1", None), ("s:2", "s:1")]


@pytest.fixture
def gateway() -> Iterator[AnsweringGateway]:
    with answering_gateway() as answering:
        yield answering


@pytest.fixture
def sender(gateway: AnsweringGateway) -> OutboundChannel:
    options = {"tokens": ["t" * 22], "username": "cso", "api_key": "a-key", "sender_id": "CSO", "api_url": gateway.url}
    made = ADAPTER.make("africastalking", options, "http://localhost").sender
    assert made is not None
    return made


def told(**recipient: object) -> str:
    return json.dumps({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}})


def test_a_text_leaves_with_the_key_and_returns_its_id(gateway: AnsweringGateway, sender: OutboundChannel) -> None:
    gateway.answer = told(statusCode=101, number=ANNA, status="Success", cost="KES 0.8", messageId="ATXid_1")
    assert sender.send(campaign_address="21512", address=ANNA, text="पानी आयो") == "ATXid_1"
    path, headers, form = gateway.asked[0]
    assert (path, headers["Apikey"]) == ("/version1/messaging", "a-key")
    assert form == {"username": "cso", "to": ANNA, "message": "पानी आयो", "from": "21512"}
    sender.send(campaign_address="*384*1234#", address=ANNA, text="one")
    assert gateway.asked[1][2]["from"] == "CSO"


@pytest.mark.parametrize(
    ("status", "answer", "code", "retryable", "is_opt_out"),
    [
        (201, told(statusCode=406, status="UserInBlacklist", messageId="None"), "UserInBlacklist", False, True),
        (201, told(statusCode=405, status="InsufficientBalance", messageId="None"), "InsufficientBalance", True, False),
        (201, told(statusCode=500, status="InternalServerError"), "InternalServerError", True, False),
        (201, told(statusCode=403, status="InvalidPhoneNumber"), "InvalidPhoneNumber", False, False),
        (201, told(statusCode=403, status="+9779800000001 is no number"), "refused", False, False),
        (201, '{"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}', "InvalidSenderId", False, False),
        (201, '{"SMSMessageData": []}', "answer_unreadable", False, False),
        (201, "not JSON", "no_json", False, False),
        (503, "away", "http_503", True, False),
        (401, "The supplied authentication is invalid", "http_401", False, False),
    ],
)
def test_what_did_not_leave_says_whether_trying_again_helps(
    gateway: AnsweringGateway,
    sender: OutboundChannel,
    status: int,
    answer: str,
    code: str,
    retryable: bool,
    is_opt_out: bool,
) -> None:
    gateway.status, gateway.answer = status, answer
    with pytest.raises(SendError) as raised:
        sender.send(campaign_address="21512", address=ANNA, text="hello")
    assert (raised.value.code, raised.value.retryable, raised.value.is_opt_out) == (code, retryable, is_opt_out)


def test_without_an_account_there_is_only_the_way_in() -> None:
    assert ADAPTER.make("africastalking", {"tokens": ["t" * 22]}, "http://localhost").sender is None
