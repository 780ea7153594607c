"""What a crowd without credentials does, and what ends a web process, takes nothing from the way in."""

import http.client
import itertools
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from config.local.listeners import PAGES_KIND, WEBHOOKS_KIND
from config.local.process import wait_until
from reporting.bootstrap import Program
from tests.busy import find_margin
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, ROOT, make_settings
from tests.databases import Databases
from tests.gateway import sign, twilio_form
from tests.port import is_ready
from tests.web_site import WebSite, run_site

PATH = "/channels/twilio/sms"
A_SECOND = 20
SECONDS = 8
ROUNDS = 3  # a busy machine may spoil one
P99_S = 0.5
KILLS = 8
PAUSE_S = 0.01  # of a gateway between two messages


@pytest.fixture(scope="module")
def program(databases: Databases, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program on the database of the web processes, to look on."""
    with databases.lend("crowd") as url:
        made = Program(make_settings(tmp_path_factory.mktemp("crowd")), url, redis_url)
        yield made
        made.close()


@pytest.fixture(scope="module")
def running_site(program: Program, live_redis_url: str) -> Iterator[WebSite]:
    """Web processes on a database of their own."""
    with run_site(program.settings, program.database_url, live_redis_url, program.settings.var) as running:
        yield running


@pytest.fixture
def site(running_site: WebSite) -> WebSite:
    """The web processes, all of them there again after what was done to them before."""
    for number in range(2):
        running_site.wait_until_started(WEBHOOKS_KIND, number)
    assert wait_until(lambda: is_ready(running_site.port), 240)
    return running_site


def bring(site: WebSite, port: int, number: int) -> tuple[str, int]:
    """One signed SMS: its id and what was answered. Raises OSError and HTTPException."""
    form = twilio_form(f"no water {number}", sender=f"+97798{number:08d}")
    headers = sign(f"http://127.0.0.1:{site.port}{PATH}", form, AUTH_TOKEN)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", PATH, urlencode(form), headers)
        return form["MessageSid"], connection.getresponse().status
    finally:
        connection.close()


def list_stored(program: Program) -> set[str]:
    with program.owner.begin() as connection:
        return set(connection.execute(text("SELECT external_id FROM message")).scalars())


def find_quantile(seconds: Iterable[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[int(len(ordered) * share) - 1]


Record = Callable[[str, object], None]


def tell(record: Record, turn: int, address: str, times: Sequence[float]) -> None:
    """Say the figures of a round: on the terminal (`pytest -s`), and among the test's properties (`--junit-xml`)."""
    p50, p99 = (round(1000 * find_quantile(times, share)) for share in (0.5, 0.99))
    record(f"round {turn + 1} {address}", f"p50 {p50} ms p99 {p99} ms")
    pace = f"{len(times)} webhooks at {A_SECOND} a second, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"\ncrowd, round {turn + 1}, {address}: p50 {p50} ms, p99 {p99} ms; {pace}")


def measure(site: WebSite, port: int, first: int) -> tuple[list[float], list[str]]:
    """Webhooks at a steady pace: how long after its moment each was answered, and their ids."""
    start = time.monotonic()

    def one(number: int) -> tuple[float, str]:
        due = start + number / A_SECOND
        threading.Event().wait(max(0.0, due - time.monotonic()))
        sid, status = bring(site, port, first + number)
        assert status == 200
        return time.monotonic() - due, sid

    with ThreadPoolExecutor(A_SECOND) as pool:
        told = list(pool.map(one, range(A_SECOND * SECONDS)))
    return [seconds for seconds, _ in told], [sid for _, sid in told]


@contextmanager
def run_crowd(site: WebSite) -> Iterator[None]:
    """A crowd that is there before the block begins, and gone behind it."""
    command = [sys.executable, "-m", "tests.crowd", str(site.port), str(site.webhook_port), str(3 * SECONDS)]
    crowd = start_child(["nice", "-n", "10", *command], cwd=ROOT, start_new_session=True)  # elsewhere
    try:
        assert wait_until(lambda: count_connections(site.port) > 100, 120)
        yield
    finally:
        crowd.kill()
        crowd.wait()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_in_a_crowd_webhooks_are_answered_at_once_and_none_is_lost(
    site: WebSite, program: Program, record_property: Record
) -> None:
    margin = find_margin()
    for number in range(20):  # every thread has its connection
        bring(site, site.port, 10_000 + number)
    ports = {site.port: "the one address", site.webhook_port: "WEBHOOK_PORT"}
    best = dict.fromkeys(ports, math.inf)
    for turn in range(ROUNDS):
        with run_crowd(site), ThreadPoolExecutor(len(ports)) as pool:
            measured = list(pool.map(partial(measure, site), ports, (1000 * turn, 1000 * turn + 500)))
        for port, (times, ids) in zip(ports, measured, strict=True):
            assert set(ids) <= list_stored(program)
            best[port] = min(best[port], find_quantile(times, 0.99))
            tell(record_property, turn, ports[port], times)
        if max(best.values()) < P99_S:
            break
    assert max(best.values()) < P99_S * max(margin, find_margin())


def count_connections(port: int) -> int:
    """Connections of this machine to the port."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[2].endswith(f":{port:04X}") for line in lines)


@dataclass
class Gateways:
    """Three gateways that send one message after the other: what was answered with 200, and what was not answered."""

    site: WebSite
    accepted: list[str] = field(default_factory=list)
    refused: list[OSError] = field(default_factory=list)
    cut_off: list[Exception] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    serial: "itertools.count[int]" = field(default_factory=itertools.count)

    def send(self) -> None:
        while not self.is_over.is_set():
            try:
                sid, status = bring(self.site, self.site.port, next(self.serial))
            except ConnectionRefusedError as error:
                self.refused.append(error)
            except (OSError, http.client.HTTPException) as error:
                self.cut_off.append(error)  # it was in the hands of the one that was killed
            else:
                self.accepted.extend([sid] if status == 200 else [])
            self.is_over.wait(PAUSE_S)


@contextmanager
def send_all_the_time(site: WebSite) -> Iterator[Gateways]:
    gateways = Gateways(site)
    threads = [threading.Thread(target=gateways.send) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield gateways
    finally:
        gateways.is_over.set()
        for thread in threads:
            thread.join(60)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_while_web_processes_are_killed_nobody_is_refused_and_nothing_is_lost(site: WebSite, program: Program) -> None:
    with send_all_the_time(site) as gateways:
        for turn in range(KILLS):
            before = len(gateways.accepted)
            kind, number = (WEBHOOKS_KIND, PAGES_KIND)[turn % 2], turn // 2 % 2
            site.kill(kind, number)
            assert wait_until(lambda before=before: len(gateways.accepted) > before + 20, 240)  # type: ignore[misc]
            site.start(kind, number)
            assert wait_until(lambda: is_ready(site.port, "/healthz", 30), 240)
    assert gateways.refused == []
    assert set(gateways.accepted) <= list_stored(program)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_while_web_processes_are_renewed_one_after_the_other_nobody_is_cut_off(site: WebSite, program: Program) -> None:
    with send_all_the_time(site) as gateways:
        for number in range(2):
            before = len(gateways.accepted)
            process = site.processes[WEBHOOKS_KIND, number]
            process.terminate()
            assert process.wait(120) == 0
            assert wait_until(lambda before=before: len(gateways.accepted) > before + 20, 240)  # type: ignore[misc]
            site.start(WEBHOOKS_KIND, number)
            site.wait_until_started(WEBHOOKS_KIND, number)
    assert (gateways.refused, gateways.cut_off) == ([], [])
    assert set(gateways.accepted) <= list_stored(program)


@pytest.mark.timeout(600)
def test_what_is_no_request_is_refused_and_what_is_never_finished_goes(site: WebSite, program: Program) -> None:
    two_lengths = "Content-Length: 3", "Transfer-Encoding: chunked"
    body = "3\r\na=b\r\n0\r\n\r\n"
    stored = list_stored(program)
    ports = (site.port, site.webhook_port)
    for port in ports:
        for first, second in (two_lengths, two_lengths[::-1]):
            for path in (PATH, "/report"):
                assert speak(port, f"POST {path} HTTP/1.1\r\nHost: x\r\n{first}\r\n{second}\r\n\r\n{body}") == 400
        many = "".join(f"X-{number}: {'a' * 2000}\r\n" for number in range(100))
        assert speak(port, f"GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n") in (400, 431)
        assert speak(port, f"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {'a' * 200_000}\r\n\r\n") in (400, 431)
        chunked = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        assert speak(port, chunked) == 403  # a length that comes with each piece is none the worse
    unfinished = {
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na=b": 408,
        "POST /report HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na=b": 408,
        "GET /healthz HTTP/1.1\r\nHost: x\r\n": None,
    }
    each = [(port, words) for port in ports for words in unfinished]
    with ThreadPoolExecutor(len(each)) as pool:  # all at once: each waits until its time is over
        assert list(pool.map(speak, *zip(*each, strict=True))) == [unfinished[words] for _, words in each]
    assert list_stored(program) == stored


def speak(port: int, words: str) -> int | None:
    """The status that bytes are answered with; None for a connection that was closed without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(words.encode())
        try:
            answer = connection.recv(4096)
        except ConnectionResetError:
            return None
    return int(answer.split()[1]) if answer else None
