"""What is known of a person: bands of ages, the cut-off for a disability, and what a later answer takes back."""

import pytest

from reporting.models.states import ItemStatus
from reporting.reports.profile import (
    AGES,
    FIVE_YEAR_BANDS,
    WIDE_BANDS,
    PersonAnswers,
    PersonItem,
    answer_age,
    answer_difficulty,
    answer_sex,
    classify_disability,
    collapse_age,
    fill_gaps,
    find_age,
    leave_open,
    merge,
    take_back,
)

WHOLE = dict.fromkeys(("see", "hear", "walk", "cog", "self", "comm"), 1)


@pytest.mark.parametrize(
    ("difficulty", "wanted"),
    [
        ({}, None), (WHOLE, "without"), (WHOLE | {"cog": 2}, "without"), (WHOLE | {"cog": 3}, "with"),
        ({"see": 4}, "with"), ({"see": 2}, None),
        ({domain: 2 for domain in WHOLE if domain != "comm"}, None),  # five of six never make a "without"
        ({"any": 3}, "with"), ({"any": 1}, "without"),
    ],
)  # fmt: skip
def test_one_domain_is_enough_for_with_and_all_six_are_needed_for_without(
    difficulty: dict[str, int], wanted: str | None
) -> None:
    assert classify_disability(difficulty) == wanted


@pytest.mark.parametrize(
    ("years", "band", "wide"),
    [
        (0, "Y0T4", "Y0T14"), (0.5, "Y0T4", "Y0T14"), (14, "Y10T14", "Y0T14"), (15, "Y15T19", "Y15T24"),
        (24, "Y20T24", "Y15T24"), (25, "Y25T29", "Y25T64"), (64, "Y60T64", "Y25T64"), (65, "Y65T69", "Y_GE65"),
        (99, "Y95T99", "Y_GE65"), (100, "Y_GE100", "Y_GE65"), (130, "Y_GE100", "Y_GE65"),
    ],
)  # fmt: skip
def test_an_age_has_a_band_of_five_years_and_that_one_a_wide_band(years: float, band: str, wide: str) -> None:
    assert find_age(years) == band
    assert collapse_age(band) == wide


def test_every_band_lies_in_one_wide_band_and_a_wide_one_in_itself() -> None:
    assert len(FIVE_YEAR_BANDS) == 21
    assert {collapse_age(code) for code in AGES} == set(WIDE_BANDS)
    assert [collapse_age(code) for code in WIDE_BANDS] == list(WIDE_BANDS)


@pytest.mark.parametrize("code", [None, "", "_T", "Y_GE15", "Y3T7", "words"])
def test_what_lies_in_no_wide_band_has_none(code: str | None) -> None:
    assert collapse_age(code) is None


@pytest.mark.parametrize("years", [-1, 131, float("nan")])
def test_a_number_that_is_no_age_has_no_band(years: float) -> None:
    assert find_age(years) is None


def test_a_question_without_an_answer_takes_nothing_back_and_a_refusal_does() -> None:
    known = merge(answer_sex("F"), answer_age("Y25T29"))
    assert merge(known, leave_open(PersonItem.SEX, ItemStatus.UNKNOWN)) == known
    assert merge(known, PersonAnswers()) == known
    refused = merge(known, leave_open(PersonItem.SEX, ItemStatus.REFUSED))
    assert (refused.sex, refused.sex_why, refused.age) == (None, "refused", "Y25T29")
    assert merge(refused, answer_sex("M")).sex == "M"


def test_domains_come_one_by_one_and_an_answer_to_all_at_once_stands_alone() -> None:
    two = merge(answer_difficulty({"see": 1}), answer_difficulty({"hear": 2}))
    assert two.difficulty == {"see": 1, "hear": 2}
    assert merge(two, answer_difficulty({"any": 3})).difficulty == {"any": 3}
    assert merge(answer_difficulty({"any": 3}), answer_difficulty({"see": 1})).difficulty == {"see": 1}
    assert merge(two, leave_open(PersonItem.DIFFICULTY, ItemStatus.REFUSED)).difficulty == {}


def test_whose_number_is_only_claimed_adds_what_is_missing() -> None:
    known = merge(answer_sex("F"), leave_open(PersonItem.AGE, ItemStatus.REFUSED))
    claimed = merge(answer_sex("M"), merge(answer_age("Y0T4"), answer_difficulty({"see": 3})))
    after = fill_gaps(known, claimed)
    assert (after.sex, after.age, after.age_why, after.difficulty) == ("F", None, "refused", {"see": 3})
    asked = leave_open(PersonItem.SEX, ItemStatus.UNKNOWN)
    assert fill_gaps(asked, answer_sex("M")).sex == "M"


def test_what_is_taken_back_is_what_was_known_before() -> None:
    before = merge(answer_sex("F"), answer_difficulty({"see": 1}))
    now = merge(before, merge(answer_sex("M"), answer_difficulty({"see": 4, "hear": 2})))
    assert take_back(now, before, PersonItem.SEX, None).sex == "F"
    assert take_back(now, before, PersonItem.DIFFICULTY, "see").difficulty == {"see": 1, "hear": 2}
    nothing = PersonAnswers()
    told = answer_difficulty({"see": 4})
    assert take_back(told, nothing, PersonItem.DIFFICULTY, "see").difficulty_why == "unknown"  # it is asked again
    assert take_back(answer_age("Y0T4"), nothing, PersonItem.AGE, None) == leave_open(
        PersonItem.AGE, ItemStatus.UNKNOWN
    )
