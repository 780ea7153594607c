"""A phone that fetches its texts: it gets each once, a phone that dies loses none, who opted out hears nothing."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from channels.base.items import Poll, PullAck
from config.settings import Settings
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.models.message import Contact, Message
from reporting.models.states import Direction, Purpose
from reporting.outbox.outbox import queue_text
from tests.conftest import SMALL_CAMPAIGN

SECRET = "a-secret-of-the-phone-aaaa"
PATH = f"/channels/smssync/sync/{SECRET}"
LINE = "+9779800000010"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a phone that polls."""
    return replace(settings, channels={"smssync": {"secrets": [SECRET], "line": LINE}})


@pytest.fixture
def contacts(program: Program) -> list[int]:
    """Three people who wrote to the phone's line."""
    definition = SMALL_CAMPAIGN.replace("- channel: twilio", "- channel: smssync").replace("+15005550006", LINE)
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, read_definition(definition, "the small campaign"))
        found = []
        for number in range(3):
            address = f"+977980000000{number}"
            row = {
                "campaign_id": campaign_id, "address_hash": program.pseudonyms.hash_address(address),
                "number_encrypted": program.pseudonyms.seal(address), "channel": "smssync", "campaign_address": LINE,
            }  # fmt: skip
            statement = Contact.__table__.insert().values(row).returning(Contact.id)
            found.append(connection.execute(statement).scalar_one())
    return found


def queue(program: Program, contact_id: int, words: str, purpose: str = Purpose.REPLY) -> None:
    with program.owner.begin() as connection:
        queue_text(connection, contact_id=contact_id, text=words, report_id=None, purpose=purpose)


def poll(client: FlaskClient) -> list[dict[str, str]]:
    answer = client.get(PATH, query_string={"task": "send", "secret": SECRET})
    assert answer.status_code == 200
    payload = answer.get_json()["payload"]
    if "task" not in payload:
        return []
    assert (payload["task"], payload["secret"]) == ("send", SECRET)
    found: list[dict[str, str]] = payload["messages"]
    return found


def confirm(client: FlaskClient, ids: list[str]) -> list[str]:
    answer = client.post(PATH, query_string={"task": "sent"}, json={"queued_messages": ids})
    found: list[str] = answer.get_json()["message_uuids"]
    return found


def read_texts(program: Program) -> dict[str, Any]:
    with program.owner.begin() as connection:
        rows = connection.execute(select(Message.__table__).where(Message.direction == Direction.OUTBOUND))
        return {row.text: row for row in rows}


def let_the_lease_end(program: Program) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET retry_at = now() - interval '1 second' WHERE state = 'sending'"))


def test_each_text_is_handed_out_once_confirmed_and_reported(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    for number, contact_id in enumerate(contacts):
        queue(program, contact_id, f"text {number}")
    handed = poll(client)
    assert {(each["to"], each["message"]) for each in handed} == {
        (f"+977980000000{number}", f"text {number}") for number in range(3)
    }
    assert poll(client) == []
    ids = [each["uuid"] for each in handed]
    assert confirm(client, ids) == ids
    assert {row.state for row in read_texts(program).values()} == {"sent"}
    asked = client.get(PATH, query_string={"task": "result"}).get_json()["message_uuids"]
    assert set(asked) == set(ids)
    results = [
        {"uuid": ids[0], "sent_result_code": 0, "delivered_result_code": 0, "delivered_result_message": "Delivered"},
        {"uuid": ids[1], "sent_result_code": 4, "sent_result_message": "No service"},
    ]
    client.post(PATH, query_string={"task": "result"}, json={"message_result": results})
    states = {row.external_id: (row.state, row.error) for row in read_texts(program).values()}
    assert states == {ids[0]: ("delivered", None), ids[1]: ("failed", "No service"), ids[2]: ("sent", None)}
    assert client.get(PATH, query_string={"task": "result"}).get_json()["message_uuids"] == [ids[2]]


def test_a_phone_that_died_with_a_text_gets_it_again_under_the_same_id(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "water comes on Monday")
    [first] = poll(client)
    assert read_texts(program)["water comes on Monday"].state == "sending"
    let_the_lease_end(program)
    [again] = poll(client)
    assert again == first
    assert confirm(client, [first["uuid"]]) == [first["uuid"]]
    let_the_lease_end(program)
    assert poll(client) == []


def test_a_phone_that_did_not_hear_our_answer_may_ask_again(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "water comes on Monday")
    [handed] = poll(client)
    assert [confirm(client, [handed["uuid"]]) for _ in range(2)] == [[handed["uuid"]]] * 2


def test_a_text_confirmed_after_its_lease_ended_is_not_handed_out_again(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "water comes on Monday")
    [handed] = poll(client)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET state = 'queued', retry_at = NULL WHERE state = 'sending'"))
    assert confirm(client, [handed["uuid"]]) == [handed["uuid"]]
    assert poll(client) == []


def test_who_opted_out_gets_nothing_neither_before_the_poll_nor_before_the_confirmation(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "one")
    queue(program, contacts[1], "two")
    opt_out(program, contacts[0])
    [handed] = poll(client)
    assert handed["message"] == "two"
    opt_out(program, contacts[1])
    assert confirm(client, [handed["uuid"]]) == []
    assert {row.text: (row.state, row.error) for row in read_texts(program).values()} == {
        "one": ("failed", "opted_out"), "two": ("failed", "opted_out"),
    }  # fmt: skip


def test_who_opted_out_still_hears_that_we_understood(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "You will get no more messages.", Purpose.COMMAND)
    opt_out(program, contacts[0])
    [handed] = poll(client)
    assert confirm(client, [handed["uuid"]]) == [handed["uuid"]]


def test_two_texts_of_one_person_leave_one_after_the_other(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "first")
    queue(program, contacts[0], "second")
    [first] = poll(client)
    assert first["message"] == "first"
    confirm(client, [first["uuid"]])
    assert [each["message"] for each in poll(client)] == ["second"]


def test_a_poll_takes_no_more_than_it_asks_for(program: Program, contacts: list[int]) -> None:
    for number, contact_id in enumerate(contacts):
        queue(program, contact_id, f"text {number}")
    assert [len(program.handover.pull_messages("smssync", Poll(most=2))) for _ in range(3)] == [2, 1, 0]


def test_a_gateway_that_confirms_nothing_has_sent_what_it_was_handed(program: Program, contacts: list[int]) -> None:
    queue(program, contacts[0], "water comes on Monday")
    assert len(program.handover.pull_messages("smssync", Poll(confirms=False))) == 1
    assert read_texts(program)["water comes on Monday"].state == "sent"


def test_ids_that_are_not_of_this_channels_texts_are_left_out(
    client: FlaskClient, program: Program, contacts: list[int]
) -> None:
    queue(program, contacts[0], "water comes on Monday")
    [handed] = poll(client)
    assert program.handover.acknowledge_pull("another", PullAck((handed["uuid"], "x"))) == []
    assert confirm(client, ["x", "\x00", ""]) == []


def opt_out(program: Program, contact_id: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE contact SET opted_out_at = now() WHERE id = :id"), {"id": contact_id})
