"""The queues and their jobs: one table of what runs, how often a queue is woken for it and how long it may take.

A job is enqueued by its dotted name, without arguments: what there is to do is in the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

INBOX = "inbox"
OUTBOX = "outbox"
MAIL = "mail"
RECONCILIATION = "reconciliation"
RESCORING = "rescoring"
URGENCY = "urgency"
RETENTION = "retention"
MEDIA = "media"
GEOCODER = "geocoder"
EVENTS = "events"
FILES = "files"
AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """The one job of a queue: `function` by its dotted name, woken every `interval_s`, ended after `timeout_s`.

    `is_outside` says that the job waits for other people's servers.
    """

    queue: str
    function: str
    interval_s: int = 5
    timeout_s: int = 300
    is_outside: bool = False


# A worker takes from the first queues first. Reconciliation is due once a night: asked often, it is also made up for
# soon after an outage. What must not be kept for more than hours is looked for every hour, the rest once a day.
_TABLE: Final = (
    QueuedJob(INBOX, "reporting.jobs.jobs.process_inbox"),
    QueuedJob(OUTBOX, "reporting.jobs.jobs.deliver_outbox"),
    QueuedJob(MAIL, "reporting.jobs.jobs.fetch_mail", interval_s=60),
    QueuedJob(RECONCILIATION, "reporting.jobs.jobs.reconcile_channels", interval_s=900, timeout_s=3600),
    QueuedJob(RESCORING, "reporting.jobs.jobs.rescore_incidents", interval_s=15),
    QueuedJob(URGENCY, "reporting.jobs.jobs.update_urgency", interval_s=60),
    QueuedJob(RETENTION, "reporting.jobs.jobs.purge_reports", interval_s=3600, timeout_s=3600),
    QueuedJob(AUDIT, "reporting.jobs.jobs.chain_audit", interval_s=60),
    QueuedJob(FILES, "reporting.jobs.jobs.write_files", interval_s=15, timeout_s=3600),
    QueuedJob(MEDIA, "reporting.jobs.jobs.fetch_media", interval_s=15, is_outside=True),
    QueuedJob(EVENTS, "reporting.jobs.jobs.deliver_events", interval_s=15, is_outside=True),
    QueuedJob(GEOCODER, "reporting.jobs.jobs.ask_other_geocoders", interval_s=60, is_outside=True),
)
JOBS: Final[Mapping[str, QueuedJob]] = {job.queue: job for job in _TABLE}
ALL_QUEUES = tuple(JOBS)
# BESIDE_INBOX: the queues of a second worker, so that people get answers while the first has a backlog.
# OUTSIDE: media and external geocoders have a worker of their own, since an external server may take half a minute
# and no message must wait for it.
OUTSIDE = tuple(queue for queue, job in JOBS.items() if job.is_outside)
BESIDE_MEDIA = tuple(queue for queue in ALL_QUEUES if queue not in OUTSIDE)
BESIDE_INBOX = tuple(queue for queue in BESIDE_MEDIA if queue != INBOX)
