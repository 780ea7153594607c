"""What is put into a queue is taken out: every queue is listened to, has a job that exists, and is swept."""

import importlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from config import queues as queue
from reporting.jobs import scheduler, worker

_NAMES = {value for name, value in vars(queue).items() if name.isupper() and isinstance(value, str)}


class _Recorder:
    """Stands where RQ's worker or scheduler would, and notes what it was given."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.swept: list[str] = []

    def make_worker(self, queues: Sequence[str], *_rest: Any) -> SimpleNamespace:
        self.queues = list(queues)
        return SimpleNamespace(work=lambda **_: None)

    def make_scheduler(self, **_options: Any) -> SimpleNamespace:
        return SimpleNamespace(sweep=lambda name: self.swept.append(name), start=lambda: None)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> _Recorder:
    made = _Recorder()
    program = SimpleNamespace(start_servers=lambda: None, redis_url="redis://127.0.0.1:1")
    for module in (worker, scheduler):
        monkeypatch.setattr(module, "get_program", lambda: program)
        monkeypatch.setattr(module, "configure_log", lambda: None)
    monkeypatch.setattr(worker, "make_worker", made.make_worker)
    monkeypatch.setattr(scheduler, "KnownScheduler", made.make_scheduler)
    return made


def test_every_name_of_a_queue_is_among_all_queues() -> None:
    assert set(queue.ALL_QUEUES) == _NAMES


def test_every_queue_has_a_job_of_its_own() -> None:
    assert len({job.function for job in queue.JOBS.values()}) == len(queue.JOBS)
    assert all(name == job.queue for name, job in queue.JOBS.items())


def test_the_worker_listens_to_every_queue(recorder: _Recorder) -> None:
    worker.listen()
    assert sorted(recorder.queues) == sorted(queue.ALL_QUEUES)


def test_the_scheduler_sweeps_every_queue(recorder: _Recorder) -> None:
    scheduler.run_scheduler()
    assert sorted(recorder.swept) == sorted(queue.JOBS)


@pytest.mark.parametrize("name", queue.ALL_QUEUES)
def test_the_job_of_a_queue_is_there_under_its_dotted_name(name: str) -> None:
    module, _, function = queue.JOBS[name].function.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
