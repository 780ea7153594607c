"""RQ limited to known jobs: Redis says only when one of them runs (docs/adr/0008).

RQ reads function names, arguments, callbacks and network addresses from Redis, and unpickles what it finds there.
Whoever can write to Redis could run any code, next to the keys of all phone numbers. Here a job is a name in a table;
it is looked up before anything is imported or run, and everything else comes from our own code.
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
_LARGEST_NAME = 512  # bytes of a compressed job; ours have about a hundred
# The status fields of a job. All other fields of the hash are instructions, and are not read.
_NOTES = (b"created_at", b"enqueued_at", b"started_at", b"ended_at", b"last_heartbeat", b"status", b"worker_name")
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)

# Any part of RQ that would unpickle (results, metadata, groups) reads JSON instead: none of our data is pickled.
DefaultSerializer.loads = JSONSerializer.loads
DefaultSerializer.dumps = JSONSerializer.dumps


class JobRefused(NoSuchJobError):
    """A job that is not in the table. RQ skips it and takes the next one."""


class KnownJob(Job):
    """A job of the table, without arguments; everything else in Redis is ignored."""

    def restore(self, raw_data: Mapping[bytes, Any]) -> None:
        """Read the job's name from Redis and everything else from our own tables. Raises JobRefused."""
        try:
            name = _read_name(raw_data[b"data"])
            super().restore({note: raw_data[note] for note in _NOTES if note in raw_data} | _describe(name))
        except (*_UNREADABLE, zlib.error):
            _log.warning("job_refused")  # without its content, which somebody else wrote
            raise JobRefused from None

    @classmethod
    def fetch(cls, id: str, connection: redis.Redis | None = None, serializer: Any = None) -> Job:
        """Fetch the job with that id. Raises JobRefused, NoSuchJobError."""
        try:
            job = cls(parse_job_id(id), connection=connection, serializer=serializer)
        except _UNREADABLE:
            _log.warning("job_refused")
            raise JobRefused from None
        job.refresh()  # type: ignore[no-untyped-call]
        return job

    @classmethod
    def fetch_many(cls, job_ids: Iterable[str], connection: redis.Redis, serializer: Any = None) -> list[Job | None]:
        """Fetch the jobs with these ids; None for each that does not exist or is not known."""
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
        """Take the next known job; an entry that is not even an id is skipped."""
        while True:
            try:
                return super().dequeue_any(*arguments, **options)
            except UnicodeDecodeError:
                _log.warning("job_refused")


class KnownWorker(QuietWorker):
    """A worker for known jobs that accepts no commands through Redis."""

    job_class = KnownJob
    queue_class = KnownQueue

    def handle_payload(self, message: Any) -> None:
        """Ignore commands: a supervisor stops workers, not whoever can publish in Redis."""

    def clean_group_registries(self) -> None:
        """Skip the clean-up of groups: there are none, and RQ would read jobs of all kinds here."""


class _KnownCronJob(CronJob):
    """Enqueues a known job at intervals."""

    def enqueue(self, connection: redis.Redis) -> Job:
        return enqueue(connection, self.queue_name, ttl_s=self.job_options["ttl"])


class KnownScheduler(CronScheduler):
    """RQ's cron for known jobs: the schedule is in the code, not in Redis."""

    def sweep(self, queue: str) -> None:
        """Schedule the queue's job at its interval.

        A job that waits for longer than that expires after its successor came.
        """
        job = JOBS[queue]
        self._cron_jobs.append(
            _KnownCronJob(queue, func_name=job.function, interval=job.interval_s, ttl=job.interval_s * 2)
        )


def make_queue(name: str, client: redis.Redis) -> KnownQueue:
    """Open a queue with our settings."""
    return KnownQueue(name, connection=client, serializer=JSONSerializer)


def make_worker(queues: Sequence[str], client: redis.Redis, name: str) -> KnownWorker:
    """Make a worker that listens to these queues; earlier queues have priority."""
    opened = [make_queue(queue, client) for queue in queues]
    return KnownWorker(opened, connection=client, name=name, serializer=JSONSerializer, log_job_description=False)


def enqueue(client: redis.Redis, queue: str, *, ttl_s: int) -> Job:
    """Enqueue the queue's job; it expires after `ttl_s` seconds without a worker. Raises RedisError."""
    job = JOBS[queue]
    return make_queue(queue, client).enqueue(
        job.function, ttl=ttl_s, result_ttl=0, failure_ttl=_FAILURE_TTL_S, job_timeout=job.timeout_s
    )


def _read_name(packed: bytes) -> str:
    """Read the name of a known job. Raises ValueError, TypeError or zlib.error for anything else."""
    if len(packed) > _LARGEST_NAME:
        raise ValueError
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, _LARGEST_NAME)
    except zlib.error:
        content = packed  # RQ accepts both
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
