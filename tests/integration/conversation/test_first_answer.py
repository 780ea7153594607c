"""What a citizen reads first: that it arrived, with whom, and how to stop, before any question about themselves."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.languages.sms_segments import measure
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

One = Callable[[str], Any]
CUBE = {"cubes": {"who": {"dimensions": ["sex", "age"]}}}
PERSON = {"sex": True, "age_band": True}


@pytest.fixture
def change(program: Program) -> Callable[..., None]:
    """Change what the campaign says of itself."""

    def run(conversation: dict[str, object], settings: dict[str, object] | None = None, *, urgent: str = "") -> None:
        with program.owner.begin() as connection:
            connection.execute(
                text(
                    "UPDATE campaign SET organisation = 'Dlo Pou Tout', conversation = CAST(:conversation AS jsonb),"
                    " settings = CAST(:settings AS jsonb)"
                ),
                {"conversation": json.dumps(conversation), "settings": json.dumps(settings or {})},
            )
            connection.execute(text("UPDATE topic SET is_urgent = (code = :urgent)"), {"urgent": urgent})

    return run


def test_the_first_answer_acknowledges_in_one_segment_and_then_asks_one_thing(
    phone: Phone, one: One, change: Callable[..., None]
) -> None:
    change({})
    phone.send("there is no water since yesterday")
    first, question = phone.read()
    assert "Dlo Pou Tout" in first
    assert one("SELECT reference FROM report") in first
    assert "STOP" in first
    assert measure(first).count == 1
    assert "Where" in question
    assert one("SELECT count(*) FROM question") == 1


def test_a_short_question_stands_in_the_same_text(phone: Phone, one: One, change: Callable[..., None]) -> None:
    choices = [{"code": "a", "label": {"en": "Yes"}}, {"code": "b", "label": {"en": "No"}}]
    question = {"code": "works", "kind": "choice", "text": {"en": "Does the pump work?"}, "choices": choices}
    change({"forms": [{"code": "w", "topic": "water", "questions": [question]}]})
    phone.send("the pipe gives no water in Lalitpur")
    (first,) = phone.read()
    assert measure(first).count == 1
    assert first.endswith("Does the pump work?\n1 Yes\n2 No")
    phone.send("2")
    assert one("SELECT answers FROM report") == {"works": "b"}


def test_nobody_is_asked_about_themselves_where_no_figure_uses_it(
    phone: Phone, one: One, change: Callable[..., None]
) -> None:
    change({"person": PERSON})
    phone.send("there is no water in Lalitpur")
    assert one("SELECT count(*) FROM question") == 0
    change({"person": PERSON}, CUBE)
    one("UPDATE gazetteer SET version = version + 1 RETURNING version")


@pytest.mark.parametrize(
    ("words", "urgent", "kinds"),
    [
        ("there is no water in Lalitpur", "", ["sex"]),
        ("there is no water since yesterday", "", ["place"]),  # first the report
        ("something is wrong in Lalitpur", "", []),  # of which it is not known what it is about
        ("there is no water in Lalitpur", "water", []),
        ("no water and the road is blocked in Lalitpur", "road", []),  # urgent as well
    ],
)
def test_questions_about_the_person_come_when_the_report_is_whole_and_never_to_who_is_in_danger(
    phone: Phone, one: One, change: Callable[..., None], words: str, urgent: str, kinds: list[str]
) -> None:
    change({"person": PERSON, "emergency_line": {"en": "Danger? Call 100."}}, CUBE, urgent=urgent)
    phone.send(words)
    assert (one("SELECT array_agg(kind) FROM question") or []) == kinds
    first = phone.read()[0]
    assert first.startswith("Danger? Call 100. ") is bool(urgent)
    assert measure(first).count == 1


def test_who_will_not_say_where_is_not_asked_who_they_are(phone: Phone, one: One, change: Callable[..., None]) -> None:
    change({"person": PERSON}, CUBE)
    phone.send("there is no water since yesterday")
    phone.send("skip")
    assert one("SELECT array_agg(kind) FROM question") == ["place"]


def test_whom_to_call_comes_first_after_what_must_not_be_talked_about(
    phone: Phone, change: Callable[..., None]
) -> None:
    change({"person": PERSON, "emergency_line": {"en": "Danger? Call 100."}}, CUBE)
    phone.send("my husband beats me in Lalitpur")
    first, fixed = phone.read()
    assert first.startswith("Danger? Call 100. Dlo Pou Tout has your message")
    assert measure(first).count == 1
    assert "emergency services" in fixed


def test_two_places_are_kept_and_nobody_is_asked_which_one(phone: Phone, one: One, change: Callable[..., None]) -> None:
    change({})
    phone.send("the road is blocked in Lalitpur and the road is blocked in Pokhara")
    assert one("SELECT other_places FROM report") in (["Pokhara"], ["Lalitpur"])
    assert one("SELECT count(*) FROM question") == 0


def test_two_topics_are_kept(phone: Phone, one: One, change: Callable[..., None]) -> None:
    change({})
    phone.send("no water from the tap, and the road is blocked in Lalitpur")
    assert one("SELECT other_topics FROM report") == ["road"]


def test_all_people_together_get_no_more_automatic_answers_than_the_campaign_lets_out(
    program: Program, phone: Phone, one: One, change: Callable[..., None]
) -> None:
    change({"answers_per_hour": 10})
    for number in range(8):  # each is acknowledged and asked where
        Phone(program, f"+97798000001{number:02}").send(f"there is no water in ward {number}")
    assert one("SELECT count(*) FROM message WHERE direction = 'out' AND state <> 'failed'") == 10
    assert one("SELECT count(*) FROM report") == 8
    phone.send("STOP")
    assert one("SELECT count(*) FROM message WHERE purpose = 'command' AND state = 'queued'") == 1
