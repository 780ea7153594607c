"""RQ's worker without error messages, which it would log and store in Redis, and with the job's id on log lines."""

import sys
from typing import Any

import structlog
from rq import Queue
from rq.job import Job
from rq.worker import SimpleWorker

from config.log_ids import bind_job
from config.logging import describe, describe_trace

_log = structlog.get_logger()


class QuietWorker(SimpleWorker):
    """A worker that reports of a failed job only the type of the error and where it was raised.

    The error's message may quote what people wrote.
    """

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job; every log line until its end has its id."""
        with bind_job(job.id):
            super().execute_job(job, queue)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log the failure in one line."""
        _log.error("job_failed", queue=job.origin, error=describe_trace(exc_info[1]))

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = "", execution: Any = None
    ) -> None:
        """Record the failure in Redis without the error's message."""
        error = sys.exc_info()[1]
        kept = describe(error) if error is not None else exc_string and "left out"
        super().handle_job_failure(job, queue, started_job_registry, kept, execution)
