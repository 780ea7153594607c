"""Files of a release: every format says the same, in the same bytes each time, and foreign programs read them."""

import csv
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy
import pyogrio
import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import Connection, text

from reporting.aggregation.errors import ReleaseError
from reporting.publishing.areas.tiles import get_tile
from reporting.publishing.formats import FormatUnavailable, list_formats
from reporting.publishing.observations.figure import write_estimate
from reporting.publishing.release_queries import get_release
from tests.factories.release import World, make_world
from tests.factories.release import export as export_release


@pytest.fixture
def world(connection: Connection) -> Iterator[World]:
    """Many in the east, about water and roads, and a few in the west."""
    made = make_world(connection)
    made.add_reports(range(80))
    for sender in range(100, 150):
        made.add_report(sender, topic="road")
    made.add_reports([200, 201], area="west")
    return made


def export(world: World, release_id: int, name: str, folder: Path) -> Path:
    return export_release(world.connection, release_id, name, folder)[0]


def test_the_map_is_whole_and_its_borders_meet(world: World, tmp_path: Path) -> None:
    document = json.loads(export(world, world.release().release_id, "geojson", tmp_path).read_text())
    shapes = [shape(feature["geometry"]) for feature in document["features"]]
    assert [feature["id"] for feature in document["features"]] == ["east", "west"]
    assert [feature["properties"]["level"] for feature in document["features"]] == [2, 2]
    assert shapely.coverage_is_valid(shapes)
    assert all(ring.is_ccw for area in shapes for part in area.geoms for ring in [part.exterior])


def test_csv_and_geojson_say_the_same(world: World, tmp_path: Path) -> None:
    release_id = world.release().release_id
    lines = list(csv.DictReader(export(world, release_id, "csv", tmp_path).open(newline="")))
    document = json.loads(export(world, release_id, "geojson", tmp_path).read_text())
    shown = {feature["id"]: feature["properties"] for feature in document["features"]}
    compared = 0
    for line in lines:
        if line["area_level"] != "2" or line["area_code"] == "_U":
            continue
        name = line["measure"] + ("" if line["topic"] == "_T" else f"_{line['topic']}")
        properties = shown[line["area_code"]]
        assert properties[name] == (int(line["value"]) if line["value"] else None)
        assert properties[f"{name}_estimate"] == float(line["estimate"])
        assert properties[f"{name}_standard_error"] == float(line["standard_error"])
        compared += 1
    assert compared == 2 * 2 * 5  # areas, measures, topics with the total
    assert shown["east"]["people_water"] >= 60
    assert shown["west"]["people_water"] is None


def test_a_map_program_can_colour_by_a_figure(world: World, tmp_path: Path) -> None:
    path = export(world, world.release().release_id, "geojson", tmp_path)
    fields = pyogrio.read_info(path)["fields"]
    assert {"people", "people_water", "people_water_estimate", "incidents_road"} <= set(fields)
    frame = pyogrio.raw.read(path, columns=["people"])
    assert numpy.nanmax(frame[3][0].astype(float)) >= 100


def test_an_area_without_areas_below_it_has_its_name_at_the_next_level(world: World, tmp_path: Path) -> None:
    add = text(
        "INSERT INTO area (campaign_id, level, code, name, source, geom) VALUES (:id, 1, 'isle', 'The Isle', 'test',"
        " ST_Multi(ST_MakeEnvelope(90, 27, 91, 28, 4326)))"
    )
    world.connection.execute(add, {"id": world.campaign_id})
    release_id = world.release().release_id
    lines = list(csv.DictReader(export(world, release_id, "csv", tmp_path).open(newline="")))
    assert {line["area_name"] for line in lines if line["area_code"] == "isle"} == {"The Isle"}
    assert {line["area_level"] for line in lines if line["area_code"] == "isle"} == {"1", "2"}
    document = json.loads(export(world, release_id, "geojson", tmp_path).read_text())
    assert [feature["id"] for feature in document["features"]] == ["east", "isle", "west"]


def read_all(world: World, release_id: int, name: str, folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in export_release(world.connection, release_id, name, folder)}


def test_a_file_is_the_same_every_time(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release_id = world.release().release_id
    world.connection.execute(text("SET LOCAL timezone TO 'Asia/Kathmandu'"))
    for format in list_formats(get_release(world.connection, release_id)):
        first = read_all(world, release_id, format.name, tmp_path / "a")
        world.connection.execute(text("SET LOCAL timezone TO 'UTC'"))
        monkeypatch.setattr(time, "time", lambda: 2e9)
        assert read_all(world, release_id, format.name, tmp_path / "b") == first, format.name
        monkeypatch.undo()


@pytest.mark.parametrize("name", ["shapefile", "doc"])
def test_a_format_that_is_not_there_is_refused_in_one_line(world: World, tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatUnavailable, match=r"\A[^\n]*there is: csv, csvw, [^\n]*xlsx\Z"):
        export(world, world.release().release_id, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused_in_one_line(world: World, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ReleaseError, match="cannot be written"):
        export(world, world.release().release_id, "csv", tmp_path / "out")


def test_tiles_hold_the_finest_areas_with_plain_attributes(world: World) -> None:
    release = get_release(world.connection, world.release().release_id)
    tile = get_tile(world.connection, release, 0, 0, 0)
    for name in (b"people", b"people_water", b"incidents_road", b"east", b"west"):
        assert name in tile
    assert b"country" not in tile
    assert b"people__U" not in tile  # nothing of it is large enough to be shown
    assert get_tile(world.connection, release, 8, 0, 0) == b""


@pytest.mark.parametrize(
    ("estimate", "written"),
    [(None, None), (0, "0"), (5, "0.005"), (12_000, "12"), (12_340, "12.34"), (1_000_100, "1000.1")],
)
def test_an_estimate_is_written_exactly(estimate: int | None, written: str | None) -> None:
    assert write_estimate(estimate) == written
    assert written is None or Decimal(written) * 1000 == estimate
