"""An answer is no narrower and no surer than what it rests on: a region that is named, a pin that is known roughly."""

import pytest

from geo.distance import distance_m
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.locator import Locator
from geo.resolver.region_radius import IN_AREA
from geo.types import CONFIDENT_WITHIN_M, Location

TURKANA_M = 150_000.0
KENYA = [
    NamedThing("Turkana", (), 3.12, 35.6, TURKANA_M, "admin1", 926_976),
    NamedThing("Turkana Central", (), 3.2, 35.7, 30_000.0, "admin2", 180_000),
    NamedThing("Lodwar", (), 3.1191, 35.5973, 3_000.0, "town", 82_970),
    NamedThing("Kakuma", (), 3.7084, 34.8522, 2_000.0, "town", 60_000),
    NamedThing("Nakuru", (), -0.5, 36.0, 50_000.0, "admin1", 2_162_202),
    NamedThing("Nakuru", (), -0.2833, 36.0667, 6_000.0, "city", 570_674),
]


@pytest.fixture(scope="module")
def locator() -> Locator:
    placements = [LearnedPlacement("Turkana", 3.1190, 35.5970)] * 5 + [LearnedPlacement("Kakuma", 3.7080, 34.8520)] * 3
    return Locator(NameIndex(KENYA), LearnedPlacements(placements))


def _locate(locator: Locator, text: str) -> Location:
    location = locator.locate(text)
    assert location is not None
    return location


@pytest.mark.parametrize("text", ["Turkana", "hakuna maji Turkana", "no water in turkana since Monday"])
def test_a_region_is_as_wide_as_it_is_and_its_middle_no_sure_place(locator: Locator, text: str) -> None:
    location = _locate(locator, text)
    assert location.radius_m >= TURKANA_M
    assert location.confidence <= CONFIDENT_WITHIN_M / TURKANA_M
    assert location.is_guess
    assert location.level == 1
    assert location.reasons[-1] == IN_AREA


def test_of_an_area_and_the_one_around_it_the_smaller_one_counts(locator: Locator) -> None:
    location = _locate(locator, "Turkana Central, Turkana")
    assert 30_000 <= location.radius_m < TURKANA_M
    assert location.level == 2


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [("Kakuma", 3.7084, 34.8522), ("Kakuma, Turkana", 3.7084, 34.8522), ("Nakuru", -0.28, 36.07)],
)
def test_a_town_is_a_town_beside_its_region_and_by_one_name_with_it(
    locator: Locator, text: str, lat: float, lon: float
) -> None:
    location = _locate(locator, text)
    assert location.radius_m < 30_000
    assert location.level is None
    assert distance_m(location.lat, location.lon, lat, lon) < CONFIDENT_WITHIN_M


def test_a_pin_that_was_known_roughly_teaches_no_more_than_that() -> None:
    rough = [LearnedPlacement("shimo la tewa", -3.95, 39.75, 12_000.0)] * 2 + [
        LearnedPlacement("mtwapa creek", -3.94, 39.74, 300.0)
    ]
    locator = Locator(NameIndex(KENYA), LearnedPlacements(rough))
    location = _locate(locator, "shimo la tewa")
    assert location.radius_m >= 12_000
    assert location.is_guess
    assert location.level is None
    assert _locate(locator, "mtwapa creek").radius_m < 12_000


def test_one_rough_pin_among_good_ones_makes_them_no_worse() -> None:
    pins = [LearnedPlacement("shimo la tewa", -3.95, 39.75, radius_m) for radius_m in (200.0, 300.0, 12_000.0)]
    assert _locate(Locator(NameIndex(KENYA), LearnedPlacements(pins)), "shimo la tewa").radius_m < 5_000


def test_a_region_among_the_alternatives_is_as_wide_as_it_is() -> None:
    location = _locate(Locator(NameIndex(KENYA), LearnedPlacements([])), "Turkana or Nakuru")
    wide = [other for other in location.alternatives if other.kind == "admin1"]
    assert wide
    assert all(other.radius_m >= 50_000 for other in wide)
