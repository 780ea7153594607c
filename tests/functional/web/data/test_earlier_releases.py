"""A release from before figures carried noise is still read: by topic and month, without totals and standard errors."""

import csv
import io
import json
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.factories.release import make_world, open_world

_POLICY = {
    "area_level": 2, "measures": ["reports", "incidents"], "threshold": 10, "threshold_unit": "distinct senders",
    "timezone": "Asia/Kathmandu", "licence": "CC-BY-4.0", "boundaries": ["drawn for the test"], "provisional": True,
}  # fmt: skip
_QUALITY = {
    "approved": None, "reporters": None, "shown_reports": 26, "rejected": None, "waiting": 20, "placed_share": 0.9,
    "topic_share": 1.0, "suppressed_share": 0.3, "radius_median_m": 1000, "report_lag_median_h": 6,
    "decision_lag_median_h": None,
}  # fmt: skip
_CELLS = (("east", "2026-09", 12, 11), ("east", "2026-10", 14, 14), ("west", "2026-10", None, None))


@pytest.fixture
def release_id(program: Program) -> int:
    """A release as they were made then: two months in one, a figure missing, and one area without any cell."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        add = text(
            "INSERT INTO release (campaign_id, campaign_slug, campaign_name, cube, period, version, policy, quality,"
            " topics, code_version) SELECT id, slug, name, 'incidents', 'all', 1, CAST(:policy AS jsonb),"
            " CAST(:quality AS jsonb), CAST(:topics AS jsonb), '0.1.0' FROM campaign WHERE id = :campaign RETURNING id"
        )
        values = {"campaign": world.campaign_id, "policy": json.dumps(_POLICY), "quality": json.dumps(_QUALITY),
                  "topics": json.dumps({"water": {"en": "Water"}, "road": {"en": "Roads"}})}  # fmt: skip
        made = connection.execute(add, values).scalar_one()
        connection.execute(
            text(
                "INSERT INTO release_area (release_id, code, level, name, parent_code, geom)"
                " SELECT :release, code, level, name, parent_code, geom FROM area WHERE level = 2"
            ),
            {"release": made},
        )
        cell = text(
            "INSERT INTO release_cell (release_id, area_level, area_code, month, codes, measure, value, status,"
            " confidentiality) VALUES (:release, 2, :area, :month, ARRAY['water'], :measure, :value, :status, :free)"
        )
        for area, month, *figures in _CELLS:
            for measure, value in zip(("reports", "incidents"), figures, strict=True):
                marks = {"status": "A" if value else "Q", "free": "F" if value else "C"}
                values = {"release": made, "area": area, "month": month, "measure": measure, "value": value}
                connection.execute(cell, values | marks)
        return int(made)


def read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_its_page_shows_the_highest_figure_without_totals(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}").text
    words = read(page)
    assert "East 14" in words
    assert "fewer than 10 people" in words
    assert "There are no totals" in words
    assert "Of the" not in words
    assert "guesses right" not in words
    assert "±" not in words
    assert "September 2026 12" in words
    assert "Still waiting for a moderator, about 20" in words
    assert "September 2026" in read(client.get(f"/data/releases/{release_id}?month=2026-09").text)
    assert "no figure" in read(client.get(f"/data/releases/{release_id}?by.topic=road").text)
    assert "There are no totals" in read(client.get(f"/data/releases/{release_id}/quality").text)


def test_its_files_have_the_columns_of_today(client: FlaskClient, release_id: int) -> None:
    lines = list(csv.DictReader(io.StringIO(client.get(f"/data/releases/{release_id}.csv").text)))
    assert {
        "area_code": "east", "area_level": "2", "area_name": "East", "month": "2026-10", "topic": "water",
        "measure": "reports", "value": "14", "estimate": "", "standard_error": "", "obs_status": "A",
        "conf_status": "F",
    } in lines  # fmt: skip
    assert [line["value"] for line in lines if line["area_code"] == "west"] == ["", ""]
    document = json.loads(client.get(f"/data/releases/{release_id}.geojson").text)
    shown = {feature["id"]: feature["properties"] for feature in document["features"]}
    assert shown["east"]["reports_water_2026_10"] == 14
    assert shown["west"]["reports_water_2026_10"] is None
    assert "east_estimate" not in shown["east"]
    assert b"reports_water_2026_10" in client.get(f"/data/releases/{release_id}/tiles/0/0/0.mvt").data


@pytest.mark.usefixtures("release_id")
def test_its_months_do_not_stand_beside_those_of_today(program: Program, client: FlaskClient) -> None:
    """They counted reports and not people, and carry no noise."""
    with program.owner.begin() as connection:
        world = open_world(connection)
        world.add_reports(range(60))
        newer = world.release().release_id
    page = read(client.get(f"/data/releases/{newer}?by.topic=water&area=east&measure=incidents").text)
    assert "November 2026" in page
    assert "October 2026" not in page
