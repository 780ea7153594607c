"""Before there are reports: how many figures so many people would show, and what to use instead."""

from sqlalchemy import Connection

from reporting.aggregation.expectation import advise, expect
from tests.factories.release import make_world


def test_forty_people_show_nothing_of_small_cells_and_ten_thousand_show_nearly_all(connection: Connection) -> None:
    world = make_world(connection)
    few = expect(connection, world.campaign_id, "incidents", 12)
    many = expect(connection, world.campaign_id, "incidents", 10_000)
    assert [each.level for each in few] == [0, 1, 2]
    assert sum(each.shown for each in few) < sum(each.shown for each in many)
    assert advise(many, 10_000) is None


def test_a_cube_of_too_many_cells_for_its_people_is_advised_against(connection: Connection) -> None:
    world = make_world(connection)
    world.define_cubes(
        {"small": {"dimensions": ["topic", "sex", "age"], "tables": [["topic", "sex", "age"]], "levels": [1, 2]}}
    )
    advice = advise(expect(connection, world.campaign_id, "small", 40), 40)
    assert advice == (
        "with 40 people a month this cube would show nothing: count by longer periods, or by nothing else"
    )
