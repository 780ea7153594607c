"""The worker: RQ brings wake-ups, the jobs find their work in the database.

`python -m reporting.jobs.worker` listens to every queue, with `--media` to those that wait for others' servers, with
`--no-media` to all others, with `--beside` to these without the inbox.
"""

import os
import sys
import time
from collections.abc import Sequence

import redis

from config.known_jobs import make_worker
from config.logging import configure_log
from config.queues import ALL_QUEUES, BESIDE_INBOX, BESIDE_MEDIA, INBOX, OUTSIDE
from config.settings import load_settings
from reporting.bootstrap import bootstrap
from reporting.extraction.sensitivity import load_grammar
from reporting.jobs.jobs import get_program, serve
from reporting.jobs.redis_outage import outlast_redis
from reporting.jobs.watchdog import Watch

_QUEUES_BY_OPTION = {"--media": OUTSIDE, "--no-media": BESIDE_MEDIA, "--beside": BESIDE_INBOX}


def run_worker(names: Sequence[str] = ALL_QUEUES) -> None:
    """Listen to the queues, the first one first, until told to stop; where messages are worked on, under a watch."""
    configure_log()
    if INBOX not in names:
        listen(names)
        return
    load_grammar()  # before the fork: a child that was killed does not make it again, and both share the memory
    status = Watch(lambda: listen(names), lambda: bootstrap(load_settings()).app).run()
    sys.exit(status if status >= 0 else 128 - status)


def listen(names: Sequence[str] = ALL_QUEUES) -> None:
    """Listen to the queues within this process."""
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
