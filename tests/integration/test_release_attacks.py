"""An attacker with every page, file and quality report of every release learns no suppressed cell.

What is told beside the cells is taken as equations: totals less what is shown, one release less the one before, a month
less its year. None of them may hold a suppressed cell nearer than its sign Q says: one to nine people.
"""

import json
import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation.quality import Bands
from reporting.aggregation.release import build_release, make_release
from reporting.publishing.export import export_release
from reporting.publishing.release_queries import get_release
from tests.release_factory import LATER, NOVEMBER, OCTOBER, World, make_world

THRESHOLD = 10
SEED = UUID(int=7)
# Told of the cells themselves: whoever has the file can count them.
OF_THE_CELLS = {"shown_reports", "suppressed_share"}


@pytest.fixture
def world(connection: Connection) -> World:
    made = make_world(connection)
    connection.execute(text("UPDATE campaign SET release_seed = :seed"), {"seed": SEED})
    add = text(
        "INSERT INTO area (campaign_id, level, code, name, source, geom) SELECT :id, 2, 'a' || n, 'A' || n, 'test',"
        " ST_Multi(ST_MakeEnvelope(84 + n / 100.0, 26, 84.01 + n / 100.0, 27, 4326)) FROM generate_series(1, 12) AS n"
    )
    connection.execute(add, {"id": made.campaign_id})
    return made


def release(world: World, period: str = "all") -> int:
    return make_release(world.connection, world.campaign_id, "incidents", period, at=LATER).release_id


def read_quality(world: World, release_id: int) -> dict[str, Any]:
    return get_release(world.connection, release_id).quality


def list_totals(quality: Mapping[str, Any], shown: int, hidden_cells: int) -> list[int]:
    """What would be left for the suppressed cells if any number that is told were the total of all reports."""
    numbers = [value for name, value in quality.items() if name not in OF_THE_CELLS and isinstance(value, int)]
    return [number - shown for number in numbers if hidden_cells <= number - shown < hidden_cells * THRESHOLD]


def test_no_total_less_what_is_shown_is_what_the_small_cells_hold(world: World) -> None:
    """Twenty reports in one area and twelve areas of one each: 32 less 20 over 12 cells was one person in each."""
    world.add_reports(range(20))
    for number in range(1, 13):
        world.add_report(100 + number, area=f"a{number}")
    release_id = release(world)
    cells = world.read_cells(release_id)
    assert sorted(str(value) for value in cells.values()) == ["20", *["None"] * 12]
    quality = read_quality(world, release_id)
    assert quality["approved"] is None
    assert quality["reporters"] is None
    assert quality["shown_reports"] == 20
    assert list_totals(quality, 20, 12) == []


@pytest.mark.parametrize("where", ["a1", "a2", None])
def test_two_releases_side_by_side_do_not_show_the_report_of_one_person(world: World, where: str | None) -> None:
    """Before, approved went from 32 to 33 and reporters with it."""
    world.add_reports(range(20))
    for number in range(1, 12):
        world.add_report(100 + number, area=f"a{number}")
    before = read_quality(world, release(world))
    world.add_report(200, area=where)
    after = read_quality(world, release(world))
    assert {name: value for name, value in after.items() if name not in OF_THE_CELLS} == {
        name: value for name, value in before.items() if name not in OF_THE_CELLS
    }


def test_a_month_and_its_year_cannot_be_subtracted_by_their_quality_reports(world: World) -> None:
    world.add_reports(range(20))
    for number in range(1, 4):
        world.add_report(100 + number, area=f"a{number}", at=OCTOBER)
    qualities = [read_quality(world, release(world, period)) for period in ("2026", "2026-11", "2026-10", "all")]
    for quality in qualities:
        assert (quality["approved"], quality["reporters"]) == (None, None)
    assert [quality["shown_reports"] for quality in qualities] == [20, 20, 0, 20]


def test_what_is_told_beside_the_cells_of_random_worlds_holds_none_of_them(world: World) -> None:
    """Releases one after the other, two reports more each time: no number equals a total of the hidden ones."""
    chance = random.Random(20261129)
    areas = ["east", "west", *(f"a{number}" for number in range(1, 13))]
    sender = 0
    for _ in range(20):
        for _ in range(chance.randrange(1, 12)):
            sender += 1
            at = NOVEMBER if chance.random() < 0.7 else OCTOBER
            world.add_report(sender, area=chance.choice(areas[:3] if chance.random() < 0.8 else areas), at=at)
        release_id = release(world, chance.choice(("all", "2026", "2026-11")))
        cells = world.read_cells(release_id)
        shown = sum(value for value in cells.values() if value is not None)
        hidden = sum(value is None for value in cells.values())
        quality = read_quality(world, release_id)
        assert quality["shown_reports"] == shown
        assert {quality["approved"], quality["reporters"]} == {None}
        assert list_totals(quality, shown, hidden) == []


def test_no_file_says_more_than_the_cells(world: World, tmp_path: Any) -> None:
    world.add_reports(range(20))
    for number in range(1, 13):
        world.add_report(100 + number, area=f"a{number}")
    release_id = release(world)
    document = json.loads(export_release(world.connection, release_id, "geojson", tmp_path)[0].read_text())
    assert document["release"]["quality"]["approved"] is None
    assert document["release"]["quality"]["shown_reports"] == 20


@pytest.mark.parametrize("state", ["queued", "rejected"])
def test_what_waits_or_was_rejected_never_moves_by_one(world: World, state: str) -> None:
    name = {"queued": "waiting", "rejected": "rejected"}[state]
    told = []
    for sender in range(60):
        world.add_report(sender, state=state)
        if sender % 3 == 0:
            told.append(read_quality(world, release(world))[name])
    values = sorted({value for value in told if value is not None})
    assert told[0] is None
    assert all(later - earlier >= 2 * THRESHOLD for earlier, later in pairwise(values))
    assert 2 <= len(values) <= 4


def test_where_a_step_begins_is_known_to_the_seed_alone() -> None:
    starts = set()
    for number in range(200):
        bands = Bands(UUID(int=number), "incidents/all", THRESHOLD)
        told = [bands.count("queued", count, count) for count in range(100)]
        starts.add(next(count for count, value in enumerate(told) if value is not None))
        assert all(value is None or abs(value - count) < 2 * THRESHOLD for count, value in enumerate(told))
    assert min(starts) >= THRESHOLD
    assert len(starts) > 5


def test_a_large_number_keeps_two_digits() -> None:
    bands = Bands(SEED, "incidents/all", THRESHOLD)
    told = bands.count("queued", 961_261, 50_000)
    assert told in (960_000, 970_000, 950_000)


def test_many_reports_of_one_person_are_told_by_no_number(world: World) -> None:
    for _ in range(80):
        world.add_report(1, state="queued")
        world.add_report(2, state="rejected")
    quality = read_quality(world, release(world))
    assert (quality["waiting"], quality["rejected"]) == (None, None)


def test_a_share_is_told_in_tenths_and_never_as_more_than_it_is() -> None:
    for number in range(50):
        bands = Bands(UUID(int=number), "incidents/all", THRESHOLD)
        for part in range(0, 401, 7):
            told = bands.share("placed", part, 400, 300)
            assert told is not None
            assert part / 400 - 0.2 <= told <= part / 400 + 1e-9
        assert bands.share("placed", 5, 9, 9) is None


def test_reports_that_give_no_time_are_left_out_of_the_lag_and_said_to_be(world: World) -> None:
    """Their time is that of their arrival: counted as no lag they made it nought."""
    for sender in range(60):
        report = world.add_report(sender)
        if sender < 30:
            world.connection.execute(
                text("UPDATE report SET occurred_at = :at, occurred_precision_s = 3600 WHERE id = :id"),
                {"id": report, "at": NOVEMBER - timedelta(hours=30)},
            )
    quality = read_quality(world, release(world))
    assert quality["report_lag_median_h"] == 48
    assert 0.3 <= quality["report_lag_known_share"] <= 0.5
    world.connection.execute(text("UPDATE report SET occurred_precision_s = NULL"))
    quality = read_quality(world, release(world))
    assert quality["report_lag_median_h"] is None
    assert quality["report_lag_known_share"] == 0


def test_a_median_is_a_rung_that_half_stay_below() -> None:
    for number in range(50):
        bands = Bands(UUID(int=number), "incidents/all", THRESHOLD)
        for value in (0, 0.4, 5, 11.9, 47, 100):
            told = bands.rung("lag", value, (1, 3, 6, 12, 24, 48, 96, 168), 40)
            assert told is not None
            assert told >= value
        assert bands.rung("lag", 9_999, (1, 3), 40) is None
        assert bands.rung("lag", None, (1, 3), 40) is None


def test_the_seed_is_nothing_that_the_public_role_or_a_file_has(world: World, tmp_path: Any) -> None:
    world.add_reports(range(12))
    release_id = build_release(world.connection, world.campaign_id, "incidents", "2026-11")
    assert str(SEED) not in export_release(world.connection, release_id, "geojson", tmp_path)[0].read_text()
    world.connection.execute(text("SET ROLE baraza_public"))
    may = world.connection.execute(
        text("SELECT has_column_privilege('baraza_public', 'campaign', 'release_seed', 'SELECT')")
    )
    assert may.scalar() is False
    world.connection.execute(text("RESET ROLE"))


def test_totals_that_an_old_release_has_are_told_no_more(world: World, tmp_path: Any) -> None:
    world.add_reports(range(20))
    old = release(world)
    told = {"approved": 32, "reporters": 32, "waiting": 1, "rejected": 0, "placed_share": 0.97, "topic_share": 1.0}
    world.connection.execute(text("RESET ROLE"))
    world.connection.execute(text("ALTER TABLE release DISABLE TRIGGER release_appended"))
    world.connection.execute(
        text("UPDATE release SET quality = CAST(:told AS jsonb) WHERE id = :id"), {"told": json.dumps(told), "id": old}
    )
    assert set(read_quality(world, old).values()) == {None}
    document = json.loads(export_release(world.connection, old, "geojson", tmp_path)[0].read_text())
    assert set(document["release"]["quality"].values()) == {None}
