"""The web server: granian with the WSGI application, `python -m config.web`.

Not granian's own command, because its workers live on when the process above them is killed: a second set of them would
then serve beside the new ones for ever.
"""

import importlib
import os
import signal
import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.errors import FatalError
from granian.log import LogLevels

from config.check import check_start
from config.process import end_with_parent
from config.settings import Settings, SettingsError, load_settings

_MODULE = "wsgi"
_BLOCKING_THREADS = 16  # of one worker; the database pools are as large
_BACKLOG = 1024
_RESPAWN_INTERVAL_S = 0.5
_STOP_TIMEOUT_S = 5  # then a worker that is still busy is killed


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        settings = load_settings()
        check_start(settings)
        # Before the workers are forked: they share what is imported, and one that replaces a dead one serves at once.
        # Nothing is connected and no thread runs until the first request.
        importlib.import_module(_MODULE)
        make_server(settings).serve(target_loader=load_application)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except FatalError:
        return 1  # granian has said why
    return 0


def make_server(settings: Settings) -> Any:
    """The server, not yet serving."""
    return Granian(
        f"{_MODULE}:app",
        address=settings.bind,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=_BLOCKING_THREADS,
        backlog=_BACKLOG,
        websockets=False,
        log_level=LogLevels.error,  # below that it warns of 16 threads at each start
        respawn_failed_workers=True,
        respawn_interval=_RESPAWN_INTERVAL_S,
        workers_kill_timeout=_STOP_TIMEOUT_S,
    )


def load_application(target: str) -> Any:
    """Load `module:name` in a worker that shall not outlive its parent. Called in the worker, before it serves."""
    parent = os.getppid()
    end_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel knew
        sys.exit(1)
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    sys.exit(main())
