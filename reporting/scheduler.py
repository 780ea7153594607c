"""The scheduler: RQ's cron wakes every queue regularly, which is the sweep. `python -m reporting.scheduler`."""

import redis
from rq.cron import CronScheduler

from config.log import configure_log
from config.queue import JOB_TIMEOUT_S, JOB_TIMEOUTS_S, JOBS_BY_QUEUE, SWEEP_INTERVAL_S, SWEEP_INTERVALS_S
from reporting.job import (
    ask_other_geocoders,
    deliver_outbox,
    fetch_mail,
    fetch_media,
    get_program,
    minimise_reports,
    process_inbox,
    reconcile_channels,
    rescore_incidents,
)
from reporting.outage import outlast_redis

_FUNCTIONS = {
    f"{function.__module__}.{function.__name__}": function
    for function in (
        process_inbox,
        deliver_outbox,
        fetch_mail,
        fetch_media,
        reconcile_channels,
        ask_other_geocoders,
        minimise_reports,
        rescore_incidents,
    )
}


def run_scheduler() -> None:
    """Wake every queue every few seconds, whatever was lost, until told to stop."""
    configure_log()
    outlast_redis(get_program(), _schedule)


def _schedule(client: redis.Redis) -> None:
    scheduler = CronScheduler(connection=client, logging_level="WARNING")
    for queue, job in JOBS_BY_QUEUE.items():
        interval_s = SWEEP_INTERVALS_S.get(queue, SWEEP_INTERVAL_S)
        # A job that waited longer than the interval has its successor behind it.
        scheduler.register(
            _FUNCTIONS[job], queue, interval=interval_s, ttl=interval_s * 2, result_ttl=0, failure_ttl=3600,
            job_timeout=JOB_TIMEOUTS_S.get(queue, JOB_TIMEOUT_S),
        )  # fmt: skip
    scheduler.start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    run_scheduler()
