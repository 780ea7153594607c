"""One's own account: its page, a new password by the old one, a link by letter."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels.base.gateway import Gateway, MailboxAccess
from reporting.accounts.role import MODERATOR, VOLUNTEER
from reporting.bootstrap import Program
from tests.collect_phone import PASSWORD, add_account

NEW = "another password of the tests"


class Postbox:
    """Where letters arrive."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Keep one."""
        assert campaign_address == "baraza@example.org"
        self.letters.append((address, text))
        return "id"


@pytest.fixture
def people(app: Flask, program: Program, campaign: int) -> None:  # noqa: ARG001
    """A moderator and a volunteer."""
    add_account(app, program, "ama", MODERATOR)
    add_account(app, program, "vera", VOLUNTEER)


@pytest.fixture
def postbox(program: Program) -> Postbox:
    """A mail server of an e-mail channel."""
    made = Postbox()
    access = MailboxAccess("mail.example.org", 993, "u", "p", "INBOX", True, ("baraza@example.org",))
    program.gateways["email"] = Gateway(sender=made, mailbox=access)
    return made


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, path: str = "/account/sign-in") -> str | None:
    """Where it leads; None when it is refused."""
    answer = client.post(path, data={"email": f"{name}@example.org", "password": password})
    return answer.location if answer.status_code == 302 else None


def test_a_volunteer_lands_on_a_page_of_their_own(client: FlaskClient, people: None) -> None:  # noqa: ARG001
    assert sign_in(client, "vera") == "/account/home"
    page = client.get("/account/home")
    assert page.status_code == 200
    assert "/report" in page.text
    assert 'href="/account/"' in page.text
    assert 'href="/moderate/"' not in page.text + client.get("/account/").text


@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/moderate/reports", "/moderate/reports"),
        ("//evil.example.org", "/moderate/desk"),
        ("/%5Cevil.example.org", "/moderate/desk"),
        ("https://evil.example.org", "/moderate/desk"),
        ("%09//evil.example.org", "/moderate/desk"),
    ],
)
def test_signing_in_leads_back_on_this_site_alone(
    client: FlaskClient,
    people: None,  # noqa: ARG001
    asked: str,
    to: str,
) -> None:
    assert sign_in(client, "ama", path=f"/account/sign-in?next={asked}") == to


def test_a_new_password_by_the_old_one_signs_out_all_other_browsers(app: Flask, people: None) -> None:  # noqa: ARG001
    here, there = app.test_client(), app.test_client()
    sign_in(here, "ama")
    sign_in(there, "ama")
    refused = here.post("/account/password", data={"old": "wrong", "password": NEW, "again": NEW})
    assert refused.status_code == 422
    assert here.post("/account/password", data={"old": PASSWORD, "password": NEW, "again": NEW}).status_code == 200
    assert here.get("/moderate/").status_code == 200
    assert there.get("/moderate/").status_code == 302
    assert sign_in(app.test_client(), "ama") is None
    assert sign_in(app.test_client(), "ama", NEW) == "/moderate/desk"


def test_a_letter_brings_a_link_to_whoever_has_an_account_and_the_answer_does_not_tell(
    app: Flask,
    postbox: Postbox,
    people: None,  # noqa: ARG001
) -> None:
    client = app.test_client()
    pages = {client.post("/account/forgotten", data={"email": f"{who}@example.org"}).text for who in ("ama", "nobody")}
    assert len(pages) == 1
    wait_for_threads()
    [(address, words)] = postbox.letters
    assert address == "ama@example.org"
    path = next(line for line in words.splitlines() if line.startswith("http")).removeprefix("http://localhost")
    assert client.post(path, data={"password": NEW, "again": NEW}).status_code == 200
    assert sign_in(client, "ama", NEW) == "/moderate/desk"


def test_letters_are_limited(app: Flask, postbox: Postbox, people: None) -> None:  # noqa: ARG001
    client = app.test_client()
    answers = [client.post("/account/forgotten", data={"email": "ama@example.org"}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_without_a_mail_server_the_page_says_whom_to_ask(client: FlaskClient, campaign: int) -> None:  # noqa: ARG001
    assert "Ask whoever runs this site" in client.get("/account/forgotten").text


def wait_for_threads() -> None:
    """Until what was begun beside the request is done."""
    for thread in threading.enumerate():
        if thread.name == "letter":
            thread.join(60)
