"""RQ's worker without its words about what failed: it would log the whole error and keep it in Redis."""

import sys
from typing import Any

import structlog
from rq import Queue
from rq.job import Job
from rq.worker import SimpleWorker

from config.logging import describe, describe_trace

_log = structlog.get_logger()


class QuietWorker(SimpleWorker):
    """A worker that tells of a failed job no more than the type of the error and where it arose.

    The error itself may quote what people wrote.
    """

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """One line of ours."""
        _log.error("job_failed", queue=job.origin, error=describe_trace(exc_info[1]))

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = "", execution: Any = None
    ) -> None:
        """What is kept of the failure."""
        error = sys.exc_info()[1]
        kept = describe(error) if error is not None else exc_string and "left out"
        super().handle_job_failure(job, queue, started_job_registry, kept, execution)
