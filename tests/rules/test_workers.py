"""Tests that run at the same time in several processes do not meet: each has databases and queues of its own."""

import ctypes
import os
import signal

import pytest
import redis
from redis.connection import parse_url
from sqlalchemy.engine import make_url

from tests.conftest import LONGEST, ROOT, choose_redis_databases

_PR_GET_PDEATHSIG = 2


def test_no_two_workers_and_no_two_uses_share_a_redis_database() -> None:
    chosen = [number for worker in ("gw0", "gw1", "gw2", "gw3", "gw4") for number in choose_redis_databases(worker)]
    assert len(set(chosen)) == len(chosen) == 10
    assert set(chosen) <= set(range(16))  # as many as a Redis has unless told otherwise


def test_a_process_without_workers_has_the_databases_of_the_first() -> None:
    assert choose_redis_databases("master") == choose_redis_databases("gw0")


def test_a_worker_is_to_be_killed_when_its_parent_ends_and_the_only_process_is_not(worker_id: str) -> None:
    last_signal = ctypes.c_int()
    assert ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(last_signal)) == 0
    assert last_signal.value == (signal.SIGKILL if worker_id != "master" else 0)


def test_what_one_redis_database_is_told_is_not_in_another(redis_url: str, live_redis_url: str) -> None:
    here, there = redis.Redis.from_url(redis_url), redis.Redis.from_url(live_redis_url)
    key = f"test_workers:{os.getpid()}"
    here.set(key, "here")
    try:
        there.flushdb()
        assert here.get(key) == b"here"
        assert there.get(key) is None
    finally:
        here.delete(key)


def test_the_addresses_say_the_databases_of_this_worker(redis_url: str, live_redis_url: str, worker_id: str) -> None:
    assert [parse_url(url)["db"] for url in (redis_url, live_redis_url)] == list(choose_redis_databases(worker_id))


@pytest.mark.parametrize("fixture", ["database_url", "shared_database_url"])
def test_a_database_is_named_after_its_process(fixture: str, request: pytest.FixtureRequest) -> None:
    assert f"_{os.getpid()}_" in str(make_url(request.getfixturevalue(fixture)).database)


@pytest.mark.parametrize("name", LONGEST)
def test_a_file_that_is_to_begin_first_is_there(name: str) -> None:
    assert (ROOT / name).exists()
