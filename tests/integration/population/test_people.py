"""People by group come from the table that tells them best, and reporters are compared with them."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from reporting.bootstrap import Program
from reporting.models.population import Population
from reporting.population.load import LoadOptions, load_population
from reporting.population.people import AREA, find_margin
from reporting.population.representation import Estimate, Group, Verdict, compare_groups
from tests.conftest import ROOT, add_campaign

_DATA = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data"
_needs_census = pytest.mark.skipif(not _DATA.is_dir(), reason="the census tables are not beside this checkout")


def _add(connection: Connection, campaign_id: int, **values: object) -> None:
    row = {
        "campaign_id": campaign_id, "area_code": "AA", "area_level": 1, "sex": "_T", "age": "_T", "disability": "_T",
        "phone": "_T", "urban": "_T", "year": 2020, "source": "census", "method": "census", **values,
    }  # fmt: skip
    connection.execute(insert(Population).values(row))


def _add_area(connection: Connection, campaign_id: int, code: str, level: int = 1) -> None:
    connection.execute(
        text(
            "INSERT INTO area (campaign_id, level, code, name, source, geom)"
            " VALUES (:campaign_id, :level, :code, :code,"
            " 'test', ST_Multi(ST_MakeEnvelope(85, 27, 86, 28, 4326)))"
        ),
        {"campaign_id": campaign_id, "level": level, "code": code},
    )


def test_nothing_is_told_of_what_no_table_has(connection: Connection) -> None:
    campaign_id = add_campaign(connection)
    assert find_margin(connection, campaign_id, "sex") is None
    _add(connection, campaign_id, value=5)
    assert find_margin(connection, campaign_id, "sex") is None


def test_adults_are_preferred_then_the_latest_year(connection: Connection) -> None:
    campaign_id = add_campaign(connection)
    for year, source, age, value in (
        (2011, "old", "Y_GE15", 100), (2021, "new", "Y_GE15", 110), (2024, "model", "_T", 200)
    ):  # fmt: skip
        for sex, more in (("F", 0), ("M", 1)):
            _add(connection, campaign_id, year=year, source=source, age=age, sex=sex, value=value + more)
    found = find_margin(connection, campaign_id, "sex")
    assert found is not None
    assert (found.source, found.year, found.first_age, found.people) == ("new", 2021, 15, {"F": 110, "M": 111})
    everybody = find_margin(connection, campaign_id, "sex", first_age=0)
    assert everybody is not None
    assert (everybody.source, everybody.people) == ("model", {"F": 200, "M": 201})


def test_areas_of_a_level_that_are_no_longer_there_are_left_out(connection: Connection) -> None:
    campaign_id = add_campaign(connection)
    _add_area(connection, campaign_id, "AA")
    _add(connection, campaign_id, value=5)
    _add(connection, campaign_id, value=7, area_code="GONE")
    found = find_margin(connection, campaign_id, AREA, level=1)
    assert found is not None
    assert (found.people, found.first_age) == ({"AA": 5}, 0)
    assert find_margin(connection, campaign_id, AREA, level=2) is None


def test_owners_of_phones_are_counted_by_the_same_groups(connection: Connection) -> None:
    campaign_id = add_campaign(connection)
    for sex, people, owners in (("F", 100, 40), ("M", 90, 60)):
        _add(connection, campaign_id, sex=sex, age="Y_GE3", value=people)
        _add(connection, campaign_id, sex=sex, age="Y_GE3", phone="yes", value=owners)
    everybody = find_margin(connection, campaign_id, "sex")
    owners = find_margin(connection, campaign_id, "sex", is_of_owners=True)
    assert everybody is not None
    assert owners is not None
    assert (everybody.people, everybody.first_age) == ({"F": 100, "M": 90}, 3)
    assert owners.people == {"F": 40, "M": 60}


def test_a_table_of_some_areas_is_not_taken_for_the_country(connection: Connection) -> None:
    campaign_id = add_campaign(connection)
    for code in ("AA", "BB"):
        _add_area(connection, campaign_id, code)
        for sex in ("F", "M"):
            _add(connection, campaign_id, area_code=code, sex=sex, value=10)
    for sex in ("F", "M"):
        _add(connection, campaign_id, sex=sex, value=99, year=2024, source="pilot survey")
    found = find_margin(connection, campaign_id, "sex")
    assert found is not None
    assert (found.source, found.coverage, found.people) == ("census", 1.0, {"F": 20, "M": 20})


@_needs_census
def test_the_women_of_kenya_are_named_when_they_are_left_out(program: Program) -> None:
    with program.owner.begin() as connection:
        campaign_id = add_campaign(connection)
        for number in range(1, 48):
            _add_area(connection, campaign_id, f"KE{number:03}")
        path = _DATA / "kenya/population_adm1_sex_age.csv"
        load_population(connection, campaign_id, path, LoadOptions(), lambda _: None)
        sexes = find_margin(connection, campaign_id, "sex")
        ages = find_margin(connection, campaign_id, "age")
        counties = find_margin(connection, campaign_id, AREA, level=1)
    assert sexes is not None
    assert ages is not None
    assert counties is not None
    assert (sexes.first_age, ages.first_age, counties.first_age) == (15, 0, 15)
    assert sum(sexes.people.values()) == sum(counties.people.values())
    assert sum(ages.people.values()) - ages.people["Y0T14"] == sum(sexes.people.values())
    assert 47_000_000 < sum(ages.people.values()) < 47_600_000
    women, men = compare_groups(
        [Group("F", Estimate(3_800), sexes.people["F"]), Group("M", Estimate(6_200), sexes.people["M"])]
    )
    assert (women.verdict, men.verdict) == (Verdict.LEFT_OUT, Verdict.UNCLEAR)
