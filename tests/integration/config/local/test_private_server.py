"""The private servers: in any folder, repaired when one is killed, gone when they are stopped."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.local.embedded_servers import PrivateServerError, PrivateServers
from config.local.keeper import keep
from config.local.process import wait_until
from tests.child import stopping_servers

_HEAL_TIMEOUT_S = 120.0


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[PrivateServers]:
    """Servers not yet made, below a folder whose name no address could carry."""
    servers = PrivateServers(tmp_path / "with a space, 100% & more")
    with stopping_servers(servers.var):
        yield servers
    shutil.rmtree(servers.home, ignore_errors=True)  # as root it may lie outside of the test's folder


def _ask(servers: PrivateServers) -> tuple[int, bool]:
    """One question to each, over the addresses that the program is given."""
    url = servers.database_url.replace("+psycopg", "")
    with psycopg.connect(url) as link:
        row = link.execute("SELECT 1").fetchone()
    client = redis.Redis.from_url(servers.redis_url)
    try:
        return (row or (0,))[0], bool(client.ping())
    finally:
        client.close()


def _pids(servers: PrivateServers) -> tuple[int | None, int | None]:
    return servers.postgres_pid(), servers.redis_pid()


def test_they_start_in_a_folder_with_an_awkward_name_and_stop_without_a_trace(fresh: PrivateServers) -> None:
    fresh.start()
    assert _ask(fresh) == (1, True)
    before = _pids(fresh)
    fresh.start()  # again: nothing changes
    assert _pids(fresh) == before
    fresh.stop()
    assert _pids(fresh) == (None, None)
    assert not fresh.is_running()


def test_what_was_kept_is_there_after_the_next_start(fresh: PrivateServers) -> None:
    fresh.start()
    url = fresh.database_url.replace("+psycopg", "")
    with psycopg.connect(url) as link:
        link.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    fresh.stop()
    again = PrivateServers(fresh.var)
    again.start()
    with psycopg.connect(again.database_url.replace("+psycopg", "")) as link:
        assert link.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_the_keeper_replaces_what_was_killed_and_stops_both_at_the_end(fresh: PrivateServers) -> None:
    is_over = threading.Event()
    keeper = threading.Thread(target=keep, args=(fresh, is_over))
    keeper.start()
    try:
        assert wait_until(fresh.is_running, _HEAL_TIMEOUT_S)
        for find in (fresh.postgres_pid, fresh.redis_pid):
            killed = find()
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            assert wait_until(lambda find=find, killed=killed: find() not in (None, killed), _HEAL_TIMEOUT_S)  # type: ignore[misc]
            assert wait_until(fresh.is_running, _HEAL_TIMEOUT_S)
            assert _ask(fresh) == (1, True)
    finally:
        is_over.set()
        keeper.join(_HEAL_TIMEOUT_S)
    assert _pids(fresh) == (None, None)


def test_data_of_a_version_that_is_not_installed_is_left_alone(fresh: PrivateServers) -> None:
    data = fresh.home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(PrivateServerError, match="PostgreSQL 9"):
        fresh.start()
    assert (data / "PG_VERSION").read_text() == "9\n"


def test_who_removes_the_folder_starts_anew(fresh: PrivateServers) -> None:
    homes = {fresh.home}
    if fresh.home.is_relative_to(fresh.var):
        pytest.skip("the data lies in the folder itself: it goes with it")
    shutil.rmtree(fresh.var)
    again = PrivateServers(fresh.var)
    assert again.home not in homes
    assert PrivateServers(fresh.var).home == again.home
