"""All cubes of a campaign share one budget: a draw that would exceed it is refused before anything is drawn."""

from datetime import timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bench.build import make_release
from reporting.aggregation import release
from reporting.aggregation.errors import BudgetSpent
from reporting.aggregation.ledger import read_ledger
from reporting.aggregation.publication import publish, withdraw_release
from reporting.aggregation.release import draft_release
from reporting.bootstrap import Program
from tests.factories.release import NOISE_KEY, NOVEMBER, OCTOBER, SETTLED, World, make_world

_CUBE: dict[str, Any] = {"dimensions": ["topic"], "levels": [1]}
_REVISED = SETTLED + timedelta(days=181)


@pytest.fixture
def world(connection: Connection) -> World:
    world = make_world(connection)
    world.add_reports(range(60))
    return world


def _name_cubes(world: World, *names: str, **changes: Any) -> None:
    world.define_cubes(dict.fromkeys(names, _CUBE | changes))


def test_a_third_cube_of_the_same_month_is_refused_before_anything_is_drawn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _name_cubes(world, "one", "two", "three")
    world.release(cube="one")
    world.release(cube="two")

    def draw(*_: object) -> NoReturn:
        raise AssertionError("nothing may be drawn")

    monkeypatch.setattr(release, "estimate_month", draw)
    with pytest.raises(BudgetSpent) as refused:
        world.release(cube="three")
    with pytest.raises(BudgetSpent):
        publish(world.connection, world.campaign_id, "three", "2026-11", NOISE_KEY, at=SETTLED)
    assert str(refused.value) == (
        "cube 'three' has no room in 2026-11: a draw of it spends 0.49 of protection, and of 2026-11 0.378 of 1.358 is"
        " left (spent by: one 0.49, two 0.49; all cubes together keep a guess about one person to 72 of 100). What was"
        " spent does not come back, under no name; there is room from 2026-12 on"
    )


def test_a_rehearsal_shows_what_would_be_and_why_it_is_refused(world: World) -> None:
    _name_cubes(world, "one", "two", "three")
    for cube in ("one", "two"):
        world.release(cube=cube)
    draft = draft_release(world.connection, world.campaign_id, "three", "2026-11", NOISE_KEY, at=SETTLED)
    assert isinstance(draft.refusal, BudgetSpent)
    assert draft.shown > 0


def test_a_cube_under_another_name_spends_the_same_budget(world: World) -> None:
    """Also when the first name is declared no more."""
    for name in ("one", "one-again"):
        _name_cubes(world, name)
        world.release(cube=name)
    _name_cubes(world, "one-once-more")
    with pytest.raises(BudgetSpent):
        world.release(cube="one-once-more")


def test_a_revision_counts(world: World) -> None:
    _name_cubes(world, "one", "two")
    world.release(cube="one")
    world.release(cube="one", at=_REVISED)
    with pytest.raises(BudgetSpent):
        world.release(cube="two", at=_REVISED)


def test_a_month_that_is_never_drawn_again_costs_nothing(world: World) -> None:
    costs = []
    for at in (SETTLED, _REVISED):
        costs.append(draft_release(world.connection, world.campaign_id, "incidents", "2026-11", NOISE_KEY, at=at).cost)
        world.release(at=at)
    draft = draft_release(world.connection, world.campaign_id, "incidents", "2026-11", NOISE_KEY, at=_REVISED)
    assert [round(cost, 6) for cost in (*costs, draft.cost)] == [0.49, 0.49, 0]


def test_a_withdrawn_release_and_one_that_waits_count(world: World) -> None:
    _name_cubes(world, "one", "two", "three")
    withdraw_release(world.connection, world.release(cube="one").release_id, "A mistake")
    world.add_report(77, topic="violence")
    built = publish(world.connection, world.campaign_id, "two", "2026-11", NOISE_KEY, at=SETTLED)
    assert built.is_waiting
    with pytest.raises(BudgetSpent):
        world.release(cube="three")


def test_weeks_count_in_their_months(world: World) -> None:
    _name_cubes(world, "flood", period="week", settling_days=0)
    for week in ("2026-W46", "2026-W47"):
        world.release(week, cube="flood")
    with pytest.raises(BudgetSpent, match="there is room from 2026-W50 on"):
        world.release("2026-W48", cube="flood")
    _name_cubes(world, "services")
    with pytest.raises(BudgetSpent):
        world.release(cube="services")


def test_a_year_draws_nothing_and_is_made_whatever_was_spent(world: World) -> None:
    _name_cubes(world, "one")
    world.release(cube="one")
    world.release(cube="one", at=_REVISED)
    before = read_ledger(world.connection, world.campaign_id)
    built = world.release("2026", cube="one", at=_REVISED)
    assert read_ledger(world.connection, world.campaign_id) == before
    policy = world.read_policy(built.release_id)
    assert (policy["best_guess_of_100"], policy["best_guess_all_of_100"]) == (72, 98)


def test_a_release_tells_the_promise_over_all_cubes_and_what_is_drawn_so_far(world: World) -> None:
    _name_cubes(world, "one", "two")
    policies = [world.read_policy(world.release(cube=cube).release_id) for cube in ("one", "two")]
    assert [policy["best_guess_of_100"] for policy in policies] == [72, 72]
    assert [policy["best_guess_drawn_of_100"] for policy in policies] == [63.7, 69.0]


def _set_caps(world: World, month: int) -> None:
    change = "UPDATE campaign SET settings = jsonb_set(settings, '{best_guess}', jsonb_build_object('month', :month))"
    world.connection.execute(text(change), {"month": month})


def test_a_cap_that_was_promised_is_not_raised_afterwards(world: World) -> None:
    world.add_reports(range(60), at=OCTOBER)
    _name_cubes(world, "one", "two")
    _set_caps(world, 65)
    world.release(cube="one")
    _set_caps(world, 80)
    with pytest.raises(BudgetSpent):
        world.release(cube="two")
    for cube in ("one", "two"):
        world.release("2026-10", cube=cube)


def test_a_sum_of_months_of_several_years_tells_what_the_years_spend_together(world: World) -> None:
    world.add_reports(range(60), at=NOVEMBER - timedelta(days=365))
    _name_cubes(world, "one")
    for month in ("2025-11", "2026-11"):
        world.release(month, cube="one")
    assert world.read_policy(world.release("all", cube="one").release_id)["best_guess_all_of_100"] == 100


@pytest.fixture
def stored(program: Program) -> tuple[Program, int]:
    """A campaign with two cubes and room for one of them, committed."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        _name_cubes(world, "one", "two")
        _set_caps(world, 65)
        campaign_id = world.campaign_id
    return program, campaign_id


def test_of_two_concurrent_draws_one_passes(stored: tuple[Program, int]) -> None:
    """The second waits for the first, however far that is, and then sees what it spent."""
    program, campaign_id = stored
    with program.app.begin() as first:
        make_release(first, campaign_id, "one", "2026-11", NOISE_KEY, SETTLED)
        with program.app.engine.connect() as second:
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                make_release(second, campaign_id, "two", "2026-11", NOISE_KEY, SETTLED)
    with pytest.raises(BudgetSpent), program.app.begin() as second:
        make_release(second, campaign_id, "two", "2026-11", NOISE_KEY, SETTLED)


def test_a_draft_from_before_another_draw_is_not_written(world: World) -> None:
    """Nothing but the ledger decides: what was checked when the figures were drafted is checked again."""
    _name_cubes(world, "one", "two", "three")
    draft = draft_release(world.connection, world.campaign_id, "three", "2026-11", NOISE_KEY, at=SETTLED)
    for cube in ("one", "two"):
        world.release(cube=cube)
    with pytest.raises(BudgetSpent):
        release.write_release(world.connection, draft)
