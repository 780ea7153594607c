"""The worker: RQ brings wake-ups, the jobs find their work in the database.

`python -m reporting.worker` listens to every queue, with `--media` to those that wait for others' servers, with
`--no-media` to all others, with `--beside` to these without the inbox.
"""

import os
import sys
import time
from collections.abc import Sequence

import redis

from config.known_job import make_worker
from config.log import configure_log
from config.queue import ALL_QUEUES, BESIDE_INBOX, BESIDE_MEDIA, INBOX, OUTSIDE
from config.settings import load_settings
from reporting.bootstrap import bootstrap
from reporting.job import get_program, serve
from reporting.outage import outlast_redis
from reporting.triage.sensitive import load_grammar
from reporting.watch import Watch

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
