"""`script/server` as docs/install.md says it for people: what runs then, and what happens when a part is killed."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.process import wait_until
from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation
from tests.acceptance.site import run_site, start_site

_ENV = """\
BARAZA_ENV=production
PUBLIC_URL=https://baraza.example.org
FORWARDED_HOPS=1
"""
WEBHOOKS = 6
SCRAPES = 12
KILLED_S = 4  # for how long calls are made after a process was killed
_FROM_PROXY = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
_STARTED_TIMEOUT_S = 240


@pytest.fixture(scope="module")
def site(installations: Installations) -> Iterator[tuple[Installation, Path]]:
    """Steps 2 and 4 of the guide: a `.env` in the checkout, and `script/server`; and its log."""
    with installations.make_empty() as installation:
        del installation.environment["BARAZA_ENV"]
        installation.environment["PUBLIC_URL"] = "https://baraza.example.org"
        written = installation.tree.folder / ".env"
        written.write_text(_ENV)
        try:
            with run_site(installation) as log:
                yield installation, log
        finally:
            written.unlink()


@pytest.mark.slow
def test_what_the_guide_makes_is_no_demonstration(site: tuple[Installation, Path]) -> None:
    """C1: with BARAZA_ENV=production in .env there are no demonstration accounts and there is no simulator."""
    installation, log = site
    assert installation.command("users", "list").strip().splitlines()[1:] == []
    assert "@example.org" not in log.read_text()
    assert installation.call("GET", "/simulator", headers=_FROM_PROXY).status == 404


@pytest.mark.slow
def test_all_processes_count_together(site: tuple[Installation, Path]) -> None:
    """H6: whichever process answers, the metrics say how many webhooks all of them took."""
    installation, _ = site
    for _ in range(WEBHOOKS):
        assert installation.bring("no water in ward 4").status == 200
    counter = re.compile(r"^baraza_webhook_calls_total\{.*\} (\S+)$", re.MULTILINE)
    told = {sum(map(float, counter.findall(installation.metrics().text))) for _ in range(SCRAPES)}
    assert told == {WEBHOOKS}


@pytest.mark.slow
def test_while_a_web_process_is_killed_nobody_is_refused(site: tuple[Installation, Path]) -> None:
    """M13: when the web process is killed, another one listens all the time."""
    installation, _ = site
    os.kill(find_web_process(installation.port), signal.SIGKILL)
    refused = called = 0
    until = time.monotonic() + KILLED_S
    while time.monotonic() < until:
        called += 1
        try:
            installation.call("GET", "/healthz", headers=_FROM_PROXY)
        except ConnectionRefusedError:
            refused += 1
        except OSError:  # it was in the hands of the one that was killed
            continue
    assert refused == 0, f"{refused} of {called} calls were refused"


def find_web_process(port: int) -> int:
    """The process below the supervisor that listens at the port, itself or by its children."""
    inode = next(
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    )
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            holds = any(os.readlink(entry) == f"socket:[{inode}]" for entry in (folder / "fd").iterdir())
        except OSError:
            continue
        process = int(folder.name)
        while holds and process > 1:
            parent = read_parent(process)
            if "supervisord" in Path(f"/proc/{parent}/cmdline").read_text():
                return process
            process = parent
    raise AssertionError("nobody below a supervisor listens")


def read_parent(process: int) -> int:
    """The parent's id."""
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.slow
def test_a_start_that_would_refuse_every_webhook_stops(installations: Installations) -> None:
    """H6: Twilio without PUBLIC_URL, so that no signature would be right, does not start and says why in one line."""
    with installations.make(TWILIO_ACCOUNT_SID=f"AC{'0' * 32}") as installation:
        installation.environment["PUBLIC_URL"] = ""
        log = installation.var / "server.log"
        with start_site(installation, log) as process:
            assert wait_until(lambda: process.poll() is not None or installation.is_ready(), _STARTED_TIMEOUT_S)
            code = process.poll()
    assert code == 1, "it started"
    assert len(log.read_text().splitlines()) == 1
