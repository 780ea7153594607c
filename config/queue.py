"""The names of the queues and of the jobs. A job is enqueued by its dotted name; its argument is an id or nothing."""

INBOX = "inbox"
OUTBOX = "outbox"
ALL_QUEUES = (INBOX, OUTBOX)
# What a second worker listens to: people get their answers while the first one works through a backlog.
BESIDE_INBOX = tuple(queue for queue in ALL_QUEUES if queue != INBOX)

PROCESS_INBOX = "reporting.job.process_inbox"
DELIVER_OUTBOX = "reporting.job.deliver_outbox"

JOBS_BY_QUEUE = {INBOX: PROCESS_INBOX, OUTBOX: DELIVER_OUTBOX}
SWEEP_INTERVAL_S = 5
