"""What runs under the supervisor, as its configuration file: web, worker, scheduler and the keeper of private servers.

Commands and folders are relative to the checkout and `BARAZA_VAR` is expanded by the supervisor itself, so that no
path stands in the file: a `;`, a `#` or a `%` in one would be read as something else.
"""

from dataclasses import dataclass

from config.keeper import is_needed
from config.settings import Settings

PYTHON = ".venv/bin/python"
BLOCKING_THREADS = 16  # of one web process; the database pools are as large
BACKLOG = 1024

_HEAD = """\
; Written by script/server at each start; changes here are lost.
[supervisord]
nodaemon=true
silent=true
logfile=%(ENV_BARAZA_VAR)s/log/supervisord.log
logfile_maxbytes=1MB
logfile_backups=2
pidfile=%(ENV_BARAZA_VAR)s/supervisord.pid
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
    """The text of the supervisor's configuration.

    The keeper has the lowest priority number: it starts first and stops when everything else has stopped. The others
    are one group, whose members stop side by side.
    """
    programs = (
        _Program("web", _web_command(settings)),
        _Program("worker", f"{PYTHON} -m reporting.worker", count=settings.workers),
        _Program("scheduler", f"{PYTHON} -m reporting.scheduler"),
    )
    text = _HEAD
    if is_needed(settings):
        text += _write(_Program("keeper", f"{PYTHON} -m config.keeper", stop_timeout_s=60), priority=1)
    text += "".join(_write(program, priority=10) for program in programs)
    return text + _GROUP.format(programs=",".join(program.name for program in programs), priority=10)


def _web_command(settings: Settings) -> str:
    return (
        f"{PYTHON} -m granian --interface wsgi --host {settings.bind} --port {settings.port}"
        f" --workers {settings.web_workers} --blocking-threads {BLOCKING_THREADS} --backlog {BACKLOG}"
        " --respawn-failed-workers --no-ws --log-level warning wsgi:app"
    )


def _write(program: _Program, priority: int) -> str:
    return _PROGRAM.format(
        name=program.name,
        command=program.command,
        count=program.count,
        priority=priority,
        stop_timeout_s=program.stop_timeout_s,
    )
