"""Leaving and being forgotten, from the inbox on: in people's own words, with no way out, and after an import."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.inbox.csv_import import MessageImport
from reporting.languages.sms_texts import Phrase, say
from reporting.processing.worker import drain
from tests.integration.conversation.test_exchange import ANNA, Phone, one, phone

__all__ = ["one", "phone"]

One = Callable[[str], Any]
FORM = {
    "forms": [
        {"code": "w", "topic": "water", "questions": [{"code": "what", "kind": "text", "text": {"en": "What else?"}}]}
    ]
}


def ask(program: Program, conversation: dict[str, object]) -> None:
    with program.owner.begin() as connection:
        query = text("UPDATE campaign SET conversation = CAST(:it AS jsonb)")
        connection.execute(query, {"it": json.dumps(conversation)})


@pytest.mark.parametrize(
    "words",
    ["Please stop", "STOP SMS", "stop svp", "Stop. Thank you", "STOP\n\nSent from my iPhone", "don't text me any more"],
)
def test_who_leaves_while_a_question_is_open_is_left_alone(
    program: Program, phone: Phone, one: One, words: str
) -> None:
    ask(program, FORM)
    phone.send("no water in Lalitpur")
    assert one("SELECT count(*) FROM question WHERE outcome IS NULL") == 1
    phone.send(words)
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True
    assert one("SELECT answers FROM report") == {}
    said = len(phone.read())
    phone.send("the road is blocked in Lalitpur")
    assert len(phone.read()) == said


@pytest.mark.parametrize("words", ["There is no water in Lalitpur. Stop texting me.", "No water in Lalitpur. STOP"])
def test_who_leaves_and_reports_in_one_message_hears_the_reference_in_the_one_answer(
    phone: Phone, one: One, words: str
) -> None:
    phone.send(words)
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True
    assert one("SELECT text FROM report") == words
    reference = one("SELECT reference FROM report")
    assert phone.read() == [say(Phrase.STOPPED_REPORTED, "en", reference=str(reference))]


def test_the_confirmation_is_in_the_language_of_the_word(program: Program, phone: Phone) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET languages = ARRAY['en', 'fr']"))
    assert phone.send("arrêtez svp").startswith("Vous ne recevrez plus")


@pytest.mark.parametrize(
    "hindrance",
    ["UPDATE contact SET muted_until = now() + interval '2 hours'", "UPDATE campaign_address SET address = address"],
    ids=["muted", "automatic"],
)
def test_who_cannot_be_asked_is_forgotten_at_once(program: Program, phone: Phone, one: One, hindrance: str) -> None:
    phone.send("no water in Lalitpur")
    with program.owner.begin() as connection:
        connection.execute(text(hindrance))
    phone.send("FORGET", is_automatic="muted" not in hindrance)
    assert one("SELECT count(*) FROM contact WHERE erased_at IS NOT NULL") == 1
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 0
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND text <> ''") == 0


def test_where_there_is_no_way_out_forget_is_obeyed_at_once(phone: Phone, one: One) -> None:
    phone.send("no water in Lalitpur", campaign_address=None)
    phone.send("delete my data please", campaign_address=None)
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 0


def test_who_says_forget_twice_has_confirmed_it(phone: Phone, one: One) -> None:
    phone.send("no water in Lalitpur")
    phone.send("FORGET")
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 1
    phone.send("forget me please")
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 0


def test_who_left_is_known_again_however_a_file_writes_their_number(
    program: Program, phone: Phone, one: One, tmp_path: Path
) -> None:
    phone.send("STOP")
    said = len(phone.read())
    national = ANNA.removeprefix("+977")
    senders = (
        ANNA,
        ANNA.removeprefix("+"),
        national,
        f"0{national}",
        f"+977 {national[:3]}-{national[3:]}",
        f"{national}.0",
    )
    path = tmp_path / "sms.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text", "sender"))
        writer.writerows((f"m{number}", f"no water in ward {number}", each) for number, each in enumerate(senders))
        writer.writerow(("m9", "the road is blocked", "9.7798E+12"))
    campaign_id = one("SELECT id FROM campaign")
    counts = MessageImport(program.owner, program.pseudonyms, campaign_id, "twilio").run(path, ["text"], lambda _: None)
    drain(program.app, program.pipeline, is_patient=False)
    assert (counts.added, len(counts.remarks)) == (7, 1)
    assert one("SELECT count(*) FROM contact") == 1
    assert one("SELECT count(*) FROM report WHERE contact_id IS NULL") == 1
    assert len(phone.read()) == said


@pytest.mark.parametrize(("words", "start"), [("hello", "Hello"), ("Bonjour", "Bonjour"), ("namaste", "नमस्ते")])
def test_a_greeting_makes_no_report_and_hears_what_the_number_is_for(
    phone: Phone, one: One, words: str, start: str
) -> None:
    assert phone.send(words).startswith(start)
    assert one("SELECT count(*) FROM report") == 0


def test_thanks_are_answered_to_a_stranger_only(phone: Phone, one: One) -> None:
    assert "A small campaign" in phone.send("thank you")
    assert one("SELECT count(*) FROM report") == 0
    phone.send("no water in Lalitpur")
    assert phone.send("thanks a lot") == ""


@pytest.mark.parametrize(
    ("words", "said"), [("AIDE", "Dites ce qui se passe"), ("AYUDA", "Escriba"), ("HELP", "Write")]
)
def test_help_is_answered_in_the_language_of_its_word(program: Program, phone: Phone, words: str, said: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE campaign SET languages = ARRAY['ne', 'fr', 'es'], organisation = 'Us', contact = '100',"
                " conversation = jsonb_build_object('emergency_line', jsonb_build_object('ne', 'खतरा? 100'))"
            )
        )
    answer = phone.send(words)
    assert answer.startswith("खतरा? 100 Us, 100. ")
    assert said in answer


def test_forget_is_confirmed_above_a_footer(phone: Phone, one: One) -> None:
    phone.send("no water in Lalitpur")
    phone.send("FORGET\n\nEnvoyé de mon iPhone")
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 1
    phone.send("1\n\nEnvoyé de mon iPhone")
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 0
