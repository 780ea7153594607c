"""Outage of Redis: workers and the scheduler wait until it is available, then start again."""

import time
from collections.abc import Callable

import redis
import structlog

from config.logging import describe
from reporting.bootstrap import Program

_log = structlog.get_logger()
_RECONNECT_PAUSE_S = 0.5


def outlast_redis(program: Program, work: Callable[[redis.Redis], None]) -> None:
    """Run the work until it returns, which means that it was told to stop; restart it after each Redis outage."""
    while True:
        program.start_servers()
        try:
            work(redis.Redis.from_url(program.redis_url))
            return
        except redis.RedisError as error:
            _log.warning("redis_unavailable", error=describe(error))
            time.sleep(_RECONNECT_PAUSE_S)
