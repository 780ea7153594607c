"""The supervisor's configuration file: web, worker, scheduler and the keeper of the private servers.

Commands and folders are relative to the checkout, and the supervisor itself expands `BARAZA_VAR`. So no path is in the
file, where a `;`, `#` or `%` in one would be misread.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from config.local.listeners import PAGES_KIND, WEBHOOKS_KIND
from config.settings import Settings

PYTHON = ".venv/bin/python"
# On a busy machine webhooks and pages go before the worker's backlog. The difference is small, since whoever waits
# for an acknowledgement waits for the worker too.
BEHIND = "nice -n 5"
# Webhooks go before pages for visitors too.
VISITORS = "nice -n 4"
_WEB_FEWEST = 2  # of each kind, so that one remains while the other is killed or replaced

_SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes

_HEAD = """\
; Written by script/server at each start; changes here are lost.
[supervisord]
nodaemon=true
silent=true
logfile=%(ENV_BARAZA_VAR)s/log/supervisord.log
logfile_maxbytes=1MB
logfile_backups=2
pidfile=%(ENV_BARAZA_VAR)s/supervisord.pid
environment=PROMETHEUS_MULTIPROC_DIR="%(ENV_BARAZA_VAR)s/metrics"
"""

# For `supervisorctl`, and for the launcher, which connects once so that the supervisor does not wait a second.
_CONTROL = """
[unix_http_server]
file=%(ENV_BARAZA_VAR)s/supervisor.sock

[supervisorctl]
serverurl=unix://%(ENV_BARAZA_VAR)s/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
process_name=%(program_name)s-%(process_num)s
numprocs={count}
priority={priority}
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs={stop_timeout_s}
killasgroup=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
redirect_stderr=true
"""

_GROUP = """
[group:baraza]
programs={programs}
priority={priority}
"""


@dataclass(frozen=True, slots=True)
class _Program:
    name: str
    command: str
    count: int = 1
    stop_timeout_s: int = 10


def make_configuration(settings: Settings) -> str:
    """Make the text of the supervisor's configuration.

    The keeper has the lowest priority number: it starts first, and stops when everything else has stopped. The others
    are one group, whose members stop in parallel.
    """
    web = max(_WEB_FEWEST, settings.web_workers)
    programs = (
        _Program("webhooks", f"{PYTHON} -m config.local.web_server {WEBHOOKS_KIND}", count=web),
        _Program("pages", f"{VISITORS} {PYTHON} -m config.local.web_server {PAGES_KIND}", count=web),
        _Program("worker", f"{BEHIND} {PYTHON} -m reporting.jobs.worker --no-media", count=settings.workers),
        _Program("sender", f"{BEHIND} {PYTHON} -m reporting.jobs.worker --beside"),
        _Program("media", f"{BEHIND} {PYTHON} -m reporting.jobs.worker --media"),
        _Program("scheduler", f"{BEHIND} {PYTHON} -m reporting.jobs.scheduler"),
    )
    text = _HEAD
    if find_control_socket(settings) is not None:
        text += _CONTROL
    if settings.uses_private_servers:
        text += _write(_Program("keeper", f"{PYTHON} -m config.local.keeper", stop_timeout_s=60), priority=1)
    text += "".join(_write(program, priority=10) for program in programs)
    return text + _GROUP.format(programs=",".join(program.name for program in programs), priority=10)


def find_control_socket(settings: Settings) -> Path | None:
    """Return the path of the supervisor's socket; None where it is too long for a socket."""
    path = settings.var / "supervisor.sock"
    return path if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT else None


def _write(program: _Program, priority: int) -> str:
    return _PROGRAM.format(
        name=program.name,
        command=program.command,
        count=program.count,
        priority=priority,
        stop_timeout_s=program.stop_timeout_s,
    )
