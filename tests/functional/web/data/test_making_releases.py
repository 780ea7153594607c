"""Releases are made by supervisors alone, on the pages."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password

from reporting.accounts.role import DESCRIPTIONS, MODERATOR, PERMISSIONS, SUPERVISOR
from reporting.accounts.signin import add_person
from reporting.bootstrap import Program
from tests.factories.release import AUGUST, World, make_world

PASSWORD = "a-long-word-for-the-tests"


def test_only_a_supervisor_makes_releases(app: Flask, world: World) -> None:
    strange, moderator, supervisor = app.test_client(), app.test_client(), app.test_client()
    _sign_in(app, moderator, MODERATOR)
    _sign_in(app, supervisor, SUPERVISOR)
    month = {"period": "2026-08"}
    assert strange.post("/moderate/releases", data=month).status_code in (302, 401)
    assert moderator.post("/moderate/releases", data=month).status_code == 403
    assert moderator.get("/moderate/releases").status_code == 403
    assert supervisor.get("/moderate/releases").status_code == 200
    assert "Nothing has been published" in strange.get("/data/").text
    preview = supervisor.get("/moderate/releases/preview?period=2026-08").text
    digest = re.search(r'name="digest" value="(\w+)"', preview)
    assert digest is not None
    form = {**month, "typed": "2026-08", "digest": digest[1]}
    made = supervisor.post("/moderate/releases", data=form, follow_redirects=True)
    assert made.status_code == 200
    assert re.search(r"The release is made: \d+ figures are shown", made.text)
    assert re.search(r"About \d+ people, give or take \d+, reported in August 2026", made.text)
    assert "version 1" in supervisor.get("/moderate/releases").text
    assert world.campaign_id


def test_a_period_that_is_none_is_refused_on_the_page(app: Flask, world: World) -> None:
    supervisor = app.test_client()
    _sign_in(app, supervisor, SUPERVISOR)
    refused = supervisor.post("/moderate/releases", data={"period": "yesterday"})
    assert refused.status_code == 400
    assert "is no period" in refused.text
    assert "Nothing has been published" in supervisor.get("/data/").text
    assert world.campaign_id


@pytest.fixture
def world(program: Program) -> World:
    """Reports that nobody has released yet."""
    with program.owner.begin() as connection:
        made = make_world(connection)
        made.add_reports(range(60), at=AUGUST)
    return made


def _sign_in(app: Flask, client: FlaskClient, role: str) -> None:
    with app.app_context():
        store = app.extensions["security"].datastore
        for name, permissions in PERMISSIONS.items():
            store.find_or_create_role(name=name, description=DESCRIPTIONS[name], permissions=permissions)
        store.commit()
        email = f"{role}@example.org"
        add_person(store, email=email, name=role, password_hash=hash_password(PASSWORD), role=role)
    answer = client.post("/account/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 302
