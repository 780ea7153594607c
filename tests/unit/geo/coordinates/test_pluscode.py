"""Plus Codes mean what the vectors that come with their specification say."""

import pytest

from geo.coordinates.plus_codes import PlusCode, decode, encode_pairs, find_codes, list_within, recover, recover_digits

# code, south, west, north, east: the values published with the specification
DECODED = [
    ("7FG49Q00+", 20.35, 2.75, 20.4, 2.8),
    ("7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225),
    ("7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225),
    ("7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813),
    ("8FVC2222+22", 47.0, 8.0, 47.000125, 8.000125),
    ("4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786),
    ("62G20000+", 0.0, -180.0, 1, -179),
    ("22222222+22", -90.0, -180.0, -89.999875, -179.999875),
    ("6VGX0000+", 0, 179, 1, 180),
    ("6FH32222+222", 1, 1, 1.000025, 1.00003125),
    ("CFX3X2X2+X2", 89.9998750, 1, 90, 1.0001250),
    ("84000000+", 30, -140, 50, -120),
    ("849VGJQF+VX7QR3J7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
]
# full code, near which point, what stands there
RECOVERED = [
    ("9C3W9QCJ2VX", 51.3701125, -1.217765625, "2VX"),
    ("9C3W9QCJ2VX", 51.3708675, -1.217765625, "CJ2VX"),
    ("9C3W9QCJ2VX", 51.3701125, -1.217010625, "CJ2VX"),
    ("9C3W9QCJ2VX", 51.3852125, -1.217765625, "9QCJ2VX"),
    ("9C3W9QCJ2VX", 51.3701125, -1.232865625, "9QCJ2VX"),
    ("8FJFW222", 42.899, 9.012, "22"),
    ("796RXG22", 14.95125, -23.5001, "22"),
    ("8FRCXGRFPM", 47.00, 8.55, "XGRFPM"),
    ("CFX2222222", 89.6, 0.0, "222222"),
    ("2CXXXXXXXX", -81.0, 0.0, "XXXXXXXX"),
]


@pytest.mark.parametrize(("code", "south", "west", "north", "east"), DECODED)
def test_a_full_code_is_its_cell(code: str, south: float, west: float, north: float, east: float) -> None:
    [found] = find_codes(f"we are at {code.lower()}, please")
    assert not found.missing
    area = decode(found.digits)
    assert (area.south, area.west, area.north, area.east) == pytest.approx((south, west, north, east), abs=1e-9)


@pytest.mark.parametrize(("full", "lat", "lon", "short"), RECOVERED)
def test_a_short_code_is_the_nearest_cell(full: str, lat: float, lon: float, short: str) -> None:
    assert recover_digits(short, len(full) - len(short), lat, lon) == full


@pytest.mark.parametrize(
    "text",
    ["8FWC2345+G", "8FWC2_45+G6", "8FWC2345+G6+", "8FWC2300+G6", "WC2300+", "G+", "+", "2345+67", "+509",
     "849VGJQF+VX7QR3U", "37245522 +33 6", "77C9HMVV + nou la", "wout 22MH +33 6", "XXXXXXXX+22"],
)  # fmt: skip
def test_what_is_no_code_is_not_taken_for_one(text: str) -> None:
    assert list(find_codes(text)) == []


def test_a_short_code_stands_for_every_cell_of_an_extent_it_may_mean() -> None:
    [code] = find_codes("HM2G+7W Gressier")
    assert code == PlusCode("HM2G7W", 4, 0, 7)
    assert list(find_codes("HM2G +7W Gressier")) == [PlusCode("HM2G7W", 4, 0, 8)]
    found = list_within(code, (18.0, -73.0, 20.0, -71.0), 9)
    assert len(found) == 4
    nearest = recover(code, 18.55, -72.52)
    assert nearest in found
    assert encode_pairs(*nearest.middle, 10).endswith("HM2G7W")
