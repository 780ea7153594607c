"""Where and when an incident was: certain reports weigh more, one that is wrong moves nothing, nothing is invented."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import distance_m
from reporting.incidents.estimate import EstimatedTime, Place, estimate_place, estimate_time

HERE = (27.7, 85.3)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PLACES = st.builds(Place, st.floats(27, 28), st.floats(85, 86), st.floats(10, 20_000))


def at(north_m: float, radius_m: float) -> Place:
    return Place(HERE[0] + north_m / 111_195, HERE[1], radius_m)


def off_m(place: Place | None) -> float:
    assert place is not None
    return distance_m(*HERE, place.lat, place.lon)


def test_without_a_place_there_is_none() -> None:
    assert estimate_place([]) is None


def test_one_report_is_taken_at_its_word() -> None:
    assert estimate_place([at(0, 50)]) == at(0, 50)


def test_a_certain_report_weighs_more_than_a_vague_one() -> None:
    assert off_m(estimate_place([at(0, 50), at(400, 500)])) < 10


def test_one_report_that_is_wrong_by_kilometres_moves_nothing_however_certain_it_is() -> None:
    place = estimate_place([at(0, 100), at(40, 100), at(-40, 100), at(8_000, 10)])
    assert off_m(place) < 30
    assert place is not None
    assert place.radius_m < 100


def test_two_vague_ones_that_agree_outweigh_a_sharp_one_that_contradicts_both() -> None:
    assert off_m(estimate_place([at(0, 200), at(60, 200), at(5_000, 20)])) < 100


def test_two_sharp_places_that_contradict_each_other_make_a_wide_one() -> None:
    place = estimate_place([at(0, 50), at(3_000, 60)])
    assert place is not None
    assert place.radius_m > 2_800


def test_a_name_that_fifty_people_say_is_known_no_better_than_if_one_said_it() -> None:
    assert estimate_place([at(0, 2_000)] * 50) == at(0, 2_000)


def test_places_of_their_own_make_it_sharper() -> None:
    place = estimate_place([at(0, 100), at(30, 100), at(-30, 100), at(10, 100)])
    assert place is not None
    assert 45 < place.radius_m < 60


def test_both_sides_of_the_date_line_are_near_each_other() -> None:
    place = estimate_place([Place(-17, 179.9999, 50), Place(-17, -179.9999, 50)])
    assert place is not None
    assert abs(abs(place.lon) - 180) < 0.001


@given(st.lists(PLACES, min_size=1, max_size=20))
def test_the_order_of_the_reports_does_not_matter_and_the_place_lies_among_them(places: list[Place]) -> None:
    place, turned = estimate_place(places), estimate_place(places[::-1])
    assert place is not None
    assert turned is not None
    assert distance_m(place.lat, place.lon, turned.lat, turned.lon) < 1
    assert min(each.lat for each in places) - 1e-6 <= place.lat <= max(each.lat for each in places) + 1e-6
    assert place.radius_m >= 1


def test_where_nobody_says_a_time_it_is_when_it_was_first_reported() -> None:
    moments = [EstimatedTime(NOON + timedelta(hours=hours), None) for hours in (5, 0, 9)]
    assert estimate_time(moments) == EstimatedTime(NOON, None)
    assert estimate_time([]) is None


def test_a_time_that_is_said_counts_more_than_when_it_was_reported() -> None:
    moments = [EstimatedTime(NOON, None), EstimatedTime(NOON - timedelta(hours=3), 900.0)]
    assert estimate_time(moments) == EstimatedTime(NOON - timedelta(hours=3), 900)


def test_one_who_is_wrong_about_the_day_moves_nothing() -> None:
    said = [EstimatedTime(NOON + timedelta(minutes=minutes), 900.0) for minutes in (0, 5, 10)]
    moment = estimate_time([*said, EstimatedTime(NOON - timedelta(days=4), 60.0)])
    assert moment is not None
    assert abs((moment.at - NOON).total_seconds()) < 900
    assert moment.precision_s == pytest.approx(900)
