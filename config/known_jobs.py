"""RQ held to the jobs that there are: Redis says when one of them runs, and nothing else (docs/adr/0008).

RQ takes the name of any function, its arguments, functions to call afterwards and addresses to call out of Redis, and
unpickles what it finds there: who writes to Redis would run what they like, with the keys of everybody's numbers in
reach. Here a job is a name in a table; it is looked up before anything is imported or run, and the rest is our own.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis
import structlog
from rq import Queue
from rq.cron import CronJob, CronScheduler
from rq.exceptions import NoSuchJobError
from rq.job import Job, parse_job_id
from rq.serializers import DefaultSerializer, JSONSerializer

from config.queues import JOBS
from config.quiet_worker import QuietWorker

_log = structlog.get_logger()
_JOBS_BY_NAME = {job.function: job for job in JOBS.values()}
_FAILURE_TTL_S = 3600
_LARGEST_NAME = 512  # bytes of a packed job; ours have about a hundred
# What RQ notes of a job's way. All else that may stand in the hash is instructions.
_NOTES = (b"created_at", b"enqueued_at", b"started_at", b"ended_at", b"last_heartbeat", b"status", b"worker_name")
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)

# Whatever part of RQ would unpickle something (results, notes, groups) reads JSON instead: nothing of ours is pickled.
DefaultSerializer.loads = JSONSerializer.loads
DefaultSerializer.dumps = JSONSerializer.dumps


class JobRefused(NoSuchJobError):
    """There is no such job among ours. RQ passes over it and takes the next one."""


class KnownJob(Job):
    """A job of the table, without arguments; whatever else Redis says of it is not read."""

    def restore(self, raw_data: Mapping[bytes, Any]) -> None:
        """Take the name out of Redis and everything else out of our own tables. Raises JobRefused."""
        try:
            name = _read_name(raw_data[b"data"])
            super().restore({note: raw_data[note] for note in _NOTES if note in raw_data} | _describe(name))
        except (*_UNREADABLE, zlib.error):
            _log.warning("job_refused")  # and no word of it: what was written there is somebody else's
            raise JobRefused from None

    @classmethod
    def fetch(cls, id: str, connection: redis.Redis | None = None, serializer: Any = None) -> Job:
        """The job with that id. Raises JobRefused, NoSuchJobError."""
        try:
            job = cls(parse_job_id(id), connection=connection, serializer=serializer)
        except _UNREADABLE:
            _log.warning("job_refused")
            raise JobRefused from None
        job.refresh()  # type: ignore[no-untyped-call]
        return job

    @classmethod
    def fetch_many(cls, job_ids: Iterable[str], connection: redis.Redis, serializer: Any = None) -> list[Job | None]:
        """The jobs with these ids, None for each that is not there or not known."""
        return [cls._find(job_id, connection, serializer) for job_id in job_ids]

    @classmethod
    def _find(cls, job_id: str, connection: redis.Redis, serializer: Any) -> Job | None:
        try:
            return cls.fetch(job_id, connection=connection, serializer=serializer)
        except NoSuchJobError:
            return None


class KnownQueue(Queue):
    """A queue of known jobs."""

    job_class = KnownJob

    @classmethod
    def dequeue_any(cls, *arguments: Any, **options: Any) -> tuple[Job, Queue] | None:
        """Take the next known job; an entry that is not even an id is passed over."""
        while True:
            try:
                return super().dequeue_any(*arguments, **options)
            except UnicodeDecodeError:
                _log.warning("job_refused")


class KnownWorker(QuietWorker):
    """A worker for known jobs that takes no orders over Redis."""

    job_class = KnownJob
    queue_class = KnownQueue

    def handle_payload(self, message: Any) -> None:
        """Nothing: a supervisor stops workers, not whoever can publish in Redis."""

    def clean_group_registries(self) -> None:
        """Nothing: there are no groups, and RQ would read jobs of all kinds here."""


class _KnownCronJob(CronJob):
    """Puts a known job into its queue at intervals."""

    def enqueue(self, connection: redis.Redis) -> Job:
        return enqueue(connection, self.queue_name, ttl_s=self.job_options["ttl"])


class KnownScheduler(CronScheduler):
    """RQ's cron over known jobs: what is due stands here and not in Redis."""

    def sweep(self, queue: str) -> None:
        """Wake the queue at its interval. A job that waited longer than that has its successor behind it."""
        job = JOBS[queue]
        self._cron_jobs.append(
            _KnownCronJob(queue, func_name=job.function, interval=job.interval_s, ttl=job.interval_s * 2)
        )


def make_queue(name: str, client: redis.Redis) -> KnownQueue:
    """A queue as all of ours are opened."""
    return KnownQueue(name, connection=client, serializer=JSONSerializer)


def make_worker(queues: Sequence[str], client: redis.Redis, name: str) -> KnownWorker:
    """A worker that listens to these queues, the first one first."""
    opened = [make_queue(queue, client) for queue in queues]
    return KnownWorker(opened, connection=client, name=name, serializer=JSONSerializer, log_job_description=False)


def enqueue(client: redis.Redis, queue: str, *, ttl_s: int) -> Job:
    """Put the queue's job into it; after `ttl_s` seconds without a worker it is forgotten. Raises RedisError."""
    job = JOBS[queue]
    return make_queue(queue, client).enqueue(
        job.function, ttl=ttl_s, result_ttl=0, failure_ttl=_FAILURE_TTL_S, job_timeout=job.timeout_s
    )


def _read_name(packed: bytes) -> str:
    """The name of a known job. Raises ValueError, TypeError or zlib.error for anything else."""
    if len(packed) > _LARGEST_NAME:
        raise ValueError
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, _LARGEST_NAME)
    except zlib.error:
        content = packed  # RQ takes both
    name, instance, arguments, options = json.loads(content)
    if instance is not None or arguments or options or name not in _JOBS_BY_NAME:
        raise ValueError
    return str(name)


def _describe(name: str) -> dict[bytes, bytes]:
    job = _JOBS_BY_NAME[name]
    return {
        b"data": json.dumps((name, None, [], {})).encode(),
        b"origin": job.queue.encode(),
        b"timeout": str(job.timeout_s).encode(),
        b"result_ttl": b"0",
        b"failure_ttl": str(_FAILURE_TTL_S).encode(),
    }
