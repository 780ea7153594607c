"""Files of places as they are downloaded: each form is told from the file and read with its names, kinds and reach."""

import json
import zipfile
from pathlib import Path

import numpy as np
import osmium
import pyogrio
import pytest
import shapely
from openpyxl import Workbook
from osmium.osm.mutable import Node, Relation, Way
from shapely import LineString, Point

from geo.errors import SourceError
from geo.gazetteer.formats import guess_form, read_names, read_places
from geo.gazetteer.load_file import name_source
from geo.types import NameRow, PlaceRow, Refusal

DUMP = (
    "3718420\tOunaminthe\tOunaminthe\tWanament,Juana Mendez\t19.55\t-71.72\tP\tPPLA2\tHT" + "\t" * 6 + "10118\t\t\t\t\n"
)


def places(path: Path, **options: str) -> dict[str, PlaceRow]:
    return {row.name: row for row in read_places(path, **options) if isinstance(row, PlaceRow)}


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """A small town as an extract of OpenStreetMap."""
    path = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        points = [(-72.30, 18.50), (-72.30, 18.51), (-72.30, 18.52), (-72.28, 18.50), (-72.28, 18.52), (-72.29, 18.51)]
        tags = [{}, {}, {}, {}, {}, {"name": "Vil", "place": "town", "name:fr": "Ville", "alt_name": "Lavil;Bouk"}]
        for number, (location, tag) in enumerate(zip(points, tags, strict=True), 1):
            writer.add_node(Node(id=number, location=location, tags=tag))
        writer.add_node(Node(id=7, location=(-72.31, 18.51), tags={"name": "A bench", "amenity": "bench"}))
        street = {"highway": "residential", "name": "Rue Une"}
        writer.add_way(Way(id=1, nodes=[1, 2], tags=street))
        writer.add_way(Way(id=2, nodes=[2, 3], tags=street))
        writer.add_way(Way(id=3, nodes=[1, 4, 5, 3], tags={}))
        writer.add_way(Way(id=4, nodes=[1, 4, 5, 3, 1], tags={"amenity": "hospital", "name": "Lopital"}))
        writer.add_way(Way(id=5, nodes=[90, 91], tags=street | {"name": "Elsewhere"}))
        border = {"boundary": "administrative", "admin_level": "8", "name": "Komin", "type": "boundary"}
        members = [("w", 1, "outer"), ("w", 2, "outer"), ("w", 3, "outer"), ("n", 6, "admin_centre")]
        writer.add_relation(Relation(id=1, members=members, tags=border))
        writer.add_relation(Relation(id=2, members=[("w", 99, "outer")], tags=border | {"name": "Far"}))
    return path


def test_an_osm_extract_gives_places_streets_and_areas(extract: Path) -> None:
    assert guess_form(extract) == "osm"
    found = places(extract)
    assert set(found) == {"Vil", "Rue Une", "Lopital", "Komin"}
    assert (found["Vil"].kind, found["Vil"].source_id, found["Vil"].names) == ("town", "n6", ("Ville", "Lavil", "Bouk"))
    assert (found["Rue Une"].kind, found["Rue Une"].source_id) == ("road", "w1")
    assert found["Rue Une"].radius_m == pytest.approx(890, rel=0.05)
    assert (found["Lopital"].kind, found["Lopital"].source_id) == ("hospital", "w4")
    assert (found["Komin"].kind, found["Komin"].lat, found["Komin"].lon) == ("area", 18.51, -72.29)
    assert found["Komin"].radius_m == pytest.approx(1_225, rel=0.1)
    assert [row for row in read_places(extract) if isinstance(row, Refusal)] != []


def test_a_relation_across_the_antimeridian_has_its_middle_on_it(tmp_path: Path) -> None:
    path = tmp_path / "strait.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, location in enumerate([(179.0, -17.0), (-179.4, -17.0), (-179.4, -16.0), (179.0, -16.0)], 1):
            writer.add_node(Node(id=number, location=location, tags={}))
        writer.add_way(Way(id=1, nodes=[1, 2, 3, 4, 1], tags={}))
        tags = {"type": "boundary", "boundary": "administrative", "admin_level": "6", "name": "Cakaudrove"}
        writer.add_relation(Relation(id=1, members=[("w", 1, "outer")], tags=tags))
    [place] = read_places(path)
    assert isinstance(place, PlaceRow)
    assert (place.lat, place.lon) == pytest.approx((-16.5, 179.8))
    assert place.radius_m == pytest.approx(81_500, rel=0.02)


@pytest.mark.parametrize(
    "name", ["broken.osm.pbf", "broken.shp", "broken.gpkg", "broken.zip", "broken.xlsx", "broken.gz"]
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 nothing of that kind" * 20)
    with pytest.raises(SourceError) as error:
        list(read_places(path))
    assert "\n" not in str(error.value)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize("name", ["HT.txt", "HT.zip"])
def test_a_geonames_dump_is_read_as_it_is_downloaded(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "about\n" * 500)
            archive.writestr("HT.txt", DUMP)
    else:
        path.write_text(DUMP, encoding="utf-8")
    assert (guess_form(path), name_source(path)) == ("geonames", "HT")
    assert list(read_places(path)) == [
        PlaceRow("3718420", "Ounaminthe", 19.55, -71.72, ("Wanament", "Juana Mendez"), "town", 10118, None, "geonames")
    ]


def test_alternate_names_keep_language_and_flags_and_leave_links_out(tmp_path: Path) -> None:
    path = tmp_path / "alternateNamesV2.txt"
    path.write_text(
        "1\t10\tht\tPòtoprens\t1\t\t\t\t\t\n2\t10\tlink\thttps://example.org\t\t\t\t\n3\t10\tfr_1793\tPort-Républicain\t"
        "\t1\t\t1\t1793\t1804\n4\t99\ten\tFar away\t\t\t\t\t\t\nbroken\n",
        encoding="utf-8",
    )
    assert guess_form(path) == "alternatenames"
    rows = list(read_names(path, "alternatenames", {"10"}))
    assert rows == [
        NameRow("10", "1", "Pòtoprens", 1, "ht", is_preferred=True),
        None,
        NameRow("10", "3", "Port-Républicain", 3, "fr_1793", is_short=True, is_historic=True),
        None,
        Refusal(5, "1 columns instead of 4 to 10"),
    ]


def _write(path: Path, crs: str | None, shapes: list[shapely.Geometry], names: list[str], driver: str) -> Path:
    pyogrio.raw.write(
        str(path), shapely.to_wkb(np.array(shapes)), [np.array(names, dtype=object)], ["NOM"], driver=driver, crs=crs,
        geometry_type=shapes[0].geom_type, encoding="UTF-8",
    )  # fmt: skip
    return path


@pytest.mark.parametrize(("suffix", "driver"), [("shp", "ESRI Shapefile"), ("gpkg", "GPKG")])
def test_shapes_in_metres_come_to_degrees(tmp_path: Path, suffix: str, driver: str) -> None:
    # Port-au-Prince in UTM zone 18 north
    path = _write(tmp_path / f"a.{suffix}", "EPSG:32618", [Point(782_000, 2_053_000)], ["Pòtoprens"], driver)
    found = places(path, kind="town")["Pòtoprens"]
    assert (found.lat, found.lon) == (pytest.approx(18.549, abs=0.01), pytest.approx(-72.328, abs=0.01))
    assert found.kind == "town"


def test_a_zipped_shapefile_is_read_and_one_without_its_system_refused(tmp_path: Path) -> None:
    line = LineString([(-72.30, 18.50), (-72.30, 18.52)])
    path = _write(tmp_path / "roads.shp", "EPSG:4326", [line], ["Rue Une"], "ESRI Shapefile")
    with zipfile.ZipFile(tmp_path / "roads.zip", "w") as archive:
        for part in tmp_path.glob("roads.*"):
            if part.suffix != ".zip":
                archive.write(part, f"inner/{part.name}")
    found = places(tmp_path / "roads.zip", name_field="NOM")["Rue Une"]
    assert found.radius_m == pytest.approx(890, rel=0.05)
    path.with_suffix(".prj").unlink()
    assert set(places(path)) == {"Rue Une"}
    metres = _write(tmp_path / "m.shp", None, [Point(782_000, 2_053_000)], ["Far"], "ESRI Shapefile")
    with pytest.raises(SourceError, match="no coordinate system given"):
        list(read_places(metres))


def test_a_file_with_two_layers_asks_which(tmp_path: Path) -> None:
    path = _write(tmp_path / "two.gpkg", "EPSG:4326", [Point(1, 2)], ["One"], "GPKG")
    pyogrio.raw.write(
        str(path), shapely.to_wkb(np.array([Point(3, 4)])), [np.array(["Two"], dtype=object)], ["NOM"], driver="GPKG",
        crs="EPSG:4326", geometry_type="Point", layer="second", append=True,
    )  # fmt: skip
    with pytest.raises(SourceError, match="say which with --layer"):
        list(read_places(path))
    assert set(places(path, layer="second")) == {"Two"}
    with pytest.raises(SourceError, match="no layer third, it has two, second"):
        list(read_places(path, layer="third"))


def test_a_list_of_facilities_is_known_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "health.csv"
    path.write_text(
        "Facility Name;Facility Type;Y;X;MFL Code\n#loc +name;#loc +type;#geo +lat;#geo +lon;#loc +code\n"
        "Hôpital Saint-Michel;Hôpital départemental;18,54;-72,34;A1\nBon Sante;Dispensaire;18.5;-72.3;A2\n"
        "Nowhere;Clinic;;;A3\nOdd;Public;18.6;-72.3;A4\n",
        encoding="utf-8",
    )
    rows = list(read_places(path))
    assert [(row.source_id, row.kind, row.lat) for row in rows if isinstance(row, PlaceRow)] == [
        ("A1", "hospital", 18.54), ("A2", "clinic", 18.5), ("A4", "clinic", 18.6)
    ]  # fmt: skip
    assert [row for row in rows if isinstance(row, Refusal)] == [Refusal(5, "latitude or longitude is not a number")]


def test_health_sites_and_schools_of_a_geojson_have_their_kinds(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [36.8, -1.3]}}
        for properties in (
            {"name": "Afya", "healthcare": "centre"}, {"name": "Shule", "amenity": "school"},
            {"name": "Duka", "amenity": "pharmacy", "name:en": "Shop"}, {"facility_name": "Uhuru", "type": "Hospital"},
        )
    ]  # fmt: skip
    path = tmp_path / "sites.geojson"
    path.write_text(json.dumps({"features": features, "type": "FeatureCollection"}), encoding="utf-8")
    kinds = {name: row.kind for name, row in places(path).items()}
    assert kinds == {"Afya": "clinic", "Shule": "school", "Duka": "pharmacy", "Uhuru": "hospital"}
    lines = tmp_path / "sites.geojsonl"
    lines.write_text("\n".join(map(json.dumps, features)), encoding="utf-8")
    assert {name: row.kind for name, row in places(lines).items()} == kinds


def test_a_geojson_larger_than_what_is_read_at_once_comes_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.geojson"
    feature = (
        '{"type":"Feature","properties":{"name":"N%d","text":"%s"},"geometry":{"type":"Point","coordinates":[1,2]}}'
    )
    body = ",\n".join(feature % (number, "x" * 30_000) for number in range(120))
    path.write_text('{"type":"FeatureCollection","name":"a","features":[' + body + "]}", encoding="utf-8")
    assert len(places(path)) == 120
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(SourceError, match="not JSON"):
        list(read_places(path))


def test_a_workbook_of_pcodes_names_each_area_once_in_each_language(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "ADM0"
    sheet = book.create_sheet("ADM2")
    sheet.append(["ADM2_EN", "ADM2_HT", "ADM2_PCODE", "ADM1_EN", "ADM1_PCODE", "date"])
    sheet.append(["#adm2+name", "#adm2+name+alt", "#adm2+code", "#adm1+name", "#adm1+code", "#date"])
    sheet.append(["Leogane", "Leyogàn", "HT0121", "West", "HT01", 2018])
    sheet.append(["Delmas", "Dèlma", "HT0112", "West", "HT01", 2018])
    path = tmp_path / "cod.xlsx"
    book.save(path)
    assert guess_form(path) == "pcodes"
    rows = [row for row in read_names(path, "pcodes") if isinstance(row, NameRow)]
    assert [(row.target, row.name, row.language) for row in rows] == [
        ("HT0121", "Leogane", "en"), ("HT0121", "Leyogàn", "ht"), ("HT01", "West", "en"), ("HT0112", "Delmas", "en"),
        ("HT0112", "Dèlma", "ht"),
    ]  # fmt: skip
