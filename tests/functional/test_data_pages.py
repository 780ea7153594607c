"""The public pages of releases and the supervisor's button: what they show, and what they never show."""

import csv
import gzip
import io
import json
import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import text

from reporting.accounts.role import DESCRIPTIONS, MODERATOR, PERMISSIONS, SUPERVISOR
from reporting.accounts.signin import add_person
from reporting.aggregation.release import make_release
from reporting.bootstrap import Program
from tests.release_factory import LATER, World, make_world

PASSWORD = "a-long-word-for-the-tests"


class Tables(HTMLParser):
    """The rows of every table of a page, as the texts of their cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.rows[-1][-1] += data.strip()


@pytest.fixture
def release_id(program: Program) -> int:
    """A release with a figure of twelve in the east and a suppressed one in the west."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(12))
        world.add_reports([1, 2, 3], area="west")
        return make_release(connection, world.campaign_id, "incidents", "all", at=LATER).release_id


def test_the_page_says_what_the_file_says(client: FlaskClient, release_id: int) -> None:
    page = client.get("/data/counted/incidents/?topic=water&month=2026-11").text
    rows = _rows(page)
    assert ["East", "12", "12", ""] in rows
    assert "fewer than 10 people" in page
    lines = list(csv.DictReader(io.StringIO(client.get(f"/data/releases/{release_id}.csv").text)))
    assert {(line["area_name"], line["measure"], line["value"], line["obs_status"]) for line in lines} == {
        ("East", "reports", "12", "A"),
        ("East", "incidents", "12", "A"),
        ("West", "reports", "", "Q"),
        ("West", "incidents", "", "Q"),
    }
    document = json.loads(client.get(f"/data/releases/{release_id}.geojson").text)
    assert document["release"]["id"] == release_id
    assert len(document["features"]) == 2


def test_a_suppressed_figure_is_shown_as_few_people_and_never_as_a_number(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}?topic=water&month=2026-11&area=west").text
    rows = _rows(page)
    assert ["November 2026", "fewer than 10 people", ""] in rows
    assert ["Roads", "no figure", ""] in rows
    assert not [row for row in rows if row[0] in ("West", "November 2026") and any(cell in "0123" for cell in row[1:2])]


def test_the_latest_release_is_at_an_address_that_stays(program: Program, client: FlaskClient, release_id: int) -> None:
    assert f"/data/releases/{release_id}.csv" in client.get("/data/counted/incidents/").text
    with program.owner.begin() as connection:
        campaign_id = connection.execute(text("SELECT id FROM campaign")).scalar_one()
        newer = make_release(connection, campaign_id, "incidents", "2026-11", at=LATER).release_id
    assert f"/data/releases/{newer}.csv" in client.get("/data/counted/incidents/").text
    listing = client.get("/data/").text
    assert f"/data/releases/{newer}" in listing
    assert f"/data/releases/{release_id}" in listing


@pytest.mark.parametrize("name", [".csv", ".geojson", "/areas.geojson", "/tiles/0/0/0.mvt"])
def test_files_can_be_kept_and_are_not_sent_twice(client: FlaskClient, release_id: int, name: str) -> None:
    first = client.get(f"/data/releases/{release_id}{name}")
    assert first.status_code == 200
    assert first.data
    assert first.cache_control.public
    assert first.cache_control.max_age == 86_400
    again = client.get(f"/data/releases/{release_id}{name}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_phone_gets_the_file_compressed(client: FlaskClient, release_id: int) -> None:
    plain = client.get(f"/data/releases/{release_id}/areas.geojson")
    packed = client.get(f"/data/releases/{release_id}/areas.geojson", headers={"Accept-Encoding": "gzip, br"})
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.vary
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(f"/data/releases/{release_id}/areas.geojson", headers=again).status_code == 304


def test_files_of_different_kinds_have_different_tags(client: FlaskClient, release_id: int) -> None:
    names = (".csv", ".geojson", "/areas.geojson", "/tiles/0/0/0.mvt", "/tiles/1/0/0.mvt")
    assert len({client.get(f"/data/releases/{release_id}{name}").headers["ETag"] for name in names}) == len(names)


@pytest.mark.parametrize(
    "path",
    [
        "/data/releases/999",
        "/data/releases/999.csv",
        "/data/releases/1.doc",
        "/data/releases/1.sdmx",
        "/data/releases/999/areas.geojson",
        "/data/releases/1/tiles/0/1/0.mvt",
        "/data/releases/1/tiles/99/0/0.mvt",
        "/data/nobody/incidents/",
        "/data/counted/moods/",
        "/data/%00/incidents/",
        f"/data/releases/{2**63}",
    ],
)
@pytest.mark.usefixtures("release_id")
def test_what_is_not_there_is_a_404(client: FlaskClient, path: str) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


@pytest.mark.parametrize("query", ["topic=x&month=y&measure=z&area=q", "month=2026-13", "measure=", "topic=%00"])
@pytest.mark.usefixtures("release_id")
def test_a_selection_that_does_not_exist_shows_the_usual_page(client: FlaskClient, query: str) -> None:
    page = client.get(f"/data/counted/incidents/?{query}")
    assert page.status_code == 200
    assert ["East", "12", "12", ""] in _rows(page.text)


def test_a_release_without_figures_says_so(program: Program, client: FlaskClient) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        make_release(connection, world.campaign_id, "incidents", "all", at=LATER)
    page = client.get("/data/counted/incidents/")
    assert page.status_code == 200
    assert "no figures" in page.text


def test_with_nothing_published_the_list_says_so(client: FlaskClient) -> None:
    assert "Nothing has been published yet" in client.get("/data/").text


@pytest.mark.usefixtures("release_id")
def test_the_pages_keep_the_content_security_policy(client: FlaskClient) -> None:
    for path in ("/data/", "/data/counted/incidents/"):
        page = client.get(path).text
        assert not re.search(r"<[^>]*\sstyle\s*=", page)
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert "<style" not in page


@pytest.mark.usefixtures("release_id")
def test_in_arabic_the_page_runs_from_right_to_left(client: FlaskClient) -> None:
    page = client.get("/data/counted/incidents/?lang=ar").text
    assert '<html lang="ar" dir="rtl">' in page
    assert "مياه" in page
    assert "نوفمبر" in page


@pytest.mark.usefixtures("release_id")
def test_public_pages_hold_no_trace_of_senders_or_words(program: Program, client: FlaskClient) -> None:
    with program.owner.begin() as connection:
        references = connection.execute(text("SELECT reference FROM report")).scalars().all()
    for path in ("/data/", "/data/counted/incidents/", "/data/releases/1.csv", "/data/releases/1.geojson"):
        words = set(re.findall(r"\w+", client.get(path).text))
        assert not words & set(references)


def test_only_a_supervisor_makes_releases(app: Flask, world: World) -> None:
    strange, moderator, supervisor = app.test_client(), app.test_client(), app.test_client()
    _sign_in(app, moderator, MODERATOR)
    _sign_in(app, supervisor, SUPERVISOR)
    assert strange.post("/moderate/releases", data={"period": "all"}).status_code in (302, 401)
    assert moderator.post("/moderate/releases", data={"period": "all"}).status_code == 403
    assert moderator.get("/moderate/releases").status_code == 403
    assert supervisor.get("/moderate/releases").status_code == 200
    assert "Nothing has been published" in strange.get("/data/").text
    preview = supervisor.get("/moderate/releases/preview?period=all").text
    digest = re.search(r'name="digest" value="(\w+)"', preview)
    assert digest is not None
    form = {"period": "all", "typed": "all", "digest": digest[1]}
    made = supervisor.post("/moderate/releases", data=form, follow_redirects=True)
    assert made.status_code == 200
    assert "1 cells show figures, 0 are too small" in made.text
    assert ["East", "12", "12", ""] in _rows(made.text)
    assert "version 1" in supervisor.get("/moderate/releases").text
    assert world.campaign_id


def test_a_period_that_is_none_is_refused_on_the_page(app: Flask, world: World) -> None:
    supervisor = app.test_client()
    _sign_in(app, supervisor, SUPERVISOR)
    refused = supervisor.post("/moderate/releases", data={"period": "yesterday"})
    assert refused.status_code == 400
    assert "is no period" in refused.text
    assert "Nothing has been published" in supervisor.get("/data/").text
    assert world.campaign_id


@pytest.fixture
def world(program: Program) -> World:
    """Reports that nobody has released yet."""
    with program.owner.begin() as connection:
        made = make_world(connection)
        made.add_reports(range(12))
    return made


def _sign_in(app: Flask, client: FlaskClient, role: str) -> None:
    with app.app_context():
        store = app.extensions["security"].datastore
        for name, permissions in PERMISSIONS.items():
            store.find_or_create_role(name=name, description=DESCRIPTIONS[name], permissions=permissions)
        store.commit()
        email = f"{role}@example.org"
        add_person(store, email=email, name=role, password_hash=hash_password(PASSWORD), role=role)
    answer = client.post("/account/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 302


def _rows(page: str) -> list[list[str]]:
    tables = Tables()
    tables.feed(page)
    return tables.rows
