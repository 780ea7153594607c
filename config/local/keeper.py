"""Supervises the private servers.

`python -m config.local.keeper` starts them, restarts a dead one, stops them at the end.

`python -m config.local.keeper stop` stops servers that a command started and left running. `status` exits with 0 when
both answer and with 3 otherwise.
"""

import signal
import sys
import threading
from types import FrameType

import structlog

from config.local.embedded_servers import PrivateServerError, PrivateServers
from config.logging import configure_log
from config.settings import SettingsError, load_settings

_LOOK_INTERVAL_S = 0.25
_PAUSE_AFTER_FAILURE_S = 1.0
_NOT_RUNNING = 3  # the usual exit code of a service's status command
_log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    """Run one of the three commands and return the exit code; an error is one line."""
    configure_log()
    order = arguments[0] if arguments else "keep"
    try:
        settings = load_settings()
        if order not in ("keep", "stop", "status") or len(arguments) > 1:
            raise SettingsError("usage: python -m config.local.keeper [keep|stop|status]")
        if not settings.uses_private_servers:
            return 0
        return _obey(order, PrivateServers(settings.var))
    except (SettingsError, PrivateServerError) as error:
        print(error, file=sys.stderr)
        return 1


def keep(servers: PrivateServers, is_over: threading.Event) -> None:
    """Start servers that are not running, until the event is set; then stop both."""
    while not is_over.is_set():
        pause_s = _LOOK_INTERVAL_S
        if servers.postgres_pid() is None or servers.redis_pid() is None:
            try:
                servers.start()
                _log.info("private_servers_started", postgres=servers.postgres_pid(), redis=servers.redis_pid())
            except PrivateServerError as error:
                _log.error("private_servers_not_started", reason=str(error))
                pause_s = _PAUSE_AFTER_FAILURE_S
        is_over.wait(pause_s)
    servers.stop()


def _obey(order: str, servers: PrivateServers) -> int:
    if order == "status":
        return 0 if servers.is_running() else _NOT_RUNNING
    if order == "stop":
        servers.stop()
        return 0
    is_over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        is_over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    keep(servers, is_over)
    return 128 + signal.SIGTERM  # so that a supervisor that did not stop it starts it again


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
