"""Started as root for people, nothing that strangers can reach runs as root; and it ends with whoever started it."""

import os
import pwd
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.local.embedded_servers import SERVICE_USER
from config.local.privilege import find_runner
from config.local.process import wait_until
from config.settings import Settings
from tests.child import run_child, start_child, stopping_servers
from tests.conftest import ROOT
from tests.integration.test_install_guide import _LEFT_OUT, read_env_file
from tests.port import find_free_port


def find_account() -> pwd.struct_passwd:
    """The account, where root may become it."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account")
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        pytest.skip("script/setup makes the account only where root runs it")


def can_run(python: str, account: pwd.struct_passwd) -> bool:
    """Whether that account can run this interpreter, and it is of our version."""
    command = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        version = run_child(command, capture_output=True, text=True, cwd="/", **as_account)
    except OSError:
        return False
    return bool(version.stdout.split() == [str(part) for part in sys.version_info[:2]])


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A checkout, and an environment in it, that the account can read."""
    account = find_account()
    pythons = [python for python in (sys.executable, "/usr/bin/python3") if can_run(python, account)]
    if not pythons:
        pytest.skip("no Python of this version that the account can run")
    folder = Path(tempfile.mkdtemp(prefix="checkout-"))
    folder.chmod(0o755)
    try:
        shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
        run_child([pythons[0], "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
        packages = folder / ".venv" / "lib" / Path(sysconfig.get_path("purelib")).parent.name / "site-packages"
        (packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
        yield folder
    finally:
        shutil.rmtree(folder)


def find_processes(var: Path) -> dict[int, int]:
    """Account by process id of everything that runs with this folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() in ("cat", "sh"):
                continue  # who waits to stop the servers
            if f"BARAZA_VAR={var}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = entry.stat().st_uid
        except OSError:
            continue
    return found


@pytest.mark.slow
def test_web_and_workers_of_an_installation_for_people_are_not_root(checkout: Path, tmp_path: Path) -> None:
    account = find_account()
    var, log = checkout / "var", tmp_path / "log"
    (checkout / ".env").write_text(read_env_file())
    (checkout / ".env").chmod(0o644)
    environment = {"PATH": os.environ["PATH"], "BARAZA_VAR": str(var), "PORT": str(find_free_port())}
    command = [str(checkout / ".venv" / "bin" / "python"), "-m", "config.local.launcher"]
    with stopping_servers(var), log.open("wb") as output:
        before = find_processes(var)  # who waits to stop the servers
        launcher = start_child(command, signal.SIGTERM, cwd=checkout, env=environment, stdout=output, stderr=output)
        wait_until(lambda: "Baraza is running" in log.read_text() or launcher.poll() is not None, 120)
        assert "Baraza is running" in log.read_text(), log.read_text()
        assert "runs as root" not in log.read_text()
        others = {pid: uid for pid, uid in find_processes(var).items() if pid not in {launcher.pid, *before}}
        assert len(others) >= 6
        assert set(others.values()) == {account.pw_uid}
        launcher.kill()
        launcher.wait()
        assert wait_until(lambda: not (find_processes(var).keys() & others.keys()), 60)


@pytest.mark.parametrize("changes", [{"is_development": True}, {"port": 443}])
def test_what_another_account_cannot_do_stays_as_it_was_started(settings: Settings, changes: dict[str, object]) -> None:
    runner = find_runner(replace(settings, **({"is_development": False} | changes)))  # type: ignore[arg-type]
    assert runner.uid is None
    assert bool(runner.reason) == ("port" in changes and os.geteuid() == 0)
