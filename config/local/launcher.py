"""Runs all processes on this machine under one supervisor until it is stopped; `script/server` ends in it.

The supervisor has its own process group, so a Ctrl-C reaches only this process, which then stops the supervisor in
order. If this process is killed, the kernel signals the supervisor.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from config import mode
from config.errors import UserError
from config.local.listeners import lend, open_listeners
from config.local.privilege import PrivilegeError, Runner, begin_as, find_runner, hand_over
from config.local.process import wait_until
from config.local.supervisord import PYTHON, find_control_socket, make_configuration
from config.settings import Settings, SettingsError, load_settings
from config.startup_check import check_start

_READY_TIMEOUT_S = 60.0
_DEMONSTRATION = "This is the demonstration, for this machine alone. For people: docs/install.md."
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LaunchError(UserError):
    """A start that failed; the message is one line for the operator."""


class _Stopped(Exception):
    """A stop signal that came before the supervisor ran."""


def main() -> int:
    """Start, print the address, wait for the end. Returns the exit code."""
    for number in _STOP_SIGNALS:
        signal.signal(number, _stop_early)
    try:
        settings = load_settings(may_demonstrate=True)
        check_start(settings)
        # Every process started from here gets the same folder and mode.
        os.environ["BARAZA_VAR"] = str(settings.var)
        os.environ[mode.SETTING] = mode.DEVELOPMENT if settings.is_development else mode.PRODUCTION
        with hold_alone(settings.var) as lock:
            check_port(settings)
            return _run(settings, lock)
    except (LaunchError, PrivilegeError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except _Stopped:
        return 128 + signal.SIGINT


@contextmanager
def hold_alone(var: Path) -> Iterator[int]:
    """Lock `var` for one Baraza at a time; yields the lock's file descriptor. Raises LaunchError when it is locked.

    The supervisor inherits the descriptor, so the folder stays locked as long as any process runs.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "server.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(f"Baraza already runs on {var}; stop it first, or set BARAZA_VAR and PORT") from None
        yield file.fileno()


def check_port(settings: Settings) -> None:
    """Check that the addresses can be listened on. Raises LaunchError."""
    for name, port in (("PORT", settings.port), ("WEBHOOK_PORT", settings.webhook_port)):
        family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                if port is not None:
                    probe.bind((settings.bind, port))
            except (OSError, OverflowError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                raise LaunchError(
                    f"port {port} of {settings.bind} cannot be used ({reason}); choose another, e.g. {name}=8001"
                ) from None


def _lend_listeners(settings: Settings) -> None:
    """Open the sockets of the web processes and hold them while the launcher lives. Raises LaunchError."""
    try:
        lend(settings.var, open_listeners(settings))
    except (OSError, OverflowError) as error:
        raise LaunchError(f"port {settings.port} of {settings.bind} cannot be used ({error})") from None


def _run(settings: Settings, lock: int) -> int:
    runner = find_runner(settings)
    if runner.reason:
        print(f"everything runs as root, which it should not: {runner.reason}", file=sys.stderr)
    try:
        accounts = _prepare()
        _lend_listeners(settings)
    except (LaunchError, _Stopped):
        subprocess.run([PYTHON, "-m", "config.local.keeper", "stop"], check=False)  # noqa: S603
        raise
    print("starting web servers and workers", flush=True)
    with _start_supervisor(settings, lock, runner) as supervisor:
        try:
            return _attend(settings, supervisor, accounts)
        except _Stopped:  # just before the signals were passed to the supervisor
            supervisor.terminate()
            return supervisor.wait()


def _attend(settings: Settings, supervisor: "subprocess.Popen[bytes]", accounts: str) -> int:
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: supervisor.terminate())
    assert supervisor.stdout is not None  # noqa: S101  # a pipe was asked for
    copier = threading.Thread(target=_copy, args=(supervisor.stdout,), daemon=True)
    copier.start()
    _announce(settings, supervisor, accounts)
    code = supervisor.wait()
    copier.join(timeout=5)
    return code


def _prepare() -> str:
    """Prepare the database for web and worker, in a process of its own so that its memory is freed.

    Raises LaunchError.
    """
    command = [PYTHON, "-m", "reporting.startup.prepare"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:  # noqa: S603
        try:
            accounts, _ = child.communicate()
        except _Stopped:
            os.killpg(child.pid, signal.SIGTERM)  # with its child processes
            raise
    if child.returncode != 0:
        raise LaunchError("the database could not be prepared; see above")
    return accounts.strip()


def _start_supervisor(settings: Settings, lock: int, runner: Runner) -> subprocess.Popen[bytes]:
    configuration = settings.var / "supervisord.conf"
    (settings.var / "log").mkdir(exist_ok=True)
    _empty_metrics(settings.var / "metrics")
    configuration.write_text(make_configuration(settings))
    hand_over(settings, runner)  # what the preparation made
    # A pipe instead of our own output: the supervisor reopens its output by name, which a terminal of another account
    # refuses and which would overwrite a file. So the pipe must belong to that account too.
    reading, writing = os.pipe()
    if runner.account is not None:
        os.fchown(writing, runner.account.uid, runner.account.gid)
    supervisor = subprocess.Popen(  # noqa: S603
        [PYTHON, "-m", "supervisor.supervisord", "-c", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=(lock,),
        preexec_fn=begin_as(runner, signal.SIGTERM),
    )
    os.close(writing)
    supervisor.stdout = os.fdopen(reading, "rb")
    return supervisor


def _empty_metrics(folder: Path) -> None:
    """Create the folder for the metrics of all processes, and delete those of earlier runs."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def _announce(settings: Settings, supervisor: "subprocess.Popen[bytes]", accounts: str) -> None:
    _ring(settings)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)  # noqa: S104
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    while not wait_until(lambda: supervisor.poll() is not None or _is_answering(address), _READY_TIMEOUT_S):
        print(f"{address} does not answer yet; see what the processes say above", file=sys.stderr)
    if supervisor.poll() is None:
        kind = [_DEMONSTRATION, accounts] if settings.is_development else []
        print(f"\nBaraza is running at {settings.public_url}", *kind, "Ctrl-C stops it.", sep="\n", flush=True)


def _ring(settings: Settings) -> None:
    """Connect once to the supervisor, which then checks its processes at once instead of once a second."""
    path = find_control_socket(settings)
    if path is None:
        return
    with socket.socket(socket.AF_UNIX) as bell:
        wait_until(lambda: bell.connect_ex(str(path)) == 0, 2)


def _is_answering(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never call our own address through a proxy
    try:
        with opener.open(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _copy(source: IO[bytes]) -> None:
    """Copy the processes' output.

    Reading continues after the terminal is gone, since the processes would block otherwise.
    """
    is_gone = False
    for line in source:
        if is_gone:
            continue
        try:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        except OSError:
            is_gone = True


def _stop_early(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Stopped


if __name__ == "__main__":
    sys.exit(main())
