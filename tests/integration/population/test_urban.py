"""Urban areas are told from rural ones by their boundaries, else by the census, and their people are compared."""

import pytest
from sqlalchemy import Connection, insert, text

from reporting.models.population import Population
from reporting.population.people import find_margin
from reporting.population.urban import Localities, find_localities
from tests.conftest import add_campaign


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    return add_campaign(connection)


def _add_area(
    connection: Connection, campaign_id: int, code: str, level: int = 1, is_urban: bool | None = None
) -> None:
    statement = text(
        "INSERT INTO area (campaign_id, level, code, name, source, is_urban, geom) VALUES (:id, :level, :code, :code,"
        " 'test', :is_urban, ST_Multi(ST_MakeEnvelope(85, 27, 86, 28, 4326)))"
    )
    connection.execute(statement, {"id": campaign_id, "level": level, "code": code, "is_urban": is_urban})


def _add_people(connection: Connection, campaign_id: int, code: str, value: int, **codes: object) -> None:
    row = {
        "campaign_id": campaign_id, "area_code": code, "area_level": 1, "sex": "_T", "age": "_T", "disability": "_T",
        "phone": "_T", "urban": "_T", "year": 2020, "source": "census", "value": value, **codes,
    }  # fmt: skip
    connection.execute(insert(Population).values(row))


def test_an_area_is_urban_where_most_of_its_people_live_so(connection: Connection, campaign_id: int) -> None:
    for code, urban, rural in (("AA", 60, 40), ("BB", 10, 30), ("CC", 50, 50), ("DD", 0, 0)):
        _add_area(connection, campaign_id, code)
        for kind, value in (("U", urban), ("R", rural)):
            _add_people(connection, campaign_id, code, value, urban=kind, age="Y_GE6")
            _add_people(connection, campaign_id, code, value // 2, urban=kind, age="Y_GE6", phone="yes")
    _add_area(connection, campaign_id, "EE")
    _add_people(connection, campaign_id, "EE", 5, urban="U", age="Y_GE6")  # the other side is not told
    assert find_localities(connection, campaign_id) == Localities(1, {"AA": "U", "BB": "R", "CC": "R"})


def test_what_the_boundaries_say_goes_before_the_census(connection: Connection, campaign_id: int) -> None:
    for code, is_urban in (("AA", False), ("BB", None)):
        _add_area(connection, campaign_id, code, is_urban=is_urban)
        for kind, value in (("U", 60), ("R", 40)):
            _add_people(connection, campaign_id, code, value, urban=kind)
    assert find_localities(connection, campaign_id).codes == {"AA": "R", "BB": "U"}


def test_the_finest_level_counts_where_nearly_all_areas_are_known(connection: Connection, campaign_id: int) -> None:
    assert find_localities(connection, campaign_id) == Localities()
    _add_area(connection, campaign_id, "AA", is_urban=True)
    _add_area(connection, campaign_id, "AA1", level=2, is_urban=True)
    _add_area(connection, campaign_id, "AA2", level=2)
    assert find_localities(connection, campaign_id) == Localities(1, {"AA": "U"})
    connection.execute(text("UPDATE area SET is_urban = false WHERE code = 'AA2'"))
    assert find_localities(connection, campaign_id) == Localities(2, {"AA1": "U", "AA2": "R"})


def test_the_people_of_urban_areas_are_all_who_live_there(connection: Connection, campaign_id: int) -> None:
    assert find_margin(connection, campaign_id, "urban") is None
    for code, urban, rural in (("AA", 60, 40), ("BB", 10, 30), ("CC", 5, 20)):
        _add_area(connection, campaign_id, code)
        for kind, value in (("U", urban), ("R", rural)):
            _add_people(connection, campaign_id, code, value, urban=kind, age="Y_GE15")
            _add_people(connection, campaign_id, code, value // 2, urban=kind, age="Y_GE15", phone="yes")
    found = find_margin(connection, campaign_id, "urban")
    assert found is not None
    assert (found.dimension, found.people, found.first_age) == ("urban", {"U": 100, "R": 65}, 15)
    owners = find_margin(connection, campaign_id, "urban", is_of_owners=True)
    assert owners is not None
    assert owners.people == {"U": 50, "R": 32}
