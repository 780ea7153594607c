"""docs/install.md, "Behind a proxy": its Caddyfile, run by Caddy in front of the web processes, with TLS."""

import http.client
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from config.local.listeners import PAGES_KIND
from config.local.process import wait_until
from reporting.bootstrap import Program
from reporting.web.edge.client_network import read_network
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, ROOT, make_settings
from tests.databases import Databases
from tests.gateway import sign, twilio_form
from tests.port import find_free_port
from tests.web_site import WebSite, run_site

SITE = "baraza.example.org"
PATH = "/channels/twilio/sms"
START_S = 240
ROOT_CERTIFICATE = Path("caddy", "pki", "authorities", "local", "root.crt")


def find_caddy() -> str | None:
    """The program of Caddy: installed, or as script/setup --tests unpacked it."""
    return shutil.which("caddy") or shutil.which("caddy", path=ROOT / "var/caddy/usr/bin")


def read_caddyfile() -> str:
    """The block of the guide, as it stands there."""
    section = (ROOT / "docs" / "install.md").read_text().split("in `/etc/caddy/Caddyfile`:\n")[1]
    lines = re.match(r"(?:\n| {4}.*\n)+", section)
    assert lines is not None
    return "".join(line[4:] for line in lines.group().strip("\n").splitlines(keepends=True)) + "\n"


@dataclass
class Answer:
    """What a visitor gets."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Proxy:
    """Caddy with TLS in front of the site."""

    port: int
    site: WebSite
    trust: Path  # the certificate of Caddy's own authority

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Ask over TLS; the certificate and its name are checked. Raises OSError and HTTPException.

        With a `Content-Length` of its own the body is the beginning of a longer one.
        """
        context = ssl.create_default_context(cafile=str(self.trust))
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            connection = http.client.HTTPConnection(SITE)
            connection.sock = context.wrap_socket(plain, server_hostname=SITE)
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
            connection.close()
        return found

    def bring(self, words: str) -> tuple[str, int]:
        """An SMS that Twilio has signed for the public address: its id, and the status of the answer."""
        form = twilio_form(words)
        headers = sign(f"https://{SITE}{PATH}", form, AUTH_TOKEN)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return form["MessageSid"], self.call("POST", PATH, urlencode(form).encode(), **headers).status


@pytest.fixture(scope="module")
def program(databases: Databases, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program on the database of the web processes, to look on."""
    with databases.lend("caddy") as url:
        settings = replace(make_settings(tmp_path_factory.mktemp("caddy")), public_url=f"https://{SITE}")
        made = Program(settings, url, redis_url)
        yield made
        made.close()


@pytest.fixture(scope="module")
def proxy(program: Program, live_redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The guide's configuration with other ports, and an authority of Caddy's own, since there is no network here."""
    caddy = find_caddy()
    if caddy is None:
        pytest.skip("Caddy is not there: script/setup --tests fetches it where apt-get can")
    given = {"PUBLIC_URL": f"https://{SITE}", "FORWARDED_HOPS": "1"}
    folder = tmp_path_factory.mktemp("proxy")
    with (
        run_site(program.settings, program.database_url, live_redis_url, program.settings.var, given) as site,
        run_caddy(caddy, folder, site.port, site.webhook_port) as port,
    ):
        made = Proxy(port, site, folder / ROOT_CERTIFICATE)
        assert wait_until(lambda: is_answering(made), START_S), (folder / "log").read_text()[-2000:]
        yield made


@contextmanager
def run_caddy(caddy: str, folder: Path, port: int, webhook_port: int) -> Iterator[int]:
    """The port of Caddy with the guide's configuration, in which the ports are others."""
    public = find_free_port()
    changes = {
        f"{SITE} {{\n": f"https://{SITE}:{public} {{\n    tls internal\n",
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "127.0.0.1:8001": f"127.0.0.1:{webhook_port}",
    }
    written = read_caddyfile()
    for old, new in changes.items():
        assert written.count(old) == 1
        written = written.replace(old, new)
    options = "{\n    admin off\n    skip_install_trust\n    auto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(options + written)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "log").open("wb") as log:
        process = start_child(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield public
        finally:
            process.terminate()
            process.wait(START_S)


def is_answering(proxy: Proxy) -> bool:
    try:
        return proxy.call("GET", "/healthz").status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_signed_webhook_is_taken_and_a_forged_one_is_not(proxy: Proxy, program: Program) -> None:
    sid, status = proxy.bring("no water in ward four")
    assert status == 200
    assert proxy.call("POST", PATH, b"Body=x", **{"X-Twilio-Signature": "forged"}).status == 403
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT external_id FROM message")).scalars().all() == [sid]


def test_a_page_keeps_to_tls(proxy: Proxy) -> None:
    page = proxy.call("GET", "/")
    assert page.status == 200
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert re.fullmatch(r"[0-9a-f-]{36}", page.headers["X-Request-Id"])  # Caddy's own
    other = proxy.call("GET", "/", **{"X-Request-Id": "a-visitors-own-id"})
    assert other.headers["X-Request-Id"] != "a-visitors-own-id"
    moved = proxy.call("GET", "/moderate")
    assert (moved.status, moved.headers["Location"]) == (308, "/moderate/")
    sign_in = proxy.call("GET", "/account/sign-in")
    assert "; Secure" in sign_in.headers["Set-Cookie"]


def test_a_body_that_is_too_large_is_refused(proxy: Proxy) -> None:
    for path, largest in ((PATH, 5), ("/report", 32)):
        size = {"Content-Length": str(largest * 1024 * 1024 + 1), "Content-Type": "application/octet-stream"}
        assert proxy.call("POST", path, b"b" * 64 * 1024, **size).status == 413, path
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert proxy.call("POST", PATH, b"a=" + b"b" * 20_000, **form).status == 403  # it was read, and has no signature


class Echo(http.server.BaseHTTPRequestHandler):
    """A server behind Caddy that says what it was told of the visitor."""

    def do_GET(self) -> None:
        """Answer with the headers of the proxy."""
        said = [self.headers.get_all(name) for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")]
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_who_asks_is_told_by_caddy_alone_whatever_they_claim(proxy: Proxy, tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        caddy = find_caddy()
        assert caddy is not None
        with run_caddy(caddy, tmp_path, echo.server_port, echo.server_port) as port:
            behind = Proxy(port, proxy.site, tmp_path / ROOT_CERTIFICATE)
            assert wait_until(lambda: is_answering(behind), START_S)
            claimed = {
                "X-Forwarded-For": "8.8.8.8",
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": "elsewhere.example",
            }
            for path in ("/report", PATH):
                told = json.loads(behind.call("GET", path, **claimed).text)
                assert told[:2] == [["127.0.0.1"], ["https"]]
                assert told[2][0].startswith(SITE)
                # With FORWARDED_HOPS=1 that address is the visitor's: here it is none of a public network.
                assert read_network("127.0.0.1", told[0], 1) is None
        echo.shutdown()
    assert read_network("127.0.0.1", ["8.8.8.8"], 1) == "8.8.8.0/24"  # as it were if the claim came through


def test_a_database_that_hangs_is_503_and_the_same_message_is_taken_afterwards(proxy: Proxy, program: Program) -> None:
    form = twilio_form("and the road is blocked")
    headers = sign(f"https://{SITE}{PATH}", form, AUTH_TOKEN)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    body = urlencode(form).encode()
    with program.owner.begin() as connection:
        connection.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        away = proxy.call("POST", PATH, body, **headers)
    assert away.status == 503
    assert proxy.call("POST", PATH, body, **headers).status == 200
    with program.owner.begin() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM message WHERE external_id = :sid"), {"sid": form["MessageSid"]}
        )
        assert found.scalar_one() == 1


def test_while_one_process_of_the_pages_is_killed_pages_are_there(proxy: Proxy) -> None:
    proxy.site.kill(PAGES_KIND, 0)
    try:
        assert [proxy.call("GET", "/status").status for _ in range(5)] == [200] * 5
    finally:
        proxy.site.start(PAGES_KIND, 0)
