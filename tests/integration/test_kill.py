"""Twenty times something is killed with SIGKILL while messages arrive: what got a 200 is there once, and processed."""

import http.client
import itertools
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from config.local.embedded_servers import PrivateServers
from reporting.db import Role, open_database
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, ROOT
from tests.gateway import sign, twilio_form
from tests.port import find_free_port, is_ready

ROUNDS = 20
PAUSE_S = 0.03  # between two messages of a gateway: what is killed is never idle, and the processors are not all taken
PATH = "/channels/twilio/sms"
DEMO_LINE = "+9779800000100"
ANSWERED_TWICE = """
    SELECT in_reply_to_id FROM message WHERE direction = 'out' GROUP BY in_reply_to_id, purpose HAVING count(*) > 1
"""  # an acknowledgement and a question answer one message
WITHOUT_REPORT = """
    SELECT count(*) FROM message WHERE direction = 'in' AND channel = 'twilio' AND state = 'processed'
    AND report_id IS NULL
"""
TEXTS = (
    "no water in Lalitpur",
    "pani aayena Pokhara 8",
    "road blocked at Melamchi",
    "bijuli chaina Biratnagar",
    "STOP",
    "धारामा पानी छैन",
)


class Gateway(threading.Thread):
    """Sends signed messages one after the other; one that is not answered with 200 is sent again, as gateways do."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.accepted: list[str] = []
        self.is_over = threading.Event()
        self._port = port
        self._random = random.Random(seed)
        self._serial = itertools.count()
        self._seed = seed

    def run(self) -> None:
        while not self.is_over.is_set():
            number = next(self._serial)
            sender = f"+97798{self._seed}{self._random.randrange(40):06d}"
            form = twilio_form(f"{self._random.choice(TEXTS)} {number}", sender=sender, campaign_address=DEMO_LINE)
            for _ in range(200):
                if self._send(form) or self.is_over.is_set():
                    break
                self.is_over.wait(0.05)
            self.is_over.wait(PAUSE_S)

    def _send(self, form: dict[str, str]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = sign(f"http://127.0.0.1:{self._port}{PATH}", form, AUTH_TOKEN)
        try:
            connection.request(
                "POST", PATH, urlencode(form), {**headers, "Content-Type": "application/x-www-form-urlencoded"}
            )
            is_taken = connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if is_taken:
            self.accepted.append(form["MessageSid"])
        return is_taken


def find_pids(var: Path, *words: str) -> list[int]:
    """Processes of the installation at `var` whose command line has one of the words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"BARAZA_VAR={var}".encode() in environment.split(b"\0") and any(word in command for word in words):
            found.append(int(entry.name))
    return sorted(found)


def wait_until(is_true: Callable[[], bool], timeout_s: float, what: str) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout_s:.0f} s")
        threading.Event().wait(0.1)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Everything under the supervisor, as script/server runs it, in a folder and on a port of its own."""
    port = find_free_port()
    var = (tmp_path / "var").resolve()
    environment = {
        key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL"}
    }
    environment |= {
        "BARAZA_VAR": str(var),
        "PORT": str(port),
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "BARAZA_ENV": "development",
    }
    log = (tmp_path / "log").open("wb")
    process = start_child(
        [sys.executable, "-m", "config.local.launcher"],
        signal.SIGTERM,
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until(lambda: is_ready(port), 600, f"the start, see {log.name}")
        yield var, port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(240)
        log.close()
        assert find_pids(var, "reporting", "granian", "config.") == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_message_that_got_a_200_survives_twenty_kills(installation: tuple[Path, int]) -> None:
    var, port = installation
    servers = PrivateServers(var)
    database = open_database(servers.database_url, Role.OWNER)
    victims: list[tuple[str, Callable[[], list[int]]]] = [
        ("web", lambda: find_pids(var, "config.local.web_server", "granian")[:1]),
        ("worker", lambda: find_pids(var, "reporting.jobs.worker")),
        ("Redis", lambda: [servers.redis_pid() or 0]),
        ("PostgreSQL", lambda: [servers.postgres_pid() or 0]),
        ("a web process", lambda: find_pids(var, "config.local.web_server", "granian")[-1:]),
    ]
    gateways = [Gateway(port, seed) for seed in (1, 2, 3)]
    for gateway in gateways:
        gateway.start()
    for number in range(ROUNDS):
        name, find = victims[number % len(victims)]
        wait_until(lambda: bool(find()) and 0 not in find(), 240, f"round {number}: {name} is there to be killed")  # noqa: B023
        before = sum(len(gateway.accepted) for gateway in gateways)
        for pid in find():
            os.kill(pid, signal.SIGKILL)
        wait_until(
            lambda: sum(len(gateway.accepted) for gateway in gateways) > before + 10,  # noqa: B023
            300,
            f"round {number}: messages are accepted again after {name} was killed",
        )
    for gateway in gateways:
        gateway.is_over.set()
    for gateway in gateways:
        gateway.join(240)
    accepted = [sid for gateway in gateways for sid in gateway.accepted]

    def count(statement: str) -> int:
        with database.begin() as connection:
            return int(connection.execute(text(statement)).scalar_one())

    wait_until(lambda: is_ready(port), 240, "ready at the end")
    wait_until(
        lambda: count("SELECT count(*) FROM message WHERE state = 'received'") == 0, 480, "the inbox is worked off"
    )
    with database.begin() as connection:
        rows = connection.execute(
            text("SELECT external_id, state FROM message WHERE channel = 'twilio' AND direction = 'in'")
        ).all()
    stored = {row.external_id: row.state for row in rows}
    assert len(accepted) > ROUNDS * 10
    assert len(set(accepted)) == len(accepted)
    assert [sid for sid in accepted if sid not in stored] == []
    assert {stored[sid] for sid in accepted} <= {"processed", "repeated"}
    assert count("SELECT count(*) FROM message WHERE state = 'set_aside'") == 0
    assert count("SELECT count(*) - count(DISTINCT message_id) FROM report WHERE message_id IS NOT NULL") == 0
    assert count(f"SELECT count(*) FROM ({ANSWERED_TWICE}) AS twice") == 0
    assert count(WITHOUT_REPORT) == 0
    database.close()
