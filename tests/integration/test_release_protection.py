"""No small group can be read out of a release, nor out of two of them side by side."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from reporting.aggregation.release import Built, build_release, make_release
from tests.release_factory import AREAS, LATER, NOVEMBER, OCTOBER, TOPICS, World, make_world

CELL = ("east", "water", "2026-11")
THRESHOLD = 10

Key = tuple[str, str, str]


@pytest.fixture
def world(connection: Connection) -> Iterator[World]:
    return make_world(connection)


def _build(world: World, period: str = "all") -> Built:
    return make_release(world.connection, world.campaign_id, "incidents", period, at=LATER)


GROUPS = st.lists(
    st.tuples(
        st.sampled_from(AREAS),
        st.sampled_from(TOPICS),
        st.sampled_from((NOVEMBER, OCTOBER)),
        st.integers(0, 14),  # the first sender
        st.integers(0, 14),  # how many
        st.integers(0, 3),  # reports of nobody known
    ),
    max_size=6,
)
STAGES = st.lists(st.tuples(GROUPS, st.integers(0, 12), st.sampled_from(("all", "2026", "2026-11"))), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stages=STAGES)
def test_no_cell_of_few_senders_has_a_value_and_none_shows_a_change_of_few(
    connection: Connection, stages: list[tuple[list[tuple[str, str, object, int, int, int]], int, str]]
) -> None:
    """Reports come, others are rejected, releases of changing periods are made: an own account is kept beside them."""
    savepoint = connection.begin_nested()
    world = make_world(connection)
    cells: dict[Key, dict[int, int | None]] = {}  # the sender of each report
    behind: dict[Key, dict[int, int | None]] = {}  # the same when the figure was last made anew
    for groups, rejections, period in stages:
        for area, topic, at, first, number, unknown in groups:
            for sender in [*range(first, first + number), *[None] * unknown]:
                report_id = world.add_report(sender, area=area, topic=topic, at=at)  # type: ignore[arg-type]
                cells.setdefault((area, topic, f"{at:%Y-%m}"), {})[report_id] = sender  # type: ignore[str-bytes-safe]
        for key in sorted(cells):
            for report_id in list(cells[key])[:rejections]:
                world.reject(report_id)
                del cells[key][report_id]
        shown = world.read_cells(_build(world, period).release_id)
        for key, value in shown.items():
            if value is None:
                assert len(set(cells[key].values())) < THRESHOLD
                assert key[1] != "violence"
                continue
            assert len(set(cells[key].values())) >= THRESHOLD
            changed = dict(cells[key].items() ^ behind.get(key, {}).items())
            if key not in behind or len(set(changed.values())) >= THRESHOLD:
                behind[key] = dict(cells[key])
            assert value == len(behind[key])
        visible = {key for key, senders in cells.items() if senders and key[2].startswith(period.replace("all", ""))}
        assert {key for key in visible if key[1] != "violence"} <= set(shown) <= visible
    savepoint.rollback()


def test_unknown_senders_are_one_sender_together(world: World) -> None:
    world.add_reports([*range(8), *[None] * 50])
    assert world.read_cells(_build(world).release_id) == {CELL: None}
    world.add_reports([8])
    assert world.read_cells(_build(world).release_id) == {CELL: 59}


def test_a_cell_that_reaches_ten_senders_appears_in_the_next_release(world: World) -> None:
    world.add_reports(range(9))
    waiting = world.add_report(9, state="queued")
    assert world.read_cells(_build(world).release_id) == {CELL: None}
    world.connection.execute(text("UPDATE report SET state = 'approved' WHERE id = :id"), {"id": waiting})
    assert world.read_cells(_build(world).release_id) == {CELL: 10}


def test_a_figure_keeps_its_value_until_ten_people_changed_it(world: World) -> None:
    world.add_reports(range(14))
    assert world.read_cells(_build(world).release_id) == {CELL: 14}
    for sender in range(14, 23):
        world.add_reports([sender])
        built = _build(world)
        assert built.kept == 1
        assert world.read_cells(built.release_id) == {CELL: 14}
    world.add_reports([23])
    assert world.read_cells(_build(world).release_id) == {CELL: 24}


def test_many_reports_of_one_sender_do_not_move_a_figure(world: World) -> None:
    world.add_reports(range(14))
    _build(world)
    world.add_reports([0] * 40)
    assert world.read_cells(_build(world).release_id) == {CELL: 14}


def test_reports_that_were_rejected_since_count_as_a_change_too(world: World) -> None:
    reports = world.add_reports(range(20))
    _build(world)
    for report_id in reports[:5]:
        world.reject(report_id)
    assert world.read_cells(_build(world).release_id) == {CELL: 20}
    for report_id in reports[5:10]:
        world.reject(report_id)
    assert world.read_cells(_build(world).release_id) == {CELL: 10}


def test_a_month_and_its_year_cannot_be_subtracted(world: World) -> None:
    world.add_reports(range(14))
    _build(world, "2026")
    world.add_reports([14])
    assert world.read_cells(_build(world, "2026-11").release_id) == {CELL: 14}
    assert world.read_cells(_build(world, "all").release_id) == {CELL: 14}


def test_links_made_since_are_shown_as_long_as_the_reports_are_the_same(world: World) -> None:
    reports = world.add_reports(range(12))
    assert world.read_cells(_build(world).release_id, "incidents") == {CELL: 12}
    one = world.add_incident()
    world.connection.execute(
        text("UPDATE report SET incident_id = :one WHERE id = ANY(:ids)"), {"one": one, "ids": reports[:5]}
    )
    assert world.read_cells(_build(world).release_id, "incidents") == {CELL: 8}


def test_in_a_delicate_topic_a_small_cell_is_not_even_mentioned(world: World) -> None:
    for sender in range(9):
        world.add_report(sender, topic="violence")
    assert world.read_cells(_build(world).release_id) == {}
    world.add_report(9, topic="violence")
    assert world.read_cells(_build(world).release_id) == {("east", "violence", "2026-11"): 10}


def test_the_members_of_suppressed_cells_stand_nowhere(world: World) -> None:
    world.add_reports(range(12))
    world.add_reports([1, 2], area="west")
    release_id = build_release(world.connection, world.campaign_id, "incidents", "all")
    areas = text("SELECT DISTINCT area_code FROM release_cell_report WHERE release_id = :id")
    assert list(world.connection.execute(areas, {"id": release_id}).scalars()) == ["east"]


@pytest.mark.parametrize(("dismissed", "value"), [("NULL", None), ("now()", "14")])
def test_copies_of_one_text_from_many_numbers_lift_no_cell_over_the_threshold(
    world: World, dismissed: str, value: str | None
) -> None:
    world.add_reports(range(2))
    copies = world.add_reports(range(100, 112))
    wave = text(
        "INSERT INTO duplicate_burst (campaign_id, figures, dismissed_at)"
        f" VALUES (:id, '{{}}', {dismissed}) RETURNING id"
    )
    wave_id = world.connection.execute(wave, {"id": world.campaign_id}).scalar_one()
    marking = text("UPDATE report SET duplicate_burst_id = :wave WHERE id = ANY(:ids)")
    world.connection.execute(marking, {"wave": wave_id, "ids": copies})
    release_id = _build(world).release_id
    query = text("SELECT value::int::text FROM release_cell WHERE release_id = :id AND measure = 'reports'")
    assert world.connection.execute(query, {"id": release_id}).scalar() == value
