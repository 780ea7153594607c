"""Started as root, nothing that strangers can reach runs as root; and it ends with whoever started it."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.local.embedded_servers import SERVICE_USER
from config.local.privilege import Runner, find_runner
from config.local.process import wait_until
from config.settings import Settings
from tests.child import run_child, start_child, stopping_servers
from tests.conftest import ROOT
from tests.integration.config.local.test_install_guide import _LEFT_OUT, read_env_file
from tests.port import find_free_port, is_ready


def find_account() -> pwd.struct_passwd:
    """The account, where root may become it."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account")
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        pytest.skip("script/setup makes the account only where root runs it")


def require_view() -> None:
    """Skip where root may not make a view of its own, as in many containers."""
    if run_child(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("root may not make a mount namespace here")


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


@pytest.fixture
def closed_checkout() -> Iterator[Path]:
    """A checkout in a folder that is root's alone, itself root's alone."""
    find_account()
    require_view()
    home = Path(tempfile.mkdtemp(prefix="home-"))
    try:
        folder = home / "of" / "baraza"
        shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        folder.chmod(0o700)
        yield folder
    finally:
        shutil.rmtree(home)


@contextmanager
def running(checkout: Path, log: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The launcher, as `script/server` ends in it, until the block ends."""
    command = [".venv/bin/python", "-m", "config.local.launcher"]
    plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "BARAZA_VAR": str(checkout / "var"), **environment}
    with stopping_servers(checkout / "var"), log.open("wb") as output:
        launcher = start_child(command, signal.SIGTERM, cwd=checkout, env=plain, stdout=output, stderr=output)
        try:
            yield launcher
        finally:
            launcher.terminate()
            launcher.wait(240)
            home = (checkout / "var" / "servers").resolve()
    if home.is_relative_to("/var/lib/baraza"):  # where the account could not enter the folder of `var/`
        shutil.rmtree(home, ignore_errors=True)


def wait_for_accounts(launcher: "subprocess.Popen[bytes]", checkout: Path, log: Path) -> dict[int, int]:
    """Account by process id of everything but the launcher, once it runs."""
    wait_until(lambda: is_told(log) or launcher.poll() is not None, 600)
    assert is_told(log), log.read_text()
    return {pid: uid for pid, uid in find_processes(checkout / "var").items() if pid != launcher.pid}


def is_told(log: Path) -> bool:
    return any(words in log.read_text() for words in ("Baraza is running", "does not answer yet"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_web_and_workers_of_an_installation_for_people_are_not_root(checkout: Path, tmp_path: Path) -> None:
    account, log, port = find_account(), tmp_path / "log", find_free_port()
    (checkout / ".env").write_text(read_env_file())
    (checkout / ".env").chmod(0o600)
    with running(checkout, log, PORT=str(port)) as launcher:
        others = wait_for_accounts(launcher, checkout, log)
        assert "runs as root" not in log.read_text()
        assert len(others) >= 9
        assert set(others.values()) == {account.pw_uid}
        launcher.kill()
        launcher.wait()
        assert wait_until(lambda: not (find_processes(checkout / "var").keys() & others.keys()), 240)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_of_a_demonstration_in_roots_home_is_root(closed_checkout: Path, tmp_path: Path) -> None:
    account, log, port = find_account(), tmp_path / "log", find_free_port()
    with running(closed_checkout, log, PORT=str(port)) as launcher:
        others = wait_for_accounts(launcher, closed_checkout, log)
        assert "nothing runs as root" not in log.read_text()
        assert wait_until(lambda: is_ready(port), 480), log.read_text()
        assert len(others) >= 9
        assert set(others.values()) == {account.pw_uid}
        assert stat.S_IMODE(closed_checkout.stat().st_mode) == 0o700  # for everybody else nothing has changed
        assert (closed_checkout / "var").stat().st_uid == account.pw_uid


def test_a_file_that_the_account_cannot_read_is_said_in_one_line(checkout: Path, tmp_path: Path) -> None:
    (checkout / "geo" / "types.py").chmod(0o600)
    log = tmp_path / "log"
    with running(checkout, log) as launcher:
        assert launcher.wait(240) == 1
    (line,) = log.read_text().splitlines()
    assert line.startswith(
        "nothing runs as root here: the account baraza cannot run the program (geo/types.py): chmod "
    )
    assert find_processes(checkout / "var") == {}


def test_only_what_is_needed_is_seen_of_a_closed_folder(tmp_path: Path) -> None:
    account = find_account()
    require_view()
    home = tmp_path / "home"
    needed, secret = home / "work" / "needed", home / "secret.txt"
    needed.mkdir(parents=True)
    secret.write_text("not for others")
    (needed / "words.txt").write_text("read by the account")
    home.chmod(0o700)
    look = f"""
import os
from pathlib import Path
from config.local.embedded_servers import SystemAccount
from config.local.privilege import Runner
Runner(SystemAccount({account.pw_uid}, {account.pw_gid}, "baraza"), (Path({str(needed)!r}),)).become()
print(os.getuid(), (Path({str(needed)!r}) / "words.txt").read_text(), Path({str(secret)!r}).exists())
"""
    done = run_child([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == f"{account.pw_uid} read by the account False\n", done.stderr
    assert secret.read_text() == "not for others"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_who_is_not_root_stays_who_they_are(settings: Settings) -> None:
    if os.geteuid() == 0:
        pytest.skip("this is root")
    assert find_runner(settings) == Runner()
