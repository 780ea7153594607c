"""The demonstration answers its own machine alone, opens no campaign of people, and is closed when it becomes real."""

from dataclasses import replace

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.demo.account import make_accounts, read_accounts
from reporting.startup.prepare import prepare

_ACTIVE = "SELECT count(*) FROM account WHERE active"


@pytest.fixture
def production(program: Program) -> Program:
    """The same installation, now for people."""
    return Program(replace(program.settings, is_development=False), program.database_url, program.redis_url)


def count_active(program: Program) -> int:
    with program.owner.begin() as connection:
        return int(connection.execute(text(_ACTIVE)).scalar_one())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "baraza.example.org"},
        {"Host": "10.0.0.5:8000"},
        {"Host": "127.0.0.1.nip.io"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"X-Real-IP": "192.0.2.1"},
        {"Via": "1.1 proxy"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/simulator", "/account/sign-in"])
def test_nobody_elsewhere_gets_a_page_of_development(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    assert client.get(path).status_code != 421
    assert client.get(path, headers=headers).status_code == 421


def test_a_page_for_people_is_served_to_all(production: Program) -> None:
    client = create_app(production).test_client()
    assert client.get("/account/sign-in", headers={"Host": "baraza.example.org", "Via": "1.1 proxy"}).status_code == 200


@pytest.mark.usefixtures("campaign")
def test_development_refuses_a_campaign_that_is_not_the_demonstration(app: Flask, program: Program) -> None:
    with pytest.raises(click.ClickException, match="no demonstration"):
        prepare(app, program)
    assert count_active(program) == 0


def test_production_closes_the_accounts_whose_passwords_were_printed(app: Flask, production: Program) -> None:
    with app.app_context():
        store = app.extensions["security"].datastore
        first = make_accounts(store, production.settings.var)
    assert count_active(production) == len(first)
    prepare(create_app(production), production)
    assert count_active(production) == 0
    assert read_accounts(production.settings.var) == {}
    with app.app_context():
        again = make_accounts(store, production.settings.var)
    assert count_active(production) == len(again)
    assert not set(again.values()) & set(first.values())
