"""Several sources of one campaign: each is loaded again by itself, and what two of them have is one place."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_file import PlaceFile, load_file
from geo.gazetteer.load_names import list_geoname_ids, load_names
from geo.gazetteer.load_places import EmptySource, load_places
from geo.resolver.locator import Locator
from geo.search.autocomplete import search_places
from geo.spatial_sql import get_gazetteer_version, iterate_places
from geo.types import NameRow, PlaceRow, Refusal
from tests.conftest import add_campaign

GEONAMES = (
    PlaceRow("10", "Port-au-Prince", 18.54, -72.34, ("Port au Prince",), "city", 1_200_000, None, "geonames"),
    PlaceRow("11", "Delmas", 18.55, -72.30, (), "town", 380_000, None, "geonames"),
    PlaceRow("12", "Saint-Marc", 19.11, -72.69, (), "town", 60_000, None, "geonames"),
)
OSM = (
    PlaceRow("n1", "Pòtoprens", 18.545, -72.335, ("Port-au-Prince",), "city", None, None, "osm"),
    PlaceRow("w2", "Delmas", 18.551, -72.301, (), "road", None, 900.0, "osm"),
    PlaceRow("n3", "Saint Marc", 18.30, -72.40, (), "village", None, None, "osm"),
    PlaceRow("n4", "Saint-Marc", 19.10, -72.70, (), "hospital", None, None, "osm"),
)


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


def doubles(connection: Connection, campaign_id: int) -> list[tuple[str, str]]:
    query = text(
        "SELECT place.source_id, other.source_id FROM place JOIN place AS other ON other.id = place.same_as_id"
        " WHERE place.campaign_id = :id ORDER BY 1"
    )
    return [tuple(row) for row in connection.execute(query, {"id": campaign_id})]


def names(connection: Connection, campaign_id: int) -> dict[str, tuple[list[str], int]]:
    return {row[0]: (row[1], row[6]) for row in iterate_places(connection, campaign_id)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_thing_of_two_sources_is_one_place_with_the_names_of_both(
    connection: Connection, campaign_id: int, order: tuple[int, int]
) -> None:
    loads = [(GEONAMES, "geonames"), (OSM, "osm")]
    for number in order:
        load_places(connection, campaign_id, *loads[number])
    # A road is no town, 90 km away is another Saint-Marc, and a hospital is not the town it is called after.
    assert sorted(sum(doubles(connection, campaign_id), ())) == ["10", "n1"]
    known = list(iterate_places(connection, campaign_id))
    assert len(known) == len(GEONAMES) + len(OSM) - 1
    [capital] = [row for row in known if row[5] == "city"]
    assert {capital[0], *capital[1]} == {"Port-au-Prince", "Port au Prince", "Pòtoprens"}
    assert capital[6] == 1_200_000
    location = Locator.load(connection, campaign_id).locate("nou nan potoprens")
    assert location is not None
    assert (location.lat, location.lon) == (pytest.approx(18.54, abs=0.01), pytest.approx(-72.34, abs=0.01))


def test_loading_each_source_again_changes_nothing(connection: Connection, campaign_id: int) -> None:
    for rows, source in ((GEONAMES, "geonames"), (OSM, "osm")):
        load_places(connection, campaign_id, rows, source)
    before, version = doubles(connection, campaign_id), get_gazetteer_version(connection, campaign_id)
    for rows, source in ((OSM, "osm"), (GEONAMES, "geonames")):
        counts = load_places(connection, campaign_id, rows, source, is_replacing=True)
        assert (counts.added, counts.changed, counts.removed, counts.unchanged) == (0, 0, 0, len(rows))
    assert doubles(connection, campaign_id) == before
    assert get_gazetteer_version(connection, campaign_id) == version


def test_a_place_that_moves_away_is_its_own_again_and_comes_back(connection: Connection, campaign_id: int) -> None:
    load_places(connection, campaign_id, GEONAMES, "geonames")
    load_places(connection, campaign_id, OSM, "osm")
    away = [PlaceRow("10", "Port-au-Prince", 19.9, -72.34, (), "city", 1_200_000, None, "geonames")]
    assert load_places(connection, campaign_id, away, "geonames").changed == 1
    assert doubles(connection, campaign_id) == []
    load_places(connection, campaign_id, GEONAMES, "geonames")
    assert doubles(connection, campaign_id) in ([("10", "n1")], [("n1", "10")])


def test_three_sources_are_one_place_and_dropping_one_leaves_two(connection: Connection, campaign_id: int) -> None:
    third = [PlaceRow("x", "Port-au-Prince", 18.541, -72.341, ("Kapital",), "place")]
    for rows, source in ((GEONAMES, "geonames"), (OSM, "osm"), (third, "survey")):
        load_places(connection, campaign_id, rows, source)
    assert len(doubles(connection, campaign_id)) == 2
    without = load_places(connection, campaign_id, GEONAMES[1:], "geonames", is_replacing=True)
    assert (without.removed, without.unchanged) == (1, 2)
    assert len(doubles(connection, campaign_id)) == 1
    assert sum("Kapital" in (name, *others) for name, (others, _) in names(connection, campaign_id).items()) == 1


def test_one_id_of_one_scheme_is_one_place_whatever_it_is_called(connection: Connection, campaign_id: int) -> None:
    load_places(connection, campaign_id, GEONAMES, "dump")
    cities = [PlaceRow("12", "Sen Mak", 19.12, -72.70, (), "place", None, None, "geonames")]
    assert load_places(connection, campaign_id, cities, "cities").doubles == 1


def test_nothing_that_can_be_loaded_replaces_nothing(connection: Connection, campaign_id: int) -> None:
    load_places(connection, campaign_id, GEONAMES, "geonames")
    for rows in ([], [Refusal(1, "no name")]):
        with pytest.raises(EmptySource, match="nothing of geonames can be loaded"):
            load_places(connection, campaign_id, rows, "geonames", is_replacing=True)


@pytest.mark.parametrize("form", ["alternatenames", "pcodes"])
def test_a_name_that_the_database_cannot_keep_stops_no_list(
    connection: Connection, campaign_id: int, tmp_path: Path, form: str
) -> None:
    load_places(connection, campaign_id, GEONAMES, "geonames")
    path = tmp_path / "names.txt"
    if form == "alternatenames":
        path.write_text(f"1\t10\tht\tA\x00\n2\t10\tht\t{'x' * 9_000}\n3\t10\tht\tPòtoprens\n", encoding="utf-8")
    else:
        path.write_text(f"ADM1_PCODE,ADM1_EN\nHT\x00,A\nHT01,{'x' * 9_000}\nHT02,West\n", encoding="utf-8")
    counts = load_file(connection, campaign_id, PlaceFile(path, form), lambda _: None)
    assert [refusal.reason for refusal in counts.refusals[:2]] == [
        "a zero byte in a name, an id or a code", "a name, an id or a code of more than 300 characters"
    ]  # fmt: skip
    assert counts.added == (1 if form == "alternatenames" else 0)


def test_alternate_names_are_added_by_id_found_by_text_and_by_typing_and_dropped_again(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    load_places(connection, campaign_id, GEONAMES, "geonames")
    assert list_geoname_ids(connection, campaign_id) == {"10", "11", "12"}
    path = tmp_path / "alternateNamesV2.txt"
    path.write_text(
        "1\t12\tht\tSenmak\t1\t\t\t\n2\t10\tht\tKapitalla\t\t\t1\t\n3\t99\tht\tLwen\t\t\t\t\n", encoding="utf-8"
    )
    counts = load_file(connection, campaign_id, PlaceFile(path), lambda _: None)
    assert (counts.read, counts.added, counts.skipped) == (3, 2, 1)
    location = Locator.load(connection, campaign_id).locate("nou senmak")
    assert location is not None
    assert location.lat == pytest.approx(19.11, abs=0.01)
    assert [hit.name for hit in search_places(connection, campaign_id, "kapital")] == ["Port-au-Prince"]
    assert load_file(connection, campaign_id, PlaceFile(path), lambda _: None).unchanged == 2
    load_places(connection, campaign_id, GEONAMES, "geonames")
    assert names(connection, campaign_id)["Saint-Marc"][0] == ["Senmak"]
    kept = connection.execute(
        text("SELECT language, is_preferred, is_colloquial FROM alternate_name ORDER BY source_id")
    )
    assert [tuple(row) for row in kept] == [("ht", True, False), ("ht", False, True)]
    path.write_text("2\t10\tht\tKapitalla\t\t\t1\t\n", encoding="utf-8")
    again = load_file(connection, campaign_id, PlaceFile(path), lambda _: None, is_replacing=True)
    assert (again.unchanged, again.removed) == (1, 1)
    assert names(connection, campaign_id)["Saint-Marc"][0] == []
    assert search_places(connection, campaign_id, "senmak") == []


def test_pcodes_name_areas_and_an_unknown_code_is_refused_once(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    boundary = tmp_path / "adm1.geojson"
    boundary.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"C":"HT01","N":"West"},"geometry":'
        '{"type":"Polygon","coordinates":[[[-73,18],[-72,18],[-72,19],[-73,19],[-73,18]]]}}]}',
        encoding="utf-8",
    )
    load_areas(connection, campaign_id, boundary, level=1, code_field="C", name_field="N")
    rows: Sequence[NameRow] = [
        NameRow("HT01", "Lwès", "Lwès", 2, "ht"), NameRow("HT99", "A", "A", 3), NameRow("HT99", "B", "B", 4)
    ]  # fmt: skip
    for added in (1, 0):
        counts = load_names(connection, campaign_id, rows, "cod", of_areas=True)
        assert (counts.added, counts.refused) == (added, 1)
        assert counts.refusals == [Refusal(3, "no area with that P-code is loaded")]
    location = Locator.load(connection, campaign_id).locate("Lwès")
    assert location is not None
    assert location.name == "West"


def test_a_large_load_keeps_its_area_and_a_later_boundary_moves_it(connection: Connection, campaign_id: int) -> None:
    connection.execute(
        text(
            "INSERT INTO area (campaign_id, level, code, name, source, geom) VALUES (:id, 1, 'A', 'A', 't',"
            " ST_Multi(ST_MakeEnvelope(-73, 18, -72, 19, 4326)))"
        ),
        {"id": campaign_id},
    )
    load_places(connection, campaign_id, GEONAMES, "geonames")
    codes = connection.execute(
        text("SELECT source_id, area_code FROM place WHERE campaign_id = :id ORDER BY 1"), {"id": campaign_id}
    )
    assert [tuple(row) for row in codes] == [("10", "A"), ("11", "A"), ("12", None)]
