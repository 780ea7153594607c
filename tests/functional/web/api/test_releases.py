"""Published figures for programs: paged by key, filtered by the release's own codes, the same as in its file."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program
from reporting.publishing.observations.query import list_observations
from reporting.publishing.observations.selection import ObservationFilter
from reporting.publishing.release_queries import get_open_release
from tests.factories.release import make_world

FIGURES = ("area", "level", "period", "measure", "value")


@pytest.fixture
def release_id(program: Program) -> int:
    """A release by topic and sex, with areas of two levels and small groups in it."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.define_cubes({"incidents": {"dimensions": ["topic", "sex"], "measures": ["people", "incidents"]}})
        world.add_reports(range(200))
        world.add_reports([300, 301], area="west")
        for sender in range(120):
            world.add_profile(sender, sex="F" if sender % 2 else "M", age=None, difficulty={})
        return world.release().release_id


def walk(client: FlaskClient, path: str, name: str) -> Iterator[dict[str, Any]]:
    """Every row of a list, page after page."""
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        yield from answer.json[name]
        following = answer.json["next"]
        path = f"{urlsplit(following).path}?{urlsplit(following).query}" if following else ""


def find_key(row: dict[str, Any]) -> tuple[object, ...]:
    """What identifies an observation."""
    return (row["area"], int(row["level"]), row["period"], row["measure"], row["topic"], row["sex"])


def test_all_pages_together_are_the_file_of_the_release(client: FlaskClient, release_id: int) -> None:
    lines = list(csv.DictReader(io.StringIO(client.get(f"/data/releases/{release_id}.csv").text)))
    in_file = {
        find_key({**line, "area": line["area_code"], "level": line["area_level"], "period": line["month"]}): (
            line["value"], line["obs_status"],
        )
        for line in lines
    }  # fmt: skip
    for limit in (7, 1_000):
        rows = list(walk(client, f"/api/v1/releases/{release_id}/observations?limit={limit}", "observations"))
        served = {
            find_key(row | row["codes"]): ("" if row["value"] is None else str(row["value"]), row["status"])
            for row in rows
        }
        assert len(rows) == len(served) == len(in_file) > 50
        assert served == in_file
    assert "Q" in {status for _, status in in_file.values()}


def test_a_filter_lets_through_what_it_names(client: FlaskClient, release_id: int) -> None:
    path = f"/api/v1/releases/{release_id}/observations?limit=3"
    whole = list(walk(client, f"/api/v1/releases/{release_id}/observations?limit=1000", "observations"))
    asked = list(walk(client, f"{path}&c[sex]=F,M&area=east,west&level=2&measure=people", "observations"))
    assert asked == [
        row for row in whole
        if row["codes"]["sex"] in ("F", "M") and row["area"] in ("east", "west") and row["level"] == 2
        and row["measure"] == "people"
    ]  # fmt: skip
    assert asked
    assert list(walk(client, f"{path}&period=1999-01", "observations")) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("c[colour]=red", "/c"),
        ("c[sex]=X", "/c[sex]"),
        ("measure=money", "/measure"),
        ("level=9", "/level"),
        ("after=nonsense", "/after"),
        ("limit=0", "/query/limit"),
    ],
)
def test_a_filter_that_the_release_does_not_know_is_told(
    client: FlaskClient, release_id: int, query: str, pointer: str
) -> None:
    answer = client.get(f"/api/v1/releases/{release_id}/observations?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [fault["pointer"] for fault in answer.get_json(force=True)["errors"]] == [pointer]


def test_a_data_set_of_json_stat_has_the_same_figures(client: FlaskClient, release_id: int) -> None:
    found = client.get(f"/api/v1/releases/{release_id}/json-stat?level=2&c[topic]=_T").json
    assert (found["version"], found["class"]) == ("2.0", "dataset")
    assert found["id"] == ["area", "period", "topic", "sex", "measure"]
    codes = [found["dimension"][name]["category"]["index"] for name in found["id"]]
    assert [len(each) for each in codes] == found["size"]
    rows = walk(client, f"/api/v1/releases/{release_id}/observations?level=2&c[topic]=_T", "observations")
    count = 0
    for row in rows:
        key = (row["area"], row["period"], row["codes"]["topic"], row["codes"]["sex"], row["measure"])
        position = 0
        for size, known, code in zip(found["size"], codes, key, strict=True):
            position = position * size + known.index(code)
        assert found["value"][str(position)] == row["value"]
        assert found["status"].get(str(position), "A") == row["status"]
        count += 1
    assert count == len(found["value"]) > 5


def test_releases_and_cubes_and_dimensions_and_areas_are_listed(client: FlaskClient, release_id: int) -> None:
    [summary] = walk(client, "/api/v1/releases?campaign=counted", "releases")
    assert (summary["id"], summary["cube"], summary["period"]) == (release_id, "incidents", "2026-11")
    assert list(walk(client, "/api/v1/releases?campaign=other", "releases")) == []
    [cube] = client.get("/api/v1/cubes").json["cubes"]
    assert (cube["cube"], cube["latest_release"], cube["periods"]) == ("incidents", release_id, ["2026-11"])
    described = client.get(f"/api/v1/releases/{release_id}").json
    assert (described["levels"], described["measures"], described["threshold"]) == (
        [0, 1, 2],
        ["people", "incidents"],
        10,
    )
    dimensions = client.get(f"/api/v1/releases/{release_id}/dimensions").json["dimensions"]
    assert [(each["name"], each["codes"][0]) for each in dimensions] == [("topic", "_T"), ("sex", "_T")]
    areas = list(walk(client, f"/api/v1/releases/{release_id}/areas?limit=1", "areas"))
    assert [(area["level"], area["code"]) for area in areas] == [(1, "country"), (2, "east"), (2, "west")]


def test_a_withdrawn_release_stays_listed_without_figures(
    client: FlaskClient, program: Program, release_id: int
) -> None:
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "Counted twice")
    assert client.get("/api/v1/releases").json["releases"][0]["withdrawn_reason"] == "Counted twice"
    assert client.get(f"/api/v1/releases/{release_id}").status_code == 200
    for part in ("observations", "json-stat", "dimensions", "areas"):
        answer = client.get(f"/api/v1/releases/{release_id}/{part}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store")
    assert client.get("/api/v1/cubes").json == {"cubes": []}


def test_pages_of_other_sites_may_read_and_caches_may_keep(client: FlaskClient, release_id: int) -> None:
    path = f"/api/v1/releases/{release_id}/observations"
    first = client.get(path)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Cache-Control"] == "public, max-age=86400"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{path}?limit=1").headers["ETag"] != first.headers["ETag"]
    assert client.get("/api/v1/releases/9999").headers["Access-Control-Allow-Origin"] == "*"


def test_the_figures_are_read_as_the_public_role_and_not_as_the_application(
    client: FlaskClient, program: Program, release_id: int
) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("REVOKE SELECT ON release, release_cell, release_area, release_state FROM baraza_app"))
    for part in ("", "/observations", "/json-stat", "/dimensions", "/areas"):
        assert client.get(f"/api/v1/releases/{release_id}{part}").status_code == 200
    assert client.get("/api/v1/cubes").status_code == 200


def test_a_page_reads_an_index_behind_the_policy_of_the_public_role(program: Program, release_id: int) -> None:
    with program.public.begin() as connection:
        release = get_open_release(connection, release_id)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plans: list[str] = []

        def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            if "asked" in statement:
                plans.append("\n".join(row[0] for row in cursor.connection.execute(f"EXPLAIN {statement}", values)))

        event.listen(connection, "before_cursor_execute", explain)
        assert list_observations(connection, release, ObservationFilter(codes={"sex": ["F"]}), 10)
    assert plans
    for plan in plans:
        condition = (
            plan.partition("Index Scan using ix_release_cell_slice")[2].partition("Index Cond:")[2].splitlines()[0]
        )
        assert "slice = asked.slice" in condition, plan
