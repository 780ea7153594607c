"""Figures outside of their page: embedded, cited, compared, and as a picture."""

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image

from reporting.bootstrap import Program
from tests.factories.release import OCTOBER, make_world
from tests.functional.web.data.page_tables import Tables

PIECES = ("map", "trend", "table")


@pytest.fixture
def releases(program: Program) -> tuple[int, int]:
    """October with 150 people and November with 400 in the east; in the west too few to be shown."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(150), at=OCTOBER)
        world.add_reports(range(400))
        world.add_reports(range(1_000, 1_003), area="west")
        return world.release("2026-10").release_id, world.release("2026-11").release_id


def read_rows(page: str) -> list[list[str]]:
    tables = Tables()
    tables.feed(page)
    return tables.rows


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_may_be_framed_by_any_site_and_loads_nothing_else(
    client: FlaskClient, releases: tuple[int, int], piece: str
) -> None:
    answer = client.get(f"/data/releases/{releases[1]}/embed/{piece}?lang=ar")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in answer.headers
    assert "<form" not in answer.text
    assert 'dir="rtl"' in answer.text


def test_no_other_page_may_be_framed(client: FlaskClient, releases: tuple[int, int]) -> None:
    for path in (f"/data/releases/{releases[1]}", "/data/", "/report", "/account/sign-in"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN", path


def test_there_is_no_piece_of_another_name_and_none_of_no_release(
    client: FlaskClient, releases: tuple[int, int]
) -> None:
    assert client.get(f"/data/releases/{releases[1]}/embed/everything").status_code == 404
    assert client.get("/data/releases/999/embed/map").status_code == 404


def test_a_withdrawn_release_shows_no_figure_where_it_is_embedded(
    program: Program, client: FlaskClient, releases: tuple[int, int]
) -> None:
    with program.owner.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO release_withdrawal (release_id, reason) VALUES ({releases[1]}, 'wrong month')"
        )
    page = client.get(f"/data/releases/{releases[1]}/embed/table").text
    assert "wrong month" in page
    assert read_rows(page) == []
    assert client.get(f"/data/releases/{releases[1]}/card-en.png").status_code == 410


def test_the_map_hatches_what_is_not_shown(client: FlaskClient, releases: tuple[int, int]) -> None:
    page = client.get(f"/data/releases/{releases[1]}/embed/map").text
    assert page.count('<g class="area') == 2
    assert re.search(r'<g class="area few">\s*<title>West: \[c\]</title>', page)
    assert re.search(r'<g class="area shade-4">\s*<title>East: \d+</title>', page)
    assert "[c] fewer than 10 people" in page


def test_the_trend_draws_each_month_in_its_interval(client: FlaskClient, releases: tuple[int, int]) -> None:
    page = client.get(f"/data/releases/{releases[1]}/embed/trend").text
    assert page.count('class="dot"') == 2
    assert page.count('class="interval"') == 1
    assert "style=" not in page
    labels = re.findall(r"<text[^>]*>(Oct|Nov)</text>", page)
    assert labels == ["Oct", "Nov"]


def test_the_snippets_of_the_page_show_the_chosen_slice(client: FlaskClient, releases: tuple[int, int]) -> None:
    page = client.get(f"/data/releases/{releases[1]}?by.topic=water").text
    for piece in PIECES:
        assert f"/data/releases/{releases[1]}/embed/{piece}?lang=en&amp;amp;by.topic=water" in page


def test_a_citation_names_the_release_for_good_also_as_bibtex(client: FlaskClient, releases: tuple[int, int]) -> None:
    page = client.get("/data/counted/incidents/").text
    assert f"incidents 2026-11, version 1. http://localhost/data/releases/{releases[1]} (" in page
    assert f"@misc{{counted-{releases[1]}," in page
    assert "title = {A campaign to count: incidents 2026-11}" in page


def test_two_releases_are_compared_with_the_error_of_both(client: FlaskClient, releases: tuple[int, int]) -> None:
    october, november = releases
    page = client.get(f"/data/releases/{november}?compare={october}").text
    rows = {row[0]: row for row in read_rows(page) if len(row) == 5}
    assert re.fullmatch(r"\+2[0-9]{2}±\s*\d+", rows["East"][3])
    assert rows["East"][4] == "more"
    assert rows["West"][3:] == ["–", ""]
    assert "Is it clear?" not in client.get(f"/data/releases/{november}?compare={november}").text


def test_checked_categories_stand_side_by_side(client: FlaskClient, releases: tuple[int, int]) -> None:
    page = client.get(f"/data/releases/{releases[1]}?beside.topic=1").text
    [heads] = [row for row in read_rows(page) if row[:2] == ["Area", "All"]]
    assert heads[2:4] == ["Water", "Roads"]
    [east] = [row for row in read_rows(page) if row[0] == "East" and len(row) == len(heads)]
    assert int(re.sub(r"\D.*", "", east[2])) > 300
    assert re.search(r'name="beside.topic" value="1" checked', page)


def test_the_picture_has_the_size_that_services_ask_for(client: FlaskClient, releases: tuple[int, int]) -> None:
    address = f"/data/releases/{releases[1]}/card-ar.png"
    assert (
        f'content="http://localhost{address.replace("-ar", "-en")}"' in client.get(f"/data/releases/{releases[1]}").text
    )
    answer = client.get(address)
    image = Image.open(io.BytesIO(answer.data))
    assert image.size == (1200, 630)
    colours = image.convert("RGB").getcolors(maxcolors=2**20) or []
    assert {(0x13, 0x4A, 0x7A), (0x0B, 0x5D, 0x53)} <= {colour for _, colour in colours}
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(address.replace("-ar", "-xx")).status_code == 404
