"""What comes of forms, partners' messages and letters in the pipeline: whom they are of, and who is answered where."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.moderation.incident.status_notices import send_status_notices
from reporting.outbox.outbox import queue_text
from reporting.processing.worker import drain
from tests.conftest import LINE

PHONE = "+9779800000001"


def receive(program: Program, campaign: int, channel: str, said: str, **fields: Any) -> None:
    """Store a message and work on it."""
    values: Mapping[str, Any] = {
        "external_id": f"{channel}:{said}",
        "address": PHONE,
        "campaign_address": None,
    } | fields
    program.receiver.receive(channel, [InboundMessage(text=said, **values)], campaign)
    drain(program.app, program.pipeline)


def read(program: Program, query: str) -> list[Any]:
    """Rows of a query."""
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("channel", ["form", "api"])
def test_nothing_is_sent_to_a_number_that_was_only_claimed(program: Program, campaign: int, channel: str) -> None:
    receive(program, campaign, channel, "no water in Dhading", reference="23456789CF")
    assert read(program, "SELECT channel, campaign_address FROM contact") == [(channel, None)]
    assert tell_everything(program) == []
    assert read(program, "SELECT id FROM message WHERE direction = 'out'") == []


@pytest.mark.parametrize("channel", ["form", "api"])
def test_who_has_written_from_the_number_is_told_of_what_the_form_said(
    program: Program, campaign: int, channel: str
) -> None:
    receive(program, campaign, channel, "no water in Dhading", reference="23456789CF")
    receive(program, campaign, "twilio", "this is my number, and the road is gone", campaign_address=LINE)
    assert read(program, "SELECT channel, campaign_address FROM contact") == [("twilio", LINE)]
    assert {purpose for (purpose,) in tell_everything(program)} == {"news", "reply"}


def tell_everything(program: Program) -> list[Any]:
    """Let every report be approved and its sender be written to by a moderator; the purposes of what goes out so."""
    with program.app.begin() as connection:
        for report_id in connection.execute(text("SELECT id FROM report")).scalars().all():
            send_status_notices(connection, [report_id], "approved")
        for contact_id in connection.execute(text("SELECT id FROM contact")).scalars().all():
            queue_text(connection, contact_id=contact_id, text="we are coming", report_id=None)
    return read(program, "SELECT purpose FROM message WHERE direction = 'out' AND purpose IN ('news', 'reply')")


def test_a_form_does_not_change_the_line_that_somebody_is_answered_on(program: Program, campaign: int) -> None:
    receive(program, campaign, "sms", "the road is gone", campaign_address="+9779800000999")
    receive(program, campaign, "form", "no water", reference="23456789CF")
    assert read(program, "SELECT channel, campaign_address FROM contact") == [("sms", "+9779800000999")]


@pytest.mark.parametrize("said", ["STOP", "FORGET", "1", "thank you"])
def test_a_form_is_a_report_and_no_order_in_the_name_of_a_number(program: Program, campaign: int, said: str) -> None:
    receive(program, campaign, "twilio", "no water in our street", campaign_address=LINE)
    receive(program, campaign, "form", said, reference="23456789CF")
    assert read(program, "SELECT opted_out_at FROM contact") == [(None,)]
    reports = read(program, "SELECT text, reference, state FROM report ORDER BY id")
    assert [report[0] for report in reports] == ["no water in our street", said]
    assert reports[1][1] == "23456789CF"
    assert reports[0][2] == "queued"


@pytest.mark.parametrize("channel", ["api", "form"])
def test_a_number_that_nobody_proved_orders_nothing(program: Program, campaign: int, channel: str) -> None:
    receive(program, campaign, "twilio", "no water in Dhading", campaign_address=LINE)
    receive(program, campaign, "twilio", "FORGET", campaign_address=LINE)  # which asks whether it is meant
    for number, words in enumerate(("STOP", "please stop", "FORGET", "1", "don't text me any more")):
        receive(program, campaign, channel, words, reference=f"2345678{number}CF")
    assert read(program, "SELECT opted_out_at, erased_at FROM contact") == [(None, None)]
    assert len(read(program, "SELECT id FROM report WHERE text <> ''")) == 6


def test_what_the_form_asked_is_known_of_the_report(program: Program, campaign: int) -> None:
    answers = {"topic": "water", "sex": "F", "age_band": "Y15T24", "place": "Dhading"}
    receive(program, campaign, "form", "it is broken", answers=answers, point=(27.9, 84.9), reference="23456789CF")
    [[reference, topic, kept]] = read(
        program, "SELECT reference, topic.code, answers FROM report JOIN topic ON topic.id = topic_id"
    )
    assert (reference, topic) == ("23456789CF", "water")
    assert "sex" not in kept
    assert read(program, "SELECT sex, age FROM reporter_profile") == [("F", "Y15T24")]


def test_what_is_told_of_people_lies_apart_for_a_number_and_for_nobody(program: Program, campaign: int) -> None:
    answers = {
        "sex": "refused",
        "age": 34,
        "difficulty": "see=3",
        "affected": "household 5",
        "affected_age": "7",
        "d": 1,
    }
    receive(program, campaign, "api", "it is broken", answers=answers, reference="23456789CF")
    receive(program, campaign, "form", "it broke", answers={"sex": "M"}, reference="23456789GH", address=None)
    assert read(program, "SELECT answers FROM report ORDER BY id") == [({"d": 1},), ({},)]
    people = "SELECT contact_id IS NULL, sex, sex_why, age, age_why, difficulty FROM reporter_profile ORDER BY id"
    assert read(program, people) == [
        (False, None, "refused", "Y30T34", "answered", {"see": 3}), (True, "M", "answered", None, "not_asked", {}),
    ]  # fmt: skip
    assert read(program, "SELECT role, number, age, sex_why FROM affected") == [
        ("household", 5, "Y5T9", "not_applicable")
    ]


@pytest.mark.parametrize("channel", ["api", "form"])
def test_a_number_that_was_only_claimed_changes_nothing_that_its_owner_told(
    program: Program, campaign: int, channel: str
) -> None:
    receive(program, campaign, channel, "it broke", answers={"age": "70"}, reference="23456789CF")
    receive(program, campaign, "twilio", "no water", campaign_address=LINE, answers={"sex": "F", "age": "34"})
    claimed = {"sex": "M", "age": "refused", "difficulty": "see=1"}
    receive(program, campaign, channel, "it is gone", answers=claimed, reference="23456789GH")
    versions = "SELECT version, sex, age, difficulty FROM reporter_profile ORDER BY version"
    assert read(program, versions) == [
        (1, None, "Y70T74", {}), (2, "F", "Y30T34", {}), (3, "F", "Y30T34", {"see": 1}),
    ]  # fmt: skip


def test_a_question_of_the_campaign_is_an_answer_whatever_it_is_called(program: Program, campaign: int) -> None:
    form = '{"forms": [{"code": "w", "topic": "water", "keywords": {}, "questions": [{"code": "age", "kind": "number",'
    with program.owner.begin() as connection:
        statement = text("UPDATE campaign SET conversation = CAST(:it AS jsonb)")
        connection.execute(statement, {"it": form + ' "text": {"en": "How old is the pipe?"}}]}]}'})
    receive(program, campaign, "api", "it is broken", answers={"age": 34, "sex": "F"}, reference="23456789CF")
    assert read(program, "SELECT answers FROM report") == [({"age": 34},)]
    assert read(program, "SELECT sex, age FROM reporter_profile") == [("F", None)]


def test_a_notice_that_nobody_reads_is_stored_and_is_no_report(program: Program, campaign: int) -> None:
    values = {"campaign_address": LINE, "is_automatic": True, "is_notice": True, "follows": "<q@baraza.example>"}
    receive(program, campaign, "twilio", "I am away until Monday, no water in Dhading", **values)
    assert read(program, "SELECT state, report_id FROM message") == [("processed", None)]
    assert read(program, "SELECT id FROM report") == []


def test_a_cry_for_help_below_a_subject_is_a_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "Dhading fire\nhelp", campaign_address=LINE, below="help")
    assert read(program, "SELECT text FROM report") == [("Dhading fire\nhelp",)]


def test_an_order_below_a_subject_is_obeyed_and_the_subject_is_a_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "Flood in Dhading\nSTOP", campaign_address=LINE, below="STOP")
    [[opted_out_at]] = read(program, "SELECT opted_out_at FROM contact")
    assert opted_out_at is not None
    assert read(program, "SELECT text FROM report") == [("Flood in Dhading\nSTOP",)]


def test_an_order_below_a_subject_that_says_nothing_makes_no_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "thank you\nSTOP", campaign_address=LINE, below="STOP")
    assert read(program, "SELECT id FROM report") == []


@pytest.mark.parametrize(("is_automatic", "answers"), [(False, 2), (True, 0)])
def test_a_machine_is_not_answered(program: Program, campaign: int, is_automatic: bool, answers: int) -> None:
    receive(program, campaign, "twilio", "no water in Dhading", campaign_address=LINE, is_automatic=is_automatic)
    assert len(read(program, "SELECT id FROM report")) == 1
    assert len(read(program, "SELECT id FROM message WHERE direction = 'out'")) == answers
