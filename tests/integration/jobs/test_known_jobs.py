"""Whoever writes to Redis can have the known jobs run, and nothing else: no function, no pickle, no call out."""

import json
import pickle
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from config.known_jobs import KnownScheduler, enqueue, make_queue, make_worker
from config.queues import INBOX, JOBS, MEDIA
from reporting.bootstrap import Program
from reporting.heartbeat import Heart
from reporting.jobs import jobs

PROCESS_INBOX = JOBS[INBOX].function


class _Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.write_text, (self._target, "it ran")


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """The queue's server, empty."""
    opened = redis.Redis.from_url(redis_url)
    opened.flushdb()
    yield opened
    opened.flushdb()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch, program: Program) -> list[str]:
    """What the known jobs of this process did: they ask for their program first."""
    noted: list[str] = []

    def note() -> Program:
        noted.append("ran")
        return program

    monkeypatch.setattr(jobs, "get_program", note)
    monkeypatch.setattr(jobs, "_heart", lambda: Heart(program.app))  # made once by a process, which asks as well
    return noted


def put(client: redis.Redis, queue: str, data: bytes, **fields: Any) -> None:
    """A job as somebody writes it who knows how RQ keeps them."""
    client.hset(f"rq:job:{len(client.keys())}", mapping={"data": data, "status": "queued", "origin": queue, **fields})
    client.rpush(f"rq:queue:{queue}", f"{len(client.keys('rq:job:*')) - 1}")


def work(client: redis.Redis, *queues: str) -> None:
    make_worker(queues or (INBOX, MEDIA), client, "a-worker").work(burst=True, logging_level="WARNING")


def pack(*content: Any) -> bytes:
    return zlib.compress(json.dumps(content).encode())


def test_a_known_job_runs(client: redis.Redis, done: list[str]) -> None:
    enqueue(client, INBOX, ttl_s=30)
    work(client)
    assert done == ["ran"]
    assert client.keys("rq:job:*") == []


@pytest.mark.parametrize("queues", [(INBOX,), (INBOX, MEDIA)])
def test_what_is_not_known_is_passed_over_and_the_next_one_runs(
    client: redis.Redis, done: list[str], tmp_path: Path, queues: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    marker = tmp_path / "marker"
    command = f"touch {marker} SECRETWORDS"
    Queue(INBOX, connection=client).enqueue("os.system", command)
    Queue(INBOX, connection=client, serializer=JSONSerializer).enqueue("os.system", command)
    put(client, INBOX, pack("os.system", None, [command], {}))
    put(client, INBOX, pack("antigravity.fly", None, [], {}))
    put(client, INBOX, pack(PROCESS_INBOX, None, [command], {}))
    put(client, INBOX, pack(PROCESS_INBOX, "an instance", [], {}))
    put(client, INBOX, pack("reporting.jobs.jobs.get_program", None, [], {}))
    put(client, INBOX, pack(["a", "list"], None, [], {}))
    put(client, INBOX, pack({"a": 1}, None, [], {}))
    put(client, INBOX, pickle.dumps(_Bomb(marker)))
    put(client, INBOX, zlib.compress(pickle.dumps((PROCESS_INBOX, None, (_Bomb(marker),), {}))))
    put(client, INBOX, zlib.compress(b"[" * 50_000_000))
    put(client, INBOX, b"[" * 400)
    put(client, INBOX, b"")
    put(client, INBOX, pack(PROCESS_INBOX, None, [], {}), status="SECRETWORDS")
    client.hset("rq:job:nodata", mapping={"status": "queued"})
    client.rpush("rq:queue:inbox", "nodata", "not there", b"\xff\xfe", "../../etc", "")
    enqueue(client, INBOX, ttl_s=30)
    work(client, *queues)
    assert not marker.exists()
    assert done == ["ran"]
    said = capfd.readouterr()
    assert "SECRETWORDS" not in said.out + said.err


def test_a_known_job_calls_nothing_and_nobody_afterwards(client: redis.Redis, done: list[str], tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    hook = json.dumps([{"url": "http://127.0.0.1:9/hook", "job_status": status} for status in ("finished", "failed")])
    put(
        client, INBOX, pack(PROCESS_INBOX, None, [], {}),
        success_callback_name="antigravity.fly", failure_callback_name="antigravity.fly", webhooks=hook,
        result=pickle.dumps(_Bomb(marker)), meta=pickle.dumps(_Bomb(marker)), repeats_left="5", retries_left="5",
        timeout="-1", result_ttl="-1", dependency_ids='["x"]', description="x" * 1000,
    )  # fmt: skip
    work(client)
    assert done == ["ran"]
    assert not marker.exists()
    assert [key for key in client.keys("rq:job:*") if client.ttl(key) == -1] == []


def test_a_job_that_was_left_behind_calls_nothing_back(client: redis.Redis, done: list[str], tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    mapping = {"status": "started", "origin": INBOX, "failure_callback_name": "antigravity.fly"}
    client.hset("rq:job:left", mapping={"data": pickle.dumps(_Bomb(marker)), **mapping})
    client.hset("rq:job:known", mapping={"data": pack(PROCESS_INBOX, None, [], {}), **mapping})
    for registry in ("wip", "deferred", "scheduled"):
        client.zadd(f"rq:{registry}:inbox", {"left:an-execution": 1, "known:an-execution": 1})
    client.sadd("rq:groups", "a-group")
    client.sadd("rq:group:a-group", "left")
    worker = make_worker((INBOX,), client, "a-worker")
    worker.clean_registries()
    worker.run_maintenance_tasks()
    assert not marker.exists()
    assert done == []


def test_no_order_over_redis_stops_a_worker(client: redis.Redis) -> None:
    worker = make_worker((INBOX,), client, "a-worker")
    worker.handle_payload({"data": json.dumps({"command": "shutdown"}).encode()})
    assert not worker._stop_requested


@pytest.mark.usefixtures("client")
def test_the_old_way_of_enqueueing_is_closed_as_well(client: redis.Redis, tmp_path: Path) -> None:
    """Even RQ's own reading of a pickle, where some part of it should not know of our classes, runs nothing."""
    client.set("stored", pickle.dumps(_Bomb(tmp_path / "marker")))
    with pytest.raises((ValueError, TypeError)):
        Queue(INBOX, connection=client).serializer.loads(client.get("stored"))
    assert not (tmp_path / "marker").exists()


def test_the_scheduler_puts_known_jobs_into_their_queues(client: redis.Redis) -> None:
    scheduler = KnownScheduler(connection=client, logging_level="WARNING")
    for queue in JOBS:
        scheduler.sweep(queue)
    scheduler.enqueue_jobs()
    scheduler.enqueue_jobs()  # nothing is due again
    for queue, job in JOBS.items():
        (found,) = make_queue(queue, client).jobs
        assert (found.func_name, found.timeout) == (job.function, job.timeout_s)
