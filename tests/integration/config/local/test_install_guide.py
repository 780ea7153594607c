"""docs/install.md, "To run it for people", done word for word: what then runs is no demonstration."""

import configparser
import http.client
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from dotenv import dotenv_values

from config.local.embedded_servers import PrivateServers
from config.local.process import wait_until
from tests.child import start_child, stopping_servers
from tests.conftest import ROOT
from tests.gateway import sign, twilio_form
from tests.port import find_free_port, is_ready

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", ".*_cache", ".env")
_LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)"')
_FROM_PROXY = {"Host": "baraza.example.org", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}


def read_blocks() -> list[str]:
    """The indented blocks of the section, in their order."""
    section = (ROOT / "docs" / "install.md").read_text().split("## To run it for people")[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^ {7}.*\n|^\n)+", section, re.MULTILINE)
    return ["\n".join(line[7:] for line in block.strip("\n").splitlines()) + "\n" for block in blocks if block.strip()]


def read_env_file() -> str:
    (text,) = [block for block in read_blocks() if block.startswith("BARAZA_ENV=")]
    return text


def read_service() -> configparser.SectionProxy:
    (text,) = [block for block in read_blocks() if "[Service]" in block]
    unit = configparser.RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    return unit["Service"]


@dataclass
class Installation:
    """What was made, and what it said."""

    folder: Path
    port: int
    log: Path

    @property
    def servers(self) -> PrivateServers:
        return PrivateServers(self.folder / "var")

    def get(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """What the proxy gets that passes a visitor's request on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, headers={**_FROM_PROXY, **headers})
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        return answer

    def count(self, table: str) -> int:
        with psycopg.connect(self.servers.database_url.replace("+psycopg", "")) as link:
            row = link.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else -1


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of this test's own."""
    return make_checkout(tmp_path / "baraza")


def make_checkout(folder: Path) -> Path:
    """A checkout that is set up already; what setting up does is not what is walked here."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    (folder / "script" / "setup").write_text("#!/bin/sh\n")
    return folder


def start(checkout: Path, log: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """What ExecStart says, with an environment as a service manager's."""
    command = read_service()["ExecStart"].replace(read_service()["WorkingDirectory"], str(checkout)).split()
    plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment}
    with log.open("wb") as output:
        return start_child(command, signal.SIGTERM, cwd=checkout, env=plain, stdout=output, stderr=output)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Steps 2 and 4 of the guide; only the port is another."""
    checkout = make_checkout(tmp_path_factory.mktemp("guide") / "baraza")
    (checkout / ".env").write_text(read_env_file())
    made = Installation(checkout, find_free_port(), checkout.parent / "log")
    environment = dict(entry.split("=", 1) for entry in read_service().get("Environment", "").split())
    with stopping_servers(checkout / "var"):
        process = start(checkout, made.log, PORT=str(made.port), **environment)
        try:
            assert wait_until(lambda: is_ready(made.port) or process.poll() is not None, 480), made.log.read_text()
            assert process.poll() is None, made.log.read_text()
            assert wait_until(lambda: "Baraza is running" in made.log.read_text(), 240)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(240)
            home = made.servers.home
    shutil.rmtree(home, ignore_errors=True)  # as root it lies outside of the test's folder


def crawl(installation: Installation) -> dict[str, http.client.HTTPResponse]:
    """Every page that can be reached by links from the first one, by path."""
    found: dict[str, http.client.HTTPResponse] = {}
    waiting = ["/", "/data", "/report", "/moderate", "/status", "/account/sign-in", "/api/v1/docs"]
    while waiting and len(found) < 200:
        path = waiting.pop()
        if path in found:
            continue
        answer = found[path] = installation.get(path)
        waiting += [link.replace("&amp;", "&") for link in _LINK.findall(answer.text)]  # type: ignore[attr-defined]
    return found


@pytest.mark.slow
def test_what_the_guide_makes_is_no_demonstration(installation: Installation) -> None:
    said = installation.log.read_text()
    assert "Baraza is running at https://baraza.example.org" in said
    assert "emonstration" not in said
    assert "@example.org" not in said
    assert not (installation.folder / "var" / "demo-accounts.json").exists()
    assert (installation.count("campaign"), installation.count("account")) == (0, 0)
    for method, path in (("GET", "/simulator"), ("GET", "/simulator/thread"), ("POST", "/simulator/send")):
        assert installation.get(path, method).status in (400, 404), path
    pages = crawl(installation)
    assert len(pages) > 5
    assert [path for path, answer in pages.items() if answer.status >= 500] == []
    for path, answer in pages.items():
        assert answer.getheader("Content-Security-Policy"), path
        assert answer.getheader("X-Content-Type-Options") == "nosniff", path
        assert answer.getheader("X-Frame-Options"), path
        assert answer.getheader("Referrer-Policy"), path
        assert "max-age" in (answer.getheader("Strict-Transport-Security") or ""), path
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies), path
    assert "simulator" not in "".join(pages)


@pytest.mark.slow
def test_what_the_guide_makes_takes_a_message_signed_for_the_public_address(installation: Installation) -> None:
    written = dotenv_values(stream=(installation.folder / ".env").open())
    form = twilio_form("no water in ward 4")
    headers = sign(f"{written['PUBLIC_URL']}/channels/twilio/sms", form, str(written["TWILIO_AUTH_TOKEN"]))
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=120)
    headers |= {**_FROM_PROXY, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/channels/twilio/sms", urlencode(form), headers)
    assert connection.getresponse().status == 200
    assert installation.count("message") == 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("BARAZA_ENV=development\nPUBLIC_URL=https://baraza.example.org\n", "open to everybody"),
        ("TWILIO_ACCOUNT_SID=AC0\nTWILIO_AUTH_TOKEN=0\n", "without PUBLIC_URL"),
        ("PUBLIC_URL=https://baraza.example.org\nTWILIO_ACCOUNT_SID=AC0\n", "without TWILIO_AUTH_TOKEN"),
        ("BARAZA_ENV=prod\n", "BARAZA_ENV takes"),
    ],
)
def test_what_would_do_harm_does_not_start_and_says_so_in_one_line(
    checkout: Path, tmp_path: Path, written: str, said: str
) -> None:
    (checkout / ".env").write_text(written)
    process = start(checkout, tmp_path / "log", PORT=str(find_free_port()))
    assert process.wait(240) == 1
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
