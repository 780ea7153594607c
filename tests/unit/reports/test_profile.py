"""What is known of a person: bands of ages, and what a later answer takes back."""

import pytest

from reporting.models.states import ItemStatus
from reporting.reports.profile import (
    FIVE_YEAR_BANDS,
    PersonAnswers,
    PersonItem,
    answer_age,
    answer_difficulty,
    answer_sex,
    fill_gaps,
    find_age,
    leave_open,
    merge,
    take_back,
)


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0, "Y0T4"), (0.5, "Y0T4"), (14, "Y10T14"), (15, "Y15T19"), (24, "Y20T24"), (25, "Y25T29"), (64, "Y60T64"),
        (65, "Y65T69"), (99, "Y95T99"), (100, "Y_GE100"), (130, "Y_GE100"),
    ],
)  # fmt: skip
def test_an_age_has_a_band_of_five_years(years: float, band: str) -> None:
    assert find_age(years) == band
    assert len(FIVE_YEAR_BANDS) == 21


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
