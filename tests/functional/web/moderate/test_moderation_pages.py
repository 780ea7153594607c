"""The moderators' pages as a browser without JavaScript sees them, on the real database."""

import re
import secrets

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import text
from werkzeug.test import TestResponse

from reporting.accounts.role import MODERATOR, SUPERVISOR, VOLUNTEER
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in

HIDDEN_NUMBER = "+9779800000007"


class Office:
    """A campaign in the database, with ways to look at it and to add to it between requests."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program = program
        self.campaign = campaign

    def add_report(self, words: str = "no water", **columns: object) -> int:
        """A queued report; its id."""
        with self.program.app.begin() as connection:
            return Desk(connection, self.campaign).add_report(words, reference=secrets.token_hex(4), **columns)

    def add_contact(self) -> int:
        """A sender with a number."""
        with self.program.app.begin() as connection:
            return Desk(connection, self.campaign).add_contact(HIDDEN_NUMBER)

    def read(self, statement: str, **values: object) -> object:
        """One value."""
        with self.program.app.begin() as connection:
            return connection.execute(text(statement), values).scalar()


@pytest.fixture
def office(program: Program, campaign: int) -> Office:
    """A campaign with an area, and a person of each role."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        for name, role in (("ama", MODERATOR), ("kofi", MODERATOR), ("sita", SUPERVISOR), ("vera", VOLUNTEER)):
            desk.add_person(name, role)
    return Office(program, campaign)


@pytest.fixture
def moderator(office: Office, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    """A browser in which a moderator has signed in."""
    sign_in(client, "ama")
    return client


def take(client: FlaskClient) -> TestResponse:
    """Press the button that takes the next report, and look at where it leads."""
    return client.post("/moderate/next", follow_redirects=True)


def test_who_has_not_signed_in_is_sent_to_the_form(client: FlaskClient) -> None:
    answer = client.get("/moderate/")
    assert answer.status_code == 302
    assert "/account/sign-in" in answer.location


def test_the_sign_in_form_takes_the_right_password_and_no_other(app: Flask, office: Office) -> None:
    with app.app_context():
        hashed = hash_password("a password of the tests")
    with office.program.owner.begin() as connection:
        connection.execute(text("UPDATE account SET password = :hashed WHERE name = 'ama'"), {"hashed": hashed})
    for password, path in (("another password", "/account/sign-in"), ("a password of the tests", "/moderate/desk")):
        form = {"email": "ama@example.org", "password": password}
        answer = app.test_client().post("/account/sign-in", data=form, follow_redirects=True)
        assert answer.request.path == path


@pytest.mark.parametrize("path", ["/moderate/", "/moderate/reports", "/moderate/audit", "/moderate/tiles/0/0/0.mvt"])
def test_somebody_without_the_permission_gets_403(office: Office, client: FlaskClient, path: str) -> None:  # noqa: ARG001
    sign_in(client, "vera")
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/moderate/audit", "/moderate/dead-letters", "/moderate/learned-places"])
def test_a_moderator_is_no_supervisor(moderator: FlaskClient, path: str) -> None:
    assert moderator.get(path).status_code == 403


def test_the_queue_counts_what_waits(moderator: FlaskClient, office: Office) -> None:
    office.add_report("one")
    office.add_report("two")
    office.add_report("three", state="approved")
    page = moderator.get("/moderate/").text
    assert re.search(r"waiting</a></dt><dd>2<", page)
    assert "approved" in page


def test_approving_leads_to_the_next_report_at_once(moderator: FlaskClient, office: Office) -> None:
    first, second = office.add_report("the first words"), office.add_report("the second words")
    page = take(moderator)
    assert "the first words" in page.text
    page = moderator.post(f"/moderate/reports/{first}/approve", data={"confirmed": "1"}, follow_redirects=True)
    assert page.request.path == f"/moderate/reports/{second}"
    assert "the second words" in page.text
    assert office.read("SELECT state FROM report WHERE id = :id", id=first) == "approved"


def test_the_last_decision_leads_back_to_the_queue(moderator: FlaskClient, office: Office) -> None:
    report = office.add_report()
    page = moderator.post(f"/moderate/reports/{report}/reject", data={"reason": "spam"}, follow_redirects=True)
    assert page.request.path == "/moderate/"
    assert "Nothing is left" in page.text


def test_passing_a_report_over_gives_it_back(moderator: FlaskClient, office: Office) -> None:
    first, second = office.add_report("one"), office.add_report("two")
    take(moderator)
    page = moderator.post("/moderate/next", data={"after": first}, follow_redirects=True)
    assert page.request.path == f"/moderate/reports/{second}"
    assert office.read("SELECT leased_by FROM report WHERE id = :id", id=first) is None


def test_two_moderators_get_two_reports_and_a_late_decision_is_409(app: Flask, office: Office) -> None:
    first, _second = office.add_report("one"), office.add_report("two")
    ama, kofi = app.test_client(), app.test_client()
    sign_in(ama, "ama")
    sign_in(kofi, "kofi")
    assert take(ama).request.path != take(kofi).request.path
    refused = kofi.post(f"/moderate/reports/{first}/approve")
    assert refused.status_code == 409
    assert "Somebody else is working on this report" in refused.text
    assert office.read("SELECT count(*) FROM decision") == 0
    assert "ama is working on this report" in kofi.get(f"/moderate/reports/{first}").text


def test_a_decision_on_a_decided_report_is_409_and_changes_nothing(moderator: FlaskClient, office: Office) -> None:
    report = office.add_report(state="approved")
    assert moderator.post(f"/moderate/reports/{report}/approve").status_code == 409
    assert office.read("SELECT count(*) FROM decision") == 0


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("reject", {}),
        ("pin", {"lat": "north", "lon": "1", "radius_m": "1"}),
        ("pin", {"lat": "27", "lon": "85"}),
        ("topic", {"topic": "none"}),
        ("place", {"number": "7", "lat": "27", "lon": "85"}),
    ],
)
def test_a_form_that_cannot_be_used_is_422(
    moderator: FlaskClient, office: Office, act: str, form: dict[str, str]
) -> None:
    report = office.add_report()
    assert moderator.post(f"/moderate/reports/{report}/{act}", data=form).status_code == 422
    assert office.read("SELECT state FROM report WHERE id = :id", id=report) == "queued"


def test_the_report_page_shows_the_words_in_their_own_direction_and_never_the_number(
    moderator: FlaskClient, office: Office
) -> None:
    report = office.add_report("لا ماء <b>اليوم</b>", contact_id=office.add_contact(), language="ar")
    page = moderator.get(f"/moderate/reports/{report}").text
    assert '<p class="said" dir="auto" lang="ar">لا ماء &lt;b&gt;اليوم&lt;/b&gt;</p>' in page
    assert HIDDEN_NUMBER not in page
    assert HIDDEN_NUMBER[-9:] not in page
    assert office.read("SELECT count(*) FROM access_log WHERE report_id = :id", id=report) == 1


def test_lists_and_audit_show_no_words(office: Office, client: FlaskClient) -> None:
    report = office.add_report("words that only the report page shows")
    sign_in(client, "sita")
    client.post(f"/moderate/reports/{report}/take")
    client.post(f"/moderate/reports/{report}/topic", data={"topic": "water"})
    for path in ("/moderate/", "/moderate/reports", "/moderate/audit", "/moderate/dead-letters"):
        page = client.get(path)
        assert page.status_code == 200
        assert "words that only" not in page.text
    assert office.read("SELECT count(*) FROM access_log") == 0
    assert "set the topic" in client.get("/moderate/audit").text


def test_pin_topic_link_and_reply_work_as_plain_forms(moderator: FlaskClient, office: Office) -> None:
    first = office.add_report("one")
    second = office.add_report("two", contact_id=office.add_contact())
    base = f"/moderate/reports/{second}"
    for act, form in (
        ("pin", {"lat": "27.5", "lon": "85.5", "radius_m": "120"}),
        ("topic", {"topic": "road"}),
        ("link", {"candidate": str(first)}),
        ("reply", {"text": "Which ward?"}),
        ("unlink", {"candidate": str(first)}),
    ):
        assert moderator.post(f"{base}/{act}", data=form).status_code == 302, act
    page = moderator.get(base).text
    for words in ("moved the pin", "set the topic", "linked", "replied by SMS", "unlinked", "Square", "Which ward?"):
        assert words in page
    assert office.read("SELECT leased_by FROM report WHERE id = :id", id=second) is not None


def test_a_report_of_another_campaign_is_not_there(moderator: FlaskClient, office: Office) -> None:
    with office.program.owner.begin() as connection:
        statement = "INSERT INTO campaign (slug, name, country, languages) VALUES ('z', 'Z', 'NP', '{en}') RETURNING id"
        other = Desk(connection, connection.execute(text(statement)).scalar_one()).add_report("elsewhere")
    for answer in (moderator.get(f"/moderate/reports/{other}"), moderator.post(f"/moderate/reports/{other}/approve")):
        assert answer.status_code == 404
        assert "elsewhere" not in answer.text


def test_a_form_from_elsewhere_is_refused(app: Flask, office: Office) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    report, client = office.add_report(), app.test_client()
    sign_in(client, "ama")
    assert client.post(f"/moderate/reports/{report}/approve").status_code == 400
    assert office.read("SELECT state FROM report WHERE id = :id", id=report) == "queued"
    page = client.get(f"/moderate/reports/{report}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "confirmed": "1"}
    assert client.post(f"/moderate/reports/{report}/approve", data=form).status_code == 302
    assert office.read("SELECT state FROM report WHERE id = :id", id=report) == "approved"


def test_no_page_carries_inline_style_or_script(moderator: FlaskClient, office: Office) -> None:
    report = office.add_report(contact_id=office.add_contact())
    for path in ("/", "/simulator", "/account/sign-in", "/moderate/", f"/moderate/reports/{report}"):
        answer = moderator.get(path, follow_redirects=True)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", answer.text), path
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_a_supervisor_breaks_a_lease(app: Flask, office: Office) -> None:
    report = office.add_report()
    ama, sita = app.test_client(), app.test_client()
    sign_in(ama, "ama")
    sign_in(sita, "sita")
    take(ama)
    assert ama.post(f"/moderate/leases/{report}/break").status_code == 403
    assert "ama" in sita.get("/moderate/audit").text
    sita.post(f"/moderate/leases/{report}/break")
    assert office.read("SELECT leased_by FROM report WHERE id = :id", id=report) is None


def test_a_supervisor_replays_what_was_set_aside(office: Office, client: FlaskClient) -> None:
    with office.program.app.begin() as connection:
        statement = (
            "INSERT INTO message (campaign_id, channel, external_id, direction, text, state, attempts, error)"
            " VALUES (:id, 'twilio', 'SM1', 'in', 'secret words', 'set_aside', 3, 'ValueError at geo.x:1')"
        )
        connection.execute(text(statement), {"id": office.campaign})
    sign_in(client, "sita")
    page = client.get("/moderate/dead-letters").text
    assert "ValueError at geo.x:1" in page
    assert "secret words" not in page
    client.post("/moderate/dead-letters/replay")
    assert office.read("SELECT state || attempts FROM message") == "received0"


def test_tiles_hold_the_boundaries_of_the_campaign(moderator: FlaskClient) -> None:
    tile = moderator.get("/moderate/tiles/6/47/26.mvt")
    assert tile.content_type == "application/vnd.mapbox-vector-tile"
    assert b"Square" in tile.data
    assert moderator.get("/moderate/tiles/6/0/0.mvt").data == b""
    assert moderator.get("/moderate/tiles/2/4/0.mvt").status_code == 404


def test_what_a_reply_costs_is_told_while_it_is_written(moderator: FlaskClient) -> None:
    assert "1 SMS" in moderator.post("/moderate/sms-length", data={"text": "Which ward?"}).text
    assert '2 SMS · <bdi dir="ltr">UCS-2' in moderator.post("/moderate/sms-length", data={"text": "कहाँ? " * 15}).text


def test_another_language_shows_the_same_list(moderator: FlaskClient) -> None:
    page = moderator.get("/moderate/reports?state=rejected").text
    assert 'href="?state=rejected&amp;lang=ar"' in page


@pytest.mark.parametrize(("lang", "direction"), [("en", "ltr"), ("ar", "rtl"), ("ne", "ltr"), ("ht", "ltr")])
def test_pages_speak_the_chosen_language_in_its_direction(client: FlaskClient, lang: str, direction: str) -> None:
    assert f'<html lang="{lang}" dir="{direction}">' in client.get(f"/?lang={lang}").text
    assert f'lang="{lang}"' in client.get("/account/sign-in").text  # it is remembered
    accepted = client.application.test_client().get(
        "/", headers={"Accept-Language": f"{lang}-XX,{lang};q=0.9,de;q=0.5"}
    )
    assert f'<html lang="{lang}" dir="{direction}">' in accepted.text
