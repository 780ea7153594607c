"""Which codes the SQL of a dimension gives what people told: wide bands of ages, the cut-off for a disability."""

import json
from collections.abc import Mapping

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation.dimension import NOT_APPLICABLE, get_dimension
from reporting.reports.profile import AGES, WIDE_BANDS, find_age

_WHOLE = dict.fromkeys(("see", "hear", "walk", "cog", "self", "comm"), 1)


def _find_code(
    connection: Connection, dimension: str, *, age: str | None = None, difficulty: Mapping[str, int] | None = None,
    why: str = "answered",
) -> str | None:  # fmt: skip
    query = text(
        f"SELECT {get_dimension(dimension).expression} FROM (SELECT CAST(:age AS text) AS age, :why AS age_why,"
        " CAST(:difficulty AS jsonb) AS difficulty, :why AS difficulty_why) AS profile"
    )
    values = {"age": age, "difficulty": json.dumps(difficulty or {}), "why": why}
    code: str | None = connection.execute(query, values).scalar_one()
    return code


@pytest.mark.parametrize(
    ("difficulty", "wanted"),
    [
        ({}, None), (_WHOLE, "without"), (_WHOLE | {"cog": 2}, "without"), (_WHOLE | {"cog": 3}, "with"),
        ({"see": 4}, "with"), ({"see": 2}, None),
        ({domain: 2 for domain in _WHOLE if domain != "comm"}, None),  # five of six never make a "without"
        ({"any": 3}, "with"), ({"any": 1}, "without"),
    ],
)  # fmt: skip
def test_one_domain_is_enough_for_with_and_all_six_are_needed_for_without(
    connection: Connection, difficulty: dict[str, int], wanted: str | None
) -> None:
    assert _find_code(connection, "difficulty", difficulty=difficulty) == wanted


@pytest.mark.parametrize(
    ("years", "wide"),
    [
        (0, "Y0T14"), (14, "Y0T14"), (15, "Y15T24"), (24, "Y15T24"), (25, "Y25T64"), (64, "Y25T64"), (65, "Y_GE65"),
        (99, "Y_GE65"), (100, "Y_GE65"), (130, "Y_GE65"),
    ],
)  # fmt: skip
def test_an_age_counts_in_the_wide_band_that_holds_its_band_of_five_years(
    connection: Connection, years: int, wide: str
) -> None:
    assert _find_code(connection, "age", age=find_age(years)) == wide


def test_every_band_lies_in_one_wide_band_and_a_wide_one_in_itself(connection: Connection) -> None:
    assert {_find_code(connection, "age", age=code) for code in AGES} == set(WIDE_BANDS)
    assert [_find_code(connection, "age", age=code) for code in WIDE_BANDS] == list(WIDE_BANDS)


@pytest.mark.parametrize("code", [None, "", "_T", "Y_GE15", "Y3T7", "words"])
def test_what_lies_in_no_wide_band_is_unknown(connection: Connection, code: str | None) -> None:
    assert _find_code(connection, "age", age=code) is None


@pytest.mark.parametrize("dimension", ["age", "difficulty"])
def test_an_item_that_does_not_apply_to_somebody_has_a_code_of_its_own(connection: Connection, dimension: str) -> None:
    assert _find_code(connection, dimension, why="not_applicable") == NOT_APPLICABLE
