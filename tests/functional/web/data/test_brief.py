"""The brief of an area: three figures, a map, who is missing, and the promise; nothing of a withdrawn release."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program
from tests.factories.release import make_revised_release


@pytest.fixture
def release_id(program: Program) -> int:
    with program.owner.begin() as connection:
        return make_revised_release(connection)[1]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_brief_has_its_figures_a_map_and_the_promise(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}/brief?area=east&level=2").text
    assert "<bdi>East</bdi>" in page
    assert "November 2026" in page
    assert page.count("<dt>") == 3
    assert "<dt>People</dt>" in page
    assert "Topic: Water" in page
    assert '<svg class="area-map"' in page
    assert "guesses right at most" in page
    assert "<script" not in page.partition("<article")[2]


def test_a_brief_is_in_the_language_of_its_reader(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}/brief?area=east", headers={"Accept-Language": "ar"}).text
    assert 'dir="rtl"' in page
    assert "نوفمبر" in page


def test_a_figure_that_is_too_small_is_not_shown(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}/brief?area=_U&level=2").text
    assert "[c]" in page.partition("<dl")[2].partition("</dl>")[0]


def test_the_page_of_the_release_leads_there(client: FlaskClient, release_id: int) -> None:
    assert (
        f"/data/releases/{release_id}/brief?area=east&amp;level=2"
        in client.get(f"/data/releases/{release_id}?area=east").text
    )


def test_a_withdrawn_release_has_no_brief(client: FlaskClient, release_id: int, program: Program) -> None:
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "Reports of a training were counted")
    assert client.get(f"/data/releases/{release_id}/brief").status_code == 410
    assert client.get("/data/releases/999999/brief").status_code == 404
