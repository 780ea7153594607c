"""Worlds for tests in one transaction, which is rolled back."""

import pytest
from sqlalchemy import Connection

from tests.factories.moderation import Desk, make_desk
from tests.factories.release import World, make_world


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """A moderators' desk with a campaign of one area."""
    return make_desk(connection)


@pytest.fixture
def world(connection: Connection) -> World:
    """A campaign with two neighbouring areas to count in."""
    return make_world(connection)
