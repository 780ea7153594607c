"""What a release is: immutable, the only thing the public can read, refused in one line where it cannot be made."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bench.build import make_release
from reporting.aggregation.errors import BadPeriod, CubeError, NoSuchRelease, UnknownCube
from reporting.bootstrap import Program
from reporting.publishing.release_queries import get_latest_release, get_release
from tests.factories.release import NOISE_KEY, OCTOBER, SETTLED, World, make_world

RELEASE_TABLES = ("release", "release_cell", "release_area")


def test_versions_count_up_by_period(world: World) -> None:
    world.add_reports(range(60))
    world.add_reports(range(60), at=OCTOBER)
    ids = [world.release(period).release_id for period in ("2026-10", "2026-11", "2026", "2026")]
    releases = [get_release(world.connection, release_id) for release_id in ids]
    assert [release.version for release in releases] == [1, 1, 1, 2]
    assert get_latest_release(world.connection, "counted", "incidents").id == ids[3]


@pytest.mark.parametrize("period", ["", "2026-13", "2026-1", "26", "all ", "2026-11-01", "٢٠٢٦", "2028", "2027-02"])
def test_a_period_that_is_none_or_has_not_begun_is_refused(world: World, period: str) -> None:
    with pytest.raises(BadPeriod, match=r"\A[^\n]+\Z"):
        world.release(period)


def test_an_unknown_cube_is_refused_in_one_line(world: World) -> None:
    with pytest.raises(UnknownCube, match=r"\Athere is no cube 'mood'; there is: incidents\Z"):
        world.release(cube="mood")


def test_without_boundaries_the_country_alone_is_counted(world: World) -> None:
    world.add_reports(range(60))
    world.connection.execute(text("DELETE FROM area WHERE campaign_id = :id"), {"id": world.campaign_id})
    release = get_release(world.connection, world.release().release_id)
    assert (release.levels, release.deepest_level) == ((), 0)
    assert {row.area_code for row in world.read_rows(release.id)} == {"_T"}


def test_without_a_campaign_there_is_no_release(world: World) -> None:
    with pytest.raises(NoSuchRelease):
        make_release(world.connection, -1, "incidents", "2026-11", NOISE_KEY, SETTLED)


def test_the_campaign_says_at_which_level_is_counted(world: World) -> None:
    world.add_reports([*range(50)])
    world.add_reports([*range(50, 90)], area="west")
    world.define_cubes({"incidents": {"levels": [1]}})
    release = get_release(world.connection, world.release().release_id)
    assert release.levels == (1,)
    areas = {(row.area_level, row.area_code) for row in world.read_rows(release.id)}
    assert areas == {(0, "_T"), (1, "country"), (1, "_U")}
    world.define_cubes({"incidents": {"levels": [3]}})
    with pytest.raises(CubeError, match=r"\A[^\n]+\Z"):
        world.release("2026-10")


@pytest.mark.parametrize("table", [*RELEASE_TABLES, "cube_month"])
@pytest.mark.parametrize("order", ["UPDATE {} SET release_id = release_id", "DELETE FROM {}"])
def test_what_was_released_cannot_be_changed_even_by_the_owner(world: World, table: str, order: str) -> None:
    world.add_reports(range(60))
    world.release()
    world.connection.execute(text("RESET ROLE"))
    if table == "release":
        order = order.replace("release_id", "id")
    with pytest.raises(ProgrammingError, match="appended only"):
        world.connection.execute(text(order.format(table)))


def test_the_public_role_reads_releases_and_nothing_else(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        world.release()
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    readable = {table for table in tables if _may_read(program, table)}
    assert readable == {*RELEASE_TABLES, "spatial_ref_sys"}
    with program.public.engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("INSERT INTO release_cell (release_id) VALUES (1)"))


def test_the_role_of_the_web_can_make_a_release(program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
    with program.app.begin() as connection:
        release_id = World(connection, world.campaign_id, world.topics).release().release_id
    with program.public.begin() as connection:
        assert get_release(connection, release_id).campaign_slug == "counted"


def _may_read(program: Program, table: str) -> bool:
    with program.public.engine.connect() as connection:
        try:
            connection.execute(text(f'SELECT * FROM "{table}" LIMIT 1'))
        except ProgrammingError as error:
            if "permission denied" in str(error):
                return False
            raise
    return True


def test_reporters_of_urban_and_rural_areas_are_compared_with_the_people_who_live_there(world: World) -> None:
    world.connection.execute(text("UPDATE area SET is_urban = code = 'east' WHERE level = 2"))
    people = text(
        "INSERT INTO population (campaign_id, area_code, area_level, sex, age, disability, phone, urban, year, source,"
        " value) VALUES (:campaign, :area, 2, '_T', 'Y_GE15', '_T', '_T', '_T', 2020, 'census', :value)"
    )
    for area, value in (("east", 30_000), ("west", 70_000)):
        world.connection.execute(people, {"campaign": world.campaign_id, "area": area, "value": value})
    for sender in range(300):
        world.add_report(sender, area="west" if sender % 10 == 0 else "east")
    world.define_cubes({"by-urban": {"dimensions": ["urban"], "levels": []}})
    release_id = world.release(cube="by-urban").release_id
    quality = world.connection.execute(text("SELECT quality FROM release WHERE id = :id"), {"id": release_id}).scalar()
    assert isinstance(quality, dict)
    (comparison,) = quality["representation"]
    assert comparison["dimension"] == "urban"
    verdicts = {group["code"]: (group["people"], group["verdict"]) for group in comparison["groups"]}
    assert verdicts == {"U": (30_000, "over"), "R": (70_000, "left_out")}
