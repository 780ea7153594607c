"""A request never holds two connections at once: as many requests as a pool has would wait for each other."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from reporting.accounts.role import MODERATOR
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in


@contextmanager
def watch_pool(program: Program) -> Iterator[list[int]]:
    """How many connections of the application's pool were out after each that was taken."""
    pool, taken = program.web.engine.pool, []

    def note(*_arguments: object) -> None:
        taken.append(pool.checkedout())  # type: ignore[attr-defined]

    event.listen(pool, "checkout", note)
    yield taken
    event.remove(pool, "checkout", note)


@pytest.mark.parametrize("path", ["/moderate/", "/moderate/tiles/0/0/0.mvt", "/"])
def test_a_signed_in_request_holds_one_connection(
    program: Program, campaign: int, client: FlaskClient, path: str
) -> None:
    with program.owner.begin() as connection:
        add_square(Desk(connection, campaign)).add_person("ama", MODERATOR)
    sign_in(client, "ama")
    with watch_pool(program) as taken:
        client.get(path)
    assert taken
    assert max(taken) == 1
