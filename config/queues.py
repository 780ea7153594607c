"""The names of the queues and of the jobs. A job is enqueued by its dotted name; its argument is an id or nothing."""

INBOX = "inbox"
OUTBOX = "outbox"
RECONCILIATION = "reconciliation"
MAIL = "mail"
MEDIA = "media"
GEOCODER = "geocoder"
RETENTION = "retention"
RESCORING = "rescoring"
# A worker takes from the first ones first.
ALL_QUEUES = (INBOX, OUTBOX, MAIL, RECONCILIATION, RESCORING, RETENTION, MEDIA, GEOCODER)
# What a second worker listens to: people get their answers while the first one works through a backlog.
# Pictures and other geocoders have a worker of their own: somebody else's server may take half a minute to answer, and
# no message shall wait for it.
OUTSIDE = (MEDIA, GEOCODER)
BESIDE_INBOX = tuple(queue for queue in ALL_QUEUES if queue not in (INBOX, *OUTSIDE))
BESIDE_MEDIA = tuple(queue for queue in ALL_QUEUES if queue not in OUTSIDE)

PROCESS_INBOX = "reporting.jobs.jobs.process_inbox"
DELIVER_OUTBOX = "reporting.jobs.jobs.deliver_outbox"
RECONCILE_CHANNELS = "reporting.jobs.jobs.reconcile_channels"
FETCH_MAIL = "reporting.jobs.jobs.fetch_mail"
FETCH_MEDIA = "reporting.jobs.jobs.fetch_media"
ASK_GEOCODERS = "reporting.jobs.jobs.ask_other_geocoders"
MINIMISE = "reporting.jobs.jobs.purge_reports"
RESCORE = "reporting.jobs.jobs.rescore_incidents"

JOBS_BY_QUEUE = {
    INBOX: PROCESS_INBOX,
    OUTBOX: DELIVER_OUTBOX,
    RECONCILIATION: RECONCILE_CHANNELS,
    MAIL: FETCH_MAIL,
    MEDIA: FETCH_MEDIA,
    GEOCODER: ASK_GEOCODERS,
    RETENTION: MINIMISE,
    RESCORING: RESCORE,
}
SWEEP_INTERVAL_S = 5
# Reconciliation is due once a night: asked often, it is also made up for soon after an outage. What must not be kept
# for more than hours is looked for every hour, the rest once a day.
SWEEP_INTERVALS_S = {RECONCILIATION: 900, MAIL: 60, MEDIA: 15, GEOCODER: 60, RESCORING: 15, RETENTION: 3600}
JOB_TIMEOUT_S = 300
JOB_TIMEOUTS_S = {RECONCILIATION: 3600, RETENTION: 3600}
