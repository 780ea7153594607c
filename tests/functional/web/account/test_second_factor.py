"""The second factor: who may do much needs one in production, a code counts once, and a lost phone is no end."""

import re
import time
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import text
from werkzeug.test import TestResponse

from config.settings import Settings
from reporting.accounts.role import ADMIN, MODERATOR, SAFEGUARDING, SUPERVISOR
from reporting.app import create_app
from reporting.bootstrap import Program
from tests.collect_phone import PASSWORD, add_account

STEP_S = 30


@pytest.fixture
def production(program: Program, settings: Settings, campaign: int) -> Flask:  # noqa: ARG001
    """The application as it runs for people, with an account of each role."""
    serious = Program(replace(settings, is_development=False), program.database_url, program.redis_url)
    app = create_app(serious)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    for name, role in (("ama", MODERATOR), ("sita", SUPERVISOR), ("sara", SAFEGUARDING), ("root", ADMIN)):
        add_account(app, program, name, role)
    return app


class App:
    """An authenticator app: codes of a key, each later than the one before."""

    def __init__(self, page: str) -> None:
        found = re.search(r"<code>([A-Z2-7-]+)</code>", page)
        assert found is not None
        self.key = TOTP(key=found.group(1))
        self.step = -1

    def show(self) -> str:
        """The next code: of a phone whose clock is a little slow at first, then right, then fast."""
        code = self.key.generate(time.time() + self.step * STEP_S).token
        self.step += 1
        return str(code)


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> TestResponse:
    """With the password alone."""
    return client.post("/account/sign-in", data={"email": f"{name}@example.org", "password": password})


def set_up(client: FlaskClient, name: str) -> tuple[App, list[str]]:
    """Sign in for the first time and set it up; the app and the recovery codes."""
    sign_in(client, name)
    phone = App(client.get("/account/second-factor").text)
    page = client.post("/account/second-factor", data={"code": phone.show()})
    assert page.status_code == 200
    codes = re.findall(r"<li><bdi dir=\"ltr\"><code>([^<]+)</code>", page.text)
    assert len(codes) == 10
    return phone, codes


@pytest.mark.parametrize("name", ["sita", "sara", "root"])
def test_who_may_do_much_is_led_to_set_it_up_and_then_goes_on(production: Flask, name: str) -> None:
    client = production.test_client()
    assert sign_in(client, name).location == "/moderate/desk"
    for path in ("/moderate/", "/moderate/reports", "/moderate/tiles/0/0/0.mvt"):
        assert client.get(path).location == "/account/second-factor"
    set_up(client, name)
    assert client.get("/moderate/").status_code == 200


def test_a_moderator_may_have_one_and_a_demonstration_needs_none(production: Flask, app: Flask) -> None:
    client = production.test_client()
    sign_in(client, "ama")
    assert client.get("/moderate/").status_code == 200
    trial = app.test_client()
    sign_in(trial, "root")
    assert trial.get("/moderate/").status_code == 200


def test_with_one_the_password_alone_opens_nothing(production: Flask) -> None:
    phone, _codes = set_up(production.test_client(), "sita")
    client = production.test_client()
    assert sign_in(client, "sita").location.startswith("/account/sign-in/code")
    assert client.get("/moderate/").status_code == 302
    assert client.get("/account/").status_code == 302
    assert client.post("/account/sign-in/code", data={"code": "000000"}).status_code == 422
    assert client.get("/moderate/").status_code == 302
    assert client.post("/account/sign-in/code", data={"code": phone.show()}).location == "/moderate/desk"
    assert client.get("/moderate/").status_code == 200


def test_a_code_counts_once(production: Flask) -> None:
    phone, _codes = set_up(production.test_client(), "sita")
    code = phone.show()
    answers = []
    for _ in range(2):
        client = production.test_client()
        sign_in(client, "sita")
        answers.append(client.post("/account/sign-in/code", data={"code": code}).status_code)
    assert answers == [302, 422]


def test_each_recovery_code_opens_once(production: Flask, program: Program) -> None:
    _phone, codes = set_up(production.test_client(), "sita")
    answers = []
    for code in (codes[0], codes[0], f" {codes[1].upper()} ", "not-a-code"):
        client = production.test_client()
        sign_in(client, "sita")
        answers.append(client.post("/account/sign-in/code", data={"code": code}).status_code)
    assert answers == [302, 422, 302, 422]
    with program.owner.begin() as connection:
        row = connection.execute(text("SELECT * FROM account WHERE name = 'sita'")).one()
    assert len(row.recovery_hashes) == 8
    assert codes[2].encode() not in b"".join(row.recovery_hashes)
    assert "enckey" in row.tf_totp_secret  # sealed: a copy of the database makes no codes


def test_codes_cannot_be_guessed(production: Flask) -> None:
    phone, _codes = set_up(production.test_client(), "sita")
    client = production.test_client()
    sign_in(client, "sita")
    answers = [client.post("/account/sign-in/code", data={"code": f"{n:06}"}).status_code for n in range(11)]
    assert answers == [422] * 10 + [429]
    assert client.post("/account/sign-in/code", data={"code": phone.show()}).status_code == 429


def test_who_stole_a_session_takes_no_new_phone_without_a_code(production: Flask) -> None:
    client = production.test_client()
    phone, _codes = set_up(client, "sita")
    stranger = App(client.get("/account/second-factor").text)
    refused = client.post("/account/second-factor", data={"code": stranger.show(), "old": "000000"})
    assert refused.status_code == 422
    assert client.post("/account/second-factor/recovery-codes", data={"code": ""}).status_code == 422
    again = client.post("/account/second-factor", data={"code": stranger.show(), "old": phone.show()})
    assert again.status_code == 200


def test_an_operator_resets_it(production: Flask) -> None:
    client = production.test_client()
    set_up(client, "sita")
    result = production.test_cli_runner().invoke(args=["users", "reset-second-factor", "sita@example.org"])
    assert result.exit_code == 0, result.output
    assert client.get("/moderate/").status_code == 302  # signed out
    assert sign_in(client, "sita").location == "/moderate/desk"
    assert client.get("/moderate/").location == "/account/second-factor"


def test_half_a_sign_in_does_not_wait_for_ever(production: Flask) -> None:
    phone, _codes = set_up(production.test_client(), "sita")
    client = production.test_client()
    sign_in(client, "sita")
    with client.session_transaction() as session:
        uniquifier, at = session["half_signed_in"]
        session["half_signed_in"] = [uniquifier, at - 301]
    assert client.post("/account/sign-in/code", data={"code": phone.show()}).location == "/account/sign-in"
