"""Bands of age as tables write them, and which are summed into five years."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.population.age import ALL_AGES, FIVE_YEARS, AgeBand, are_tiling, list_targets, read_age, read_code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("0", "Y0T0"), ("7", "Y7T7"), ("0-4", "Y0T4"), ("15 - 19", "Y15T19"), ("15–19", "Y15T19"),
        ("15 to 19", "Y15T19"),
        ("100+", "Y_GE100"), ("85 and over", "Y_GE85"), ("85 years and older", "Y_GE85"), ("65 + ", "Y_GE65"),
        ("Total", "_T"), ("_T", "_T"), ("all ages", "_T"), ("Y15T24", "Y15T24"), ("Y_GE65", "Y_GE65"),
        ("20 years", "Y20T20"), ("٢٠-٢٤", "Y20T24"), ("5 à 9 ans", "Y5T9"), ("age 5-9", "Y5T9"),
    ],
)  # fmt: skip
def test_an_age_is_read_as_tables_write_it(cell: str, code: str) -> None:
    assert read_age(cell).code == code


@pytest.mark.parametrize("cell", ["", "old", "1999", "15-", "Y15", "Y19T15", "-5", "15/19", "5" * 500])
def test_what_is_no_age_is_none(cell: str) -> None:
    with pytest.raises(ValueError, match="age"):
        read_age(cell)


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_code_is_read_back(low: int, width: int) -> None:
    for band in (AgeBand(low, low + width), AgeBand(low, None)):
        assert read_code(band.code) == band


def test_five_years_and_the_open_end_cover_all_ages() -> None:
    assert are_tiling([*FIVE_YEARS, AgeBand(100, None)], ALL_AGES)
    assert not are_tiling([*FIVE_YEARS, AgeBand(99, None)], ALL_AGES)
    assert not are_tiling(FIVE_YEARS, ALL_AGES)
    assert not are_tiling([], ALL_AGES)


def test_single_ages_go_to_their_five_years_only_if_all_are_there() -> None:
    singles = [AgeBand(age, age) for age in range(8)]
    targets = list_targets(singles)
    assert {band.code for band in targets.values()} == {"Y0T4", "Y5T5", "Y6T6", "Y7T7"}


def test_under_one_and_one_to_four_are_one_band() -> None:
    targets = list_targets([AgeBand(0, 0), AgeBand(1, 4), AgeBand(5, 9)])
    assert [targets[band].code for band in (AgeBand(0, 0), AgeBand(1, 4), AgeBand(5, 9))] == ["Y0T4", "Y0T4", "Y5T9"]


def test_bands_wider_than_five_years_stay() -> None:
    assert list_targets([AgeBand(6, 11), AgeBand(12, 14)]) == {
        AgeBand(6, 11): AgeBand(6, 11), AgeBand(12, 14): AgeBand(12, 14),
    }  # fmt: skip


def test_the_oldest_single_ages_are_one_band() -> None:
    targets = list_targets([AgeBand(99, 99), AgeBand(100, 100), AgeBand(105, None)])
    assert [band.code for band in targets.values()] == ["Y99T99", "Y_GE100", "Y_GE100"]
