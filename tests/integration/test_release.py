"""What a release is: counted rightly, immutable, the only thing the public can read, the same in every format."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from reporting.aggregation.errors import BadPeriod, LevelConflict, NoAreas, NoSuchRelease, ReleaseError, UnknownCube
from reporting.aggregation.release import build_release, make_release
from reporting.bootstrap import Program
from reporting.publishing.export import FormatUnavailable, export_release
from reporting.publishing.release_queries import get_latest_release, get_release
from reporting.publishing.tiles import get_tile
from tests.release_factory import LATER, World, make_world

RELEASE_TABLES = ("release", "release_cell", "release_area")


@pytest.fixture
def world(connection: Connection) -> Iterator[World]:
    return make_world(connection)


def test_an_incident_with_many_reports_counts_once(world: World) -> None:
    one = world.add_incident()
    for sender in range(12):
        world.add_report(sender, incident_id=one if sender < 5 else None)
    release_id = _build(world)
    key = ("east", "water", "2026-11")
    assert world.read_cells(release_id, "reports") == {key: 12}
    assert world.read_cells(release_id, "incidents") == {key: 8}


def test_months_are_those_of_the_campaigns_own_clock(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 14, tzinfo=UTC))  # 23:59 in Kathmandu
        world.add_report(sender, at=datetime(2026, 10, 31, 18, 15, tzinfo=UTC), area="west")  # midnight
    expected = {("east", "water", "2026-10"): 10, ("west", "water", "2026-11"): 10}
    assert world.read_cells(_build(world)) == expected
    assert world.read_cells(_build(world, "2026-11")) == {("west", "water", "2026-11"): 10}
    assert world.read_cells(_build(world, "2025")) == {}


def test_only_what_was_approved_and_placed_and_has_a_topic_is_counted(world: World) -> None:
    for sender in range(10):
        world.add_report(sender, state="queued")
        world.add_report(sender, state="rejected")
        world.add_report(sender, area=None)
        world.add_report(sender, topic=None)
    release_id = _build(world)
    assert world.read_cells(release_id) == {}
    quality = get_release(world.connection, release_id).quality
    assert quality["shown_reports"] == 0


def test_another_campaign_is_not_counted(world: World) -> None:
    world.add_reports(range(12))
    world.connection.execute(text("UPDATE campaign SET slug = 'other' WHERE id = :id"), {"id": world.campaign_id})
    second = make_world(world.connection)
    assert second.read_cells(_build(second)) == {}


def test_versions_count_up_by_period(world: World) -> None:
    ids = [_build(world, period) for period in ("all", "2026-11", "all")]
    releases = [get_release(world.connection, release_id) for release_id in ids]
    assert [release.version for release in releases] == [1, 1, 2]
    assert get_latest_release(world.connection, "counted", "incidents").id == ids[2]


def test_a_release_of_a_period_that_is_not_over_is_provisional(world: World) -> None:
    assert get_release(world.connection, _build(world, "2026-11")).is_provisional is False
    assert get_release(world.connection, _build(world, "2026-12")).is_provisional is True
    assert get_release(world.connection, _build(world, "2026")).is_provisional is True
    assert get_release(world.connection, _build(world, "all")).is_provisional is True


@pytest.mark.parametrize("period", ["", "2026-13", "2026-1", "26", "all ", "2026-11-01", "٢٠٢٦", "2027", "2027-01"])
def test_a_period_that_is_none_or_has_not_begun_is_refused(world: World, period: str) -> None:
    with pytest.raises(BadPeriod, match=r"\A[^\n]+\Z"):
        _build(world, period)


def test_an_unknown_cube_is_refused_in_one_line(world: World) -> None:
    with pytest.raises(UnknownCube, match=r"\Athere is no cube 'mood'; there is: incidents\Z"):
        build_release(world.connection, world.campaign_id, "mood", "all")


def test_without_boundaries_or_campaign_there_is_no_release(world: World) -> None:
    world.connection.execute(text("DELETE FROM area WHERE campaign_id = :id"), {"id": world.campaign_id})
    with pytest.raises(NoAreas):
        _build(world)
    with pytest.raises(NoSuchRelease):
        build_release(world.connection, -1, "incidents", "all")


def test_another_level_than_that_of_earlier_releases_is_refused(world: World) -> None:
    _build(world)
    _set_level(world, "1")
    with pytest.raises(LevelConflict):
        _build(world)


def test_the_campaign_says_at_which_level_is_counted(world: World) -> None:
    world.add_reports([*range(5)])
    world.add_reports([*range(5, 10)], area="west")
    _set_level(world, "1")
    assert world.read_cells(_build(world)) == {("country", "water", "2026-11"): 10}
    _set_level(world, '"deep"')
    with pytest.raises(ReleaseError):
        _build(world)


@pytest.mark.parametrize("table", [*RELEASE_TABLES, "release_cell_report"])
@pytest.mark.parametrize("order", ["UPDATE {} SET release_id = release_id", "DELETE FROM {}"])
def test_what_was_released_cannot_be_changed_even_by_the_owner(world: World, table: str, order: str) -> None:
    world.add_reports(range(10))
    _build(world)
    world.connection.execute(text("RESET ROLE"))
    if table == "release":
        order = order.replace("release_id", "id")
    with pytest.raises(ProgrammingError, match="appended only"):
        world.connection.execute(text(order.format(table)))


def test_the_public_role_reads_releases_and_nothing_else(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(10))
        build_release(connection, world.campaign_id, "incidents", "all")
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    readable = {table for table in tables if _may_read(program, table)}
    assert readable == {*RELEASE_TABLES, "spatial_ref_sys"}
    with program.public.engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("INSERT INTO release_cell (release_id) VALUES (1)"))


def test_the_role_of_the_web_can_make_a_release(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
    with program.app.begin() as connection:
        release_id = build_release(connection, world.campaign_id, "incidents", "all")
    with program.public.begin() as connection:
        assert get_release(connection, release_id).campaign_slug == "counted"


def test_the_map_is_whole_and_its_borders_meet(world: World, tmp_path: Path) -> None:
    document = json.loads(export_release(world.connection, _build(world), "geojson", tmp_path)[0].read_text())
    shapes = [shape(feature["geometry"]) for feature in document["features"]]
    assert [feature["id"] for feature in document["features"]] == ["east", "west"]
    assert shapely.coverage_is_valid(shapes)
    assert all(ring.is_ccw for area in shapes for part in area.geoms for ring in [part.exterior])
    assert all(feature["properties"]["figures"] == [] for feature in document["features"])


def test_csv_and_geojson_say_the_same(world: World, tmp_path: Path) -> None:
    world.add_reports(range(12))
    world.add_reports([1, 2], area="west")
    for sender in range(10):
        world.add_report(sender, topic="road", area="west")
    release_id = _build(world)
    lines = list(csv.DictReader(export_release(world.connection, release_id, "csv", tmp_path)[0].open(newline="")))
    document = json.loads(export_release(world.connection, release_id, "geojson", tmp_path)[0].read_text())
    in_csv = [
        (line["area_code"], line["topic"], line["month"], line["measure"], line["value"], line["obs_status"])
        for line in lines
    ]
    in_geojson = [
        (feature["id"], figure["topic"], figure["month"], figure["measure"],
         "" if figure["value"] is None else str(figure["value"]), figure["obs_status"])
        for feature in document["features"] for figure in feature["properties"]["figures"]
    ]  # fmt: skip
    assert in_csv == in_geojson
    assert ("west", "water", "2026-11", "reports", "", "Q") in in_csv
    assert ("east", "water", "2026-11", "reports", "12", "A") in in_csv
    assert len(in_csv) == 6


def test_a_file_is_the_same_every_time(world: World, tmp_path: Path) -> None:
    world.add_reports(range(12))
    release_id = _build(world)
    world.connection.execute(text("SET LOCAL timezone TO 'Asia/Kathmandu'"))
    for name in ("csv", "geojson"):
        first = export_release(world.connection, release_id, name, tmp_path / "a")[0].read_bytes()
        world.connection.execute(text("SET LOCAL timezone TO 'UTC'"))
        assert export_release(world.connection, release_id, name, tmp_path / "b")[0].read_bytes() == first


@pytest.mark.parametrize("name", ["hxl", "sdmx", "datapackage", "csvw", "geoparquet", "doc"])
def test_a_format_that_is_not_there_is_refused_in_one_line(world: World, tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatUnavailable, match=r"\A[^\n]*there is: csv, geojson\Z"):
        export_release(world.connection, _build(world), name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused_in_one_line(world: World, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ReleaseError, match="cannot be written"):
        export_release(world.connection, _build(world), "csv", tmp_path / "out")


def test_tiles_hold_the_areas_with_their_figures(world: World) -> None:
    world.add_reports(range(12))
    world.add_reports([1], area="west")
    tile = get_tile(world.connection, _build(world), 0, 0, 0)
    assert b"reports|water|2026-11" in tile
    assert b"east" in tile
    assert b"west" in tile
    assert get_tile(world.connection, _build(world), 8, 0, 0) == b""


def _build(world: World, period: str = "all") -> int:
    return make_release(world.connection, world.campaign_id, "incidents", period, at=LATER).release_id


def _may_read(program: Program, table: str) -> bool:
    with program.public.engine.connect() as connection:
        try:
            connection.execute(text(f'SELECT * FROM "{table}" LIMIT 1'))
        except ProgrammingError as error:
            if "permission denied" in str(error):
                return False
            raise
    return True


def _set_level(world: World, level: str) -> None:
    statement = text("UPDATE campaign SET settings = jsonb_build_object('release_level', CAST(:level AS jsonb))")
    world.connection.execute(statement, {"level": level})
