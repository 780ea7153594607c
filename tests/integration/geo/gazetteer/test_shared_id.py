"""Ids that are none, as the code of a district in a list of clinics: every place is loaded, the lines are told."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.gazetteer.formats import read_places
from geo.gazetteer.load_places import load_places
from geo.gazetteer.staging_table import BATCH
from geo.spatial_sql import iterate_places
from geo.types import PlaceRow
from tests.conftest import add_campaign


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_places_that_share_an_id_are_all_there_and_the_lines_are_told(
    connection: Connection, campaign_id: int, tmp_path: Path, form: str
) -> None:
    rows = [("Uhuru", 1.1, 36.1, "D1"), ("Afya", 1.2, 36.2, "D1"), ("Bora", 1.3, 36.3, "D2"),
            ("Uhuru", 1.4, 36.4, "D2"), ("Uhuru", 1.1, 36.1, "D1")]  # fmt: skip
    path = tmp_path / f"clinics.{form}"
    if form == "csv":
        lines = ["name,lat,lon,code", *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        features = [
            {"type": "Feature", "properties": {"name": name, "id": code},
             "geometry": {"type": "Point", "coordinates": [lon, lat]}}
            for name, lat, lon, code in rows
        ]  # fmt: skip
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    first = load_places(connection, campaign_id, read_places(path), "clinics")
    assert (first.read, first.added, first.unchanged, first.skipped, first.repaired) == (5, 4, 0, 1, 2)
    assert [repair.line for repair in first.repairs] == ([3, 5] if form == "csv" else [2, 4])
    known = {(name, lat) for name, _, lat, *_ in iterate_places(connection, campaign_id)}
    assert known == {(name, lat) for name, lat, _, _ in rows}
    again = load_places(connection, campaign_id, read_places(path), "clinics", is_replacing=True)
    assert (again.added, again.changed, again.unchanged, again.removed) == (0, 0, 4, 0)


def test_an_id_that_comes_again_in_another_batch_changes_nothing_when_loaded_again(
    connection: Connection, campaign_id: int
) -> None:
    rows = [PlaceRow(str(n % BATCH), f"Place {n}", 10 + n / 1e5, 20.5, line=n) for n in range(BATCH + 50)]
    first = load_places(connection, campaign_id, rows, "test")
    assert (first.added, first.changed, first.repaired) == (BATCH + 50, 0, 50)
    again = load_places(connection, campaign_id, rows, "test")
    assert (again.added, again.changed, again.unchanged) == (0, 0, BATCH + 50)
