"""Outside of the moderation area nobody learns where a report is more exactly than enough people live around it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import mapbox_vector_tile
import pyarrow.parquet
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from pmtiles.reader import MmapSource, Reader, all_tiles
from sqlalchemy import text

from reporting.accounts.api_key import ReadingScope, add_key
from reporting.bootstrap import Program
from reporting.publishing.formats import FORMATS
from reporting.publishing.public_location import find_public_place
from reporting.web.data.embed import Piece
from tests.factories.release import World, make_world

LAT, LON = 27.711117, 85.316663
# However it is rounded to less than a hundred metres; the middle of a cell of the finest size may lie that near.
TRACES = ("27.7111", "85.3166", "85.3167", "27,7111", "85,3166", "27°42", "85°18", "85°19")
# Pages for people who have signed in, and what is the same for everybody.
NOT_OUTSIDE = ("/moderate", "/static", "/account", "/simulator")


class Outside:
    """A campaign with a placed report, a release of it and a partner's key."""

    def __init__(self, world: World, release_id: int, key: str, reference: str) -> None:
        self.campaign_id = world.campaign_id
        self.key = {"Authorization": f"Bearer {key}"}
        self.reference = reference
        self.release_id = release_id

    def fill(self, argument: str) -> list[Any]:
        """What an address may have for one of its arguments; a new argument has to be thought of here."""
        return {
            "area": ["east"],
            "campaign": ["counted"],
            "code": ["water"],
            "collection": ["areas-2"],
            "cube": ["incidents"],
            "extension": list(FORMATS),
            "language": ["en"],
            "name": ["index.md"],
            "piece": list(Piece),
            "reference": [self.reference],
            "release_id": [self.release_id],
            "slug": ["counted"],
            "x": [0],
            "y": [0],
            "z": [0],
        }[argument]


@pytest.fixture
def outside(program: Program) -> Outside:
    """Sixty people report from one house, where 5,000 live in the half of the country."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        place = text(
            "UPDATE report SET point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), radius_m = 50, text = 'no water'"
        )
        connection.execute(place, {"lat": LAT, "lon": LON})
        mapping = {
            "org_units": {"east": "ImspTQPwCqd", "_T": "YuQRtpLP10I"},
            "data_elements": [{"cube": "incidents", "measure": "people", "data_element": "f7n9E0hX8qk"}],
        }
        connection.execute(
            text("UPDATE campaign SET settings = jsonb_set(settings, '{dhis2}', CAST(:mapping AS jsonb))"),
            {"mapping": json.dumps(mapping)},
        )
        connection.execute(text("UPDATE incident SET point = ST_SetSRID(ST_MakePoint(85.316663, 27.711117), 4326)"))
        release = world.release()
        reference = program.pseudonyms.make_reference("api", "1")
        name = text("UPDATE report SET reference = :reference WHERE id = (SELECT min(id) FROM report)")
        connection.execute(name, {"reference": reference})
        key = add_key(connection, world.campaign_id, "partner", ReadingScope("to look for exact places"))
    return Outside(world, release.release_id, key, reference)


def list_addresses(app: Flask, outside: Outside) -> Iterator[tuple[str, str]]:
    """Endpoint and path of everything that can be read without a moderator's account."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(NOT_OUTSIDE):
            continue
        ways: list[dict[str, Any]] = [{}]
        for argument in sorted(rule.arguments):
            ways = [{**way, argument: value} for way in ways for value in outside.fill(argument)]
        for way in ways:
            yield rule.endpoint, adapter.build(rule.endpoint, way)


def test_no_address_outside_of_moderation_gives_an_exact_place(
    app: Flask, client: FlaskClient, outside: Outside
) -> None:
    seen = set()
    for endpoint, path in list_addresses(app, outside):
        answer = client.get(path, headers=outside.key)
        if answer.status_code == 200:
            seen.add(endpoint)
        assert [
            trace for trace in TRACES if trace in answer.get_data(as_text=False).decode("utf-8", "replace")
        ] == [], path
    assert {
        "api.show_report",
        "api_incidents.show_incidents",
        "api_ogc.show_items",
        "status.show_status",
        "data.download",
        "data.send_tile",
        "data.show_release",
    } <= seen


def test_no_exported_file_gives_an_exact_place(app: Flask, outside: Outside, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    for format in FORMATS:
        made = runner.invoke(
            args=["release", "export", str(outside.release_id), "--format", format, "-o", str(tmp_path)]
        )
        assert made.exit_code == 0, made.output
    made = runner.invoke(args=["messages", "export", "-o", str(tmp_path / "messages.csv")])
    assert made.exit_code == 0, made.output
    (tmp_path / "status.json").write_text(runner.invoke(args=["status", "--json"]).output)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(files) == sum(len(each.files) for each in FORMATS.values()) + 2
    for file in files:
        words = _read_all(file)
        assert [trace for trace in TRACES if trace in words] == [], file.name
        assert "east" in words or file.suffix not in (".parquet", ".pmtiles", ".xlsx", ".zip"), file.name


def _read_all(file: Path) -> str:
    """Read a file, or what is packed in it: shapes as words, the attributes of tiles."""
    if file.suffix == ".parquet":
        rows = pyarrow.parquet.read_table(file).to_pylist()
        return "\n".join(str({**row, "geometry": shapely.from_wkb(row["geometry"]).wkt}) for row in rows)
    if file.suffix == ".pmtiles":
        with file.open("rb") as source:
            reader = Reader(MmapSource(source))
            tiles = [data for _, data in all_tiles(reader.get_bytes)]
            return "\n".join([json.dumps(reader.metadata()), *(str(mapbox_vector_tile.decode(tile)) for tile in tiles)])
    if not is_zipfile(file):
        return file.read_bytes().decode("utf-8", "replace")
    with ZipFile(file) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def ask(client: FlaskClient, outside: Outside) -> Any:
    return client.get(f"/api/v1/reports/{outside.reference}", headers=outside.key).get_json()["place"]


def change(program: Program, words: str, **values: Any) -> None:
    with program.owner.begin() as connection:
        connection.execute(text(words), values)


def test_a_partner_is_told_a_cell_that_holds_enough_reporters_and_the_same_again(
    client: FlaskClient, program: Program, outside: Outside
) -> None:
    place = ask(client, outside)
    assert place["kind"] == "cell"
    assert place["radius_m"] >= 150
    assert place["code"]
    # What would make it finer changes nothing: it was drawn.
    change(program, "UPDATE area SET population = 100000000")
    assert ask(client, outside) == place
    with program.app.begin() as connection:
        shown = find_public_place(connection, outside.campaign_id, outside.reference)
    assert shown is not None
    assert shown.code == place["code"]


def test_too_few_people_leave_no_more_than_the_campaign(
    client: FlaskClient, program: Program, outside: Outside
) -> None:
    change(program, "UPDATE report SET contact_id = NULL")
    assert ask(client, outside) == {
        "kind": "campaign",
        "code": "",
        "name": "",
        "lat": None,
        "lon": None,
        "radius_m": None,
    }


def test_a_campaign_may_ask_for_areas(client: FlaskClient, program: Program, outside: Outside) -> None:
    change(program, "UPDATE area SET population = 5000 WHERE level = 2")
    settings = json.dumps({"location_privacy": {"people": 2000, "shape": "area"}})
    change(program, "UPDATE campaign SET settings = CAST(:settings AS jsonb)", settings=settings)
    place = ask(client, outside)
    assert (place["kind"], place["code"], place["name"], place["lat"]) == ("area", "east", "East", None)


@pytest.mark.parametrize("words", ["state = 'queued'", "state = 'rejected'", "is_sensitive = true", "point = NULL"])
def test_what_is_not_approved_or_delicate_is_nowhere(
    client: FlaskClient, program: Program, outside: Outside, words: str
) -> None:
    change(program, f"UPDATE report SET {words}")
    assert ask(client, outside) is None


def test_what_was_shown_stays_when_the_exact_point_goes(
    client: FlaskClient, program: Program, outside: Outside
) -> None:
    place = ask(client, outside)
    change(program, "UPDATE report SET point = ST_SnapToGrid(point, 0.01), purged_at = now()")
    assert ask(client, outside) == place
    change(program, "UPDATE report SET point = NULL")
    assert ask(client, outside) == place
