"""Two loads into one campaign at once: the second waits for the first, and both are there whole."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_names import load_names
from geo.gazetteer.load_places import load_places
from geo.types import LoadCounts, NameRow, PlaceRow
from reporting.bootstrap import Program
from tests.conftest import add_campaign

Load = Callable[[Connection, int, Path], LoadCounts]
PLACES = [PlaceRow(str(number), f"Place {number}", 10 + number / 10, 20.5, scheme="geonames") for number in range(4)]


def load_area(connection: Connection, campaign_id: int, folder: Path) -> LoadCounts:
    ring = [[20, 10], [21, 10], [21, 11], [20, 11], [20, 10]]
    area = {
        "type": "Feature",
        "properties": {"C": "A", "N": "Area"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = folder / "adm.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [area]}), encoding="utf-8")
    return load_areas(connection, campaign_id, path, level=1, code_field="C", name_field="N")


LOADS: dict[str, Load] = {
    "places": lambda c, campaign_id, _: load_places(c, campaign_id, reversed(PLACES), "test"),
    "areas": load_area,
    "names": lambda c, campaign_id, _: load_names(
        c, campaign_id, [NameRow("0", "1", "Plas", 1)], "names", of_areas=False
    ),
}


@pytest.fixture
def campaign_id(program: Program) -> int:
    with program.owner.begin() as connection:
        return add_campaign(connection)


def wait_until_waiting(program: Program, acting: Future[LoadCounts]) -> None:
    """Until somebody waits for a lock in this database, of whatever kind."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with program.owner.begin() as connection:
        while not connection.execute(query).scalar_one():
            assert not acting.done(), "nothing keeps the second load waiting"
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))


@pytest.mark.parametrize("name", LOADS)
def test_a_load_waits_for_the_one_before_it(
    program: Program, campaign_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("geo.gazetteer.staging_table.BATCH", 2)
    second: list[Future[LoadCounts]] = []

    def load_second() -> LoadCounts:
        with program.owner.begin() as connection:
            return LOADS[name](connection, campaign_id, tmp_path)

    def read_first() -> Iterator[PlaceRow]:
        yield from PLACES[:2]
        second.append(pool.submit(load_second))
        wait_until_waiting(program, second[0])
        yield from PLACES[2:]

    with ThreadPoolExecutor(1) as pool:
        with program.owner.begin() as connection:
            first = load_places(connection, campaign_id, read_first(), "test")
        counts = second[0].result()
    assert (first.added, first.unchanged) == (4, 0)
    assert (counts.added, counts.unchanged) == ((0, 4) if name == "places" else (1, 0))
