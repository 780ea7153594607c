"""The worker: RQ brings wake-ups, the jobs find their work in the database.

`python -m reporting.worker` listens to every queue, with `--media` to those that wait for others' servers, with
`--no-media` to all others, with `--beside` to these without the inbox.
"""

import os
import sys
import time
from collections.abc import Sequence

import redis
import structlog
from rq import Queue
from rq.worker import SimpleWorker

from config.log import configure_log, describe
from config.queue import ALL_QUEUES, BESIDE_INBOX, BESIDE_MEDIA, OUTSIDE
from reporting.job import get_program, serve

_log = structlog.get_logger()
_RECONNECT_PAUSE_S = 0.5
_QUEUES_BY_OPTION = {"--media": OUTSIDE, "--no-media": BESIDE_MEDIA, "--beside": BESIDE_INBOX}


def run_worker(names: Sequence[str] = ALL_QUEUES) -> None:
    """Listen to the queues, the first one first, until told to stop. Redis going away and coming back is waited for."""
    configure_log()
    serve(names)
    program = get_program()
    while True:
        program.start_servers()
        try:
            client = redis.Redis.from_url(program.redis_url)
            queues = [Queue(name, connection=client) for name in names]
            worker = SimpleWorker(
                queues, connection=client, name=f"{os.uname().nodename}.{os.getpid()}.{time.time_ns()}"
            )
            worker.work(logging_level="WARNING")
            return  # told to stop
        except redis.RedisError as error:
            _log.warning("redis_away", error=describe(error))
            time.sleep(_RECONNECT_PAUSE_S)


if __name__ == "__main__":
    option = sys.argv[1] if len(sys.argv) > 1 else None
    if option is not None and option not in _QUEUES_BY_OPTION:
        sys.exit(f"{option}: one of {', '.join(_QUEUES_BY_OPTION)}")
    run_worker(_QUEUES_BY_OPTION[option] if option else ALL_QUEUES)
