"""Coordinates in the cells of tables, as people and programs write them."""

import pytest

from geo.coordinates.cells import CellPoint, read_cell, read_cells
from geo.gazetteer.parse_row import read_people


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("18.5108", "-72.6339"), ("18,5108", "-72,6339"), (" 18.5108 ", "−72.6339"), ("18.5108N", "72.6339 W"),
        ("18.5108°", "-72.6339°"), ("N 18.5108", "O 72.6339"), ("١٨٫٥١٠٨", "-٧٢٫٦٣٣٩"), ("१८.५१०८", "-७२.६३३९"),
        ("18°30'38.88\"N", "72°38'02.04\"W"), ("18º30’38.88” Nord", "72º38’02.04” Ouest"),
        ("18 30 38.88", "-72 38 02.04"),
        ("18°30.648'", "-72°38.034'"), ("18:30:38.88N", "72:38:02.04W"), ("18-30-38.88N", "72-38-02.04W"),
        ("'18.5108", "'-72.6339"), ("18˚30´38.88˝N", "72˚38´02.04˝W"),
       ("72.6339W", "18.5108N"), ("Lat 18.5108", "Lon -72.6339"), ("18° 30' 38.88\"", "-72° 38' 2.04\""),
    ],
)  # fmt: skip
def test_two_cells_are_a_point(lat: str, lon: str) -> None:
    point = read_cells(lat, lon)
    assert (point.lat, point.lon) == pytest.approx((18.5108, -72.6339), abs=1e-6)
    assert point.find_fault() is None


@pytest.mark.parametrize(
    "cell",
    [
        "18.5108 -72.6339 0 5", "18.5108, -72.6339", "18.5108,-72.6339", "18,5108 -72,6339", "18,5108;-72,6339",
        "POINT(-72.6339 18.5108)", "SRID=4326;POINT Z (-72.6339 18.5108 3)", "(18.5108; -72.6339)",
        "N 18.5108 W 72.6339", "lat 18.5108 lon -72.6339", "geo:18.5108,-72.6339;u=35",
        "https://maps.google.com/?q=18.5108,-72.6339", "18°30'38.88\"N, 72°38'02.04\"W",
        "18°30'38.88\"N 72°38'02.04\"W", "72.6339W 18.5108N",
    ],
)  # fmt: skip
def test_one_cell_is_a_point(cell: str) -> None:
    point = read_cell(cell)
    assert (point.lat, point.lon) == pytest.approx((18.5108, -72.6339), abs=1e-6)


@pytest.mark.parametrize("cell", ["", "north", "nan", "inf", "1e400", "18°70'N", "1_8.5", "18.5.3", "x" * 10_000, "-"])
def test_what_is_no_number_of_degrees_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_cells(cell, "1")
    with pytest.raises(ValueError, match="not a"):
        read_cell(cell)


def test_what_is_out_of_range_is_told_and_whether_the_two_may_be_exchanged() -> None:
    assert CellPoint(-122.4, 37.7).find_fault() == "out of range: are the two exchanged?"
    assert CellPoint(91, 181).find_fault() == "out of range"


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("134.190", 134_190), ("134'190", 134_190), ("134\u202f190", 134_190), ("134 190", 134_190),
        ("134,190", 134_190), ("134190.0", 134_190), ("134,190.00", 134_190), ("134.190,0", 134_190),
        ("'134190", 134_190),
        ("1.234.567", 1_234_567), ("0", None), ("", None), ("many", None), ("-5", None),
    ],
)  # fmt: skip
def test_people_are_counted_whatever_parts_their_thousands(cell: str, people: int | None) -> None:
    assert read_people(cell) == people
