"""One key approves a report with all of its incident that wait and that nobody else has; one click takes it back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.moderation.incident.together import find_together
from reporting.moderation.report.assignment import assign, snooze
from tests.factories.burst_pipe import WORDS, Scene
from tests.factories.moderation import Desk, sign_in

SWAPPED = {"HX-Request": "true", "HX-Target": "reader"}


@pytest.fixture
def scene(program: Program, campaign: int) -> Scene:
    """Three reports of one burst pipe."""
    return Scene(program, campaign)


@pytest.fixture
def moderator(scene: Scene, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    """A browser in which a moderator has signed in."""
    sign_in(client, "ama")
    return client


@pytest.fixture
def kofi(scene: Scene) -> int:
    """Another moderator."""
    with scene.program.owner.begin() as connection:
        return Desk(connection, scene.campaign).add_person("kofi")


def get_states(scene: Scene) -> list[object]:
    """The states of the three reports."""
    return [scene.get(each, "state") for each in (scene.first, scene.second, scene.third)]


def change(scene: Scene, statement: str, **values: object) -> None:
    """Change something behind the page."""
    with scene.program.owner.begin() as connection:
        connection.execute(text(statement), values)


def read_form(page: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of the form that approves all that waits with a report."""
    [(address, form)] = re.findall(r'<form[^>]*action="([^"]*/together)".*?>(.*?)</form>', page, re.DOTALL)
    return address, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def read_undo(page: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of the offer to undo."""
    [(address, form)] = re.findall(r'<form[^>]*action="([^"]*)" class="undo-offer".*?>(.*?)</form>', page, re.DOTALL)
    return address, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def approve(client: FlaskClient, scene: Scene) -> str:
    """Press the button on the page of the first report; the page that follows."""
    address, fields = read_form(client.get(f"/moderate/reports/{scene.first}").text)
    return client.post(address, data=fields, follow_redirects=True).text


@pytest.mark.parametrize("on_desk", [False, True])
def test_all_that_waits_of_an_incident_is_approved_beside_one_report(
    moderator: FlaskClient, scene: Scene, on_desk: bool
) -> None:
    where = f"/moderate/desk?report={scene.first}" if on_desk else f"/moderate/reports/{scene.first}"
    page = moderator.get(where).text
    assert "Approve 3 reports" in page
    address, fields = read_form(page)
    assert (address, "desk" in fields) == (f"/moderate/reports/{scene.first}/together", on_desk)
    done = moderator.post(address, data=fields)
    assert ("/moderate/desk" in done.location) == on_desk
    assert get_states(scene) == ["approved"] * 3


def test_the_desk_lists_anew_where_more_than_one_report_was_decided(moderator: FlaskClient, scene: Scene) -> None:
    address, fields = read_form(moderator.get(f"/moderate/desk?report={scene.first}").text)
    done = moderator.post(address, data=fields, headers=SWAPPED)
    assert done.status_code == 200
    assert "desk-list" in done.headers["HX-Trigger"]
    assert "3 reports approved." in done.text
    undo, values = read_undo(done.text)
    back = moderator.post(undo, data=values, headers=SWAPPED)
    assert "3 reports wait again." in back.text
    assert back.headers["HX-Trigger"] == "desk-list"
    assert f'data-report="{scene.first}"' in back.text


def test_what_came_to_the_incident_meanwhile_waits_and_what_lacks_a_topic_is_asked_about(
    moderator: FlaskClient, scene: Scene
) -> None:
    address, fields = read_form(moderator.get(f"/moderate/reports/{scene.first}").text)
    del fields["confirmed"]
    asked = moderator.post(address, data=fields)
    assert f"/moderate/reports/{scene.first}" in asked.location
    assert "confirm_all=1" in asked.location
    assert scene.get(scene.first, "state") == "queued"
    seen_two = {**fields, "confirmed": "1", "reports": f"{scene.first},{scene.second}"}
    moderator.post(address, data=seen_two)
    assert get_states(scene) == ["approved", "approved", "queued"]
    assert '/together"' not in moderator.get(f"/moderate/reports/{scene.third}").text  # nothing else of it waits


def test_what_somebody_else_has_or_what_is_put_off_is_left_alone_and_said(
    moderator: FlaskClient, scene: Scene, kofi: int
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with scene.program.app.begin() as connection:
        fourth = Desk(connection, scene.campaign).add_report(WORDS, incident_id=scene.incident, reference="FOURTH01")
        fifth = Desk(connection, scene.campaign).add_report(WORDS, incident_id=scene.incident, reference="FIFTH001")
        assign(connection, scene.second, kofi, to_account_id=kofi)
        snooze(connection, scene.third, kofi, until=tomorrow)
    lease = "UPDATE report SET leased_by = :kofi, leased_until = now() + interval '5 minutes' WHERE id = :id"
    change(scene, lease, kofi=kofi, id=fourth)
    page = approve(moderator, scene)
    assert "2 reports approved." in page
    assert "1 is assigned to somebody else and was left alone." in page
    assert "1 is put off and was left alone." in page
    assert "1 is being reviewed by somebody else and was left alone." in page
    assert get_states(scene) == ["approved", "queued", "queued"]
    assert [scene.get(each, "state") for each in (fourth, fifth)] == ["queued", "approved"]


def test_what_is_assigned_to_oneself_is_approved_too(moderator: FlaskClient, scene: Scene) -> None:
    with scene.program.app.begin() as connection:
        ama = int(str(scene.read("SELECT id FROM account WHERE name = 'ama'")))
        assign(connection, scene.second, ama, to_account_id=ama)
    assert "3 reports approved." in approve(moderator, scene)
    assert get_states(scene) == ["approved"] * 3


def test_nothing_is_offered_where_all_the_others_are_assigned_to_somebody_else(
    moderator: FlaskClient, scene: Scene, kofi: int
) -> None:
    with scene.program.app.begin() as connection:
        for report in (scene.second, scene.third):
            assign(connection, report, kofi, to_account_id=kofi)
    assert '/together"' not in moderator.get(f"/moderate/reports/{scene.first}").text


def test_one_click_takes_all_of_it_back_but_what_was_decided_on_since(
    moderator: FlaskClient, scene: Scene, app: Flask, kofi: int
) -> None:
    undo, values = read_undo(approve(moderator, scene))
    other = app.test_client()
    sign_in(other, "kofi")
    assert other.post(undo, data=values).status_code == 409  # it is not theirs to take back
    later = {"reason": "spam", "seen": values["last"]}
    assert other.post(f"/moderate/reports/{scene.third}/reject", data=later).status_code == 302
    page = moderator.post(undo, data=values, follow_redirects=True).text
    assert "2 reports wait again." in page
    assert "1 was decided on since and stays as it is." in page
    assert get_states(scene) == ["queued", "queued", "rejected"]
    assert scene.read("SELECT count(*) FROM decision WHERE kind = 'reopen' AND account_id <> :kofi", kofi=kofi) == 2
    assert moderator.post(undo, data=values).status_code == 409  # nothing is left to take back


def test_nothing_is_approved_where_others_changed_one_of_the_reports(
    moderator: FlaskClient,
    scene: Scene,
    app: Flask,
    kofi: int,  # noqa: ARG001
) -> None:
    address, fields = read_form(moderator.get(f"/moderate/reports/{scene.first}").text)
    other = app.test_client()
    sign_in(other, "kofi")
    other.post(f"/moderate/reports/{scene.second}/topic", data={"topic": "road"})
    change(scene, "UPDATE report SET leased_by = NULL, leased_until = NULL WHERE id = :id", id=scene.second)
    refused = moderator.post(address, data=fields)
    assert refused.status_code == 409
    assert "kofi" in refused.text
    assert "approved" not in get_states(scene)


def test_a_report_that_was_decided_meanwhile_says_who_was_faster(
    moderator: FlaskClient,
    scene: Scene,
    app: Flask,
    kofi: int,  # noqa: ARG001
) -> None:
    address, fields = read_form(moderator.get(f"/moderate/reports/{scene.first}").text)
    other = app.test_client()
    sign_in(other, "kofi")
    other.post(f"/moderate/reports/{scene.first}/reject", data={"reason": "spam"})
    refused = moderator.post(address, data=fields)
    assert refused.status_code == 409
    assert "kofi" in refused.text
    assert get_states(scene) == ["rejected", "queued", "queued"]


@pytest.mark.parametrize("reports", ["", "1,x", ",".join(str(each) for each in range(201))])
def test_reports_that_no_page_named_are_refused(moderator: FlaskClient, scene: Scene, reports: str) -> None:
    answer = moderator.post(f"/moderate/reports/{scene.first}/together", data={"reports": reports, "seen": "0"})
    assert answer.status_code == 422
    assert "approved" not in get_states(scene)


def test_a_report_of_elsewhere_is_no_way_into_an_incident(moderator: FlaskClient, scene: Scene) -> None:
    _address, fields = read_form(moderator.get(f"/moderate/reports/{scene.first}").text)
    assert moderator.post("/moderate/reports/999999/together", data=fields).status_code == 404
    with scene.program.app.begin() as connection:
        elsewhere = Desk(connection, scene.campaign).add_report("something else", reference="ELSEWHERE")
    named = {**fields, "reports": f"{elsewhere},{scene.first}"}
    moderator.post(f"/moderate/reports/{elsewhere}/together", data=named)
    assert "approved" not in get_states(scene)


def test_of_a_large_incident_a_bounded_number_is_looked_at_and_approved(scene: Scene) -> None:
    many = """
        INSERT INTO report (campaign_id, reference, source, text, occurred_at, reported_at, incident_id)
        SELECT :campaign, 'MANY' || number, 'test', 'a pipe', now(), now(), :incident
          FROM generate_series(1, 1200) AS number
    """
    change(scene, many, campaign=scene.campaign, incident=scene.incident)
    newest = int(str(scene.read("SELECT max(id) FROM report")))
    ama = int(str(scene.read("SELECT id FROM account WHERE name = 'ama'")))
    with scene.program.app.begin() as connection:
        found = find_together(connection, scene.campaign, newest, ama)
    assert found is not None
    assert (len(found.report_ids), found.report_ids[0]) == (200, newest)
