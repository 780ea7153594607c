"""Place files are read line by line; a bad line is refused with its reason and stops nothing."""

import json
from pathlib import Path

import pytest

from geo.errors import MissingColumn, SourceError, UnknownCountry
from geo.gazetteer.formats import guess_form, read_country, read_csv, read_geojson, read_geonames, read_places
from geo.types import PlaceRow, Refusal

GEONAMES = "\t".join(
    [
        "3718420",
        "Ounaminthe",
        "Ounaminthe",
        "Wanament,Juana Mendez",
        "19.55",
        "-71.72",
        "P",
        "PPL",
        "HT",
        "",
        "",
        "",
        "",
        "",
        "10118",
        "",
        "",
        "America/Port-au-Prince",
        "2020-01-01",
    ]
)


def _places(rows: object) -> list[PlaceRow]:
    return [row for row in rows if isinstance(row, PlaceRow)]  # type: ignore[attr-defined]


def _refusals(rows: object) -> list[Refusal]:
    return [row for row in rows if isinstance(row, Refusal)]  # type: ignore[attr-defined]


def test_a_geonames_dump_is_known_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "HT.txt"
    path.write_text(GEONAMES + "\n" + "short\tline\n", encoding="utf-8")
    assert guess_form(path) == "geonames"
    rows = list(read_places(path))
    place = _places(rows)[0]
    assert (place.source_id, place.lat, place.lon, place.population) == ("3718420", 19.55, -71.72, 10118)
    assert place.names == ("Wanament", "Juana Mendez")
    assert _refusals(rows) == [Refusal(2, "2 columns instead of 19")]
    assert _places(read_geonames(path)) == _places(rows)


def test_both_spellings_of_the_csv_columns_are_read(tmp_path: Path) -> None:
    long = tmp_path / "long.csv"
    long.write_text("id,name,alternatenames,latitude,longitude\n7,Ench,Hinche|Hincha,19.14,-72.0\n", encoding="utf-8")
    short = tmp_path / "short.csv"
    short.write_text('\ufeffid,name,alternatenames,lat,lon\n7,Ench,"Hinche,Hincha",19.14,-72.0\n', encoding="utf-8")
    assert list(read_csv(long)) == list(read_csv(short)) == [PlaceRow("7", "Ench", 19.14, -72.0, ("Hinche", "Hincha"))]


def test_bad_lines_are_refused_with_their_number_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("name,lat,lon\nA,1,2\n,1,2\nB,x,2\nC,91,2\nD,1,\nE,nan,2\nF,0,0.0\n", encoding="utf-8")
    rows = list(read_csv(path))
    assert len(_places(rows)) == 1
    assert [refusal.line for refusal in _refusals(rows)] == [3, 4, 5, 6, 7, 8]
    assert _refusals(rows)[1].reason == "latitude or longitude is not a number"


def test_a_place_without_an_id_gets_one_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,lat,lon\nA,1,2\nA,1.5,2\n", encoding="utf-8")
    first, second = _places(read_csv(path))
    assert [first, second] == _places(read_csv(path))
    assert first.source_id != second.source_id


def test_a_missing_column_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,a,b\nA,1,2\n", encoding="utf-8")
    with pytest.raises(MissingColumn, match="no column lat or latitude"):
        list(read_csv(path))


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"features": 3}', b'{"features": [1]}', b"\xff\xfe"])
def test_what_is_no_geojson_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(SourceError) as error:
        list(read_geojson(path))
    assert "\n" not in str(error.value)


def test_pieces_of_one_road_are_one_place_and_its_namesake_another(tmp_path: Path) -> None:
    def line(name: str, *points: tuple[float, float]) -> dict[str, object]:
        geometry = {"type": "LineString", "coordinates": [list(point) for point in points]}
        return {"type": "Feature", "properties": {"name": name, "highway": "residential"}, "geometry": geometry}

    features = [
        line("Rue Capois", (-72.340, 18.530), (-72.340, 18.535)),
        line("rue Capois", (-72.340, 18.535), (-72.340, 18.540)),
        line("Rue Capois", (-72.200, 19.750), (-72.200, 19.755)),
        {"type": "Feature", "properties": {}, "geometry": None},
        {"type": "Feature", "properties": {"name": "Broken"}, "geometry": {"type": "Point", "coordinates": []}},
        {"type": "Feature", "properties": {"name": "Clinic", "amenity": "clinic"},
         "geometry": {"type": "Point", "coordinates": [-72.3, 18.5]}},
    ]  # fmt: skip
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    rows = list(read_geojson(path))
    roads = sorted((place for place in _places(rows) if place.kind == "road"), key=lambda place: place.lat)
    assert [round(road.lat, 3) for road in roads] == [18.535, pytest.approx(19.75, abs=0.006)]
    assert roads[0].radius_m == pytest.approx(445, rel=0.05)
    assert [place.kind for place in _places(rows) if place.name == "Clinic"] == ["clinic"]
    assert len(_refusals(rows)) == 2


@pytest.mark.parametrize(
    ("properties", "geometry", "reason"),
    [
        ({"name": "A\ud800"}, [1, 2], "half a character in a name, an id or a code"),
        ({"name": "A\ud800"}, [[1, 2], [1, 3]], "half a character in a name, an id or a code"),
        ({"name": "A", "name:fr": "\udfff"}, [1, 2], "half a character in a name, an id or a code"),
        ({"name": "A", "id": "\udfff"}, [[1, 2], [1, 3]], "half a character in a name, an id or a code"),
        ({"name": "A\x00"}, [1, 2], "a zero byte in a name, an id or a code"),
        ({"name": "x" * 9_000}, [[1, 2], [1, 3]], "a name, an id or a code of more than 300 characters"),
        ({"name": "A", "id": "x" * 9_000}, [1, 2], "a name, an id or a code of more than 300 characters"),
        ({"name": "A"}, [[1, 2], [1, float("nan")]], "coordinates that are no degrees of longitude and latitude"),
        ({"name": "A"}, [[1, 2], [1, float("inf")]], "coordinates that are no degrees of longitude and latitude"),
        ({"name": "A"}, [[782_000, 2_053_000], [782_100, 2_053_100]],
         "coordinates that are no degrees of longitude and latitude"),
    ],
)  # fmt: skip
def test_one_feature_that_cannot_be_kept_is_refused_and_the_others_are_read(
    tmp_path: Path, properties: dict[str, str], geometry: list[object], reason: str
) -> None:
    form = "LineString" if isinstance(geometry[0], list) else "Point"
    broken = {"type": "Feature", "properties": properties, "geometry": {"type": form, "coordinates": geometry}}
    good = {"type": "Feature", "properties": {"name": "B"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [broken, good]}), encoding="utf-8")
    rows = list(read_geojson(path))
    assert _refusals(rows) == [Refusal(1, reason)]
    assert [place.name for place in _places(rows)] == ["B"]


def test_a_number_without_end_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"FeatureCollection","features":[{"id":' + "9" * 5_000 + "}]}", encoding="utf-8")
    with pytest.raises(SourceError, match="line 1: not JSON: too deep, or a number with too many digits"):
        list(read_geojson(path))


@pytest.mark.parametrize("turn", ["behind", "jump"])
@pytest.mark.parametrize("form", ["Polygon", "MultiPolygon", "LineString"])
def test_a_shape_across_the_antimeridian_lies_on_it_and_not_on_the_other_side_of_the_globe(
    tmp_path: Path, turn: str, form: str
) -> None:
    corners = [(177, -20), (183, -20), (183, -15), (177, -15), (177, -20)]
    ring = [[lon - 360 if turn == "jump" and lon > 180 else lon, lat] for lon, lat in corners]
    coordinates = {"Polygon": [ring], "MultiPolygon": [[ring]], "LineString": ring[:2]}[form]
    feature = {
        "type": "Feature",
        "properties": {"name": "Viti"},
        "geometry": {"type": form, "coordinates": coordinates},
    }
    path = tmp_path / "fiji.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    [place] = _places(read_geojson(path))
    assert 177 <= abs(place.lon) <= 180
    assert -20 <= place.lat <= -15
    assert place.radius_m is not None
    assert 200_000 < place.radius_m < 700_000


def test_every_country_has_a_gazetteer_and_no_other_code_has() -> None:
    names = {place.name for place in _places(read_country("ht"))}
    assert len(names) > 50
    with pytest.raises(UnknownCountry):
        list(read_country("QQ"))


def test_an_answer_of_overpass_is_read_whichever_way_its_shapes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "overpass.json"
    line = [{"lat": 18.0, "lon": -72.0}, None, {"lat": 18.0, "lon": -71.8}]
    bounds = {"minlat": 18.0, "minlon": -72.2, "maxlat": 18.2, "maxlon": -72.0}
    elements = [
        {"type": "way", "id": 1, "nodes": [5, 6], "tags": {"name": "Ri Premye", "highway": "primary"}},
        {"type": "way", "id": 2, "geometry": line, "tags": {"name": "Ri Dezyèm", "highway": "primary"}},
        {"type": "relation", "id": 3, "bounds": bounds, "tags": {"name": "Savanèt", "boundary": "administrative"}},
        {"type": "node", "id": 4, "lat": 18.5, "lon": -72.5, "tags": {"name": "Ponp", "amenity": "clinic"}},
        {"type": "node", "id": 5, "lat": 18.5, "lon": -72.5}, {"type": "node", "id": 6, "lat": 18.5, "lon": -72.3},
        {"type": "node", "id": 7, "lat": 18.5, "lon": -72.5, "tags": {"name": "A tree", "natural": "tree"}},
        {"type": "way", "id": 8, "nodes": [99], "tags": {"name": "Lwen", "highway": "primary"}},
        {"type": "way", "id": 9, "bounds": "none", "tags": {"name": "Kase", "place": "town"}},
    ]  # fmt: skip
    path.write_text(
        json.dumps({"version": 0.6, "osm3s": {"copyright": "ODbL"}, "elements": elements}), encoding="utf-8"
    )
    rows = list(read_places(path))
    places = {
        row.name: (row.source_id, row.scheme, row.lat, row.lon, row.kind) for row in rows if isinstance(row, PlaceRow)
    }
    assert places == {
        "Ri Premye": ("w1", "osm", 18.5, pytest.approx(-72.4), "road"),
        "Ri Dezyèm": ("w2", "osm", 18.0, pytest.approx(-71.9), "road"),
        "Savanèt": ("r3", "osm", pytest.approx(18.1), pytest.approx(-72.1), "area"),
        "Ponp": ("n4", "osm", 18.5, -72.5, "clinic"),
    }
    assert [(row.line, row.reason) for row in rows if isinstance(row, Refusal)] == [
        (9, "no usable geometry"), (8, "no usable geometry"),
    ]  # fmt: skip
