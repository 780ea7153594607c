"""The cases of bug reports: one installation for all of them, and few campaigns, as each command takes its time."""

from collections.abc import Iterator

import pytest

from tests.acceptance.cases.ground import Ground, make_ground
from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation


@pytest.fixture(scope="session")
def shared(installations: Installations) -> Iterator[Installation]:
    """An installation where no process runs, for tests that do one another no harm."""
    with installations.make() as made:
        yield made


@pytest.fixture(scope="session")
def haiti(shared: Installation) -> Ground:
    """A campaign in Haiti; each test loads sources of its own."""
    return make_ground(shared, "haiti", "HT", "ht", "fr")
