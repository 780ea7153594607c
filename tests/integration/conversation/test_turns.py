"""What a message is depends on those before it, on when it was written, and on what must never be told by chance."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.inbox.duplicates import drop_marks
from reporting.processing.worker import drain
from tests.conftest import LINE, SMALL_CAMPAIGN
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

CHOICES = {"choices": [{"code": "yes", "label": {"en": "Yes"}}, {"code": "no", "label": {"en": "No"}}]}
FORM = {
    "forms": [
        {
            "code": "water", "topic": "water", "keywords": {"en": ["water"]},
            "questions": [
                {"code": "pipe", "kind": "choice", "text": {"en": "Is it a pipe?"}, **CHOICES},
                {"code": "drink", "kind": "choice", "text": {"en": "Can you drink it?"}, **CHOICES},
                {"code": "more", "kind": "text", "text": {"en": "What else?"}},
            ],
        }
    ]
}  # fmt: skip
PERSON = {"person": {"sex": True, "age_band": True}}
CUBE = {"cubes": {"who": {"dimensions": ["sex", "age"]}}}  # without which nobody is asked about themselves
REPORT = "no water in Pokhara since monday"
Ask = Callable[[str], object]


def converse(program: Program, conversation: dict[str, object]) -> None:
    """Give the campaign its questions."""
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE campaign SET conversation = CAST(:conversation AS jsonb), settings = CAST(:settings AS jsonb)"
            ),
            {"conversation": json.dumps(conversation), "settings": json.dumps(CUBE)},
        )


def let_leave(program: Program) -> None:
    """What waits in the outbox has left."""
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET state = 'sent', sent_at = now() WHERE state = 'queued'"))


def test_two_questions_may_have_one_answer_however_fast_it_comes(program: Program, phone: Phone, one: Ask) -> None:
    converse(program, FORM)
    phone.send(REPORT)
    for _ in range(2):
        let_leave(program)
        phone.send("1")
    assert one("SELECT answers - 'place' FROM report") == {"pipe": "yes", "drink": "yes"}


def test_an_answer_that_a_gateway_brings_twice_answers_once(program: Program, phone: Phone, one: Ask) -> None:
    converse(program, PERSON)
    phone.send(REPORT)
    let_leave(program)
    written = datetime.now(UTC)
    phone.send("1", sent_at=written)
    let_leave(program)
    assert phone.send("1", sent_at=written) == ""
    assert one("SELECT count(*) FROM reporter_profile WHERE sex IS NOT NULL AND age IS NULL") == 1


def test_the_mark_of_an_answer_about_a_person_goes_once_it_cannot_come_again(
    program: Program, phone: Phone, one: Ask
) -> None:
    converse(program, PERSON)
    phone.send(REPORT)
    phone.send("1")
    with program.owner.begin() as connection:
        assert drop_marks(connection) == 0
        connection.execute(text("UPDATE message SET received_at = received_at - interval '1 minute'"))
        assert drop_marks(connection) == 1
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND content_hash IS NOT NULL") == 1  # the report's


def test_stop_start_stop_is_three_orders(phone: Phone, one: Ask) -> None:
    phone.send(REPORT)
    at = datetime.now(UTC)
    for seconds, word in enumerate(("STOP", "START", "STOP")):
        assert phone.send(word, sent_at=at + timedelta(seconds=seconds)) != ""
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True


def test_a_start_that_was_only_slower_than_a_stop_opts_nobody_in(phone: Phone, one: Ask) -> None:
    phone.send(REPORT)
    phone.send("STOP", sent_at=datetime.now(UTC) - timedelta(hours=1))
    assert phone.send("START", sent_at=datetime.now(UTC) - timedelta(hours=4)) == ""
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True
    assert phone.send("START") != ""
    assert one("SELECT opted_out_at IS NULL FROM contact") is True


def test_what_was_written_before_a_report_is_no_answer_about_it(program: Program, phone: Phone, one: Ask) -> None:
    converse(program, FORM)
    phone.send(REPORT)
    phone.send("2", sent_at=datetime.now(UTC) - timedelta(hours=5))
    assert one("SELECT answers FROM report ORDER BY id LIMIT 1") == {}
    phone.send("2")
    assert one("SELECT answers FROM report ORDER BY id LIMIT 1") == {"pipe": "no"}


@pytest.mark.parametrize(("ago", "is_believed"), [(timedelta(days=30), True), (timedelta(days=9_000), False)])
def test_a_clock_that_was_reset_puts_nothing_into_the_past(
    phone: Phone, one: Ask, ago: timedelta, is_believed: bool
) -> None:
    phone.send(REPORT, sent_at=datetime.now(UTC) - ago)
    assert one("SELECT reported_at < now() - interval '20 days' FROM report") is is_believed


def test_messages_whose_long_ids_only_begin_alike_are_two(phone: Phone, one: Ask) -> None:
    for number in (1, 2, 2):
        phone.send(f"no water in ward {number}", external_id="x" * 250 + str(number))
    assert one("SELECT count(*) FROM message WHERE direction = 'in'") == 2


def test_who_was_forgotten_and_writes_at_once_is_somebody_new(program: Program, phone: Phone, one: Ask) -> None:
    phone.send(REPORT)
    phone.send("FORGET")
    for words in ("1", "no water in Pokhara again"):
        phone.post(words)
    drain(program.app, program.pipeline, is_patient=False)
    query = "SELECT count(*) FROM report JOIN contact ON contact.id = contact_id WHERE erased_at IS {}"
    assert one(query.format("NULL")) == 1
    assert one(query.format("NOT NULL")) == 0
    for words in ("FORGET", "1"):
        phone.send(words)
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 0
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND text <> ''") == 0


@pytest.mark.parametrize(
    "answers",
    [{"more": "my husband beats me every night"}, {"place": "where my uncle raped me"}, {"x": "I will kill myself"}],
)
def test_an_answer_of_a_form_may_restrict_its_report(phone: Phone, one: Ask, answers: dict[str, str]) -> None:
    phone.send("water problem", answers=answers)
    assert one("SELECT is_sensitive FROM report") is True


def test_a_correction_may_restrict_its_report(program: Program, phone: Phone, one: Ask) -> None:
    first = phone.post("water problem", answers={"more": "the tap is dry"})
    drain(program.app, program.pipeline, is_patient=False)
    assert one("SELECT is_sensitive FROM report") is False
    phone.send("", answers={"more": "my husband beats me every night"}, follows=first)
    assert one("SELECT is_sensitive FROM report") is True


def test_what_goes_on_with_a_restricted_report_is_restricted(phone: Phone, one: Ask) -> None:
    phone.send("my uncle raped me")
    phone.send("he lives in Pokhara near the temple")
    assert one("SELECT count(*) FROM report WHERE is_sensitive") == 2
    phone.send("no water in Lalitpur")
    assert one("SELECT count(*) FROM report WHERE is_sensitive") == 2


def test_somebody_elses_next_text_is_not_restricted(program: Program, phone: Phone, one: Ask) -> None:
    phone.send("my uncle raped me")
    Phone(program, "+9779800000002").send("he lives in Pokhara near the temple")
    assert one("SELECT count(*) FROM report WHERE is_sensitive") == 1


def test_whom_to_call_is_told_beyond_the_limit_and_to_who_is_muted_once_an_hour(
    program: Program, phone: Phone, one: Ask
) -> None:
    converse(program, {"replies_per_hour": 1})
    phone.send(REPORT)
    phone.send("road blocked in Lalitpur")
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE contact SET muted_until = now() + interval '2 hours'"))
    phone.send("my husband beats me")
    phone.send("my husband beats me again")
    assert one("SELECT array_agg(state || ' ' || purpose) FROM message WHERE purpose = 'hotline'") == [
        "queued hotline",  # that the message is here, and whom to call
        "queued hotline",  # the campaign's fixed text
    ]


def test_who_opted_out_is_not_told_whom_to_call(phone: Phone, one: Ask) -> None:
    phone.send(REPORT)
    phone.send("STOP")
    phone.send("my husband beats me")
    assert one("SELECT count(*) FROM message WHERE purpose = 'hotline'") == 0


@pytest.mark.parametrize(("order", "is_out"), [("stop", True), ("help", False)])
def test_what_the_gateway_took_for_an_order_is_one_in_whatever_words(
    phone: Phone, one: Ask, order: str, is_out: bool
) -> None:
    phone.send(REPORT)
    assert phone.send("AKHIRI", order=order, is_gateway_answered=True) == ""
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is is_out
    assert one("SELECT count(*) FROM report") == 1


def test_a_stop_by_no_campaigns_line_is_obeyed_in_every_campaign_that_knows_the_sender(
    program: Program, phone: Phone, one: Ask
) -> None:
    second = SMALL_CAMPAIGN.replace("slug: test", "slug: second").replace(LINE, "+15005550007")
    with program.owner.begin() as connection:
        create_campaign(connection, read_definition(second, "the tests"))
    phone.send(REPORT)
    phone.send(REPORT, campaign_address="+15005550007")
    Phone(program, "+9779800000002").send("road blocked in Lalitpur")
    phone.send("STOP", campaign_address="BARAZA", is_gateway_answered=True)
    assert one("SELECT count(*) FROM contact WHERE opted_out_at IS NOT NULL") == 2
    assert one("SELECT count(*) FROM contact") == 3
    assert one("SELECT count(*) FROM message WHERE state = 'received'") == 0


@pytest.mark.parametrize("word", ["Acha", "Baja", "Alto", "Pare"])
def test_words_of_other_languages_than_the_campaigns_order_nothing(phone: Phone, one: Ask, word: str) -> None:
    phone.send("no water since yesterday")
    phone.send(word)
    assert one("SELECT opted_out_at IS NULL FROM contact") is True
    assert one("SELECT answers FROM report") == {"place": word}


def test_an_order_in_the_language_that_somebody_chose_is_obeyed(phone: Phone, one: Ask) -> None:
    phone.send(REPORT)
    phone.send("LANGUAGE kiswahili")
    phone.send("acha")
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True


def test_a_place_that_is_also_an_order_is_the_place_that_was_asked_for(
    program: Program, campaign: int, phone: Phone, one: Ask
) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET languages = '{es}'"))
        load_places(connection, campaign, [PlaceRow("1", "Alto", 27.9, 84.2, population=9_000)], "test")
    phone.send("sin agua desde ayer")
    phone.send("Alto")
    assert one("SELECT opted_out_at IS NULL FROM contact") is True
    assert one("SELECT round(ST_Y(point)::numeric, 1)::float8 FROM report") == 27.9
    phone.send("alto")
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True


@pytest.mark.parametrize("words", ["2 please", "Reply 2", "two", "2nd", "option 2", "the second one", "२", "mbili"])
def test_a_place_is_chosen_in_more_words_than_its_number(phone: Phone, one: Ask, words: str) -> None:
    question = phone.send("no water in Rampur since monday")
    east = "2 Rampur, East" in question
    phone.send(words)
    assert one("SELECT round(ST_X(point)::numeric, 1)::float8 FROM report") == (87.9 if east else 81.2)
    assert one("SELECT location_source FROM report") == "choice"


def test_what_is_left_of_somebody_forgotten_ties_nothing_together(phone: Phone, one: Ask) -> None:
    phone.send("my uncle raped me in Pokhara")
    phone.send("no water in Lalitpur")
    assert one("SELECT count(*) FROM report WHERE is_sensitive") == 1
    for words in ("FORGET", "1"):
        phone.send(words)
    assert one("SELECT count(*) FROM report WHERE state = 'erased'") == 2
    kept = "is_sensitive OR num_nonnulls(contact_id, message_id, topic_id, point, sensitive_reason, language) > 0"
    assert one(f"SELECT count(*) FROM report WHERE {kept}") == 0
    assert one("SELECT count(*) FROM incident WHERE num_nonnulls(topic_id, point, occurred_at) > 0") == 0
    assert one("SELECT count(*) FROM report WHERE reported_at <> date_trunc('day', reported_at)") == 0
    assert one("SELECT count(*) FROM report WHERE occurred_at <> date_trunc('day', occurred_at)") == 0
    inbound = "FROM message WHERE direction = 'in' AND text = '' AND"
    assert (
        one(f"SELECT count(*) {inbound} num_nonnulls(contact_id, report_id, address_hash, address_encrypted) > 0") == 0
    )
    assert one(f"SELECT count(*) {inbound} received_at <> date_trunc('day', received_at)") == 0
