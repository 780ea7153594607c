"""A test run that is killed leaves nothing running: neither its workers nor what its tests started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.embedded_servers import PrivateServers
from config.local.process import wait_until
from tests.child import ROOT, run_child, start_child, stopping_servers

_SLEEP = 'import time; print("up", flush=True); time.sleep(600)'
_START = "from tests.child import start_child; import sys\nprint(start_child([sys.executable, '-c', {code!r}]).wait())"
_START_SERVERS = """
import sys, time
from pathlib import Path
from config.local.embedded_servers import PrivateServers
from tests.child import stopping_servers
servers = PrivateServers(Path(sys.argv[1]))
with stopping_servers(servers.var):
    servers.start()
    print("up", flush=True)
    time.sleep(600)
"""
_CONFTEST = """
from tests.child import end_worker_with_parent

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        end_worker_with_parent()
"""
_RUN = """
import os, sys
from pathlib import Path
from tests.child import start_child

def test_that_is_killed():
    child = start_child([sys.executable, "-c", "import time; time.sleep(600)"])
    Path({note!r}).write_text(f"{{os.getpid()}} {{child.pid}}\\n")
    child.wait()
"""


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    """A process that has started one of its own, which has said that it is up."""
    command = [sys.executable, "-c", _START.format(code=_SLEEP)]
    with start_child(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        yield started
        started.kill()


def test_a_child_ends_when_its_parent_is_killed(parent: "subprocess.Popen[str]") -> None:
    (child,) = _children(parent.pid)
    assert not _is_gone(child)
    parent.kill()
    assert wait_until(lambda: _is_gone(child), 10)


def test_a_child_whose_parent_lives_lives() -> None:
    assert run_child([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout == "1\n"


def test_servers_in_the_background_are_stopped_when_the_one_who_started_them_is_killed(tmp_path: Path) -> None:
    var = tmp_path / "var"
    command = [sys.executable, "-c", _START_SERVERS, str(var)]
    with stopping_servers(var), start_child(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        servers = PrivateServers(var)
        assert servers.is_running()
        starter.kill()
        assert wait_until(lambda: servers.postgres_pid() is None and servers.redis_pid() is None, 240)


@pytest.mark.parametrize("victim", ["the run", "its worker"])
def test_what_a_test_started_ends_with_the_run_and_with_its_worker(tmp_path: Path, victim: str) -> None:
    """As script/test runs it, in processes: the main one dies, or the one that runs the test."""
    note = tmp_path / "note"
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_it.py").write_text(_RUN.format(note=str(note)))
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "1", "--max-worker-restart=0", "-p", "no:cacheprovider",
        "--rootdir", str(tmp_path), str(tmp_path),
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(ROOT)
    with start_child(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as run:
        assert wait_until(lambda: note.exists() and note.read_text().endswith("\n"), 240)
        worker, child = map(int, note.read_text().split())
        assert not _is_gone(child)
        os.kill(run.pid if victim == "the run" else worker, signal.SIGKILL)
        assert wait_until(lambda: _is_gone(worker) and _is_gone(child), 10)
        run.kill()
