"""The names of the queues and of the jobs. A job is enqueued by its dotted name; its argument is an id or nothing."""

INBOX = "inbox"
OUTBOX = "outbox"
RECONCILIATION = "reconciliation"
ALL_QUEUES = (INBOX, OUTBOX, RECONCILIATION)  # a worker takes from the first ones first
# What a second worker listens to: people get their answers while the first one works through a backlog.
BESIDE_INBOX = tuple(queue for queue in ALL_QUEUES if queue != INBOX)

PROCESS_INBOX = "reporting.job.process_inbox"
DELIVER_OUTBOX = "reporting.job.deliver_outbox"
RECONCILE_CHANNELS = "reporting.job.reconcile_channels"

JOBS_BY_QUEUE = {INBOX: PROCESS_INBOX, OUTBOX: DELIVER_OUTBOX, RECONCILIATION: RECONCILE_CHANNELS}
SWEEP_INTERVAL_S = 5
# Reconciliation is due once a night: asked often, it is also made up for soon after an outage.
SWEEP_INTERVALS_S = {RECONCILIATION: 900}
JOB_TIMEOUT_S = 300
JOB_TIMEOUTS_S = {RECONCILIATION: 3600}
