"""The names of the queues and of the jobs. A job is enqueued by its dotted name; its argument is an id or nothing."""

INBOX = "inbox"
OUTBOX = "outbox"
RECONCILIATION = "reconciliation"
MAIL = "mail"
MEDIA = "media"
ALL_QUEUES = (INBOX, OUTBOX, MAIL, RECONCILIATION, MEDIA)  # a worker takes from the first ones first
# What a second worker listens to: people get their answers while the first one works through a backlog.
BESIDE_INBOX = tuple(queue for queue in ALL_QUEUES if queue not in (INBOX, MEDIA))
# Pictures have a worker of their own: fetching one may take half a minute, and no message shall wait for it.
BESIDE_MEDIA = tuple(queue for queue in ALL_QUEUES if queue != MEDIA)

PROCESS_INBOX = "reporting.job.process_inbox"
DELIVER_OUTBOX = "reporting.job.deliver_outbox"
RECONCILE_CHANNELS = "reporting.job.reconcile_channels"
FETCH_MAIL = "reporting.job.fetch_mail"
FETCH_MEDIA = "reporting.job.fetch_media"

JOBS_BY_QUEUE = {
    INBOX: PROCESS_INBOX,
    OUTBOX: DELIVER_OUTBOX,
    RECONCILIATION: RECONCILE_CHANNELS,
    MAIL: FETCH_MAIL,
    MEDIA: FETCH_MEDIA,
}
SWEEP_INTERVAL_S = 5
# Reconciliation is due once a night: asked often, it is also made up for soon after an outage.
SWEEP_INTERVALS_S = {RECONCILIATION: 900, MAIL: 60, MEDIA: 15}
JOB_TIMEOUT_S = 300
JOB_TIMEOUTS_S = {RECONCILIATION: 3600}
