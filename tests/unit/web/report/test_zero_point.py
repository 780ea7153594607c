"""Zeros from a device without a fix are no point, in whatever way they come."""

import math

import pytest

from channels.base.items import InboundMessage, find_point
from reporting.web.report.parse import read_point


@pytest.mark.parametrize(
    "point", [(0.0, 0.0), (-0.0, 0.0), (0.0001, -0.0001), (math.nan, 1.0), (1.0, math.inf), (91.0, 0.5), (0.5, -181.0)]
)
def test_zeros_and_what_is_not_on_the_globe_are_no_point(point: tuple[float, float]) -> None:
    assert find_point(*point) is None
    assert InboundMessage("id", None, None, "words", point=point).point is None
    assert read_point({"lat": str(point[0]), "lon": str(point[1])}) is None


@pytest.mark.parametrize("point", [(0.0, 32.5), (5.6, 0.0), (-0.2, 0.1), (27.7, 85.3)])
def test_the_equator_and_the_meridian_of_greenwich_are_inhabited(point: tuple[float, float]) -> None:
    assert InboundMessage("id", None, None, "words", point=point).point == point
    assert read_point({"lat": str(point[0]), "lon": str(point[1])}) == point
