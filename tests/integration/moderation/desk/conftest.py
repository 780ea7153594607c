"""A moderators' desk in one transaction, which is rolled back."""

import pytest
from sqlalchemy import Connection

from tests.factories.moderation import Desk, make_desk


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """A desk with a campaign of one area."""
    return make_desk(connection)


@pytest.fixture
def person(desk: Desk) -> int:
    """A moderator."""
    return desk.add_person("ama")
