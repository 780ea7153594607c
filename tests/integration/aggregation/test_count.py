"""Whom and what a month counts: people once, in one cell; unknown senders and copies of one text as one person."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.count import Counts, count_month
from reporting.aggregation.cube import Cube, get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.estimate import make_shape
from reporting.aggregation.period import read_period
from tests.release_factory import SETTLED, World, make_world

TOPICS = {"water": "low", "road": "low", "violence": "severe"}


@pytest.fixture
def world(connection: Connection) -> Iterator[World]:
    return make_world(connection)


def count(world: World, month: str = "2026-11", measure: str = "people") -> dict[tuple[str, ...], int]:
    """The exact counts by area and topic, which are never published."""
    cube, counts = _count(world, month)
    areas = read_areas(world.connection, world.campaign_id, cube)
    places, topics = make_shape(cube, areas).unpack(counts.cells)
    return {
        (areas.codes[-1][place], cube.codes["topic"][topic]): int(value)
        for place, topic, value in zip(places, topics, counts.values[measure], strict=True)
        if value
    }


def _count(world: World, month: str = "2026-11") -> tuple[Cube, Counts]:
    levels = list_levels(world.connection, world.campaign_id)
    cube = get_cube("incidents", {}, CodeContext(TOPICS, {}), levels)
    areas = read_areas(world.connection, world.campaign_id, cube)
    period = read_period(month, "Asia/Kathmandu", SETTLED)
    return cube, count_month(world.connection, world.campaign_id, cube, areas, period)


def test_a_person_counts_once_in_the_cell_of_most_of_their_reports(world: World) -> None:
    for _ in range(3):
        world.add_report(1)
    for _ in range(2):
        world.add_report(1, area="west", topic="road")
    world.add_report(2, area="west", topic="road")
    assert count(world) == {("east", "water"): 1, ("west", "road"): 1}


def test_an_incident_with_many_reports_counts_once(world: World) -> None:
    one = world.add_incident()
    for sender in range(12):
        world.add_report(sender, incident_id=one if sender < 5 else None)
    assert count(world, measure="people") == {("east", "water"): 12}
    assert count(world, measure="incidents") == {("east", "water"): 8}


def test_months_are_those_of_the_campaigns_own_clock(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 14, tzinfo=UTC))  # 23:59 in Kathmandu
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 15, tzinfo=UTC), area="west")  # midnight
    assert count(world, "2026-10") == {("east", "water"): 10}
    assert count(world, "2026-11") == {("west", "water"): 10}
    assert count(world, "2026-09") == {}


def test_only_what_was_approved_counts_and_what_is_not_known_is_unknown(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, state="queued")
        world.add_report(sender, state="rejected")
        world.add_report(100 + sender, area=None)
        world.add_report(200 + sender, topic=None)
    assert count(world) == {("_U", "water"): 10, ("east", "_U"): 10}


def test_sensitive_reports_and_other_campaigns_do_not_count(world: World) -> None:
    world.add_reports(range(12))
    world.connection.execute(text("UPDATE report SET is_sensitive = true"))
    assert count(world) == {}
    world.connection.execute(text("UPDATE report SET is_sensitive = false"))
    world.connection.execute(text("UPDATE campaign SET slug = 'other' WHERE id = :id"), {"id": world.campaign_id})
    assert count(make_world(world.connection)) == {}


def test_a_topic_that_is_more_sensitive_than_the_cube_counts_as_other(world: World) -> None:
    world.add_report(1, topic="violence")
    assert count(world) == {("east", "_O"): 1}


def test_unknown_senders_are_one_person_together(world: World) -> None:
    world.add_reports([*range(8), *[None] * 50])
    assert count(world) == {("east", "water"): 9}


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
    assert count(world) == {("east", "water"): people}


def test_the_digest_of_what_was_counted_changes_with_it_alone(world: World) -> None:
    world.add_reports(range(12))
    first = _count(world)[1].digest
    assert _count(world)[1].digest == first
    world.add_report(50)
    assert _count(world)[1].digest != first
