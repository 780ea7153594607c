"""Coordinates in a text are read in the notations that people use, and nothing else is taken for them."""

import pytest

from geo.coordinate import find_coordinates

HAITI = (18.0, -74.5, 20.1, -71.6)


@pytest.mark.parametrize(
    "text",
    [
        "18.5879, -72.2691",
        "lat 18.5879 long -72.2691 near the school",
        "18.5879N 72.2691W",
        "N 18.5879 W 72.2691",
        "18°35'16.4&quot;N, 72°16'8.8&quot;W",
        "18° 35.274' N 72° 16.146' W",
        "-72.2691 18.5879",
        "18.5879, 72.2691",
        "18,5879 -72,2691",
    ],
)
def test_every_notation_means_the_same_point(text: str) -> None:
    found = find_coordinates(text, HAITI)
    assert found == (pytest.approx(18.5879, abs=2e-4), pytest.approx(-72.2691, abs=2e-4))


@pytest.mark.parametrize(
    "text",
    [
        "call 3724 5522 or 3724 5523",
        "Delmas 33 #198",
        "12/01/2010 16:53:10",
        "5.5 km from 12.25",
        "3.14 2.71",
        "",
        "18.58",
    ],
)
def test_other_numbers_are_no_coordinates(text: str) -> None:
    assert find_coordinates(text, HAITI) is None


def test_a_point_outside_the_campaign_is_not_believed() -> None:
    assert find_coordinates("50.226029, 5.729886", HAITI) is None
    assert find_coordinates("50.226029, 5.729886") == (50.226029, 5.729886)
