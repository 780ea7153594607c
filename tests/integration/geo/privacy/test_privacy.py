"""What is shown of a place never tells more than the threshold allows, and never more later than at first."""

from collections import defaultdict
from collections.abc import Iterable

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.privacy.obfuscation import COARSEST, FINEST, Need, Peopled, choose_area, draw_cell, find_drawn, locate_cell
from geo.privacy.public_locations import (
    PublicLocation,
    estimate_people,
    find_public_location,
    show_place,
)
from geo.tables import PublicKind
from tests.factories.moderation import Desk, make_desk

Point = tuple[float, float]
Report = tuple[int, Point]
POINTS = st.tuples(st.floats(18.0, 18.6), st.floats(-72.8, -72.2))
REPORTS = st.lists(st.tuples(st.integers(1, 12), POINTS), max_size=40)


def draw_all(reports: list[Report], need: Need, people_per_km2: float) -> tuple[list[str | None], set[str], list[int]]:
    """Reports as they come, each with what was drawn for it; the cells, and what each new cell held at first."""
    drawn: set[str] = set()
    shown: list[str | None] = []
    held: list[int] = []
    seen: list[Report] = []

    def count_people(cell: str) -> float:
        return float(people_per_km2 * h3.cell_area(cell, unit="km^2"))

    def list_reporters(cell: str) -> Iterable[Report]:
        return [report for report in seen if find_drawn(report[1], {cell}) is not None]

    for report in reports:
        seen.append(report)
        cell = draw_cell(report[1], 0, need, frozenset(drawn), count_people, list_reporters)
        shown.append(None if cell is None else cell.index)
        if cell is not None and cell.index not in drawn:
            drawn.add(cell.index)
            held.append(cell.held)
    return shown, drawn, held


@settings(max_examples=60, deadline=None)
@given(REPORTS, st.integers(2, 5))
def test_the_ground_that_a_cell_stands_for_holds_enough_reporters(reports: list[Report], least: int) -> None:
    shown, drawn, held = draw_all(reports, Need(people=0, reporters=least), 0)
    assert all(count >= least for count in held)
    by_cell: dict[str, set[int]] = defaultdict(set)
    for who, where in reports:
        own = find_drawn(where, drawn)
        if own is not None:
            by_cell[own].add(who)
    # Of what anybody can tell apart, by all cells together, nothing is of fewer than the threshold.
    assert all(len(by_cell[cell]) >= least for cell in drawn)
    for cell, (_, where) in zip(shown, reports, strict=True):
        assert cell is None or find_drawn(where, {cell}) is not None


@settings(max_examples=60, deadline=None)
@given(REPORTS, st.floats(1, 20_000), st.integers(100, 5_000))
def test_the_ground_that_a_cell_stands_for_holds_enough_people(
    reports: list[Report], density: float, least: int
) -> None:
    shown, drawn, held = draw_all(reports, Need(people=least, reporters=0), density)
    assert all(count >= least for count in held)
    assert None not in shown  # 86,800 km2 hold enough at any of these densities
    assert all(COARSEST <= h3.get_resolution(cell) <= FINEST for cell in drawn)


@settings(max_examples=60, deadline=None)
@given(REPORTS, REPORTS)
def test_more_reports_never_draw_anything_finer(before: list[Report], after: list[Report]) -> None:
    need = Need(people=0, reporters=3)
    first, early, _ = draw_all(before, need, 0)
    both, late, _ = draw_all(before + after, need, 0)
    assert both[: len(before)] == first
    assert early <= late
    for _, where in before:
        was = find_drawn(where, early)
        assert was is None or find_drawn(where, late) == was


@given(POINTS, st.floats(0, 50_000))
def test_a_place_is_never_shown_finer_than_it_is_known(point: Point, radius_m: float) -> None:
    cell = draw_cell(point, radius_m, Need(people=1), frozenset(), lambda _: 1e9, lambda _: ())
    assert cell is not None
    edge_m = 1_000 * h3.average_hexagon_edge_length(h3.get_resolution(cell.index), unit="km")
    assert edge_m >= radius_m
    lat, lon, reach_m = locate_cell(cell.index)
    assert h3.great_circle_distance(point, (lat, lon), unit="m") <= reach_m * 1.3


def test_a_need_of_nobody_is_refused() -> None:
    for people, reporters in ((0, 0), (-1, 5)):
        with pytest.raises(ValueError, match="hold somebody"):
            Need(people, reporters)


def test_an_area_holds_enough_beside_those_that_are_shown_by_themselves() -> None:
    commune, province = Peopled("C", 400, {}), Peopled("P", 9_000, {"C": 400, "D": 8_600})
    assert choose_area([Peopled("D", 8_600, {}), province], 1_000) == "D"
    assert choose_area([commune, province], 1_000) is None  # the province without D is C alone
    assert choose_area([commune, Peopled("P", 9_000, {"C": 400, "D": 700, "E": 7_900})], 1_000) == "P"
    assert choose_area([commune, province, Peopled("L", 50_000, {"P": 9_000})], 1_000) == "L"
    assert choose_area([Peopled("U", None, {})], 1) is None


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """A campaign with one square of 100,000 people; what is under test may do what the application may."""
    made = make_desk(connection)
    connection.execute(text("UPDATE area SET population = 100000 WHERE campaign_id = :id"), {"id": made.campaign_id})
    return made


def _middle(desk: Desk) -> Point:
    row = desk.connection.execute(
        text(
            "SELECT ST_Y(p), ST_X(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM area WHERE campaign_id = :id) AS a"
        ),
        {"id": desk.campaign_id},
    ).one()
    return float(row[0]), float(row[1])


def test_people_are_counted_by_the_ground_of_their_area(desk: Desk) -> None:
    lat, lon = _middle(desk)
    km2 = desk.connection.execute(
        text("SELECT ST_Area(geom::geography) / 1e6 FROM area WHERE campaign_id = :id"), {"id": desk.campaign_id}
    ).scalar_one()
    cell = h3.latlng_to_cell(lat, lon, 9)
    expected = 100_000 * h3.cell_area(cell, unit="km^2") / km2
    assert estimate_people(desk.connection, desk.campaign_id, cell) == pytest.approx(expected, rel=0.02)
    assert estimate_people(desk.connection, desk.campaign_id, h3.latlng_to_cell(-lat, lon + 90, 9)) == 0


def test_what_is_shown_is_drawn_once_and_stays(desk: Desk) -> None:
    point, reports = _middle(desk), [desk.add_report(), desk.add_report()]
    need = Need(people=500, reporters=0)
    first = show_place(desk.connection, desk.campaign_id, reports[0], point, 50, need, lambda _: ())
    assert first.kind == PublicKind.CELL
    assert estimate_people(desk.connection, desk.campaign_id, first.code) >= 500
    easier = Need(people=1, reporters=0)
    assert show_place(desk.connection, desk.campaign_id, reports[0], point, 50, easier, lambda _: ()) == first
    # A neighbour in the same cell takes it, though it alone would now be drawn finer.
    assert show_place(desk.connection, desk.campaign_id, reports[1], point, 50, easier, lambda _: ()) == first
    assert find_public_location(desk.connection, desk.campaign_id, reports[0]) == first


def test_where_too_few_live_only_the_campaign_is_told_and_that_stays_too(desk: Desk) -> None:
    point, report = _middle(desk), desk.add_report()
    args = (desk.connection, desk.campaign_id, report, point, 50.0)
    assert show_place(*args, Need(10**7, 0), lambda _: ()) == PublicLocation(PublicKind.CAMPAIGN, "")
    assert show_place(*args, Need(10, 0), lambda _: ()) == PublicLocation(PublicKind.CAMPAIGN, "")


def test_an_area_may_be_asked_for_and_a_moved_pin_is_drawn_anew(desk: Desk) -> None:
    point, report = _middle(desk), desk.add_report()
    shown = show_place(desk.connection, desk.campaign_id, report, point, 50, Need(1_000), lambda _: (), as_area=True)
    assert shown.kind == PublicKind.AREA
    away = (-point[0], point[1] + 90)
    moved = show_place(desk.connection, desk.campaign_id, report, away, 50, Need(1_000), lambda _: (), as_area=True)
    assert moved == PublicLocation(PublicKind.CAMPAIGN, "")
