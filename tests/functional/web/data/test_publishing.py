"""Publishing is a decision: looked at, confirmed by a typed word, by two where it is delicate, and can be withdrawn."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from reporting.bootstrap import Program
from reporting.publishing.release_queries import list_releases
from tests.factories.moderation import sign_in
from tests.factories.release import AUGUST
from tests.functional.web.data.bureau import Bureau

WHY = "Reports of a training were counted"


@pytest.fixture
def bureau(program: Program) -> Bureau:
    return Bureau(program)


@pytest.fixture
def sita(app: Flask, bureau: Bureau) -> FlaskClient:  # noqa: ARG001
    client = app.test_client()
    sign_in(client, "sita")
    return client


@pytest.fixture
def hari(app: Flask, bureau: Bureau) -> FlaskClient:  # noqa: ARG001
    client = app.test_client()
    sign_in(client, "hari")
    return client


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def read_form(page: str) -> dict[str, str]:
    """The hidden fields of the form that publishes."""
    return dict(re.findall(r'name="(cube|period|digest)" value="([^"]*)"', page))


def publish(client: FlaskClient, period: str = "2026-08", typed: str | None = None) -> object:
    form = read_form(client.get(f"/moderate/releases/preview?period={period}").text)
    return client.post("/moderate/releases", data={**form, "typed": period if typed is None else typed})


def read(client: FlaskClient, path: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(path).text).split())


PREVIEW = "/moderate/releases/preview?period=2026-08"


def test_the_preview_shows_what_would_be_published_and_writes_nothing(sita: FlaskClient, bureau: Bureau) -> None:
    page = read(sita, PREVIEW)
    found = re.search(r"About (\d+) people, give or take \d+, reported in August 2026", page)
    assert found is not None
    assert 180 <= int(found[1]) <= 225
    assert re.search(r"The whole country \d+ \d+ Areas of level 1 \d+ \d+ Areas of level 2 \d+ \d+", page)
    assert f"new The whole country All – {found[1]}" in page
    assert "spends protection" in page
    assert "August 2026: 64 of 100, of 72 that the campaign allows" in page
    assert "2026: 64 of 100, of 98 that the campaign allows" in page
    assert bureau.read("SELECT count(*) FROM release") == 0


def test_a_month_that_still_settles_is_shown_and_not_published(sita: FlaskClient, bureau: Bureau) -> None:
    """The demonstration of a month that is not over: whenever the tests run, its reports are of this month."""
    month = f"{datetime.now(UTC):%Y-%m}"
    bureau.add(range(500, 580), at=datetime.now(UTC) - timedelta(minutes=1))
    page = sita.get(f"/moderate/releases/preview?period={month}").text
    assert "it can be published from" in page
    assert 'name="digest"' not in page
    answer = sita.post("/moderate/releases", data={"period": month, "typed": month})
    assert answer.status_code == 400
    assert bureau.read("SELECT count(*) FROM release") == 0
    assert "can be published from" in read(sita, "/moderate/releases")


def test_the_list_says_where_each_month_stands(sita: FlaskClient, bureau: Bureau) -> None:
    assert "August 2026 : 202 reports approved so far , can be published" in read(sita, "/moderate/releases")
    publish(sita)
    page = read(sita, "/moderate/releases")
    assert "August 2026 : published, can be revised once from" in page
    release = bureau.read("SELECT id FROM release")
    assert sita.post(f"/moderate/releases/{release}/withdraw", data={"reason": WHY, "typed": "2026-08"})
    assert "August 2026 : withdrawn, can be revised" in read(sita, "/moderate/releases")


def test_a_published_month_is_not_drawn_again_before_its_revision_is_due(sita: FlaskClient, bureau: Bureau) -> None:
    publish(sita)
    bureau.add(range(400, 450))
    page = sita.get(PREVIEW).text
    assert "It can be revised once, from" in page
    assert 'name="digest"' not in page
    answer = sita.post("/moderate/releases", data={"period": "2026-08", "typed": "2026-08"})
    assert answer.status_code == 400
    assert bureau.read("SELECT count(*) FROM release") == 1


def test_a_month_that_other_cubes_have_spent_is_refused_and_the_list_says_what_is_left(
    sita: FlaskClient, bureau: Bureau
) -> None:
    cubes = {name: {"dimensions": ["topic"], "levels": [1]} for name in ("one", "two", "three")}
    bureau.read(f"UPDATE campaign SET settings = '{json.dumps({'cubes': cubes})}' RETURNING id")
    assert "Protection that is left" not in read(sita, "/moderate/releases")
    for cube in ("one", "two"):
        form = read_form(sita.get(f"{PREVIEW}&cube={cube}").text)
        assert sita.post("/moderate/releases", data={**form, "typed": "2026-08"}).status_code == 303
    page = sita.get(f"{PREVIEW}&cube=three").text
    assert "Too little protection of August 2026 is left for this count" in page
    assert "There is room from September 2026 on" in page
    assert 'name="digest"' not in page
    answer = sita.post("/moderate/releases", data={"cube": "three", "period": "2026-08", "typed": "2026-08"})
    assert answer.status_code == 400
    assert "Too little protection of August 2026 is left" in answer.text
    refused = sita.application.test_cli_runner().invoke(
        args=["release", "build", "--cube", "three", "--period", "2026-08"]
    )
    assert refused.exit_code == 1
    assert "of 2026-08 0.378 of 1.358 is left (spent by: one 0.49, two 0.49;" in refused.stderr
    assert bureau.read("SELECT count(*) FROM cube_month") == 2
    listed = read(sita, "/moderate/releases")
    assert "no protection left for a further count" in listed
    assert "2026 69 98 94% August 2026 69 72 28%" in listed


def test_a_year_is_the_sum_of_its_published_months_and_costs_nothing(sita: FlaskClient, bureau: Bureau) -> None:
    answer = sita.get("/moderate/releases/preview?period=2026")
    assert answer.status_code == 400
    assert "No month of this is published yet" in answer.text
    publish(sita)
    page = read(sita, "/moderate/releases/preview?period=2026")
    assert "it adds up months that are published" in page
    assert publish(sita, "2026").status_code == 303
    assert bureau.read("SELECT count(*) FROM cube_month") == 1


def test_the_weeks_of_a_cube_by_the_week_are_listed(sita: FlaskClient, bureau: Bureau) -> None:
    cubes = {"weekly": {"period": "week", "settling_days": 3}}
    bureau.read("UPDATE campaign SET settings = '" + json.dumps({"cubes": cubes}) + "' RETURNING id")
    page = read(sita, "/moderate/releases")
    assert "the week from 10 August 2026 : can be published" in page
    assert "the week from 27 July 2026" in page  # of which Saturday is in August
    assert "the week from 20 July 2026" not in page
    assert "About" in read(sita, "/moderate/releases/preview?cube=weekly&period=2026-W33")


def test_a_supervisor_chooses_among_the_cubes_of_the_campaign(sita: FlaskClient, bureau: Bureau) -> None:
    cubes = {name: {"dimensions": ["topic"], "levels": [level]} for name, level in (("by_province", 1), ("broken", 9))}
    bureau.read(f"UPDATE campaign SET settings = '{json.dumps({'cubes': cubes})}' RETURNING id")
    page = read(sita, "/moderate/releases")
    assert "by_province" in page
    assert "no boundaries of level 9 are loaded" in page
    answer = sita.get("/moderate/releases/preview?cube=by_province&period=2026-08").text
    assert "Areas of level 1" in answer
    assert "Areas of level 2" not in answer
    form = read_form(answer)
    assert form["cube"] == "by_province"
    assert sita.post("/moderate/releases", data={**form, "typed": "2026-08"}).status_code == 303
    assert bureau.read("SELECT cube FROM release") == "by_province"


@pytest.mark.parametrize("typed", ["", "yes", "2026", "2026-09", "all"])
def test_without_the_typed_word_nothing_is_published(sita: FlaskClient, bureau: Bureau, typed: str) -> None:
    answer = publish(sita, typed=typed)
    assert answer.status_code == 400
    assert "type “2026-08” to say that you mean it" in answer.text
    assert bureau.read("SELECT count(*) FROM release") == 0


def test_what_was_not_looked_at_is_not_published(sita: FlaskClient, bureau: Bureau) -> None:
    form = read_form(sita.get("/moderate/releases/preview?period=2026-08").text)
    bureau.add(range(700, 730))
    answer = sita.post("/moderate/releases", data={**form, "typed": "2026-08"})
    assert answer.status_code == 409
    assert "Look again" in answer.text
    assert bureau.read("SELECT count(*) FROM release") == 0
    assert sita.post("/moderate/releases", data={"period": "2026-08", "typed": "2026-08"}).status_code == 409


def test_a_release_says_who_published_it(sita: FlaskClient, bureau: Bureau) -> None:
    assert publish(sita).status_code == 303
    assert "published by sita" in sita.get("/moderate/releases").text
    assert bureau.read("SELECT count(*) FROM release_approval WHERE prepared_by = approved_by") == 1
    with pytest.raises(ProgrammingError, match="appended only"):
        bureau.read("UPDATE release_approval SET approved_by = NULL RETURNING release_id")


def test_an_empty_release_is_refused_on_the_page_and_by_command(
    sita: FlaskClient, runner: FlaskCliRunner, bureau: Bureau
) -> None:
    preview = sita.get("/moderate/releases/preview?period=2026-07").text
    assert "nothing to publish" in preview
    assert 'name="digest"' not in preview
    answer = sita.post("/moderate/releases", data={"period": "2026-07", "typed": "2026-07"})
    assert (answer.status_code, "nothing to publish" in answer.text) == (400, True)
    result = runner.invoke(args=["release", "build", "--cube", "incidents", "--period", "2026-07"])
    assert (result.exit_code, result.output.strip().count("\n")) == (1, 0)
    assert "nothing to publish" in result.output
    assert bureau.read("SELECT count(*) FROM release") == 0


@pytest.mark.parametrize(
    "mark",
    [
        "UPDATE topic SET is_urgent = true WHERE code = 'water' RETURNING id",
        "UPDATE topic SET sensitivity = 'high' WHERE code = 'water' RETURNING id",
        "INSERT INTO decision (campaign_id, report_id, kind) SELECT campaign_id, id, 'release' FROM report"
        " WHERE area_codes ->> '2' = 'east' LIMIT 1 RETURNING id",
    ],
    ids=["urgent", "sensitive", "once restricted"],
)
def test_a_delicate_release_is_seen_by_nobody_until_somebody_else_published_it(
    sita: FlaskClient, hari: FlaskClient, client: FlaskClient, bureau: Bureau, program: Program, mark: str
) -> None:
    bureau.read(mark)
    assert "second person" in sita.get("/moderate/releases/preview?period=2026-08").text
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    paths = (f"/data/releases/{release}", f"/data/releases/{release}.csv", "/data/counted/incidents/")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    with program.public.begin() as connection:
        assert list_releases(connection) == []
        for table in ("release", "release_cell", "release_area"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    assert sita.post(f"{page}/approve", data={"typed": "2026-08"}).status_code == 409
    assert "somebody else must look at it" in sita.get(page).text
    assert hari.post(f"{page}/approve", data={"typed": "yes"}).status_code == 400
    assert "new" in hari.get(page).text
    assert hari.post(f"{page}/approve", data={"typed": "2026-08"}).status_code == 303
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    assert hari.post(f"{page}/approve", data={"typed": "2026-08"}).status_code == 409
    said = hari.get("/moderate/releases").text
    assert "prepared by sita" in said
    assert "published by hari" in said


def test_a_withdrawn_release_stays_listed_with_its_reason_and_without_figures(
    sita: FlaskClient, client: FlaskClient, bureau: Bureau, program: Program
) -> None:
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": ""}).status_code == 400
    assert sita.post(f"{page}/withdraw", data={"reason": "  ", "typed": "2026-08"}).status_code == 400
    assert client.get(f"/data/releases/{release}.csv").status_code == 200
    tag = client.get(f"/data/releases/{release}.csv").headers["ETag"]
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-08"}).status_code == 303
    for path in ("/data/", f"/data/releases/{release}", "/data/counted/incidents/", page):
        answer = client.get(path) if path.startswith("/data") else sita.get(path)
        assert answer.status_code == 200
        assert WHY in answer.text
        assert "Withdrawn on" in answer.text
    shown = client.get(f"/data/releases/{release}").text
    assert ".csv" not in shown
    assert "give or take" not in shown
    assert "How good are these figures" not in shown
    for path in (".csv", ".geojson", "/areas.geojson", "/tiles/0/0/0.mvt"):
        gone = client.get(f"/data/releases/{release}{path}", headers={"If-None-Match": tag})
        assert (gone.status_code, gone.content_type) == (410, "application/problem+json")
        assert WHY in gone.json["detail"]
        assert gone.headers["Cache-Control"] == "no-store"
    with program.public.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM release")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM release_cell")).scalar() == 0
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-08"}).status_code == 409


def test_one_alone_withdraws_what_took_two_to_publish_and_is_named(
    sita: FlaskClient, hari: FlaskClient, client: FlaskClient, bureau: Bureau
) -> None:
    bureau.read("UPDATE topic SET sensitivity = 'high' WHERE code = 'water' RETURNING id")
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    hari.post(f"{page}/approve", data={"typed": "2026-08"})
    for form in ({}, {"reason": WHY}, {"typed": "2026-08"}, {"reason": WHY, "typed": "yes"}):
        assert sita.post(f"{page}/withdraw", data=form).status_code == 400
    assert client.get(f"/data/releases/{release}.csv").status_code == 200
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-08"}).status_code == 303
    assert client.get(f"/data/releases/{release}.csv").status_code == 410
    listed = hari.get("/moderate/releases").text
    assert "published by hari" in listed
    assert "withdrawn by sita" in listed
    assert "sita" not in client.get(f"/data/releases/{release}").text  # whom the public need not know
    assert hari.post(f"{page}/approve", data={"typed": "2026-08"}).status_code == 409


def test_the_newest_page_is_that_of_the_newest_release_that_stands(
    sita: FlaskClient, client: FlaskClient, bureau: Bureau, runner: FlaskCliRunner
) -> None:
    publish(sita)
    publish(sita, "2026")
    newest = bureau.read("SELECT max(id) FROM release")
    runner.invoke(args=["release", "withdraw", str(newest), "--why", WHY])
    page = client.get("/data/counted/incidents/").text
    assert "August 2026, version 1" in page
    assert "give or take" in page


def test_only_supervisors_look_publish_and_withdraw(app: Flask, client: FlaskClient, bureau: Bureau) -> None:  # noqa: ARG001
    moderator = app.test_client()
    sign_in(moderator, "ama")
    for path in ("/preview?period=2026-08", "/1"):
        assert moderator.get(f"/moderate/releases{path}").status_code == 403
    for path in ("", "/1/approve", "/1/withdraw"):
        assert moderator.post(f"/moderate/releases{path}").status_code == 403
        assert client.post(f"/moderate/releases{path}").status_code in (302, 401)


def test_the_commands_rehearse_build_tell_quality_and_withdraw(
    runner: FlaskCliRunner, bureau: Bureau, tmp_path: Path
) -> None:
    cube = ["--cube", "incidents", "--period", "2026-08"]
    rehearsed = runner.invoke(args=["release", "rehearse", *cube])
    assert rehearsed.exit_code == 0
    assert "2026-08: 1.358 of 1.358 is left, 0.868 after it" in rehearsed.stderr
    assert "guesses right at most 64 of 100 times whether a person reported in every month of it" in rehearsed.stderr
    expected = runner.invoke(args=["release", "rehearse", "--cube", "incidents", "--expected", "40"])
    assert "together spend up to 0.49 of protection in a month, and 1.358 is allowed" in expected.stderr
    lines = list(csv.DictReader(rehearsed.stdout.splitlines()))
    [country] = [
        line for line in lines if (line["area_code"], line["topic"], line["measure"]) == ("_T", "_T", "people")
    ]
    assert (country["change"], country["before"], country["obs_status"]) == ("added", "", "A")
    assert 180 <= int(country["value"]) <= 225
    assert bureau.read("SELECT count(*) FROM release") == 0
    built = runner.invoke(args=["release", "build", *cube])
    release = built.stdout.strip()
    assert release.isdecimal()
    quality = json.loads(runner.invoke(args=["quality", release, "--json"]).stdout)
    assert quality["release"] == int(release)
    assert quality["people"]["value"] == int(country["value"])
    assert runner.invoke(args=["release", "withdraw", release, "--why", " "]).exit_code == 1
    assert runner.invoke(args=["release", "withdraw", release, "--why", WHY]).exit_code == 0
    for args in (
        ["quality", release, "--json"],
        ["release", "export", release, "--format", "csv", "-o", str(tmp_path)],
    ):
        refused = runner.invoke(args=args)
        assert refused.exit_code == 1
        assert WHY in refused.output
    assert runner.invoke(args=["release", "withdraw", "999", "--why", WHY]).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_by_command_a_delicate_release_waits_unless_a_second_person_has_agreed(
    runner: FlaskCliRunner, client: FlaskClient, bureau: Bureau
) -> None:
    bureau.read("UPDATE topic SET is_urgent = true RETURNING id")
    cube = ["--cube", "incidents", "--period", "2026-08"]
    assert "second person" in runner.invoke(args=["release", "rehearse", *cube]).stderr
    waiting = runner.invoke(args=["release", "build", *cube]).stdout.strip()
    assert client.get(f"/data/releases/{waiting}").status_code == 404
    assert runner.invoke(args=["release", "approve", waiting]).exit_code == 0
    assert client.get(f"/data/releases/{waiting}").status_code == 200
    bureau.add(range(600, 700), at=AUGUST - timedelta(days=31))
    july = ["--cube", "incidents", "--period", "2026-07"]
    agreed = runner.invoke(args=["release", "build", *july, "--approve"]).stdout.strip()
    assert client.get(f"/data/releases/{agreed}").status_code == 200
