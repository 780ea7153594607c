"""Whom and what a month counts: people once, in one cell; unknown senders and copies of one text as one person."""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.counting.count import count_month
from reporting.aggregation.counting.shard import Counts
from reporting.aggregation.cube import Cube, get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.errors import CubeError
from reporting.aggregation.estimate import make_shape
from reporting.aggregation.period import read_period
from reporting.disclosure.tables import Table
from tests.factories.release import SETTLED, TOPICS, World, make_world

_CONTEXT = CodeContext(
    {"water": "moderate", "road": "moderate", "violence": "severe"},
    {"forms": [{"code": "point", "questions": [{"code": "works", "choices": [{"code": "yes"}, {"code": "no"}]}]}]},
)


def _make_cube(world: World, **definition: object) -> Cube:
    given = {"cubes": {"incidents": {"measures": ["people", "reports", "incidents"], **definition}}}
    return get_cube("incidents", given, _CONTEXT, list_levels(world.connection, world.campaign_id))


def _count(world: World, cube: Cube, month: str = "2026-11") -> Counts:
    areas = read_areas(world.connection, world.campaign_id, cube)
    return count_month(world.connection, world.campaign_id, cube, areas, read_period(month, "Asia/Kathmandu", SETTLED))


def _sum(world: World, cube: Cube, counts: Counts, measure: str, *dimensions: str, level: int = 0) -> list[int]:
    shape = make_shape(cube, read_areas(world.connection, world.campaign_id, cube))
    return shape.sum_up(counts.values[measure], Table(level, dimensions), counts.cells).ravel().tolist()


def _list_cells(world: World, month: str = "2026-11") -> dict[tuple[str, ...], int]:
    """The exact counts of people by area and topic, which are never published."""
    cube = _make_cube(world)
    counts = _count(world, cube, month)
    areas = read_areas(world.connection, world.campaign_id, cube)
    places, topics = make_shape(cube, areas).unpack(counts.cells)
    return {
        (areas.codes[-1][place], cube.codes["topic"][topic]): int(value)
        for place, topic, value in zip(places, topics, counts.values["people"], strict=True)
        if value
    }


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
    assert _sum(world, cube, counts, "people", "topic") == [1, 1, 0, 0]


def test_an_incident_of_many_people_counts_once(world: World) -> None:
    one = world.add_incident()
    for sender in range(12):
        world.add_report(sender, incident_id=one if sender < 5 else None)
    cube = _make_cube(world)
    counts = _count(world, cube)
    assert _sum(world, cube, counts, "people") == [12]
    assert _sum(world, cube, counts, "incidents") == [8]


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


def test_a_person_counts_as_urban_where_their_report_lies(world: World) -> None:
    with pytest.raises(CubeError, match="nothing tells which areas are urban"):
        _count(world, _make_cube(world, dimensions=["urban"]))
    world.connection.execute(text("UPDATE area SET is_urban = code = 'east' WHERE level = 2"))
    for sender, area in enumerate(("east", "east", "west", None)):
        world.add_report(sender, area=area)
    cube = _make_cube(world, dimensions=["urban"], levels=[])
    assert cube.codes["urban"] == ("U", "R", "_U")
    assert _sum(world, cube, _count(world, cube), "people", "urban") == [2, 1, 1]


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


def test_months_are_those_of_the_campaigns_own_clock(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 14, tzinfo=UTC))  # 23:59 in Kathmandu
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 15, tzinfo=UTC), area="west")  # midnight
    assert _list_cells(world, "2026-10") == {("east", "water"): 10}
    assert _list_cells(world, "2026-11") == {("west", "water"): 10}
    assert _list_cells(world, "2026-09") == {}


def test_only_what_was_approved_counts_and_what_is_not_known_is_unknown(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, state="queued")
        world.add_report(sender, state="rejected")
        world.add_report(100 + sender, area=None)
        world.add_report(200 + sender, topic=None)
    assert _list_cells(world) == {("_U", "water"): 10, ("east", "_U"): 10}


def test_sensitive_reports_and_other_campaigns_do_not_count(world: World) -> None:
    world.add_reports(range(12))
    world.connection.execute(text("UPDATE report SET is_sensitive = true"))
    assert _list_cells(world) == {}
    world.connection.execute(text("UPDATE report SET is_sensitive = false"))
    world.connection.execute(text("UPDATE campaign SET slug = 'other' WHERE id = :id"), {"id": world.campaign_id})
    assert _list_cells(make_world(world.connection)) == {}


@pytest.mark.parametrize(("dismissed", "people"), [("NULL", 3), ("now()", 14)])
def test_the_senders_of_copies_of_one_text_are_one_person_unless_a_moderator_lets_them_count(
    world: World, dismissed: str, people: int
) -> None:
    world.add_reports(range(2))
    copies = world.add_reports(range(100, 112))
    burst = text(
        "INSERT INTO duplicate_burst (campaign_id, figures, dismissed_at)"
        f" VALUES (:id, '{{}}', {dismissed}) RETURNING id"
    )
    burst_id = world.connection.execute(burst, {"id": world.campaign_id}).scalar_one()
    marking = text("UPDATE report SET duplicate_burst_id = :burst WHERE id = ANY(:ids)")
    world.connection.execute(marking, {"burst": burst_id, "ids": copies})
    assert _list_cells(world) == {("east", "water"): people}


def test_the_digest_of_what_was_counted_changes_with_it_alone(world: World) -> None:
    world.add_reports(range(12))
    cube = _make_cube(world)
    first = _count(world, cube).digest
    assert _count(world, cube).digest == first
    world.add_report(50)
    assert _count(world, cube).digest != first
