"""Who is missing: counts of reporters beside the population that is loaded."""

import pytest
from sqlalchemy import Connection, insert, text

from reporting.models.population import Population
from reporting.population.representation import Estimate, Silence, Verdict
from reporting.population.who_is_missing import WhoIsMissing, find_missing
from tests.conftest import add_campaign

_AREAS = {"AA": 60_000, "BB": 30_000, "CC": 10_000}


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of three areas with a census by area, sex and age, and owners of phones by sex."""
    made = add_campaign(connection)
    for code, people in _AREAS.items():
        connection.execute(
            text(
                "INSERT INTO area (campaign_id, level, code, name, source, geom) VALUES (:id, 1, :code, :code, 'test',"
                " ST_Multi(ST_MakeEnvelope(85, 27, 86, 28, 4326)))"
            ),
            {"id": made, "code": code},
        )
        for sex in ("F", "M"):
            for age, share in (("Y0T14", 0.4), ("Y15T24", 0.2), ("Y25T64", 0.35), ("Y_GE65", 0.05)):
                _add(connection, made, code, people / 2 * share, sex=sex, age=age)
            _add(connection, made, code, people / 2 * (0.3 if sex == "F" else 0.6), sex=sex, age="Y_GE15", phone="yes")
    return made


def _add(connection: Connection, campaign_id: int, area: str, value: float, **codes: str) -> None:
    row = {
        "campaign_id": campaign_id, "area_code": area, "area_level": 1, "sex": "_T", "age": "_T", "disability": "_T",
        "phone": "_T", "urban": "_T", "year": 2020, "source": "census", "value": round(value), **codes,
    }  # fmt: skip
    connection.execute(insert(Population).values(row))


def _exact(**counts: int) -> dict[str, Estimate]:
    return {code: Estimate(value) for code, value in counts.items()}


def _list_left_out(found: WhoIsMissing) -> list[tuple[str, str]]:
    ratios = ((name, ratio) for name, comparison in found.comparisons.items() for ratio in comparison.ratios)
    left_out = [(name, ratio) for name, ratio in ratios if ratio.verdict is Verdict.LEFT_OUT]
    return [(name, ratio.code) for name, ratio in sorted(left_out, key=lambda pair: pair[1].high)]


def test_groups_that_are_left_out_are_named(connection: Connection, campaign_id: int) -> None:
    counts = {
        "sex": _exact(F=600, M=1400, _U=500),
        "age": _exact(Y0T14=10, Y15T24=900, Y25T64=1080, Y_GE65=10),
        "area": _exact(AA=1700, BB=300),
    }
    found = find_missing(connection, campaign_id, counts, level=1)
    assert found.not_compared == ()
    assert _list_left_out(found) == [
        ("area", "CC"), ("age", "Y0T14"), ("age", "Y_GE65"), ("area", "BB"), ("sex", "F"),
    ]  # fmt: skip
    women, men = found.comparisons["sex"].ratios
    assert (women.code, women.people, women.ratio) == ("F", 30_000, pytest.approx(0.6))  # of those whose sex is known
    assert men.verdict is Verdict.OVER
    assert women.phone_ratio == pytest.approx(2 / 3)  # explains a part of it, and changes nothing
    assert found.comparisons["sex"].margin.first_age == 15
    assert found.comparisons["age"].margin.first_age == 0


def test_the_silent_areas_are_told_with_the_people_who_live_there(connection: Connection, campaign_id: int) -> None:
    found = find_missing(connection, campaign_id, {"area": _exact(AA=1700, BB=300)}, level=1)
    assert [(area.code, area.silence, area.people) for area in found.silent] == [
        ("BB", Silence.FEWER, 18_000), ("CC", Silence.NONE, 6_000),
    ]  # fmt: skip


def test_noise_names_nobody(connection: Connection, campaign_id: int) -> None:
    noised = {"AA": Estimate(52, 5), "BB": Estimate(27, 5), "CC": Estimate(0, 5)}
    found = find_missing(connection, campaign_id, {"area": noised}, level=1)
    assert _list_left_out(found) == []
    assert [(area.code, area.silence, area.is_sure) for area in found.silent] == [("CC", Silence.NONE, False)]


def test_a_dimension_that_no_table_tells_is_not_compared(connection: Connection, campaign_id: int) -> None:
    found = find_missing(connection, campaign_id, {"disability": {"with": Estimate(5)}, "sex": _exact(F=5, M=5)})
    assert found.not_compared == ("disability",)
    assert list(found.comparisons) == ["sex"]
