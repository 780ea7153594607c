"""Acceptance tests: the program from outside, by what DESIGN.md calls stable, and nothing of what is within.

The tree under test is the folder named by BARAZA_TREE, else this repository; `script/acceptance COMMIT` names another
commit's. How to write one stands in README.md beside this file.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import pytest
import redis

from config.local.embedded_servers import PrivateServers
from tests.acceptance.installation import Installation
from tests.acceptance.tree import Tree
from tests.child import ROOT
from tests.databases import administer, copy, drop

_REDIS_NUMBER = 15  # the last database of a Redis; others belong to the other tests


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """The tree under test, as a copy that is set up, with a process that runs its commands."""
    source = Path(os.environ.get("BARAZA_TREE") or ROOT).resolve()
    copied = Tree.copy(source, tmp_path_factory.mktemp("tree"))
    with copied.run_commands():
        yield copied


class Installations:
    """Makes installations, each with a database that the tree's own migrations made."""

    def __init__(self, tree: Tree, servers: PrivateServers, folder: Path) -> None:
        self._tree = tree
        self._servers = servers
        self._folder = folder
        self._stack = ExitStack()

    @cached_property
    def _with_campaign(self) -> str:
        """Name of a database with the schema at head and a campaign."""
        made = self._stack.enter_context(self._make("template1"))
        made.command("db", "upgrade")
        made.create_campaign()
        return made.database

    @cached_property
    def _with_report(self) -> str:
        """Name of one that has a report too, the one with the number 1."""
        made = self._stack.enter_context(self._make(self._with_campaign))
        made.import_messages([{"id": "1", "text": "no water in ward 4", "sender": "+9779800000001"}])
        made.work()
        return made.database

    def make(self, **settings: str) -> AbstractContextManager[Installation]:
        """An installation with a campaign and nothing else, until the end of the block."""
        return self._make(self._with_campaign, **settings)

    def make_with_report(self, **settings: str) -> AbstractContextManager[Installation]:
        """An installation with one report, the one with the number 1, that waits for a moderator."""
        return self._make(self._with_report, **settings)

    def make_empty(self, **settings: str) -> AbstractContextManager[Installation]:
        """An installation whose database has not even a schema."""
        return self._make("template1", **settings)

    def close(self) -> None:
        """Drop the templates."""
        self._stack.close()

    @contextmanager
    def _make(self, template: str, **settings: str) -> Iterator[Installation]:
        name = f"acceptance_{os.getpid()}_{secrets.token_hex(4)}"
        with administer(self._servers) as link:
            copy(link, template, name)
        var = self._folder / name
        var.mkdir()
        url = self._servers.database_url_of(name).replace("+psycopg", "")
        redis_url = f"{self._servers.redis_url}?db={_REDIS_NUMBER}"
        try:
            with redis.Redis.from_url(redis_url) as client:
                client.flushdb()
            yield Installation(self._tree, var, url, redis_url, **settings)
        finally:
            with administer(self._servers) as link:
                drop(link, name)


@pytest.fixture(scope="session")
def installations(
    tree: Tree, servers: PrivateServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installations]:
    """What makes installations."""
    made = Installations(tree, servers, tmp_path_factory.mktemp("installations"))
    yield made
    made.close()


@pytest.fixture
def installation(installations: Installations) -> Iterator[Installation]:
    """An installation of this test alone: commands, and `serve()` for pages and webhooks. No worker runs."""
    with installations.make() as made:
        yield made


@pytest.fixture
def reported(installations: Installations) -> Iterator[Installation]:
    """The same with one report, the one with the number 1, that waits for a moderator."""
    with installations.make_with_report() as made:
        yield made
