"""The agreement of two moderators as people and programs read it."""

import re

import pytest
from flask.testing import FlaskClient

from reporting.bootstrap import Program
from tests.factories.release import make_world
from tests.functional.web.data.page_tables import Tables
from tests.integration.aggregation.test_agreement import read_twice


@pytest.fixture
def release_id(program: Program) -> int:
    """A month of which 600 people have a report that two moderators read."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        for sender in range(300):
            read_twice(world, sender, topics=("water", "road") if sender % 10 == 0 else ("water", "water"))
            read_twice(world, 1_000 + sender, first="rejected", second="approved" if sender % 5 == 0 else "rejected")
        return world.release().release_id


def test_the_page_tells_kappa_with_its_interval_and_how_many_were_read(client: FlaskClient, release_id: int) -> None:
    tables = Tables()
    tables.feed(client.get(f"/data/releases/{release_id}/quality").text)
    rows = {row[0]: row[1:] for row in tables.rows if len(row) == 3}
    for about in ("decision", "topic"):
        told, frameworks = rows[f"Agreement of two moderators on the {about} (Cohen's kappa)"]
        assert re.match(r"-?[01](\.\d+)?\(-?[01](\.\d+)? to -?[01](\.\d+)?; \d+ reports read by two\)", told), told
        assert frameworks == "PARIS21, UN NQAF"
    assert "Agreement of two moderators" not in rows
    arabic = client.get(f"/data/releases/{release_id}/quality?lang=ar").text
    assert "كابا كوهين" in arabic


def test_programs_get_the_interval_too(client: FlaskClient, release_id: int) -> None:
    lines = client.get(f"/data/releases/{release_id}/quality.json").get_json()["lines"]
    found = {line["about"]: line for line in lines if line["key"] == "agreement_of_moderators"}
    assert set(found) == {"decision", "topic"}
    for line in found.values():
        assert line["kind"] == "agreement"
        low, high = line["interval"]
        assert low <= line["value"] <= high
        [reports] = line["parts"]
        assert reports["code"] == "reports"
        assert reports["standard_error"] > 0
    others = [line for line in lines if line["key"] != "agreement_of_moderators"]
    assert not any("interval" in line for line in others)
