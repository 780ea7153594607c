"""What may stand in the fields about people: what a table, a form or a program means by it, and what none can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.models.states import AffectedRole, ItemStatus
from reporting.reports.affected import AffectedPeople
from reporting.reports.person_fields import (
    ToldOfPeople,
    is_readable,
    read_affected,
    read_age,
    read_difficulty,
    read_sex,
    read_told,
)
from reporting.reports.profile import AGES, PersonAnswers


@pytest.mark.parametrize(
    ("written", "sex", "why"),
    [
        ("F", "F", "answered"), (" m ", "M", "answered"), ("_O", "_O", "answered"), ("Female", "F", "answered"),
        ("refused", None, "refused"), ("_U", None, "unknown"), ("not_applicable", None, "not_applicable"),
    ],
)  # fmt: skip
def test_a_sex_is_a_code_or_why_there_is_none(written: str, sex: str | None, why: str) -> None:
    told = read_sex(written)
    assert (told.sex, told.sex_why, told.age_why) == (sex, why, "not_asked")


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("34", "Y30T34"), ("34.0", "Y30T34"), ("0,5", "Y0T4"), ("३४", "Y30T34"), ("y25t29", "Y25T29"),
        ("Y_GE65", "Y_GE65"), ("25-64", "Y25T64"), ("25 – 29", "Y25T29"), ("65+", "Y_GE65"), ("100+", "Y_GE100"),
    ],
)  # fmt: skip
def test_an_age_is_years_or_a_band(written: str, age: str) -> None:
    assert read_age(written) == PersonAnswers(age=age, age_why=ItemStatus.ANSWERED)


@pytest.mark.parametrize(
    ("written", "difficulty"),
    [
        ("see=3;walk=1", {"see": 3, "walk": 1}), ("SEE=3, walk: 1;", {"see": 3, "walk": 1}), ("yes", {"any": 3}),
        ("No", {"any": 1}), ("unknown", {}),
    ],
)  # fmt: skip
def test_difficulties_are_told_by_domain_or_at_once(written: str, difficulty: dict[str, int]) -> None:
    assert read_difficulty(written).difficulty == difficulty


@pytest.mark.parametrize(
    ("written", "role", "number"),
    [("person", "person", None), ("Household 5", "household", 5), ("community  200", "community", 200)],
)
def test_who_is_affected_is_told_with_their_number(written: str, role: str, number: int | None) -> None:
    assert read_affected(written) == AffectedPeople(AffectedRole(role), number)


@pytest.mark.parametrize("written", ["", "x", "FM", "1"])
def test_what_is_no_sex_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ValueError, match=r"^sex is none of F, M, _O, refused, unknown$"):
        read_sex(written)


@pytest.mark.parametrize("written", ["", "old", "-1", "131", "1e9", "nan", "inf", "Y3T7", "20-30", "15+", "34 35"])
def test_what_is_no_age_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^age is neither"):
        read_age(written)


@pytest.mark.parametrize("written", ["", ";", "maybe", "see", "see=5", "see=0", "smell=1", "see=1;x", "any=3"])
def test_what_is_no_difficulty_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^difficulty is none"):
        read_difficulty(written)


@pytest.mark.parametrize(
    "written", ["", "5", "household five", "household 0", "family 5", "household -5", "person 5 6"]
)
def test_what_is_nobody_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^affected is none"):
        read_affected(written)


def test_a_form_tells_of_its_sender_and_of_whom_it_is_about() -> None:
    told = read_told(
        {
            "sex": "F", "age_band": "Y25T64", "age": 34, "wg_see": "1", "wg_hear": 3, "wg_walk": "refused",
            "affected_role": "household", "affected_number": "5", "affected_sex": "refused", "days": 7,
        }
    )  # fmt: skip
    assert told.sender == PersonAnswers(
        "F", ItemStatus.ANSWERED, "Y30T34", ItemStatus.ANSWERED, {"see": 1, "hear": 3}, ItemStatus.ANSWERED
    )
    assert told.affected == AffectedPeople(AffectedRole.HOUSEHOLD, 5, PersonAnswers(sex_why=ItemStatus.REFUSED))


def test_what_cannot_be_read_in_a_message_is_unknown_and_a_question_of_the_campaign_is_not_read() -> None:
    told = read_told({"sex": "woman?", "age": "old", "affected": "many"}, own=["age"])
    assert told == ToldOfPeople(PersonAnswers(sex_why=ItemStatus.UNKNOWN), None)
    assert read_told({"sex": "", "text": "F"}) == ToldOfPeople()
    assert read_told({"affected_age": "7"}).affected == AffectedPeople(
        AffectedRole.PERSON, None, PersonAnswers(age="Y5T9", age_why=ItemStatus.ANSWERED)
    )


@given(st.text(max_size=30))
def test_every_text_is_read_or_refused(written: str) -> None:
    for name in ("sex", "age", "difficulty", "affected", "wg_see", "affected_number"):
        is_readable(name, written)
    told = read_told(dict.fromkeys(("sex", "age", "difficulty", "affected", "wg_see", "affected_number"), written))
    assert told.sender.age is None or told.sender.age in AGES
