"""What comes of forms, partners' messages and letters in the pipeline: whom they are of, and who is answered where."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from channels.base import InboundMessage
from reporting.bootstrap import Program
from reporting.moderation.incident.status_notices import send_status_notices
from reporting.outbox.outbox import queue_text
from reporting.processing.worker import drain
from tests.conftest import LINE

PHONE = "+9779800000001"


def receive(program: Program, campaign: int, channel: str, said: str, **fields: Any) -> None:
    """Store a message and work on it."""
    values: Mapping[str, Any] = {"external_id": f"{channel}:{said}", "party": PHONE, "line": None} | fields
    program.receiver.receive(channel, [InboundMessage(text=said, **values)], campaign)
    drain(program.app, program.pipeline)


def read(program: Program, query: str) -> list[Any]:
    """Rows of a query."""
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("channel", ["form", "api"])
def test_nothing_is_sent_to_a_number_that_was_only_claimed(program: Program, campaign: int, channel: str) -> None:
    receive(program, campaign, channel, "no water in Dhading", reference="23456789CF")
    assert read(program, "SELECT channel, line FROM contact") == [(channel, None)]
    assert tell_everything(program) == []
    assert read(program, "SELECT id FROM message WHERE direction = 'out'") == []


@pytest.mark.parametrize("channel", ["form", "api"])
def test_who_has_written_from_the_number_is_told_of_what_the_form_said(
    program: Program, campaign: int, channel: str
) -> None:
    receive(program, campaign, channel, "no water in Dhading", reference="23456789CF")
    receive(program, campaign, "twilio", "this is my number, and the road is gone", line=LINE)
    assert read(program, "SELECT channel, line FROM contact") == [("twilio", LINE)]
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
    receive(program, campaign, "sms", "the road is gone", line="+9779800000999")
    receive(program, campaign, "form", "no water", reference="23456789CF")
    assert read(program, "SELECT channel, line FROM contact") == [("sms", "+9779800000999")]


@pytest.mark.parametrize("said", ["STOP", "FORGET", "1", "thank you"])
def test_a_form_is_a_report_and_no_order_in_the_name_of_a_number(program: Program, campaign: int, said: str) -> None:
    receive(program, campaign, "twilio", "no water in our street", line=LINE)
    receive(program, campaign, "form", said, reference="23456789CF")
    assert read(program, "SELECT opted_out_at FROM contact") == [(None,)]
    reports = read(program, "SELECT text, reference, state FROM report ORDER BY id")
    assert [report[0] for report in reports] == ["no water in our street", said]
    assert reports[1][1] == "23456789CF"
    assert reports[0][2] == "queued"


@pytest.mark.parametrize("channel", ["api", "form"])
def test_a_number_that_nobody_proved_orders_nothing(program: Program, campaign: int, channel: str) -> None:
    receive(program, campaign, "twilio", "no water in Dhading", line=LINE)
    receive(program, campaign, "twilio", "FORGET", line=LINE)  # which asks whether it is meant
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
    assert read(program, "SELECT sex, age_band FROM report_demographics") == [("F", "Y15T24")]


def test_a_notice_that_nobody_reads_is_stored_and_is_no_report(program: Program, campaign: int) -> None:
    values = {"line": LINE, "is_automatic": True, "is_notice": True, "follows": "<q@baraza.example>"}
    receive(program, campaign, "twilio", "I am away until Monday, no water in Dhading", **values)
    assert read(program, "SELECT state, report_id FROM message") == [("processed", None)]
    assert read(program, "SELECT id FROM report") == []


def test_a_cry_for_help_below_a_subject_is_a_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "Dhading fire\nhelp", line=LINE, below="help")
    assert read(program, "SELECT text FROM report") == [("Dhading fire\nhelp",)]


def test_an_order_below_a_subject_is_obeyed_and_the_subject_is_a_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "Flood in Dhading\nSTOP", line=LINE, below="STOP")
    [[opted_out_at]] = read(program, "SELECT opted_out_at FROM contact")
    assert opted_out_at is not None
    assert read(program, "SELECT text FROM report") == [("Flood in Dhading\nSTOP",)]


def test_an_order_below_a_subject_that_says_nothing_makes_no_report(program: Program, campaign: int) -> None:
    receive(program, campaign, "twilio", "thank you\nSTOP", line=LINE, below="STOP")
    assert read(program, "SELECT id FROM report") == []


@pytest.mark.parametrize(("is_automatic", "answers"), [(False, 2), (True, 0)])
def test_a_machine_is_not_answered(program: Program, campaign: int, is_automatic: bool, answers: int) -> None:
    receive(program, campaign, "twilio", "no water in Dhading", line=LINE, is_automatic=is_automatic)
    assert len(read(program, "SELECT id FROM report")) == 1
    assert len(read(program, "SELECT id FROM message WHERE direction = 'out'")) == answers
