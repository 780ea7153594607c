"""A sign-in ends by signing out, by being left alone, by a new password: a copy of its cookies opens nothing then."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import text

from reporting.accounts.account import set_active, set_password
from reporting.accounts.role import ADMIN, MODERATOR
from reporting.bootstrap import Program
from reporting.languages.spoken import PAGES, Language, list_languages
from reporting.web.i18n import load_catalogue
from tests.collect_phone import PASSWORD, add_account
from tests.factories.moderation import Desk


@pytest.fixture
def people(app: Flask, program: Program, campaign: int) -> None:
    """A moderator and an administrator, who have passwords."""
    add_account(app, program, "ama", MODERATOR)
    add_account(app, program, "root", ADMIN)
    with program.owner.begin() as connection:
        Desk(connection, campaign).add_report()


@pytest.fixture
def browser(client: FlaskClient, people: None) -> FlaskClient:  # noqa: ARG001
    """A browser in which the moderator signed in with the form."""
    sign_in_by_form(client, "ama")
    return client


def sign_in_by_form(client: FlaskClient, name: str, **fields: str) -> None:
    """As a person does it."""
    form = {"email": f"{name}@example.org", "password": PASSWORD, **fields}
    assert client.post("/account/sign-in", data=form).status_code == 302


def copy_cookies(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookies."""
    thief = app.test_client()
    for cookie in client._cookies.values():
        thief.set_cookie(cookie.key, cookie.value, domain=cookie.domain or "localhost", path=cookie.path)
    return thief


def is_in(client: FlaskClient) -> bool:
    """Whether the queue opens."""
    return client.get("/moderate/").status_code == 200


def let_pass(program: Program, column: str, time: str) -> None:
    """As if the sign-ins were that much older."""
    with program.owner.begin() as connection:
        connection.execute(text(f"UPDATE sign_in SET {column} = {column} - CAST(:time AS interval)"), {"time": time})


def test_a_stolen_cookie_opens_nothing_after_signing_out(app: Flask, browser: FlaskClient) -> None:
    thief = copy_cookies(app, browser)
    assert is_in(thief)
    browser.post("/account/sign-out")
    assert not is_in(browser)
    assert not is_in(thief)


def test_nothing_stays_signed_in_for_longer_than_its_session(app: Flask, people: None) -> None:  # noqa: ARG001
    client = app.test_client()
    sign_in_by_form(client, "ama", remember="y")
    thief = copy_cookies(app, client)
    thief.delete_cookie("session")
    assert not is_in(thief)
    client.post("/account/sign-out")
    assert not is_in(copy_cookies(app, client))


@pytest.mark.parametrize("change", ["password", "disable"])
def test_a_new_password_or_the_end_of_the_account_signs_out_everywhere(
    app: Flask, browser: FlaskClient, change: str
) -> None:
    other = app.test_client()
    sign_in_by_form(other, "ama")
    with app.app_context():
        store = app.extensions["security"].datastore
        person = store.find_user(email="ama@example.org")
        if change == "password":
            set_password(store, person, "a new password of the tests")
        else:
            set_active(store, person, is_active=False)
    assert not is_in(browser)
    assert not is_in(other)


@pytest.mark.parametrize(("name", "short"), [("ama", "115 minutes"), ("root", "25 minutes")])
def test_a_browser_that_is_left_alone_is_signed_out(
    app: Flask,
    program: Program,
    people: None,  # noqa: ARG001
    name: str,
    short: str,
) -> None:
    client = app.test_client()
    sign_in_by_form(client, name)
    let_pass(program, "acted_at", short)
    assert client.get("/moderate/figures").status_code == 200  # what a page does by itself is no act
    let_pass(program, "acted_at", "6 minutes")
    assert not is_in(client)


def test_an_act_starts_the_time_of_idling_anew(program: Program, browser: FlaskClient) -> None:
    let_pass(program, "acted_at", "115 minutes")
    assert is_in(browser)
    let_pass(program, "acted_at", "115 minutes")
    assert is_in(browser)


def test_no_sign_in_lasts_longer_than_a_shift(program: Program, browser: FlaskClient) -> None:
    let_pass(program, "begun_at", "12 hours")
    assert not is_in(browser)


def test_the_database_holds_no_token(program: Program, browser: FlaskClient) -> None:
    with browser.session_transaction() as session:
        token = session["sign_in"]
    with program.owner.begin() as connection:
        row = connection.execute(text("SELECT * FROM sign_in")).one()
    assert token.encode() not in row.token_hash
    assert len(row.token_hash) == 32


def test_a_token_of_the_library_in_a_header_is_no_sign_in(app: Flask, people: None) -> None:  # noqa: ARG001
    with app.app_context():
        token = app.extensions["security"].datastore.find_user(email="ama@example.org").get_auth_token()
    client = app.test_client()
    assert client.get("/moderate/", headers={"Authentication-Token": token}).status_code in (302, 401)
    assert "Sign out" not in client.get(f"/?auth_token={token}").text


def test_the_next_person_at_the_computer_finds_no_choice_of_the_last(browser: FlaskClient) -> None:
    browser.get("/moderate/?topic=water&campaign=test")
    answer = browser.post("/account/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    with browser.session_transaction() as session:
        assert not {"topic", "campaign", "sign_in"} & set(session)


@pytest.mark.parametrize("language", list_languages(PAGES), ids=lambda language: language.code)
def test_who_is_not_signed_in_is_told_in_the_language_of_the_page(client: FlaskClient, language: Language) -> None:
    page = client.get(f"/moderate/?lang={language.code}", follow_redirects=True)
    assert page.request.path == "/account/sign-in"
    assert escape(load_catalogue(language.code).gettext("Please sign in to open this page.")) in page.text
    assert "You must sign in" not in page.text


@pytest.mark.usefixtures("campaign")
def test_signing_in_of_ones_own_accord_is_told_nothing(client: FlaskClient) -> None:
    assert "Please sign in" not in client.get("/account/sign-in").text
