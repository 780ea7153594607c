"""What people tell about themselves by SMS: years, a band, nothing, something that nobody can read; and when again."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

REPORT = "no water in Pokhara since monday"
AGAIN = "the road is blocked in Lalitpur"


def ask(program: Program, person: Sequence[str], dimensions: Sequence[str] | None = None) -> None:
    """Let the campaign ask these of people, for a cube of these dimensions."""
    used = ["age" if name == "age_band" else name for name in (person if dimensions is None else dimensions)]
    settings = {"cubes": {"who": {"dimensions": ["topic", *used]}}}
    questions = {"washington_group" if name == "difficulty" else name: True for name in person}
    with program.owner.begin() as connection:
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:it AS jsonb), settings = CAST(:settings AS jsonb)"),
            {"it": json.dumps({"person": questions}), "settings": json.dumps(settings)},
        )


def list_profiles(program: Program, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every version, in the order in which they were told."""
    with program.owner.begin() as connection:
        rows = connection.execute(
            text(f"SELECT {', '.join(columns)} FROM reporter_profile ORDER BY contact_id, version")
        )
        return [tuple(row) for row in rows]


def make_older(program: Program, days: int) -> None:
    """Let so many days go by."""
    with program.owner.begin() as connection:
        for table, column in (("question", "asked_at"), ("report", "reported_at"), ("reporter_profile", "created_at")):
            connection.execute(
                text(f"UPDATE {table} SET {column} = {column} - :days * interval '1 day'"), {"days": days}
            )


@pytest.mark.parametrize(
    ("said", "age", "why"),
    [
        ("34", "Y30T34", "answered"), ("३४", "Y30T34", "answered"), ("101", "Y_GE100", "answered"),
        ("3", "Y25T64", "answered"), ("25-64", "Y25T64", "answered"), ("skip", None, "refused"),
        ("hm", None, "unknown"), (None, None, "unknown"),
    ],
)  # fmt: skip
def test_an_age_is_kept_as_five_years_or_the_chosen_band_or_why_it_is_not(
    program: Program, phone: Phone, said: str | None, age: str | None, why: str
) -> None:
    ask(program, ["sex", "age_band"])
    phone.send(REPORT)
    phone.send("1")
    if said is not None:
        phone.send(said)
    assert list_profiles(program, "version", "sex", "sex_why", "age", "age_why", "difficulty_why", "mode") == [
        (1, "F", "answered", age, why, "not_asked", "self")
    ]


def test_words_that_nobody_can_read_may_still_be_followed_by_an_answer(program: Program, phone: Phone) -> None:
    ask(program, ["sex"])
    phone.send(REPORT)
    phone.send("hm")
    assert list_profiles(program, "sex", "sex_why") == [(None, "unknown")]
    phone.send("male")
    assert list_profiles(program, "sex", "sex_why") == [("M", "answered")]


@pytest.mark.parametrize(("dimensions", "written"), [(["age_band"], [("not_asked", "unknown")]), ([], [])])
def test_what_no_figure_uses_is_not_asked_and_nothing_is_written(
    program: Program, phone: Phone, dimensions: list[str], written: list[tuple[str, str]]
) -> None:
    ask(program, ["sex", "age_band"], dimensions=dimensions)
    phone.send(REPORT)
    assert list_profiles(program, "sex_why", "age_why") == written


def test_an_answer_that_was_taken_back_is_asked_again(program: Program, phone: Phone) -> None:
    ask(program, ["sex", "age_band"])
    for said in (REPORT, "1", "back"):
        phone.send(said)
    assert list_profiles(program, "sex", "sex_why") == [(None, "unknown")]
    phone.send("2")
    assert list_profiles(program, "version", "sex", "sex_why") == [(1, "M", "answered")]


@pytest.mark.parametrize(
    ("said", "difficulty", "why"),
    [
        (("no",), {}, "refused"), (("skip",), {}, "refused"), (("yes",), {}, "unknown"),
        (("yes", "skip"), {}, "refused"),
        (("yes", "1", "3"), {"see": 1, "hear": 3}, "answered"), (("yes", "1", "skip"), {"see": 1}, "answered"),
        (("yes", "4", "back"), {}, "unknown"), (("yes", "4", "back", "2"), {"see": 2}, "answered"),
        (("yes", *"121212"), {"see": 1, "hear": 2, "walk": 1, "cog": 2, "self": 1, "comm": 2}, "answered"),
    ],
)  # fmt: skip
def test_the_six_questions_are_kept_by_domain(
    program: Program, phone: Phone, said: Sequence[str], difficulty: dict[str, int], why: str
) -> None:
    ask(program, ["difficulty"])
    for words in (REPORT, *said):
        phone.send(words)
    assert list_profiles(program, "version", "difficulty", "difficulty_why") == [(1, difficulty, why)]


def test_what_is_told_again_a_year_later_is_a_version_of_its_own(program: Program, phone: Phone) -> None:
    ask(program, ["sex", "age_band"])
    for words in (REPORT, "1", "24"):
        phone.send(words)
    make_older(program, 400)
    phone.send(AGAIN)
    columns = ("version", "sex", "age", "report_id = (SELECT max(id) FROM report)")
    assert list_profiles(program, *columns) == [(1, "F", "Y20T24", False)]  # to be asked again changes nothing
    phone.send("female")
    assert list_profiles(program, *columns) == [(1, "F", "Y20T24", False)]  # nothing new was told
    phone.send("25")
    assert list_profiles(program, *columns) == [(1, "F", "Y20T24", False), (2, "F", "Y25T29", True)]


def test_who_no_longer_wants_to_say_it_has_not_said_it_from_then_on(program: Program, phone: Phone) -> None:
    ask(program, ["sex"])
    phone.send(REPORT)
    phone.send("1")
    make_older(program, 400)
    phone.send(AGAIN)
    phone.send("skip")
    assert list_profiles(program, "version", "sex", "sex_why") == [(1, "F", "answered"), (2, None, "refused")]


def test_a_profile_is_kept_two_years_from_the_last_answer_or_as_the_campaign_says(
    program: Program, phone: Phone
) -> None:
    ask(program, ["sex", "age_band"])
    phone.send(REPORT)
    phone.send("1")
    days = "round(extract(epoch FROM expires_at - now()) / 86400)::int"
    assert list_profiles(program, days) == [(730,)]
    with program.owner.begin() as connection:
        connection.execute(
            text("""UPDATE campaign SET settings = settings || '{"retention": {"profiles_days": 30}}'""")
        )
    phone.send("2")
    assert list_profiles(program, days) == [(30,)]


def test_forgetting_somebody_forgets_what_they_told_about_themselves(program: Program, phone: Phone) -> None:
    ask(program, ["sex", "age_band"])
    for words in (REPORT, "1", "24", "FORGET", "yes"):
        phone.send(words)
    assert list_profiles(program, "id") == []
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT state FROM report")).scalar_one() == "erased"
