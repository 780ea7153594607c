"""Grid references mean the point that they mean to a surveyor, in every zone of the globe."""

import random
from collections.abc import Iterator

import pytest
import utm

from geo.coordinates.utm_mgrs import GridPoint, find_grid_points, to_degrees
from geo.distance import distance_m

# Made once by Krueger's series of the sixth order (Karney 2011), good to nanometres: another way than the library's.
KNOWN = [
    ((18, True, 788_214.0, 2_057_424.0), (18.5879261394, -72.2691056281)),
    ((45, True, 335_000.5, 3_066_120.25), (27.7092895077, 85.3264606730)),
    ((36, False, 257_871.0, 9_857_520.0), (-1.2881236178, 30.8240277230)),
    ((33, True, 380_000.0, 8_700_000.0), (78.3241143411, 9.6813559505)),
    ((55, False, 600_000.0, 5_000_000.0), (-45.1463928762, 148.2720329603)),
]


@pytest.mark.parametrize(("grid", "point"), KNOWN)
def test_metres_become_degrees(grid: tuple[int, bool, float, float], point: tuple[float, float]) -> None:
    assert distance_m(*to_degrees(*grid), *point) < (0.002 if grid[0] != 33 else 0.05)


def list_places() -> Iterator[tuple[float, float]]:
    """Points of the whole grid, and more of where zones are wider or narrower: Norway, and Svalbard."""
    chance = random.Random(20)
    for south, north, west, east, count in (
        (-79.9, 83.9, -180, 180, 600),
        (56, 64, 0, 12, 200),
        (72, 83.9, 0, 42, 200),
    ):
        for _ in range(count):
            yield chance.uniform(south, north), chance.uniform(west, east)


def test_each_point_of_the_grid_is_found_again_to_five_centimetres_and_mostly_to_a_millimetre() -> None:
    for lat, lon in list_places():
        east_m, north_m, zone, band = utm.from_latlon(lat, lon)
        found = to_degrees(zone, band >= "N", east_m, north_m)
        off = abs((lon - (zone * 6 - 183) + 180) % 360 - 180)
        assert distance_m(*found, lat, lon) < (0.002 if off <= 3 else 0.05), (lat, lon)


def test_each_point_written_as_a_reference_is_found_to_a_metre() -> None:
    for lat, lon in list_places():
        east_m, north_m, zone, band = utm.from_latlon(lat, lon)
        (found, *_) = find_grid_points(f"{zone}{band} {east_m:.0f} {north_m:07.0f}")
        assert distance_m(found.lat, found.lon, lat, lon) < 1.0, (lat, lon, zone, band)


@pytest.mark.parametrize(
    "words", ["00Q 788214 2057424", "0Q 788214 2057424", "61Q 788214 2057424", "18I 788214 2057424"]
)
def test_there_are_sixty_zones_and_twenty_bands(words: str) -> None:
    assert list(find_grid_points(words)) == []


def test_a_zone_may_have_a_nought_in_front() -> None:
    assert list(find_grid_points("05Q 788214 2057424")) == list(find_grid_points("5Q 788214 2057424")) != []


@pytest.mark.parametrize(
    "words", ["18Q 100000 10000000", "1C 999999 9999999.999999999999", "60X 999999 99999999", "31N 100000 00000"]
)
def test_what_lies_outside_of_the_grid_is_no_error(words: str) -> None:
    assert all(isinstance(found, GridPoint) and abs(found.lat) <= 90 for found in find_grid_points(words))
