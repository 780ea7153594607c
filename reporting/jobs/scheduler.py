"""The scheduler: RQ's cron enqueues the job of every queue regularly (the sweep).

Run with `python -m reporting.jobs.scheduler`.
"""

import redis

import config.loading
from config.known_jobs import KnownScheduler
from config.logging import configure_log
from config.queues import JOBS
from reporting.jobs.jobs import get_program
from reporting.jobs.redis_outage import outlast_redis

config.loading.end_loading()


def run_scheduler() -> None:
    """Enqueue the job of every queue every few seconds until told to stop, so that a lost wake-up does no harm."""
    configure_log()
    outlast_redis(get_program(), _schedule)


def _schedule(client: redis.Redis) -> None:
    scheduler = KnownScheduler(connection=client, logging_level="WARNING")
    for queue in JOBS:
        scheduler.sweep(queue)
    scheduler.start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    run_scheduler()
