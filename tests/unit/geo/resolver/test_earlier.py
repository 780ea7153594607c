"""Of two places of one name, the one near a sender's earlier reports is meant; what the words say counts more."""

import numpy as np
import pytest

from geo.distance import distance_m
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.locator import Locator
from geo.resolver.sender_prior import REASON, get_odds

NORTH, SOUTH, ELSEWHERE = (28.8, 81.6), (27.2, 85.9), (26.5, 87.3)
PLACES = [
    NamedThing("Belbari", (), *NORTH, 1_500.0, "village", 3_000),
    NamedThing("Belbari", (), *SOUTH, 1_500.0, "village", 2_500),
    NamedThing("Dharan", (), 26.81, 87.28, 2_500.0, "town", 140_000),
]


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator(NameIndex(PLACES), LearnedPlacements([LearnedPlacement("Dharan bazaar", 26.81, 87.28)]))


@pytest.mark.parametrize(("home", "meant"), [(NORTH, NORTH), (SOUTH, SOUTH), ((27.25, 85.88), SOUTH)])
def test_of_two_places_of_one_name_the_one_near_is_meant_and_the_reason_says_so(
    locator: Locator, home: tuple[float, float], meant: tuple[float, float]
) -> None:
    location = locator.locate("no water in belbari", earlier=[ELSEWHERE, home])
    assert location is not None
    assert distance_m(location.lat, location.lon, *meant) < 2_000
    assert location.reasons[-1] == REASON
    unknown = locator.locate("no water in belbari")
    assert unknown is not None
    assert REASON not in unknown.reasons


def test_who_names_another_place_is_there(locator: Locator) -> None:
    location = locator.locate("no water in Dharan", earlier=[SOUTH])
    assert location is not None
    assert distance_m(location.lat, location.lon, 26.81, 87.28) < 2_000
    assert REASON not in location.reasons


def test_coordinates_need_no_earlier_place(locator: Locator) -> None:
    location = locator.locate("28.1234, 84.5678", earlier=[SOUTH])
    assert location is not None
    assert (location.lat, location.lon) == (28.1234, 84.5678)


def test_the_odds_fall_with_distance_and_never_forbid() -> None:
    home = PLACES[0]
    odds = get_odds(np.array([28.8, 28.89, 20.0]), np.array([81.6, 81.6, 81.6]), [(home.lat, home.lon)])
    assert odds[0] == 3.0
    assert odds[0] > odds[1] > odds[2] >= 1.0
