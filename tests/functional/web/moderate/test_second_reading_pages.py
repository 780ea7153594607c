"""The pages of second readings: what a second reader finds on them, and what not."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING, SUPERVISOR
from reporting.bootstrap import Program
from reporting.jobs import jobs
from reporting.moderation import decisions
from reporting.moderation.second_reading.sample import sample_decided
from tests.factories.moderation import Desk, add_square, sign_in


@pytest.fixture
def reports(program: Program, campaign: int) -> dict[str, int]:
    """A report that ama has approved, which is in the sample, and a sensitive one that waits."""
    with program.owner.begin() as connection:
        policy = """{"second_reading": {"percent": 100}}"""
        connection.execute(text("UPDATE campaign SET settings = CAST(:it AS jsonb)"), {"it": policy})
        desk = add_square(Desk(connection, campaign))
        roles = {"ama": MODERATOR, "kofi": MODERATOR, "sita": SUPERVISOR, "sara": SAFEGUARDING, "omar": SAFEGUARDING}
        people = {name: desk.add_person(name, role) for name, role in roles.items()}
        sampled = desk.add_report("no water in the school", reference="TAKEN22")
        decisions.approve(connection, sampled, people["ama"])
        sample_decided(connection, program.sample_key)
        sensitive = desk.add_report("zebra quartz", reference="HELD333", is_sensitive=True, sensitive_reason="minor")
    return {"sampled": sampled, "sensitive": sensitive}


def enter(app: Flask, name: str) -> FlaskClient:
    """A browser in which somebody has signed in."""
    client = app.test_client()
    sign_in(client, name)
    return client


def find_action(page: str) -> str:
    """Where the form of a verdict leads."""
    [action] = {*re.findall(r'action="(/moderate/second/\d+(?:/settle)?)"', page)}
    return str(action)


def test_a_second_reader_decides_without_seeing_what_was_decided(app: Flask, reports: dict[str, int]) -> None:
    first = enter(app, "ama")
    assert "Nothing waits for you." in first.get("/moderate/second").text
    second = enter(app, "kofi")
    assert "1 report waits for you." in second.get("/moderate/second").text
    page = second.post("/moderate/second/next", follow_redirects=True).text
    assert "no water in the school" in page
    assert not any(each in page for each in ("TAKEN22", "approved it", "<bdi>ama</bdi>", 'class="state'))
    around = second.get(f"/moderate/reports/{reports['sampled']}")  # the way around leads back
    assert around.location == find_action(page)
    done = second.post(find_action(page), data={"verdict": "approved", "topic": "_none"}, follow_redirects=True)
    assert "Both readers decided the same." in done.text
    assert "Nothing waits for you." in done.text


def test_a_supervisor_settles_what_two_disagree_on(app: Flask, program: Program, reports: dict[str, int]) -> None:
    second, supervisor = enter(app, "kofi"), enter(app, "sita")
    page = second.post("/moderate/second/next", follow_redirects=True).text
    done = second.post(find_action(page), data={"verdict": "rejected", "reason": "test"}, follow_redirects=True)
    assert "a third person settles it" in done.text
    assert "Two readers disagree" not in done.text
    listed = supervisor.get("/moderate/second").text
    [link] = re.findall(r'href="(/moderate/second/\d+/settle)"', listed)
    assert second.get(link).status_code == 404
    told = supervisor.get(link).text
    assert "rejected: A test message" in told
    assert "approved; Topic: not known" in told
    settled = supervisor.post(find_action(told), data={"verdict": "rejected", "reason": "test"}, follow_redirects=True)
    assert "Settled" in settled.text
    with program.app.begin() as connection:
        query = text("SELECT state FROM report WHERE id = :id")
        assert connection.execute(query, {"id": reports["sampled"]}).scalar_one() == "rejected"


def test_a_sensitive_report_is_held_and_handed_to_the_role_alone(app: Flask, reports: dict[str, int]) -> None:
    sara, omar = enter(app, "sara"), enter(app, "omar")
    path = f"/moderate/reports/{reports['sensitive']}"
    said = sara.post(f"{path}/approve", data={"seen": "0", "confirmed": "1"}, follow_redirects=True).text
    assert "It counts once a second person" in said
    page = sara.get(path).text
    assert "Somebody has decided on this report." in page
    assert f'action="{path}/approve"' not in page
    assert sara.post(f"{path}/reject", data={"reason": "test"}).status_code == 409
    assert "zebra" not in enter(app, "kofi").post("/moderate/second/next", follow_redirects=True).text
    read = omar.post("/moderate/second/next", follow_redirects=True).text
    assert "zebra quartz" in read  # sensitive ones come first
    assert enter(app, "kofi").get(find_action(read)).status_code == 404
    omar.post(find_action(read), data={"verdict": "approved", "topic": "_none"})
    assert "approved it" in omar.get(path).text


def test_a_form_without_a_verdict_changes_nothing(app: Flask, reports: dict[str, int]) -> None:
    client = enter(app, "kofi")
    action = find_action(client.post("/moderate/second/next", follow_redirects=True).text)
    assert client.post(action, data={}).status_code == 422
    assert client.post(action, data={"verdict": "rejected"}).status_code == 422
    assert client.post("/moderate/second/999", data={"verdict": "approved"}).status_code == 404
    assert client.get(action).status_code == 200
    assert reports


def test_the_hourly_job_takes_the_sample(
    app: Flask, program: Program, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with program.owner.begin() as connection:
        policy = """{"second_reading": {"percent": 100}}"""
        connection.execute(text("UPDATE campaign SET settings = CAST(:it AS jsonb)"), {"it": policy})
        desk = Desk(connection, campaign)
        decisions.approve(connection, desk.add_report(), desk.add_person("ama"))
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    jobs.purge_reports()
    with program.app.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM second_reading")).scalar_one() == 1
    assert app
