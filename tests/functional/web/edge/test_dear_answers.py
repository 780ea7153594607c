"""What costs us something to answer has a limit by network: the picture of a release, and a browser's challenge."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.accounts.limit import CHALLENGES_BY_NETWORK, LIMITS, PICTURES_BY_NETWORK, Limiter
from reporting.bootstrap import Program
from tests.factories.release import make_world

HERE = {"REMOTE_ADDR": "8.8.8.8"}


@pytest.fixture
def few(app: Flask, program: Program) -> None:
    """One a network and hour of each."""
    limits = {**LIMITS, PICTURES_BY_NETWORK: "1 per 1 hour", CHALLENGES_BY_NETWORK: "1 per 1 hour"}
    app.extensions["baraza_limiter"] = Limiter(program.redis_url, "a secret", program.database_url, limits)


@pytest.mark.usefixtures("few")
def test_a_network_gets_so_many_pictures(client: FlaskClient, program: Program) -> None:
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        path = f"/data/releases/{world.release().release_id}/card-en.png"
    first = client.get(path, environ_base=HERE)
    assert first.status_code == 200
    refused = client.get(path, environ_base=HERE)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60
    known = client.get(path, environ_base=HERE, headers={"If-None-Match": first.headers["ETag"]})
    assert known.status_code == 304  # nothing is drawn for who has it


@pytest.mark.usefixtures("few", "campaign")
def test_a_network_gets_so_many_challenges(client: FlaskClient) -> None:
    answers = [client.post("/report/challenge", data={"browser": "0" * 32}, environ_base=HERE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
