"""The public pages of releases and the supervisor's button: what they show, and what they never show."""

import gzip
import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.factories.release import NOVEMBER, OCTOBER, SETTLED, make_world, open_world
from tests.functional.web.data.page_tables import find, list_rows, read_csv


@pytest.fixture
def release_id(program: Program) -> int:
    """A month with many people in the east and three in the west, where the figure is too small to be shown."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(400))
        world.add_reports(range(1_000, 1_003), area="west")
        return world.release().release_id


def test_the_page_says_what_the_file_says(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}").text
    lines = read_csv(client, release_id)
    [east] = find(lines, area_name="East", topic="_T", measure="people")
    rows = list_rows(page)
    assert ["East", f"{int(east['value']):,}"] in [row[:2] for row in rows]
    [country] = find(lines, area_code="_T", topic="_T", measure="people")
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert f"About {int(country['value']):,} people, give or take" in words
    assert "reported in November 2026." in words
    assert 380 <= int(country["value"]) <= 430
    document = json.loads(client.get(f"/data/releases/{release_id}.geojson").text)
    assert document["release"]["id"] == release_id
    shown = {feature["properties"]["area_name"]: feature["properties"] for feature in document["features"]}
    assert shown["East"]["people"] == int(east["value"])
    assert shown["East"]["people_estimate"] == float(east["estimate"])
    assert shown["West"]["people"] is None
    assert shown["West"]["level"] == 2


def test_the_file_has_its_columns_and_adds_up(client: FlaskClient, release_id: int) -> None:
    lines = read_csv(client, release_id)
    assert list(lines[0]) == [
        "area_code", "area_level", "area_name", "month", "topic", "measure", "value", "estimate", "standard_error",
        "obs_status", "conf_status",
    ]  # fmt: skip
    for measure in ("people", "incidents"):
        [country] = find(lines, area_code="_T", topic="_T", measure=measure)
        for level in "12":
            parts = [line for line in find(lines, area_level=level, measure=measure) if line["topic"] != "_T"]
            assert sum(Decimal(line["estimate"]) for line in parts) == Decimal(country["estimate"])
    assert {line["obs_status"] + line["conf_status"] for line in lines if line["value"]} == {"AF"}
    assert {line["obs_status"] + line["conf_status"] for line in lines if not line["value"]} == {"QC"}
    assert all(int(line["value"]) % 5 == 0 and int(line["value"]) >= 10 for line in lines if line["value"])


def test_a_small_figure_is_confidential_and_never_a_number(client: FlaskClient, release_id: int) -> None:
    rows = list_rows(client.get(f"/data/releases/{release_id}?area=west").text)
    assert ["Water", "[c]", ""] in rows
    assert ["November 2026", "[c]", ""] in rows
    page = client.get(f"/data/releases/{release_id}").text
    assert re.search(r"\[c\] fewer than 10 people</h3>\s*<ul[^>]*><li data-area=\"west\">", page)


def test_the_page_promises_what_holds_over_all_cubes_of_the_campaign(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}").text
    assert "all that this campaign ever publishes, guesses right at most 72 of 100 times" in page
    assert "in every month of a year: at most 98 of 100 times" in page
    assert "50 of 100 is what tossing a coin would give" in page


def test_a_choice_shows_its_category_and_links_to_others(client: FlaskClient, release_id: int) -> None:
    lines = read_csv(client, release_id)
    page = client.get(f"/data/releases/{release_id}?by.topic=water&level=1&measure=incidents").text
    [water] = find(lines, area_code="_T", topic="water", measure="incidents")
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert f"About {int(water['value']):,} incidents" in words
    assert "Only these: Topic: Water" in words
    assert page.count('<g class="area') == 1
    assert ["Country", f"{int(water['value']):,}"] in [row[:2] for row in list_rows(page)]


def test_the_months_of_the_cube_stand_side_by_side(program: Program, client: FlaskClient, release_id: int) -> None:
    with program.owner.begin() as connection:
        world = open_world(connection)
        world.add_reports(range(2_000, 2_150), at=OCTOBER)
        october = world.release("2026-10").release_id
    page = client.get(f"/data/releases/{release_id}").text
    assert f"/data/releases/{october}" in page
    months = [row[0] for row in list_rows(page) if re.fullmatch(r"\w+ 2026", row[0])]
    assert months == ["October 2026", "November 2026"]
    with program.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO release_withdrawal (release_id, reason) VALUES (:id, 'x')"), {"id": october}
        )
    months = [row[0] for row in list_rows(client.get(f"/data/releases/{release_id}").text) if row[0].endswith("2026")]
    assert months == ["November 2026"]


def test_a_revision_from_before_there_was_a_budget_promises_nothing_of_other_cubes(
    program: Program, client: FlaskClient
) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(100))
        world.release()
        release_id = world.release(at=SETTLED + timedelta(days=181)).release_id
        earlier = {"best_guess_of_100": 63.7, "best_guess_all_of_100": 69.0}
        connection.execute(text("ALTER TABLE release DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE release SET policy = policy - 'best_guess_caps' || CAST(:earlier AS jsonb)"),
            {"earlier": json.dumps(earlier)},
        )
        connection.execute(text("ALTER TABLE release ENABLE TRIGGER USER"))
    page = client.get(f"/data/releases/{release_id}").text
    lines = client.get(f"/data/releases/{release_id}/quality.json").get_json()["lines"]
    assert [line["value"] for line in lines if line["key"].startswith("best_guess")] == [64]
    assert (
        "Best guess about one person from these figures alone"
        in client.get(f"/data/releases/{release_id}/quality").text
    )
    assert "From these figures alone, somebody who knows everything else guesses right at most 64 of 100 times" in page
    assert "Together with the count that it revises: at most 69 of 100 times" in page


def test_a_cube_that_is_counted_by_the_week_shows_its_weeks(program: Program, client: FlaskClient) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        connection.execute(
            text("UPDATE campaign SET settings = CAST(:settings AS jsonb)"),
            {"settings": json.dumps({"cubes": {"incidents": {"period": "week", "settling_days": 3}}})},
        )
        world.add_reports(range(100))  # on a Tuesday
        world.add_reports(range(100), at=NOVEMBER - timedelta(days=14))
        for week in ("2026-W44", "2026-W46"):
            release_id = world.release(week).release_id
    page = client.get(f"/data/releases/{release_id}").text
    assert "reported in the week from 9 November 2026." in page
    weeks = [row[0] for row in list_rows(page) if row[0].startswith("the week from")]
    assert weeks == [f"the week from {day} 2026" for day in ("26 October", "2 November", "9 November")]


def test_how_many_people_reported_the_same_incident_is_told_from_published_figures(
    program: Program, client: FlaskClient
) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        for _ in range(100):
            incident = world.add_incident()
            for sender in range(3):
                world.add_report(len(world.contacts) + sender, incident_id=incident)
        release_id = world.release().release_id
    lines = json.loads(client.get(f"/data/releases/{release_id}/quality.json").text)["lines"]
    [line] = [line for line in lines if line["key"] == "people_per_incident"]
    counted = {line["about"]: line["value"] for line in lines if line["key"] == "counted"}
    assert line["value"] == pytest.approx(counted["people"] / counted["incidents"], rel=0.1)
    assert 2 < line["value"] < 4
    assert 0 < line["standard_error"] < 0.5
    rows = {
        row[0]: row[1] for row in list_rows(client.get(f"/data/releases/{release_id}/quality").text) if len(row) > 1
    }
    assert re.match(r"\d\.\d+ ?±", rows["People who reported the same incident, on average"])
    assert rows["Agreement of two moderators"] == "not measured"


def test_the_comparison_with_the_census_names_disability_and_urban_areas_in_words(
    program: Program, client: FlaskClient
) -> None:
    people = text(
        "INSERT INTO population (campaign_id, area_code, area_level, sex, age, disability, phone, urban, year, source,"
        " value) VALUES (:campaign, :area, 2, '_T', 'Y_GE15', :disability, '_T', '_T', 2020, 'census', :value)"
    )
    with program.owner.begin() as connection:
        world = make_world(connection)
        connection.execute(text("UPDATE area SET is_urban = code = 'east' WHERE level = 2"))
        for area in ("east", "west"):
            for disability, value in (("with", 5_000), ("without", 45_000)):
                values = {"campaign": world.campaign_id, "area": area, "disability": disability, "value": value}
                connection.execute(people, values)
        for sender in range(200):
            world.add_report(sender, area="west" if sender % 4 else "east")
            world.add_profile(sender, sex=None, age=None, difficulty={"any": 3 if sender % 2 else 1})
        world.define_cubes({"incidents": {"dimensions": ["difficulty", "urban"], "levels": []}})
        release_id = world.release().release_id
    page = client.get(f"/data/releases/{release_id}").text
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Who is missing: Disability" in words
    assert "Who is missing: Urban or rural" in words
    compared = {row[0]: row[2] for row in list_rows(page) if len(row) == 3}
    assert compared["With a great difficulty"] == "over-represented"
    assert compared["Urban areas"] == "left out"


def test_an_answer_is_a_share_of_those_who_answered(program: Program, client: FlaskClient) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        choices = [
            {"code": "yes", "label": {"en": "It runs", "fr": "Il coule"}},
            {"code": "no", "label": {"en": "Dry"}},
        ]
        asked = {"code": "works", "text": {"en": "Does the tap run?", "fr": "Coule-t-il ?"}, "choices": choices}
        form = {"code": "supply", "questions": [asked]}
        cube = {"dimensions": ["topic", "answer:supply.works"], "measures": ["answer:supply.works=yes"], "levels": [1]}
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:forms AS jsonb), settings = CAST(:settings AS jsonb)"),
            {"forms": json.dumps({"forms": [form]}), "settings": json.dumps({"cubes": {"incidents": cube}})},
        )
        for count, answer in ((150, "yes"), (50, "no")):
            for _ in range(count):
                report = world.add_report(len(world.contacts))
                answers = {"id": report, "answers": json.dumps({"works": answer})}
                connection.execute(text("UPDATE report SET answers = CAST(:answers AS jsonb) WHERE id = :id"), answers)
        release_id = world.release().release_id
    page = client.get(f"/data/releases/{release_id}?measure=answer:supply.works%3Dyes").text
    found = re.search(r"That is (\d+)% of about (\d+) people who answered", page)
    assert found is not None
    assert 60 <= int(found[1]) <= 90
    assert 160 <= int(found[2]) <= 240
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert re.search(r"About \d+ people, .* answered “It runs” in November 2026: Does the tap run\?", words)
    [country] = [row for row in list_rows(page) if row[0] == "Country" and len(row) > 4]
    assert re.fullmatch(r"\d+% of \d+", country[4])
    assert {"It runs", "Dry", "Unknown"} < {row[0] for row in list_rows(page)}
    assert ["answer:supply.works=yes", "Does the tap run? It runs"] in list_rows(page)
    quality = client.get(f"/data/releases/{release_id}/quality").text
    assert "People of whom this is known: Does the tap run?" in quality
    french = client.get(f"/data/releases/{release_id}", headers={"Accept-Language": "fr"}).text
    assert "Coule-t-il ? Il coule" in french
    for each in (page, quality, french):  # a code stands in addresses and in the dictionary of the files, nowhere else
        read = re.sub(
            r"<[^>]+>", " ", re.sub(r'<details class="(dictionary|copy)">.*?</details>', "", each, flags=re.DOTALL)
        )
        assert "supply.works" not in read


def test_months_of_several_years_say_how_often_a_guess_about_all_of_them_is_right(
    program: Program, client: FlaskClient
) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(100))
        world.add_reports(range(100), at=NOVEMBER - timedelta(days=365))
        change = "UPDATE campaign SET settings = jsonb_set(settings, '{best_guess}', CAST(:caps AS jsonb))"
        connection.execute(text(change), {"caps": json.dumps({"month": 70, "year": 90})})
        for month in ("2025-11", "2026-11"):
            world.release(month)
        whole = world.release("all").release_id
    page = client.get(f"/data/releases/{whole}").text
    assert "guesses right at most 70 of 100 times" in page
    assert "in every month of these: at most 97 of 100" in page


def test_the_latest_release_is_at_an_address_that_stays(program: Program, client: FlaskClient, release_id: int) -> None:
    assert f"/data/releases/{release_id}.csv" in client.get("/data/counted/incidents/").text
    with program.owner.begin() as connection:
        newer = open_world(connection).release("2026").release_id
    assert f"/data/releases/{newer}.csv" in client.get("/data/counted/incidents/").text
    listing = client.get("/data/").text
    assert f"/data/releases/{newer}" in listing
    assert f"/data/releases/{release_id}" in listing


@pytest.mark.parametrize("name", [".csv", ".geojson", "/areas.geojson", "/quality.json", "/tiles/0/0/0.mvt"])
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
    names = (".csv", ".geojson", "/areas.geojson", "/areas.geojson?level=1", "/quality.json", "/tiles/0/0/0.mvt")
    assert len({client.get(f"/data/releases/{release_id}{name}").headers["ETag"] for name in names}) == len(names)


@pytest.mark.parametrize(
    "path",
    [
        "/data/releases/999",
        "/data/releases/999.csv",
        "/data/releases/999/quality",
        "/data/releases/999/quality.json",
        "/data/releases/1.doc",
        "/data/releases/1.ods",
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


@pytest.mark.parametrize(
    "query", ["by.topic=x&month=y&measure=z&area=q", "level=9", "measure=", "by.topic=%00", "area=%00"]
)
@pytest.mark.usefixtures("release_id")
def test_a_selection_that_does_not_exist_shows_the_usual_page(client: FlaskClient, query: str) -> None:
    page = client.get(f"/data/counted/incidents/?{query}")
    assert page.status_code == 200
    assert re.search(r"About \d+ people", page.text)
    assert "East" in [row[0] for row in list_rows(page.text)]


def test_the_quality_report_is_a_page_to_print_and_json(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}/quality").text
    rows = {row[0]: row[1:] for row in list_rows(page) if len(row) == 3}
    assert rows["Agreement of two moderators"] == ["not measured", "PARIS21, UN NQAF"]
    assert rows["Groups that are surely left out, compared with the census"][0] == "not measured"
    assert re.fullmatch(r"\d+±.\d+", rows["People"][0])
    assert rows["Best guess about one person, of 100"][0] == "72"
    assert re.match(r"by their phone: \d+±.\d+\(\d+%\)named by an", rows["How people were told apart"][0])
    assert "Where an accredited volunteer reports" in client.get(f"/data/releases/{release_id}").text
    report = client.get(f"/data/releases/{release_id}/quality.json").get_json()
    lines = {(line["key"], line.get("about", "")): line for line in report["lines"]}
    assert lines["counted", "people"]["standard_error"] > 0
    assert lines["agreement_of_moderators", ""]["value"] == "not measured"
    units = {part["code"]: part for part in lines["unit", ""]["parts"]}
    assert list(units) == ["phone", "affected", "volunteer", "browser", "copies", "unknown"]
    assert all(part["standard_error"] > 0 for part in units.values())
    assert units["phone"]["share"] > 0.5
    assert all(part["share"] is None for part in units.values() if part["value"] is None)
    assert units["unknown"]["value"] is None
    frameworks = {name for line in report["lines"] for name in line["frameworks"]}
    assert frameworks == {"PARIS21", "UN NQAF", "Copenhagen", "KeSQAF"}


def test_with_nothing_published_the_list_says_so(client: FlaskClient) -> None:
    assert "Nothing has been published yet" in client.get("/data/").text


@pytest.mark.usefixtures("release_id")
def test_the_pages_keep_the_content_security_policy(client: FlaskClient) -> None:
    for path in ("/data/", "/data/counted/incidents/", "/data/releases/1/quality"):
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
    for path in ("/data/", "/data/counted/incidents/", "/data/releases/1.csv", "/data/releases/1/quality.json"):
        words = set(re.findall(r"\w+", client.get(path).text))
        assert not words & set(references)
