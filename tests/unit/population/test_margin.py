"""Totals from figures: given ones first, else parts where all are there, and bands that cover the ages."""

import pytest

from reporting.population.age import AgeBand, read_code
from reporting.population.mapping import Codes
from reporting.population.margin import count_ages, count_people, cover

_ADULTS = AgeBand(15, None)


def _figures(**values: int) -> dict[Codes, int]:
    """Figures by `SEX_AGE`."""
    return {
        Codes(sex=key[0] if key[0] != "T" else "_T", age=read_code(key[2:])): value for key, value in values.items()
    }


def test_people_are_summed_over_sex_and_bands() -> None:
    values = _figures(F_Y0T14=5, M_Y0T14=6, F_Y15T64=10, M_Y15T64=12, F_Y_GE65=1, M_Y_GE65=2)
    assert count_people(values, _ADULTS) == 25
    assert count_people(values, AgeBand(0, None)) == 36
    assert count_people(values, AgeBand(18, None)) is None


def test_a_total_that_is_given_is_taken_before_its_parts() -> None:
    assert count_people(_figures(F_Y_GE15=10, M_Y_GE15=12, T_Y_GE15=23), _ADULTS) == 23


def test_one_sex_alone_is_no_total() -> None:
    assert count_people(_figures(F_Y_GE15=10), _ADULTS) is None


@pytest.mark.parametrize(
    ("told", "low", "high", "chosen"),
    [
        (["Y15T19", "Y20T24", "Y_GE25", "Y_GE15"], 15, None, ["Y_GE15"]),
        (["Y15T19", "Y20T24", "Y_GE25"], 15, None, ["Y15T19", "Y20T24", "Y_GE25"]),
        (["Y15T19", "Y15T24", "Y25T64"], 15, 24, ["Y15T24"]),
        (["Y15T24", "Y15T19", "Y20T29", "Y30T34"], 15, 34, ["Y15T19", "Y20T29", "Y30T34"]),
        (["Y10T19", "Y20T29"], 15, None, None),
        (["Y15T64", "Y65T99"], 15, None, ["Y15T64", "Y65T99"]),  # a table of single ages ends at 99
        (["Y15T49"], 15, None, None),  # a survey of women of 15 to 49 has not everybody
    ],
)
def test_bands_cover_the_ages_each_once(told: list[str], low: int, high: int | None, chosen: list[str] | None) -> None:
    found = cover({read_code(code) for code in told}, low, high)
    assert (None if found is None else [band.code for band in found]) == chosen


def test_four_wide_bands_or_none() -> None:
    values = _figures(T_Y0T14=5, T_Y15T24=6, T_Y25T64=10, T_Y_GE65=1)
    assert count_ages(values) == {"Y0T14": 5, "Y15T24": 6, "Y25T64": 10, "Y_GE65": 1}
    assert count_ages(_figures(T_Y0T14=5, T_Y_GE15=6)) == {}
