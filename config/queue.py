"""The names of the queues and of the jobs. A job is enqueued by its dotted name; its argument is an id or nothing."""

INBOX = "inbox"
OUTBOX = "outbox"
ALL_QUEUES = (INBOX, OUTBOX)

PROCESS_INBOX = "reporting.job.process_inbox"
DELIVER_OUTBOX = "reporting.job.deliver_outbox"

JOBS_BY_QUEUE = {INBOX: PROCESS_INBOX, OUTBOX: DELIVER_OUTBOX}
SWEEP_INTERVAL_S = 5
