"""The worker: RQ delivers wake-ups, the jobs find their work in the database.

`python -m reporting.jobs.worker` listens to every queue; `--media` to the queues that wait for other servers;
`--no-media` to all others; `--beside` to these without the inbox.
"""

import os
import sys
import time
from collections.abc import Sequence

import redis

import config.loading
from config.known_jobs import make_worker
from config.languages.load import use_folder
from config.logging import configure_log
from config.queues import ALL_QUEUES, BESIDE_INBOX, BESIDE_MEDIA, INBOX, OUTSIDE
from config.settings import load_settings
from reporting.bootstrap import bootstrap
from reporting.extraction.sensitivity import load_grammar
from reporting.jobs.jobs import get_program, serve
from reporting.jobs.redis_outage import outlast_redis
from reporting.jobs.watchdog import Watch

config.loading.end_loading()

_QUEUES_BY_OPTION = {"--media": OUTSIDE, "--no-media": BESIDE_MEDIA, "--beside": BESIDE_INBOX}


def run_worker(names: Sequence[str] = ALL_QUEUES) -> None:
    """Listen to the queues, first one first, until told to stop; a worker of the inbox runs under the watchdog."""
    configure_log()
    if INBOX not in names:
        listen(names)
        return
    use_folder(load_settings().languages_folder)
    load_grammar()  # before the fork: a restarted child need not load it again, and both share the memory
    status = Watch(lambda: listen(names), lambda: bootstrap(load_settings()).app).run()
    sys.exit(status if status >= 0 else 128 - status)


def listen(names: Sequence[str] = ALL_QUEUES) -> None:
    """Listen to the queues in this process, without the watchdog."""
    serve(names)

    def work(client: redis.Redis) -> None:
        name = f"{os.uname().nodename}.{os.getpid()}.{time.time_ns()}"
        make_worker(names, client, name).work(logging_level="WARNING")

    outlast_redis(get_program(), work)


if __name__ == "__main__":
    option = sys.argv[1] if len(sys.argv) > 1 else None
    if option is not None and option not in _QUEUES_BY_OPTION:
        sys.exit(f"{option}: one of {', '.join(_QUEUES_BY_OPTION)}")
    run_worker(_QUEUES_BY_OPTION[option] if option else ALL_QUEUES)
