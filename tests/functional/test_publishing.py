"""Publishing is a decision: looked at, confirmed by a typed word, by two where it is delicate, and can be withdrawn."""

import csv
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from reporting.accounts.role import MODERATOR, SUPERVISOR
from reporting.bootstrap import Program
from reporting.publishing.release_queries import list_releases
from tests.moderation_factory import Desk, sign_in
from tests.release_factory import World, make_world

WHY = "Reports of a training were counted"


class Bureau:
    """A campaign with figures to publish and the people who do it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with program.owner.begin() as connection:
            world = make_world(connection)
            world.add_reports(range(12))
            world.add_reports([1, 2], area="west")
            desk = Desk(connection, world.campaign_id)
            for name, role in (("sita", SUPERVISOR), ("hari", SUPERVISOR), ("ama", MODERATOR)):
                desk.add_person(name, role)
        self.campaign_id, self.topics = world.campaign_id, world.topics

    def add(self, senders: range, **columns: object) -> None:
        """More approved reports."""
        with self.program.owner.begin() as connection:
            world = World(connection, self.campaign_id, self.topics)
            world.numbers = iter(range(1_000 + senders.start, 10**6))  # type: ignore[assignment]
            rows = connection.execute(text("SELECT convert_from(address_hash, 'UTF8') AS number, id FROM contact"))
            world.contacts = {int(row.number): row.id for row in rows}
            for sender in senders:
                world.add_report(sender, **columns)  # type: ignore[arg-type]

    def read(self, statement: str) -> object:
        """One value."""
        with self.program.owner.begin() as connection:
            return connection.execute(text(statement)).scalar()


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


def publish(client: FlaskClient, period: str = "2026-11", typed: str | None = None) -> object:
    form = read_form(client.get(f"/moderate/releases/preview?period={period}").text)
    return client.post("/moderate/releases", data={**form, "typed": period if typed is None else typed})


def test_the_preview_shows_what_would_be_published_and_writes_nothing(sita: FlaskClient, bureau: Bureau) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", sita.get("/moderate/releases/preview?period=2026-11").text).split())
    assert "Cells with figures 1 Cells too small to be shown 1" in page
    assert "new East Water November 2026 – 12 12" in page
    assert "named without a figure West Water November 2026 – – –" in page
    assert bureau.read("SELECT count(*) FROM release") == 0


def test_a_second_preview_shows_only_what_changes_against_the_last_release(sita: FlaskClient, bureau: Bureau) -> None:
    publish(sita)
    assert "every cell is as it was published" in sita.get("/moderate/releases/preview?period=2026-11").text
    bureau.add(range(20, 30))
    bureau.add(range(40, 50), topic="road", area="west")
    page = " ".join(re.sub(r"<[^>]+>", " ", sita.get("/moderate/releases/preview?period=all").text).split())
    assert "other East Water November 2026 12 22 22" in page
    assert "new West Roads November 2026 – 10 10" in page
    bureau.read("UPDATE report SET state = 'rejected' WHERE topic_id = (SELECT min(id) FROM topic) RETURNING id")
    page = " ".join(re.sub(r"<[^>]+>", " ", sita.get("/moderate/releases/preview?period=2026-11").text).split())
    assert "goes East Water November 2026 12 – –" in page


@pytest.mark.parametrize("typed", ["", "yes", "2026", "2026-12", "all"])
def test_without_the_typed_word_nothing_is_published(sita: FlaskClient, bureau: Bureau, typed: str) -> None:
    answer = publish(sita, typed=typed)
    assert answer.status_code == 400
    assert "type “2026-11” to say that you mean it" in answer.text
    assert bureau.read("SELECT count(*) FROM release") == 0


def test_what_was_not_looked_at_is_not_published(sita: FlaskClient, bureau: Bureau) -> None:
    form = read_form(sita.get("/moderate/releases/preview?period=2026-11").text)
    bureau.add(range(20, 35))
    answer = sita.post("/moderate/releases", data={**form, "typed": "2026-11"})
    assert answer.status_code == 409
    assert "Look again" in answer.text
    assert bureau.read("SELECT count(*) FROM release") == 0
    assert sita.post("/moderate/releases", data={"period": "2026-11", "typed": "2026-11"}).status_code == 409


def test_a_release_says_who_published_it(sita: FlaskClient, bureau: Bureau) -> None:
    assert publish(sita).status_code == 303
    assert "published by sita" in sita.get("/moderate/releases").text
    assert bureau.read("SELECT count(*) FROM release_approval WHERE prepared_by = approved_by") == 1
    with pytest.raises(ProgrammingError, match="appended only"):
        bureau.read("UPDATE release_approval SET approved_by = NULL RETURNING release_id")


@pytest.mark.parametrize("period", ["2026-10", "2025"])
def test_an_empty_release_is_refused_on_the_page_and_by_command(
    sita: FlaskClient, runner: FlaskCliRunner, bureau: Bureau, period: str
) -> None:
    preview = sita.get(f"/moderate/releases/preview?period={period}").text
    assert "nothing to publish" in preview
    assert 'name="digest"' not in preview
    answer = sita.post("/moderate/releases", data={"period": period, "typed": period})
    assert (answer.status_code, "nothing to publish" in answer.text) == (400, True)
    result = runner.invoke(args=["release", "build", "--cube", "incidents", "--period", period])
    assert (result.exit_code, result.output.strip().count("\n")) == (1, 0)
    assert "nothing to publish" in result.output
    assert bureau.read("SELECT count(*) FROM release") == 0


def test_a_release_of_small_cells_alone_is_an_empty_one(runner: FlaskCliRunner, bureau: Bureau) -> None:
    bureau.read("UPDATE report SET state = 'rejected' WHERE area_codes ->> '2' = 'east' RETURNING id")
    assert runner.invoke(args=["release", "build", "--cube", "incidents", "--period", "all"]).exit_code == 1


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
    assert "second person" in sita.get("/moderate/releases/preview?period=2026-11").text
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    paths = (f"/data/releases/{release}", f"/data/releases/{release}.csv", "/data/counted/incidents/")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    with program.public.begin() as connection:
        assert list_releases(connection) == []
        for table in ("release", "release_cell", "release_area"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    assert sita.post(f"{page}/approve", data={"typed": "2026-11"}).status_code == 409
    assert "somebody else must look at it" in sita.get(page).text
    assert hari.post(f"{page}/approve", data={"typed": "yes"}).status_code == 400
    assert "new" in hari.get(page).text
    assert hari.post(f"{page}/approve", data={"typed": "2026-11"}).status_code == 303
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    assert hari.post(f"{page}/approve", data={"typed": "2026-11"}).status_code == 409
    said = hari.get("/moderate/releases").text
    assert "prepared by sita" in said
    assert "published by hari" in said


def test_what_waits_is_not_published_over_a_later_release(sita: FlaskClient, hari: FlaskClient, bureau: Bureau) -> None:
    bureau.read("UPDATE topic SET is_urgent = true RETURNING id")
    publish(sita)
    first = bureau.read("SELECT id FROM release")
    bureau.read("UPDATE topic SET is_urgent = false RETURNING id")
    bureau.add(range(20, 21))
    publish(sita, "all")
    answer = hari.post(f"/moderate/releases/{first}/approve", data={"typed": "2026-11"})
    assert (answer.status_code, "prepare it anew" in answer.text) == (409, True)


def test_a_release_that_waits_hides_no_change_of_one_person(sita: FlaskClient, bureau: Bureau) -> None:
    """What nobody has read is no figure that could be compared with."""
    bureau.read("UPDATE topic SET is_urgent = true RETURNING id")
    publish(sita)
    bureau.add(range(20, 21))
    page = " ".join(re.sub(r"<[^>]+>", " ", sita.get("/moderate/releases/preview?period=2026-11").text).split())
    assert "new East Water November 2026 – 13 13" in page


def test_a_withdrawn_release_stays_listed_with_its_reason_and_without_figures(
    sita: FlaskClient, client: FlaskClient, bureau: Bureau, program: Program
) -> None:
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": ""}).status_code == 400
    assert sita.post(f"{page}/withdraw", data={"reason": "  ", "typed": "2026-11"}).status_code == 400
    assert client.get(f"/data/releases/{release}.csv").status_code == 200
    tag = client.get(f"/data/releases/{release}.csv").headers["ETag"]
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-11"}).status_code == 303
    for path in ("/data/", f"/data/releases/{release}", "/data/counted/incidents/", page):
        answer = client.get(path) if path.startswith("/data") else sita.get(path)
        assert answer.status_code == 200
        assert WHY in answer.text
        assert "Withdrawn on" in answer.text
    shown = client.get(f"/data/releases/{release}").text
    assert ".csv" not in shown
    assert not re.search(r"<td[^>]*>12<", shown)
    assert "How good are these figures" not in shown
    for path in (".csv", ".geojson", "/areas.geojson", "/tiles/0/0/0.mvt"):
        gone = client.get(f"/data/releases/{release}{path}", headers={"If-None-Match": tag})
        assert (gone.status_code, gone.content_type) == (410, "application/problem+json")
        assert WHY in gone.json["detail"]
        assert gone.headers["Cache-Control"] == "no-store"
    with program.public.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM release")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM release_cell")).scalar() == 0
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-11"}).status_code == 409


def test_one_alone_withdraws_what_took_two_to_publish_and_is_named(
    sita: FlaskClient, hari: FlaskClient, client: FlaskClient, bureau: Bureau
) -> None:
    bureau.read("UPDATE topic SET sensitivity = 'high' WHERE code = 'water' RETURNING id")
    publish(sita)
    release = bureau.read("SELECT id FROM release")
    page = f"/moderate/releases/{release}"
    hari.post(f"{page}/approve", data={"typed": "2026-11"})
    for form in ({}, {"reason": WHY}, {"typed": "2026-11"}, {"reason": WHY, "typed": "yes"}):
        assert sita.post(f"{page}/withdraw", data=form).status_code == 400
    assert client.get(f"/data/releases/{release}.csv").status_code == 200
    assert sita.post(f"{page}/withdraw", data={"reason": WHY, "typed": "2026-11"}).status_code == 303
    assert client.get(f"/data/releases/{release}.csv").status_code == 410
    listed = hari.get("/moderate/releases").text
    assert "published by hari" in listed
    assert "withdrawn by sita" in listed
    assert "sita" not in client.get(f"/data/releases/{release}").text  # whom the public need not know
    assert hari.post(f"{page}/approve", data={"typed": "2026-11"}).status_code == 409


def test_the_newest_page_is_that_of_the_newest_release_that_stands(
    sita: FlaskClient, client: FlaskClient, bureau: Bureau, runner: FlaskCliRunner
) -> None:
    publish(sita)
    publish(sita, "2026")
    newest = bureau.read("SELECT max(id) FROM release")
    runner.invoke(args=["release", "withdraw", str(newest), "--why", WHY])
    page = client.get("/data/counted/incidents/").text
    assert "November 2026, version 1" in page
    assert re.search(r"<td[^>]*>12<", page)


def test_only_supervisors_look_publish_and_withdraw(app: Flask, client: FlaskClient, bureau: Bureau) -> None:  # noqa: ARG001
    moderator = app.test_client()
    sign_in(moderator, "ama")
    for path in ("/preview?period=all", "/1"):
        assert moderator.get(f"/moderate/releases{path}").status_code == 403
    for path in ("", "/1/approve", "/1/withdraw"):
        assert moderator.post(f"/moderate/releases{path}").status_code == 403
        assert client.post(f"/moderate/releases{path}").status_code in (302, 401)


def test_the_commands_rehearse_build_tell_quality_and_withdraw(
    runner: FlaskCliRunner, bureau: Bureau, tmp_path: Path
) -> None:
    cube = ["--cube", "incidents", "--period", "2026-11"]
    rehearsed = runner.invoke(args=["release", "rehearse", *cube])
    assert rehearsed.exit_code == 0
    lines = list(csv.DictReader(rehearsed.stdout.splitlines()))
    assert {"change": "added", "area_code": "east", "topic": "water", "month": "2026-11", "measure": "reports",
            "before": "", "value": "12", "obs_status": "A"} in lines  # fmt: skip
    assert [line["value"] for line in lines if line["area_code"] == "west"] == ["", ""]
    assert bureau.read("SELECT count(*) FROM release") == 0
    built = runner.invoke(args=["release", "build", *cube])
    release = built.stdout.strip()
    assert release.isdecimal()
    quality = json.loads(runner.invoke(args=["quality", release, "--json"]).stdout)
    assert quality["release"] == int(release)
    assert "suppressed_share" in quality
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
    cube = ["--cube", "incidents", "--period", "2026-11"]
    assert "second person" in runner.invoke(args=["release", "rehearse", *cube]).stderr
    waiting = runner.invoke(args=["release", "build", *cube]).stdout.strip()
    assert client.get(f"/data/releases/{waiting}").status_code == 404
    assert runner.invoke(args=["release", "approve", waiting]).exit_code == 0
    assert client.get(f"/data/releases/{waiting}").status_code == 200
    agreed = runner.invoke(args=["release", "build", *cube, "--approve"]).stdout.strip()
    assert client.get(f"/data/releases/{agreed}").status_code == 200
