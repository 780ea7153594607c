"""A campaign with people of each role, and a signed-in moderator at its desk."""

import pytest
from flask.testing import FlaskClient

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in
from tests.functional.web.desk.office import Office


@pytest.fixture
def office(program: Program, campaign: int) -> Office:
    """A campaign with an area, and people who moderate."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        for name, role in (("ama", MODERATOR), ("kofi", MODERATOR), ("safe", SAFEGUARDING)):
            desk.add_person(name, role)
    return Office(program, campaign)


@pytest.fixture
def ama(client: FlaskClient, office: Office) -> FlaskClient:  # noqa: ARG001 - makes the account
    """A browser in which a moderator has signed in."""
    sign_in(client, "ama")
    return client
