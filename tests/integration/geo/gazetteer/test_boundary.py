"""Boundaries of any file: put right or refused with a reason, cut small; each point in one area of each level."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box
from sqlalchemy import Connection, text

from geo.errors import SourceError
from geo.gazetteer.antimeridian import cut_at_antimeridian, put_on_globe, wrap
from geo.gazetteer.load_areas import load_areas, read_urban, repair
from geo.spatial_sql import list_area_codes, list_area_names
from geo.types import LoadCounts, Refusal
from tests.conftest import add_campaign


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


def feature(code: str, geometry: dict[str, Any] | None, **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"C": code, "N": f"Area {code}"} | properties, "geometry": geometry}


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(box(west, south, east, north)))


def load(
    connection: Connection, campaign_id: int, folder: Path, level: int, features: list[dict[str, Any]], **fields: Any
) -> LoadCounts:
    path = folder / f"adm{level}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return load_areas(connection, campaign_id, path, level=level, code_field="C", name_field="N", **fields)


def parents(connection: Connection, campaign_id: int) -> dict[str, str | None]:
    query = text("SELECT code, parent_code FROM area WHERE campaign_id = :id")
    return {row.code: row.parent_code for row in connection.execute(query, {"id": campaign_id})}


def test_what_is_no_area_is_refused_and_what_can_be_put_right_is(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    flat = {"type": "Polygon", "coordinates": [[[5, 5], [6, 6], [7, 7], [5, 5]]]}
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    metres = square(782_000, 2_053_000, 783_000, 2_054_000)
    mixed = {"type": "GeometryCollection", "geometries": [line, square(2, 0, 3, 1), {
        "type": "MultiPolygon", "coordinates": [square(4, 0, 5, 1)["coordinates"]]}]}  # fmt: skip
    features = [
        feature("B", bow_tie), feature("F", flat), feature("L", line), feature("M", metres), feature("X", mixed),
        feature("E", None), feature("S", square(10, 0, 11, 1)), feature("S", square(11, 0, 12, 1)),
    ]  # fmt: skip
    for added in (3, 0):
        counts = load(connection, campaign_id, tmp_path, 1, features)
        assert (counts.read, counts.added, counts.changed, counts.repaired, counts.refused) == (8, added, 0, 1, 4)
    assert counts.repairs == [Refusal(1, "self-intersection")]
    assert counts.refusals == [
        Refusal(2, "a polygon without an area"), Refusal(3, "no polygon"),
        Refusal(4, "coordinates that are no degrees of longitude and latitude"), Refusal(6, "no usable geometry"),
    ]  # fmt: skip
    points = [(0.5, 0.1), (0.5, 2.5), (0.5, 4.5), (0.5, 3.5), (0.5, 10.5), (0.5, 11.5)]
    found = [codes.get(1) for codes in list_area_codes(connection, campaign_id, points)]
    assert found == ["B", "X", "X", None, "S", "S"]


def test_what_the_database_cannot_keep_is_refused_and_the_rest_is_loaded(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    hole = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, float("nan")], [0, 1], [0, 0]]]}
    features = [
        feature("A", square(0, 0, 1, 1), UP="P\x00"), feature("B", square(0, 0, 1, 1), UP="x" * 9_000),
        feature("C" * 9_000, square(0, 0, 1, 1)), feature("D", square(0, 0, 1, 1), N="x" * 9_000),
        feature("E\ud800", square(0, 0, 1, 1)), feature("F", square(0, 0, 1, 1), N="\udfff"), feature("G", hole),
        feature("H", square(0, 0, 1, 1), UP="P"),
    ]  # fmt: skip
    counts = load(connection, campaign_id, tmp_path, 1, features, parent_field="UP")
    assert (counts.read, counts.added, counts.refused) == (8, 1, 7)
    assert [(refusal.line, refusal.reason.split(" ")[0]) for refusal in counts.refusals] == [
        (1, "a"), (2, "a"), (3, "a"), (4, "a"), (5, "half"), (6, "half"), (7, "coordinates")
    ]  # fmt: skip
    assert parents(connection, campaign_id) == {"H": "P"}


def test_a_boundary_in_metres_lies_where_the_same_in_degrees_lies(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "utm.gpkg"
    pyogrio.raw.write(
        str(path), shapely.to_wkb(np.array([box(780_000, 2_050_000, 785_000, 2_055_000)])),
        [np.array(["HT01"], dtype=object), np.array(["West"], dtype=object)], ["C", "N"], driver="GPKG",
        crs="EPSG:32618", geometry_type="Polygon",
    )  # fmt: skip
    load_areas(connection, campaign_id, path, level=1, code_field="C", name_field="N")
    assert list_area_codes(connection, campaign_id, [(18.549, -72.328), (18.3, -72.328)]) == [{1: "HT01"}, {}]
    table = tmp_path / "a.csv"
    table.write_text("C,N\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no file of shapes"):
        load_areas(connection, campaign_id, table, level=1, code_field="C", name_field="N")


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_parent_is_found_by_where_an_area_lies(
    connection: Connection, campaign_id: int, tmp_path: Path, order: tuple[int, int]
) -> None:
    levels = {
        1: [feature("P", square(0, 0, 2, 2)), feature("Q", square(2, 0, 4, 2))],
        2: [feature("P1", square(0, 0, 2, 1)), feature("Q1", square(2, 0, 4, 2))],
    }
    for level in order:
        load(connection, campaign_id, tmp_path, level, levels[level])
    assert parents(connection, campaign_id) == {"P": None, "Q": None, "P1": "P", "Q1": "Q"}
    again = load(connection, campaign_id, tmp_path, 2, levels[2])
    assert (again.changed, again.unchanged) == (0, 2)


def test_a_point_on_a_border_is_of_the_code_that_sorts_first_however_often_it_is_asked(
    connection: Connection, campaign_id: int, tmp_path: Path
) -> None:
    # Borders that run askew, so that cutting makes corners that neither side has.
    corners = [(0.0, 0.0)] + [(0.1 * n, 0.037 * n + 0.01 * (-1) ** n) for n in range(1, 300)] + [(30.0, 11.1)]
    south = {"type": "Polygon", "coordinates": [[*corners, (30.0, -5.0), (0.0, -5.0), corners[0]]]}
    north = {"type": "Polygon", "coordinates": [[*corners, (30.0, 20.0), (0.0, 20.0), corners[0]]]}
    load(connection, campaign_id, tmp_path, 1, [feature("S", south), feature("N", north)])
    pieces = connection.execute(
        text("SELECT count(*), max(ST_NPoints(geom)) FROM area_piece WHERE campaign_id = :id"), {"id": campaign_id}
    ).one()
    assert pieces[0] > 2
    assert pieces[1] <= 97
    line = shapely.LineString(corners)
    on_it = [line.interpolate(share, normalized=True) for share in np.linspace(0, 1, 2_000)]
    points = [(lat, lon) for lon, lat in corners] + [(point.y, point.x) for point in on_it]
    assert {codes.get(1) for codes in list_area_codes(connection, campaign_id, points)} == {"N"}
    beside = [(lat - 1e-6, lon) for lat, lon in points[5:-5]]
    assert {codes.get(1) for codes in list_area_codes(connection, campaign_id, beside)} == {"S"}
    whole = {"S": Polygon(south["coordinates"][0]), "N": Polygon(north["coordinates"][0])}
    dice = np.random.default_rng(4)
    asked = [
        (float(lat), float(lon)) for lat, lon in zip(dice.uniform(-6, 21, 500), dice.uniform(-1, 31, 500), strict=True)
    ]
    expected = [
        next((c for c, area in whole.items() if area.covers(shapely.Point(lon, lat))), None) for lat, lon in asked
    ]
    assert [codes.get(1) for codes in list_area_codes(connection, campaign_id, asked)] == expected


def test_who_loads_areas_hears_of_each(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    heard: list[int] = []
    features = [feature("A", square(0, 0, 1, 1)), feature("B", None), feature("C", square(1, 0, 2, 1))]
    load(connection, campaign_id, tmp_path, 1, features, tick=heard.append)
    assert heard == [1, 2, 3]


def test_an_area_that_is_loaded_anew_is_cut_anew(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    load(connection, campaign_id, tmp_path, 1, [feature("A", square(0, 0, 1, 1))])
    load(connection, campaign_id, tmp_path, 1, [feature("A", square(5, 0, 6, 1))])
    assert list_area_codes(connection, campaign_id, [(0.5, 0.5), (0.5, 5.5)]) == [{}, {1: "A"}]
    assert list_area_names(connection, campaign_id, [(0.5, 5.5)]) == [["Area A"]]


@pytest.mark.parametrize("turn", ["behind", "jump"])
def test_an_area_across_the_antimeridian_with_a_hole_is_on_both_sides(
    connection: Connection, campaign_id: int, tmp_path: Path, turn: str
) -> None:
    def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
        count = (lambda lon: lon) if turn == "behind" else (lambda lon: lon - 360 if lon > 180 else lon)
        return [[count(x), y] for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south))]

    polygon = {"type": "Polygon", "coordinates": [ring(177, -20, 183, -15), ring(179, -18, 181, -17)]}
    counts = load(connection, campaign_id, tmp_path, 1, [feature("FJ", polygon)])
    assert (counts.added, counts.repaired) == (1, 0)
    points = [(-16, 178), (-16, -178), (-17.5, 179.5), (-17.5, -179.5), (-16, 0), (-16, 180), (-16, -180), (-16, 176)]
    found = [
        codes.get(1) for codes in list_area_codes(connection, campaign_id, [(float(a), float(o)) for a, o in points])
    ]
    assert found == ["FJ", "FJ", None, None, None, "FJ", "FJ", None]


@given(st.floats(-179, 179), st.floats(0.5, 60), st.floats(-60, 40), st.floats(0.5, 20))
def test_cutting_keeps_every_square_degree_and_leaves_the_globe_nowhere(
    west: float, width: float, south: float, height: float
) -> None:
    pieces = cut_at_antimeridian(box(west, south, west + width, south + height))
    assert sum(piece.area for piece in pieces) == pytest.approx(width * height)
    assert all(piece.bounds[0] >= -180 and piece.bounds[2] <= 180 for piece in pieces)
    assert (len(pieces) > 1) == (west + width > 180 + 1e-12)


@given(st.floats(-200, 200), st.floats(0.5, 60), st.floats(-60, 40), st.booleans())
def test_a_line_keeps_its_length_wherever_it_crosses(west: float, width: float, south: float, is_jump: bool) -> None:
    ends = [(west, south), (west + width, south + 5)]
    put = put_on_globe(LineString([(wrap(lon), lat) for lon, lat in ends] if is_jump else ends))
    assert put.length == pytest.approx(LineString(ends).length)
    assert -180 <= put.bounds[0] <= put.bounds[2] <= 180


def test_a_ring_around_the_pole_is_left_as_it_is() -> None:
    cap = Polygon([(-180, -90), (180, -90), (180, -60), (-180, -60)])
    assert cut_at_antimeridian(cap) == [cap]
    shape, fault = repair(MultiPolygon([cap]))
    assert fault is None
    assert shape is not None
    assert shape.area == pytest.approx(360 * 30)


def test_urban_is_what_the_source_says_else_unknown(connection: Connection, campaign_id: int, tmp_path: Path) -> None:
    features = [
        feature("A", square(0, 0, 0.1, 0.1), U="Urbain"), feature("B", square(1, 0, 1.1, 0.1), U=""),
        feature("C", square(2, 0, 2.1, 0.1), U="Rural"), feature("D", square(3, 0, 3.1, 0.1), U="mixed"),
    ]  # fmt: skip
    load(connection, campaign_id, tmp_path, 1, features, urban_field="U")
    query = text("SELECT is_urban FROM area WHERE campaign_id = :id ORDER BY code")
    assert list(connection.execute(query, {"id": campaign_id}).scalars()) == [True, None, False, None]
    assert [read_urban(word) for word in ("Rural", " URBANO ", "")] == [False, True, None]
