"""Processes that tests start: each ends with the one that started it, however that comes about, `kill -9` included.

What lived on would take the wake-ups of the next run. The kernel sees to it where the process is a child of ours
(prctl(2), as `config.local.process.end_with_parent` says); servers that go into the background are nobody's child, so
for these somebody listens at a pipe that closes when we are gone.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from config.local.process import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
_STOP_TIMEOUT_S = 240


def start_child(command: Sequence[str], last_signal: int = signal.SIGKILL, **options: Any) -> "subprocess.Popen[Any]":
    """Start a process; when ours ends it gets the signal, SIGTERM where it has processes of its own to end.

    To be called in the main thread: the kernel looks at the thread that started the process. The options are Popen's.
    """
    return subprocess.Popen(command, preexec_fn=partial(_end_with, os.getpid(), last_signal), **options)


def run_child(command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
    """Run a process to its end, or to ours. The options are those of subprocess.run."""
    options.setdefault("check", False)
    return subprocess.run(command, preexec_fn=partial(_end_with, os.getpid(), signal.SIGKILL), **options)


@contextmanager
def stopping_servers(var: Path) -> Iterator[None]:
    """See to it that no private servers of a `var/` folder are left behind, at the end of the block or at ours."""
    stop = ["sh", "-c", 'cat; exec "$0" -m config.local.keeper stop', sys.executable]
    environment = {key: os.environ[key] for key in os.environ if key not in {"DATABASE_URL", "REDIS_URL"}}
    # A session of its own: Ctrl-C in a terminal reaches us, and then the pipe tells it.
    with subprocess.Popen(
        stop, cwd=ROOT, env=environment | {"BARAZA_VAR": str(var)}, stdin=subprocess.PIPE, start_new_session=True
    ) as listener:
        yield
        listener.communicate(timeout=_STOP_TIMEOUT_S)
    assert listener.returncode == 0


def end_worker_with_parent() -> None:
    """Let this process, one of xdist's workers, end with the one that collects the results."""
    _end_with(os.getppid(), signal.SIGKILL)


def _end_with(parent: int, last_signal: int) -> None:
    end_with_parent(last_signal)
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), signal.SIGKILL)
