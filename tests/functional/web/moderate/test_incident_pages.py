"""The page of an incident and what a moderator does there, as a browser without JavaScript sees it."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.incidents.refresh import estimate_incidents
from tests.factories.burst_pipe import Scene
from tests.factories.moderation import Desk, sign_in

SECRET = "he hits her every night"


APPROVED = {"state": "approved", "confirmed": "1"}  # they have no topic


@pytest.fixture
def scene(program: Program, campaign: int) -> Scene:
    """Three reports of one burst pipe."""
    return Scene(program, campaign)


@pytest.fixture
def moderator(scene: Scene, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    """A browser in which a moderator has signed in."""
    sign_in(client, "ama")
    return client


def last_decision(scene: Scene) -> int:
    return int(str(scene.read("SELECT max(id) FROM decision")))


def test_the_page_counts_voices_and_shows_reports_in_the_order_of_time(moderator: FlaskClient, scene: Scene) -> None:
    page = moderator.get(scene.page).text
    assert "3 reports, 3 independent sources on 1 channel" in page
    places = [page.index(str(scene.get(each, "reference"))) for each in (scene.first, scene.second, scene.third)]
    assert places == sorted(places)
    assert "same text" in page  # a reason in words
    assert re.search(r"data-lat=\"27\.50", page)
    assert scene.read("SELECT count(*) FROM access_log") == 3


def test_somebody_who_does_not_moderate_sees_no_incident(scene: Scene, client: FlaskClient) -> None:
    assert client.get(scene.page).status_code == 302
    sign_in(client, "vera")
    assert client.get(scene.page).status_code == 403


def test_an_incident_that_is_not_there_is_said_so(moderator: FlaskClient) -> None:
    assert moderator.get("/moderate/incidents/999999").status_code == 404


def test_taking_a_report_out_and_taking_that_back_is_said_before(moderator: FlaskClient, scene: Scene) -> None:
    moderator.post(f"{scene.page}/unlink", data={"unlink": scene.second})
    assert scene.get(scene.second) != scene.incident
    page = moderator.get(scene.page).text
    undoing = f"/moderate/decisions/{last_decision(scene)}/undo"
    assert undoing in page  # although the report is of this incident no more
    plan = moderator.get(undoing).text
    assert str(scene.get(scene.second, "reference")) in plan
    assert f"is of incident {scene.incident} again" in plan
    assert scene.get(scene.second) != scene.incident  # looking changes nothing
    answer = moderator.post(undoing)
    assert answer.location.endswith(f"/moderate/incidents/{scene.incident}#decisions")
    assert scene.get(scene.second) == scene.incident
    assert "cannot be undone now" in moderator.get(undoing).text


def test_what_goes_back_is_said_of_a_pin_and_of_a_topic_too(moderator: FlaskClient, scene: Scene) -> None:
    pin = {"lat": "27.51", "lon": "85.5", "radius_m": "20"}
    moderator.post(f"/moderate/reports/{scene.first}/pin", data=pin)
    plan = moderator.get(f"/moderate/decisions/{last_decision(scene)}/undo").text
    assert re.search(r"the pin goes back by \S*1.1 km", plan)
    moderator.post(f"/moderate/reports/{scene.first}/topic", data={"topic": "road"})
    plan = moderator.get(f"/moderate/decisions/{last_decision(scene)}/undo").text
    assert "the report has no topic again" in plan
    moderator.post(f"/moderate/reports/{scene.first}/topic", data={"topic": "water"})
    plan = moderator.get(f"/moderate/decisions/{last_decision(scene)}/undo").text
    assert "the topic is again: Roads" in plan


def test_the_chosen_reports_are_split_off(moderator: FlaskClient, scene: Scene) -> None:
    moderator.post(f"{scene.page}/split", data={"chosen": [scene.second, scene.third]})
    assert scene.get(scene.second) == scene.get(scene.third) != scene.incident
    assert "3 independent sources" not in moderator.get(scene.page).text


def test_a_report_of_another_incident_cannot_be_split_off_here(moderator: FlaskClient, scene: Scene) -> None:
    with scene.program.app.begin() as connection:
        other = Desk(connection, scene.campaign).add_report("something else", reference="OTHER001")
    assert moderator.post(f"{scene.page}/split", data={"chosen": [other]}).status_code == 409
    assert moderator.post(f"{scene.page}/split", data={}).status_code == 422


def test_a_report_joins_by_its_reference_alone_or_with_its_whole_incident(moderator: FlaskClient, scene: Scene) -> None:
    moderator.post(f"{scene.page}/split", data={"chosen": [scene.second, scene.third]})
    reference = str(scene.get(scene.second, "reference"))
    moderator.post(f"{scene.page}/merge", data={"reference": reference.lower()})
    assert {scene.get(each) for each in (scene.first, scene.second, scene.third)} == {scene.incident}
    assert moderator.post(f"{scene.page}/link", data={"reference": "NOBODY"}).status_code == 404


def test_the_best_place_follows_when_a_pin_is_moved(moderator: FlaskClient, scene: Scene) -> None:
    before = scene.read("SELECT ST_Y(point) FROM incident WHERE id = :id", id=scene.incident)
    pin = {"lat": "27.6", "lon": "85.5", "radius_m": "20"}
    moderator.post(f"{scene.page}/link", data={"other": scene.first})  # of it already: refused, nothing changes
    moderator.post(f"/moderate/reports/{scene.third}/pin", data=pin)
    after = scene.read("SELECT ST_Y(point) FROM incident WHERE id = :id", id=scene.incident)
    assert before != after
    assert float(str(after)) < 27.51  # two others agree: one that is ten kilometres away moves it hardly


def test_deciding_on_all_that_waits_keeps_a_decision_for_each(moderator: FlaskClient, scene: Scene) -> None:
    page = moderator.post(f"{scene.page}/decide", data=APPROVED, follow_redirects=True).text
    assert "3 reports approved." in page
    assert scene.read("SELECT count(*) FROM decision WHERE kind = 'approve'") == 3
    assert scene.read("SELECT count(*) FROM message WHERE purpose = 'news'") == 3
    assert moderator.post(f"{scene.page}/decide", data=APPROVED).status_code == 409
    assert moderator.post(f"{scene.page}/decide", data={"state": "rejected"}).status_code == 422


def test_an_update_is_told_once_however_often_the_button_is_pressed(moderator: FlaskClient, scene: Scene) -> None:
    said = {"text-en": "The pipe is being repaired.", "text-ne": "पाइप मर्मत हुँदैछ।"}
    page = moderator.post(f"{scene.page}/notify", data=said, follow_redirects=True).text
    assert "3 people are told." in page
    page = moderator.post(f"{scene.page}/notify", data=said, follow_redirects=True).text
    assert "Everyone who can be reached has been informed" in page
    assert scene.read("SELECT count(*) FROM message WHERE purpose = 'update'") == 3
    assert scene.read("SELECT count(*) FROM decision WHERE kind = 'tell'") == 1
    plan = moderator.get(f"/moderate/decisions/{last_decision(scene)}/undo").text
    assert "3 texts that wait are not sent" in plan
    moderator.post(f"/moderate/decisions/{last_decision(scene)}/undo")
    assert scene.read("SELECT count(*) FROM message WHERE state = 'failed' AND error = 'withdrawn'") == 3


def test_a_restricted_report_is_on_no_incident_page(moderator: FlaskClient, scene: Scene) -> None:
    with scene.program.app.begin() as connection:
        secret = Desk(connection, scene.campaign).add_report(SECRET, is_sensitive=True, reference="SECRET01")
        estimate_incidents(connection, [Desk(connection, scene.campaign).get(secret, "incident_id")])
    assert moderator.get(f"/moderate/incidents/{scene.get(secret)}").status_code == 404
    for act in ("link", "merge", "part"):
        assert moderator.post(f"{scene.page}/{act}", data={"other": secret}).status_code == 404
        assert moderator.post(f"{scene.page}/{act}", data={"reference": "SECRET01"}).status_code == 404
    moderator.post(f"/moderate/reports/{scene.third}/restrict", data={"reason": "minor"})
    page = moderator.get(scene.page).text
    assert str(scene.get(scene.third, "reference")) not in page
    assert "2 reports, 2 independent sources" in page


def test_incidents_of_several_reports_are_listed_while_something_waits(moderator: FlaskClient, scene: Scene) -> None:
    assert f'href="{scene.page}"' in moderator.get("/moderate/incidents").text
    moderator.post(f"{scene.page}/decide", data=APPROVED)
    assert f'href="{scene.page}"' not in moderator.get("/moderate/incidents").text


def test_the_audit_has_words_for_every_act(client: FlaskClient, scene: Scene) -> None:
    with scene.program.owner.begin() as connection:
        Desk(connection, scene.campaign).add_person("sita", "supervisor")
    sign_in(client, "sita")
    client.post(f"{scene.page}/split", data={"chosen": [scene.third]})
    client.post(f"/moderate/decisions/{last_decision(scene)}/undo")
    client.post(f"{scene.page}/notify", data={"kind": "solved"})
    page = client.get("/moderate/audit").text
    for words in ("moved reports to a new incident", "undid a decision", "messaged all reporters"):
        assert words in page


def test_an_incident_is_passed_on_and_the_page_says_to_whom(moderator: FlaskClient, scene: Scene) -> None:
    assert 'id="office"' not in moderator.get(scene.page).text  # the campaign has none
    with scene.program.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE campaign SET settings = jsonb_set(settings, '{offices}',"
                """ '[{"code": "water-office", "name": {"en": "Water <office>"}}]')"""
            )
        )
    answer = moderator.post(f"{scene.page}/refer", data={"office": "water-office"})
    assert answer.status_code == 302
    page = moderator.get(scene.page).text
    assert "It was passed on to: Water &lt;office&gt;" in page
    assert "passed it on to an office" in page
    assert moderator.post(f"{scene.page}/refer", data={"office": "moon"}).status_code == 422


def test_the_page_counts_what_reporters_say_of_a_solution(moderator: FlaskClient, scene: Scene) -> None:
    moderator.post(f"{scene.page}/notify", data={"kind": "solved"})
    scene.read("UPDATE update_recipient SET is_solved = (contact_id <> (SELECT min(id) FROM contact)) RETURNING 1")
    page = moderator.get(scene.page).text
    assert "3 people were asked whether it is solved. Yes: 2. No: 1." in page
