"""What worker and scheduler do when Redis goes away: wait for it, and begin anew when it is back."""

import time
from collections.abc import Callable

import redis
import structlog

from config.logging import describe
from reporting.bootstrap import Program

_log = structlog.get_logger()
_RECONNECT_PAUSE_S = 0.5


def outlast_redis(program: Program, work: Callable[[redis.Redis], None]) -> None:
    """Do the work until it returns, which it does when told to stop. Redis going away and coming back is waited for."""
    while True:
        program.start_servers()
        try:
            work(redis.Redis.from_url(program.redis_url))
            return
        except redis.RedisError as error:
            _log.warning("redis_away", error=describe(error))
            time.sleep(_RECONNECT_PAUSE_S)
