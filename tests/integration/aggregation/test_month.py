"""A month is counted, frozen once, revised once, and added up to years."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from reporting.aggregation.errors import BadPeriod, CubeError, MonthFrozen, MonthOpen, NothingPublished
from reporting.aggregation.release import draft_release
from tests.factories.release import LATER, NOISE_KEY, OCTOBER, SETTLED, make_world


def test_a_month_is_refused_until_it_has_settled(connection: Connection) -> None:
    world = make_world(connection)
    world.add_reports(range(60))
    with pytest.raises(MonthOpen):
        world.release(at=LATER)
    draft = draft_release(connection, world.campaign_id, "incidents", "2026-11", NOISE_KEY, at=LATER)
    assert isinstance(draft.refusal, MonthOpen)
    assert draft.shown > 0


def test_a_frozen_month_is_not_drawn_again_before_its_revision(connection: Connection) -> None:
    world = make_world(connection)
    world.add_reports(range(60))
    first = world.release()
    world.add_reports(range(60, 70))
    with pytest.raises(MonthFrozen):
        world.release()
    second = world.release(at=SETTLED + timedelta(days=181))
    guesses = [world.read_policy(each.release_id)["best_guess_drawn_of_100"] for each in (first, second)]
    assert guesses == [63.7, 69.0]  # who is in both draws is protected less
    with pytest.raises(MonthFrozen):
        world.release(at=SETTLED + timedelta(days=900))
    assert first.release_id != second.release_id


def test_figures_are_near_the_counts_and_add_up(connection: Connection) -> None:
    world = make_world(connection)
    for sender in range(300):
        world.add_report(sender, area="east" if sender % 3 else "west", topic="water" if sender % 2 else "road")
    draft = draft_release(connection, world.campaign_id, "incidents", "2026-11", NOISE_KEY, at=SETTLED)
    estimates = {
        (figure.level, figure.area_code, figure.codes): figure.estimate
        for figure in draft.figures
        if figure.measure == "people"
    }
    assert abs(estimates[0, "_T", ("_T",)] / 1000 - 300) < 40
    assert abs(estimates[2, "east", ("_T",)] / 1000 - 200) < 40
    for level in (1, 2):
        for code in ("water", "road", "_T"):
            parts = sum(value for (at, _, codes), value in estimates.items() if at == level and codes == (code,))
            assert parts == estimates[0, "_T", (code,)]


def test_a_year_is_the_sum_of_its_published_months(connection: Connection) -> None:
    world = make_world(connection)
    with pytest.raises(NothingPublished):
        world.release("2026")
    world.add_reports(range(80))
    for sender in range(50):
        world.add_report(sender, at=OCTOBER)
    months = [world.release(period) for period in ("2026-10", "2026-11")]
    year = world.release("2026")
    rows = {
        release_id: {
            (row.area_code, tuple(row.codes), row.measure): row.estimate for row in world.read_rows(release_id)
        }
        for release_id in (*(built.release_id for built in months), year.release_id)
    }
    first, second, both = rows.values()
    assert both == {key: first[key] + second[key] for key in first}


def test_a_cube_of_an_emergency_is_counted_by_the_week_and_settles_in_days(connection: Connection) -> None:
    world = make_world(connection)
    with pytest.raises(BadPeriod, match="by month"):
        world.release("2026-W46")
    world.define_cubes({"flood": {"dimensions": ["topic"], "levels": [1], "period": "week", "settling_days": 3}})
    world.add_reports(range(70))
    with pytest.raises(MonthOpen, match="2026-11-18"):
        world.release("2026-W46", cube="flood", at=datetime(2026, 11, 17, tzinfo=UTC))
    built = world.release("2026-W46", cube="flood", at=datetime(2026, 11, 19, tzinfo=UTC))
    assert world.read_cells(built.release_id)["_T", "_T", "2026-W46"] in range(30, 111)
    assert world.read_cells(world.release("2026", cube="flood").release_id)["_T", "_T", "2026"] in range(30, 111)
    with pytest.raises(BadPeriod):
        world.release("2026-11", cube="flood")


def test_months_of_a_cube_that_was_defined_otherwise_are_not_added_up(connection: Connection) -> None:
    world = make_world(connection)
    world.add_reports(range(80))
    world.define_cubes({"services": {"dimensions": ["topic"], "levels": [1]}})
    world.release(cube="services")
    world.define_cubes({"services": {"dimensions": ["topic", "sex"], "levels": [1]}})
    with pytest.raises(CubeError, match="2026-11"):
        world.release("2026", cube="services")
