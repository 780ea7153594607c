"""Places, boundaries and lessons in a real PostGIS: loaded once however often, forgotten when asked, found again."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.errors import MissingColumn, SourceError
from geo.gazetteer.formats import read_places
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_places import load_places
from geo.gazetteer.place_types import radius_of
from geo.learned_placements import add_placement
from geo.resolver.geocode_csv import geocode_csv
from geo.resolver.locator import Locator, read_names
from geo.spatial_sql import (
    bump_gazetteer_version,
    find_extent,
    get_gazetteer_version,
    get_smallest_area_code,
    list_area_codes,
)
from geo.types import PlaceRow, Refusal
from tests.conftest import add_campaign, shared_data

ROWS = [
    PlaceRow("1", "Alpha", 10.5, 20.5, ("Alfa",), "town", 5000),
    PlaceRow("2", "Beta", 10.5, 21.5),
    Refusal(4, "no name"),
]


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


def _square(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


@pytest.fixture
def boundaries(tmp_path: Path) -> Path:
    """Two districts in one province; the second crosses itself."""
    bow_tie = [[[21, 10], [22, 11], [22, 10], [21, 11], [21, 10]]]
    features = [
        _feature("P1", "North", "", "", _square(20, 10, 22, 11)),
        _feature("D1", "West", "P1", "Wes", _square(20, 10, 21, 11)),
        _feature("D2", "East", "P1", "Es", bow_tie),
        _feature("", "Nameless", "P1", "", _square(0, 0, 1, 1)),
    ]
    for level, chosen in ((1, features[:1]), (2, features[1:])):
        document = {"type": "FeatureCollection", "features": chosen}
        (tmp_path / f"adm{level}.geojson").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def _feature(code: str, name: str, parent: str, other: str, rings: list[list[list[float]]]) -> dict[str, object]:
    properties = {"CODE": code, "ADM_EN": name, "ADM_HT": other, "PARENT": parent}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": rings}}


def _load_both(connection: Connection, campaign_id: int, folder: Path) -> None:
    load_areas(connection, campaign_id, folder / "adm1.geojson", level=1, code_field="CODE", name_field="ADM_EN")
    load_areas(
        connection, campaign_id, folder / "adm2.geojson", level=2, code_field="CODE", name_field="ADM_EN",
        parent_field="PARENT",
    )  # fmt: skip


def test_loading_places_again_adds_nothing_and_a_change_is_seen(connection: Connection, campaign_id: int) -> None:
    first = load_places(connection, campaign_id, ROWS, "test")
    assert (first.read, first.added, first.refused, first.refusals) == (3, 2, 1, [Refusal(4, "no name")])
    version = get_gazetteer_version(connection, campaign_id)
    again = load_places(connection, campaign_id, ROWS, "test")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert get_gazetteer_version(connection, campaign_id) == version
    moved = load_places(connection, campaign_id, [PlaceRow("2", "Beta", 10.6, 21.5)], "test")
    assert (moved.added, moved.changed) == (0, 1)
    assert get_gazetteer_version(connection, campaign_id) == version + 1


def test_one_id_of_two_sources_is_two_places(connection: Connection, campaign_id: int) -> None:
    load_places(connection, campaign_id, ROWS, "one")
    assert load_places(connection, campaign_id, ROWS, "two").added == 2


def test_an_id_given_twice_in_one_file_is_one_place(connection: Connection, campaign_id: int) -> None:
    assert load_places(connection, campaign_id, [ROWS[0], ROWS[0]], "test").added == 1


def test_a_place_without_a_known_point_does_not_widen_where_coordinates_are_believed(
    connection: Connection, campaign_id: int
) -> None:
    load_places(connection, campaign_id, [*ROWS, PlaceRow("0", "Lost", 0.0, 0.0)], "an older load")
    assert find_extent(connection, campaign_id) == (10.5, 20.5, 10.5, 21.5)


def test_a_larger_town_reaches_further() -> None:
    assert radius_of("place", 500) < radius_of("place", 50_000) < radius_of("place", 5_000_000)
    assert radius_of("hospital", None) < radius_of("admin2", None) < radius_of("country", None)


def test_an_invalid_polygon_is_repaired_and_counted(connection: Connection, campaign_id: int, boundaries: Path) -> None:
    counts = load_areas(
        connection, campaign_id, boundaries / "adm2.geojson", level=2, code_field="CODE", name_field="ADM_EN"
    )
    assert (counts.added, counts.repaired, counts.refused) == (2, 1, 1)
    assert counts.refusals == [Refusal(3, "no code or no name")]
    valid = connection.execute(
        text("SELECT bool_and(ST_IsValid(geom)) FROM area WHERE campaign_id = :c"), {"c": campaign_id}
    )
    assert valid.scalar() is True
    again = load_areas(
        connection, campaign_id, boundaries / "adm2.geojson", level=2, code_field="CODE", name_field="ADM_EN"
    )
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_a_field_that_is_not_there_is_named(connection: Connection, campaign_id: int, boundaries: Path) -> None:
    with pytest.raises(MissingColumn, match="no property PCODE, it has ADM_EN"):
        load_areas(
            connection, campaign_id, boundaries / "adm1.geojson", level=1, code_field="PCODE", name_field="ADM_EN"
        )


def test_points_get_the_codes_of_every_level_in_their_order(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    _load_both(connection, campaign_id, boundaries)
    codes = list_area_codes(connection, campaign_id, [(10.5, 20.5), (50.0, 50.0), (10.2, 21.9)])
    assert codes == [{1: "P1", 2: "D1"}, {}, {1: "P1", 2: "D2"}]
    assert [get_smallest_area_code(code) for code in codes] == ["D1", None, "D2"]
    assert list_area_codes(connection, campaign_id, []) == []


def test_another_campaign_sees_nothing(connection: Connection, campaign_id: int, boundaries: Path) -> None:
    _load_both(connection, campaign_id, boundaries)
    load_places(connection, campaign_id, ROWS, "test")
    assert list_area_codes(connection, campaign_id + 1, [(10.5, 20.5)]) == [{}]
    assert Locator.load(connection, campaign_id + 1).locate("Alpha") is None


def test_places_know_the_smallest_area_whichever_was_loaded_first(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    load_places(connection, campaign_id, ROWS[:1], "before")
    _load_both(connection, campaign_id, boundaries)
    load_places(connection, campaign_id, ROWS[:1], "after")
    found = connection.execute(text("SELECT area_code FROM place WHERE campaign_id = :c"), {"c": campaign_id})
    assert found.scalars().all() == ["D1", "D1"]


def test_the_version_grows_with_every_change(connection: Connection, campaign_id: int) -> None:
    before = get_gazetteer_version(connection, campaign_id)
    assert bump_gazetteer_version(connection, campaign_id) == before + 1
    assert bump_gazetteer_version(connection, campaign_id) == before + 2
    assert Locator.load(connection, campaign_id).version == before + 2
    assert get_gazetteer_version(connection, campaign_id + 1) == 0


def test_names_are_read_again_when_places_change_and_not_for_a_lesson(
    connection: Connection, campaign_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    monkeypatch.setattr("geo.resolver.locator.read_names", lambda *values: read.append(1) or read_names(*values))
    load_places(connection, campaign_id, ROWS, "places")
    first = Locator.load(connection, campaign_id)
    add_placement(connection, campaign_id, "the old mill", 10.7, 20.7, 200, "decision", "1")
    second = Locator.load(connection, campaign_id, first)
    assert len(read) == 1
    location = second.locate("at the old mill")
    assert location is not None
    assert (location.lat, location.lon) == pytest.approx((10.7, 20.7), abs=0.01)
    load_places(connection, campaign_id, [PlaceRow("3", "Gamma", 10.6, 20.9, (), "town", 900)], "more")
    third = Locator.load(connection, campaign_id, second)
    assert len(read) == 2
    assert [mention.name for mention in third.read_mentions("water in Gamma, Alpha", ())] == ["Gamma", "Alpha"]


def test_an_area_is_found_by_its_names_in_other_languages(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    document = json.loads((boundaries / "adm2.geojson").read_text())
    document["features"][0]["properties"] |= {"ADM_EN": "Westerland", "ADM_HT": "Lwesland"}
    (boundaries / "adm2.geojson").write_text(json.dumps(document))
    _load_both(connection, campaign_id, boundaries)
    location = Locator.load(connection, campaign_id).locate("nou nan Lwesland")
    assert location is not None
    assert (location.lat, location.lon) == (pytest.approx(10.5, abs=0.1), pytest.approx(20.5, abs=0.1))


def test_a_geocoded_file_keeps_its_rows_order_and_columns(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    _load_both(connection, campaign_id, boundaries)
    load_places(connection, campaign_id, ROWS, "test")
    src, out = boundaries / "in.csv", boundaries / "out.csv"
    src.write_bytes('\ufeffid,where,lat\r\n1,"Alpha, ""here""",x\r\n2,,y\r\n3,nothing known\r\n4,Beta,z\r\n'.encode())
    done: list[int] = []
    locator = Locator.load(connection, campaign_id)
    counts = geocode_csv(locator, connection, campaign_id, src, out, ["where"], done.append)
    assert counts == {"rows": 4, "located": 2}
    assert done == [4]
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = ["id", "where", "lat", "geo_lat", "lon", "radius_m", "confidence", "match", "area_code"]
    assert list(rows[0]) == header
    assert [(row["id"], row["where"], row["lat"]) for row in rows] == [
        ("1", 'Alpha, "here"', "x"), ("2", "", "y"), ("3", "nothing known", ""), ("4", "Beta", "z")
    ]  # fmt: skip
    assert [row["area_code"] for row in rows] == ["D1", "", "", "D2"]
    assert float(rows[0]["geo_lat"]) == pytest.approx(10.5)
    assert rows[1]["geo_lat"] == rows[1]["lon"] == rows[1]["confidence"] == rows[1]["match"] == ""


def test_a_geocoded_file_keeps_cells_without_a_header_and_empty_lines(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    load_places(connection, campaign_id, ROWS, "test")
    src, out = tmp_path / "in.csv", tmp_path / "out.csv"
    src.write_text("id,where\n1,Alpha,more,and more\n\n2\n", encoding="utf-8")
    counts = geocode_csv(Locator.load(connection, campaign_id), connection, campaign_id, src, out, ["where"])
    assert counts == {"rows": 2, "located": 1}
    with out.open(encoding="utf-8", newline="") as file:
        header, first, empty, last = csv.reader(file)
    assert header == ["id", "where", "lat", "lon", "radius_m", "confidence", "match", "area_code"]
    assert (first[:4], first[8:]) == (["1", "Alpha", "10.500000", "20.500000"], ["more", "and more"])
    assert (empty, last) == ([], ["2", *[""] * 7])


def test_a_region_that_is_named_gives_no_code_of_an_area_within(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    for level, name in ((1, "Nordania"), (2, "Westerland")):
        path = boundaries / f"adm{level}.geojson"
        document = json.loads(path.read_text())
        document["features"][0]["properties"]["ADM_EN"] = name
        path.write_text(json.dumps(document))
    _load_both(connection, campaign_id, boundaries)
    src, out = boundaries / "in.csv", boundaries / "out.csv"
    src.write_text('where\nNordania\nWesterland\n"Westerland, Nordania"\n')
    geocode_csv(Locator.load(connection, campaign_id), connection, campaign_id, src, out, ["where"])
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["area_code"] for row in csv.DictReader(file)] == ["P1", "D1", "D1"]


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"a,b\n1,2\n", MissingColumn), (b"", SourceError), (b"where\n\xff\xfe\x00\n", SourceError)],
)
def test_a_file_that_cannot_be_geocoded_leaves_no_output(
    connection: Connection, campaign_id: int, tmp_path: Path, content: bytes, error: type[SourceError]
) -> None:
    src, out = tmp_path / "in.csv", tmp_path / "out.csv"
    src.write_bytes(content)
    with pytest.raises(error):
        geocode_csv(Locator.load(connection, campaign_id), connection, campaign_id, src, out, ["where"])
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_the_real_boundaries_and_places_of_haiti_load(connection: Connection, campaign_id: int) -> None:
    shared = shared_data()
    if shared is None:
        pytest.skip("no shared data here")
    haiti = shared / "haiti"
    for level, code, name in ((1, "ADM1_PCODE", "ADM1_EN"), (2, "ADM2_PCODE", "ADM2_EN")):
        path = haiti / f"adm{level}.geojson"
        load_areas(connection, campaign_id, path, level=level, code_field=code, name_field=name, source="cod")
    for source in ("places.csv", "roads.geojson"):
        load_places(connection, campaign_id, read_places(haiti / source), source)
    locator = Locator.load(connection, campaign_id)
    expected = {"nou nan leyogan": "HT0121", "Jakmel": "HT0211", "gonayiv": "HT0511", "Rue Capois": "HT0111"}
    found = {words: locator.locate(words) for words in expected}
    points = [(place.lat, place.lon) for place in found.values() if place is not None]
    codes = list_area_codes(connection, campaign_id, points)
    assert dict(zip(found, map(get_smallest_area_code, codes), strict=True)) == expected


def test_the_extent_is_of_all_areas_else_of_places_that_lie_somewhere(
    connection: Connection, campaign_id: int, boundaries: Path
) -> None:
    nowhere = PlaceRow("3", "Nowhere", 0.0, 0.0)
    load_places(connection, campaign_id, [*ROWS[:2], nowhere], "test")
    connection.execute(text("UPDATE place SET geom = ST_SetSRID(ST_Point(0, 0), 4326) WHERE name = 'Nowhere'"))
    assert find_extent(connection, campaign_id) == (10.5, 20.5, 10.5, 21.5)
    load_areas(connection, campaign_id, boundaries / "adm2.geojson", level=2, code_field="CODE", name_field="ADM_EN")
    of_areas = connection.execute(text("SELECT ST_Extent(geom)::text FROM area")).scalar_one()
    south, west, north, east = find_extent(connection, campaign_id) or (0, 0, 0, 0)
    assert of_areas == f"BOX({west:g} {south:g},{east:g} {north:g})"
