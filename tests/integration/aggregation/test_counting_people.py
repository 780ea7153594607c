"""People are counted once: in one cell of each table, unknown senders and copies as one, and reports up to a cap."""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.count import Counts, count_month
from reporting.aggregation.cube import Cube, get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.estimate import make_shape
from reporting.aggregation.period import read_period
from reporting.disclosure.tables import Table
from tests.release_factory import SETTLED, TOPICS, World, make_world

_CONTEXT = CodeContext(
    {"water": "moderate", "road": "moderate", "violence": "severe"},
    {"forms": [{"code": "point", "questions": [{"code": "works", "choices": [{"code": "yes"}, {"code": "no"}]}]}]},
)


@pytest.fixture
def world(connection: Connection) -> World:
    return make_world(connection)


def _make_cube(world: World, **definition: object) -> Cube:
    given = {"cubes": {"incidents": {"measures": ["people", "reports", "incidents"], **definition}}}
    return get_cube("incidents", given, _CONTEXT, list_levels(world.connection, world.campaign_id))


def _count(world: World, cube: Cube) -> Counts:
    areas = read_areas(world.connection, world.campaign_id, cube)
    return count_month(
        world.connection, world.campaign_id, cube, areas, read_period("2026-11", "Asia/Kathmandu", SETTLED)
    )


def _sum(world: World, cube: Cube, counts: Counts, measure: str, *dimensions: str, level: int = 0) -> list[int]:
    shape = make_shape(cube, read_areas(world.connection, world.campaign_id, cube))
    return shape.sum_up(counts.values[measure], Table(level, dimensions), counts.cells).ravel().tolist()


def test_senders_whom_nobody_knows_are_one_person(world: World) -> None:
    world.add_reports([None] * 12)
    world.add_reports([1, 2])
    cube = _make_cube(world)
    counts = _count(world, cube)
    assert _sum(world, cube, counts, "people") == [3]
    assert _sum(world, cube, counts, "reports") == [3 + 1 + 1]
    assert _sum(world, cube, counts, "incidents") == [3]


def test_a_person_counts_in_the_cell_of_most_of_their_reports(world: World) -> None:
    for area in ("east", "west", "west"):
        world.add_report(1, area=area)
    world.add_report(2, topic="road")
    cube = _make_cube(world)
    counts = _count(world, cube)
    areas = read_areas(world.connection, world.campaign_id, cube)
    people = dict(zip(areas.codes[2], _sum(world, cube, counts, "people", level=2), strict=True))
    assert people == {"east": 1, "west": 1, "_U": 0}
    assert counts.lost_cells == 1
    assert _sum(world, cube, counts, "people", "topic") == [1, 1, 0, 0]


def test_an_incident_of_many_people_counts_once(world: World) -> None:
    one = world.add_incident()
    for sender in range(5):
        world.add_report(sender, incident_id=one)
    world.add_report(9)
    cube = _make_cube(world)
    assert _sum(world, cube, _count(world, cube), "incidents") == [2]


def test_a_topic_more_sensitive_than_its_cube_counts_as_other(world: World) -> None:
    world.add_report(1, topic="violence")
    world.add_report(2, topic=None)
    cube = _make_cube(world)
    assert cube.codes["topic"] == ("water", "road", "_O", "_U")
    assert _sum(world, cube, _count(world, cube), "people", "topic") == [0, 0, 1, 1]
    severe = _make_cube(world, sensitivity="severe", levels=[])
    assert severe.codes["topic"] == (*TOPICS, "_U")
    assert _sum(world, severe, _count(world, severe), "people", "topic") == [0, 0, 1, 1]


def test_profiles_and_answers_are_dimensions_and_measures(world: World) -> None:
    told = {
        1: ("F", "Y30T34", {"see": 3}, "yes"),
        2: ("F", "Y15T19", dict.fromkeys(("see", "hear", "walk", "cog", "self", "comm"), 1), "no"),
        3: (None, None, {"see": 1}, "yes"),
        4: ("M", "Y_GE65", {}, None),
    }
    for sender, (sex, age, difficulty, works) in told.items():
        report_id = world.add_report(sender)
        if works:
            change = "UPDATE report SET answers = CAST(:answers AS jsonb) WHERE id = :id"
            world.connection.execute(text(change), {"answers": json.dumps({"works": works}), "id": report_id})
        world.add_profile(sender, sex=sex, age=age, difficulty=difficulty)
    cube = _make_cube(
        world, dimensions=["sex", "age", "difficulty", "answer:point.works"], levels=[],
        measures=["people", "answer:point.works=yes"],
    )  # fmt: skip
    counts = _count(world, cube)
    assert dict(zip(cube.codes["sex"], _sum(world, cube, counts, "people", "sex"), strict=True)) == {
        "F": 2, "M": 1, "_O": 0, "_Z": 0, "_U": 1,
    }  # fmt: skip
    assert dict(zip(cube.codes["age"], _sum(world, cube, counts, "people", "age"), strict=True)) == {
        "Y0T14": 0, "Y15T24": 1, "Y25T64": 1, "Y_GE65": 1, "_Z": 0, "_U": 1,
    }  # fmt: skip
    assert _sum(world, cube, counts, "people", "difficulty") == [1, 1, 0, 2]
    assert _sum(world, cube, counts, "people", "answer:point.works") == [2, 1, 1]
    assert _sum(world, cube, counts, "answer:point.works") == [3]
    assert _sum(world, cube, counts, "answer:point.works=yes") == [2]


def test_the_version_of_a_profile_counts_that_was_in_force_at_the_report(world: World) -> None:
    world.add_report(1)
    for version, (sex, day) in enumerate((("M", 1), ("F", 5), ("_O", 20)), start=1):
        since = datetime(2026, 11, day, tzinfo=UTC)
        world.add_profile(1, sex=sex, age=None, difficulty={}, version=version, since=since)
    cube = _make_cube(world, dimensions=["sex"], levels=[])
    assert _sum(world, cube, _count(world, cube), "people", "sex")[:3] == [1, 0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_plain_program(world: World, seed: int) -> None:
    chance = random.Random(seed)
    incidents = [world.add_incident() for _ in range(30)]
    said: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for _ in range(300):
        sender, area, topic = chance.randrange(40), chance.choice(("east", "west")), chance.choice(("water", "road"))
        incident = chance.choice(incidents)
        world.add_report(sender, area=area, topic=topic, incident_id=incident)
        said[sender].append((area, topic, incident))
    cube = _make_cube(world)
    counts = _count(world, cube)
    most = {sender: max(Counter((area, topic) for area, topic, _ in each).values()) for sender, each in said.items()}
    assert sum(_sum(world, cube, counts, "people", level=2)) == len(said) == counts.people
    assert _sum(world, cube, counts, "reports") == [sum(min(number, 3) for number in most.values())]
    assert counts.quality["reports_of_person"] == {
        "1": sum(len(each) < 3 for each in said.values()),
        "3": sum(3 <= len(each) < 10 for each in said.values()),
        "10": sum(len(each) >= 10 for each in said.values()),
    }
