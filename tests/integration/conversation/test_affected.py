"""Whom a report is about, asked by SMS: only what a figure uses, after everything else, and nobody in danger."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.languages.sms_texts import Phrase, say
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

REPORT = "no water in Pokhara since monday"
ALL = ("affected", "affected_number", "affected_sex", "affected_age", "affected_difficulty")


def ask(program: Program, *dimensions: str, person: Sequence[str] = ()) -> None:
    """Let the campaign ask who is affected, and these of the sender, for a cube of these dimensions."""
    questions = {"affected": True, **dict.fromkeys(person, True)}
    with program.owner.begin() as connection:
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:it AS jsonb), settings = CAST(:settings AS jsonb)"),
            {
                "it": json.dumps({"person": questions}),
                "settings": json.dumps({"cubes": {"who": {"dimensions": [*dimensions]}}}),
            },
        )


def read(program: Program, columns: str) -> list[tuple[Any, ...]]:
    """These columns of whom each report is about."""
    with program.owner.begin() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM affected ORDER BY report_id"))]


@pytest.mark.parametrize(
    ("said", "role", "number", "sex", "age", "difficulty"),
    [
        (("2", "1", "34", "yes"), "person", 1, ("F", "answered"), ("Y30T34", "answered"), ({"any": 3}, "answered")),
        (("2", "man", "4", "2"), "person", 1, ("M", "answered"), ("Y_GE65", "answered"), ({"any": 1}, "answered")),
        (("2", "skip", "hm"), "person", 1, (None, "refused"), (None, "unknown"), ({}, "not_asked")),
        (("3", "5"), "household", 5, *[(None, "not_applicable")] * 2, ({}, "not_applicable")),
        (("4", "२००"), "community", 200, *[(None, "not_applicable")] * 2, ({}, "not_applicable")),
        (("4", "skip"), "community", None, *[(None, "not_applicable")] * 2, ({}, "not_applicable")),
        (("2", "1", "back", "2"), "person", 1, ("M", "answered"), (None, "unknown"), ({}, "not_asked")),
        (("2", "back", "3"), "household", None, *[(None, "not_applicable")] * 2, ({}, "not_applicable")),
        (("skip",), None, None, *[(None, "not_asked")] * 2, ({}, "not_asked")),
    ],
)  # fmt: skip
def test_each_item_is_kept_with_why(
    program: Program, phone: Phone, said: Sequence[str], role: str | None, number: int | None, sex: Any, age: Any,
    difficulty: Any,
) -> None:  # fmt: skip
    ask(program, *ALL)
    for words in (REPORT, *said):
        phone.send(words)
    assert read(program, "role, number, sex, sex_why, age, age_why, difficulty, difficulty_why") == [
        (role, number, *sex, *age, *difficulty)
    ]


@pytest.mark.parametrize(
    ("said", "role", "number"),
    [
        ("Me", "person", 1), ("moi-même", "person", 1), ("MWEN MENM", "person", 1), ("मलाई", "person", 1),
        ("أنا", "person", 1), ("quem escreve", "person", 1),
        ("another person", "person", 1), ("une autre personne", "person", 1), ("yon lot moun", "person", 1),
        ("mtu mwingine", "person", 1), ("otra persona", "person", 1), ("arko manche", "person", 1),
        ("my family please", "household", None), ("un menage", "household", None), ("Familia", "household", None),
        ("एक परिवार", "household", None), ("أسرة", "household", None), ("kaya", "household", None),
        ("the whole village", "community", None), ("la communauté", "community", None),
        ("tout moun", "community", None),
        ("समुदाय", "community", None), ("jamii", "community", None), ("القرية", "community", None),
    ],
)  # fmt: skip
def test_the_role_is_told_in_words_too(
    program: Program, phone: Phone, said: str, role: str, number: int | None
) -> None:
    ask(program, *ALL)
    for words in (REPORT, said):
        phone.send(words)
    assert read(program, "role, number, role_why") == [(role, number, "answered")]


@pytest.mark.parametrize("said", ["my family and the whole village", "what do you mean", "both"])
def test_words_that_choose_no_role_or_two_choose_none(program: Program, phone: Phone, said: str) -> None:
    ask(program, *ALL)
    for words in (REPORT, said):
        phone.send(words)
    assert read(program, "role, role_why") == [(None, "unknown")]


@pytest.mark.parametrize(("said", "number"), [("five", 5), ("ni tano", 5), ("cinq svp", 5), ("पाँच", 5), ("10", 10)])
def test_a_number_of_people_is_told_in_words_too(program: Program, phone: Phone, said: str, number: int) -> None:
    ask(program, *ALL)
    for words in (REPORT, "3", said):
        phone.send(words)
    assert read(program, "role, number") == [("household", number)]


def test_what_is_said_in_words_about_something_new_is_no_answer(program: Program, phone: Phone) -> None:
    ask(program, *ALL)
    for words in (REPORT, "the road to our village is blocked by the flood since this morning"):
        phone.send(words)
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM report")).scalar_one() == 2


@pytest.mark.parametrize(
    ("said", "role_why", "number_why"),
    [
        ((), "unknown", "not_asked"), (("skip",), "refused", "not_asked"), (("3",), "answered", "unknown"),
        (("3", "skip"), "answered", "refused"), (("3", "many"), "answered", "unknown"),
        (("2",), "answered", "answered"),
        (("3", "back"), "unknown", "not_asked"), (("1",), "answered", "answered"),
    ],
)  # fmt: skip
def test_why_the_role_or_the_number_is_missing(
    program: Program, phone: Phone, said: Sequence[str], role_why: str, number_why: str
) -> None:
    ask(program, *ALL)
    for words in (REPORT, *said):
        phone.send(words)
    assert read(program, "role_why, number_why") == [(role_why, number_why)]


def test_what_a_sender_told_about_themselves_is_told_of_them_as_affected(program: Program, phone: Phone) -> None:
    ask(program, "sex", "affected_sex", "affected_age", person=["sex"])
    assert [phone.send(words) for words in (REPORT, "female", "1")][1:] == [
        say(Phrase.ASK_AFFECTED, "en"),
        say(Phrase.ASK_AFFECTED_AGE, "en"),
    ]
    phone.send("15-24")
    assert read(program, "role, number, sex, age") == [("person", 1, "F", "Y15T24")]


def test_what_no_figure_uses_is_not_asked(program: Program, phone: Phone) -> None:
    ask(program, "topic", "sex")
    phone.send(REPORT)
    assert read(program, "role") == []


def test_of_the_affected_only_what_figures_use_is_asked(program: Program, phone: Phone) -> None:
    ask(program, "affected")
    assert say(Phrase.ASK_AFFECTED, "en") in phone.send(REPORT)
    assert "we have everything" in phone.send("2")
    assert read(program, "role, sex_why, age_why") == [("person", "not_asked", "not_asked")]


def test_it_is_asked_with_each_report_and_the_words_of_an_answer_are_not_kept(program: Program, phone: Phone) -> None:
    ask(program, "affected", "affected_number")
    for words in (REPORT, "3", "we are 6", "the road is blocked in Lalitpur", "4"):
        phone.send(words)
    assert read(program, "role, number") == [("household", 6), ("community", None)]
    with program.owner.begin() as connection:
        kept = connection.execute(text("SELECT text FROM message WHERE direction = 'in' AND text <> '' ORDER BY id"))
        assert list(kept.scalars()) == [REPORT, "the road is blocked in Lalitpur"]


@pytest.mark.parametrize(
    "cry", ["my husband beats me every night", "help my house is on fire in Pokhara people inside"]
)
def test_who_cries_for_help_is_asked_nothing(program: Program, phone: Phone, cry: str) -> None:
    ask(program, "sex", *ALL, person=["sex"])
    phone.send(cry)
    assert all("Who is affected" not in said and "female" not in said for said in phone.read())
    assert read(program, "role") == []


def test_an_answer_that_is_a_cry_for_help_ends_the_questions(program: Program, phone: Phone) -> None:
    ask(program, *ALL)
    phone.send(REPORT)
    phone.send("me, he raped me last night")
    with program.owner.begin() as connection:
        sensitive = connection.execute(text("SELECT count(*) FROM report WHERE is_sensitive")).scalar()
    assert sensitive
    assert "Is this person" not in phone.send("2")
    assert "Who is affected" not in phone.send("the road is blocked in Lalitpur")


def test_an_answer_after_an_erasure_brings_nothing_back(program: Program, phone: Phone) -> None:
    ask(program, *ALL)
    phone.send(REPORT)
    phone.send("3")
    phone.send("forget")
    phone.send("1")
    assert read(program, "role") == []
    phone.send("5")
    assert read(program, "role") == []
