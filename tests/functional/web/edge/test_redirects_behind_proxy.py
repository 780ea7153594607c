"""Behind a proxy with TLS every redirect stays on the visitor's side: a path, or the address in PUBLIC_URL."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from config.local.web_server import make_handler
from config.settings import Settings
from reporting.accounts.role import MODERATOR
from reporting.app import create_webhooks
from reporting.bootstrap import Program
from tests.collect_phone import add_account
from tests.factories.moderation import sign_in
from tests.own_server import run_server

PUBLIC_URL = "https://baraza.example.org"
FROM_PROXY = {
    "Host": "elsewhere.example",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=192.0.2.1;host=elsewhere.example;proto=https",
}
PLAIN = re.compile(r"http://(?!www\.w3\.org/)")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As an installation for people has them."""
    return replace(settings, is_development=False, public_url=PUBLIC_URL, forwarded_hops=1)


@pytest.fixture
def port(app: Flask, settings: Settings) -> Iterator[int]:
    """Our own server around the application."""
    with run_server(make_handler(settings, None, app)[0]) as number:
        yield number


def spell(rule: Rule) -> Iterator[str]:
    """The addresses of a rule as people and programs write them: also with a slash too many or too few."""
    path = re.sub(r"<int:[^>]+>", "1", rule.rule)
    path = re.sub(r"<[^>]+>", "test", path)
    yield path
    yield path.rstrip("/") if path.endswith("/") else f"{path}/"
    yield path.replace("/", "//")
    yield f"//elsewhere.example{path}"
    yield f"{path.rstrip('/')}?a=b%20c&a=//elsewhere.example"


def ask(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, str | None, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def test_no_route_redirects_to_plain_http_or_to_another_host(
    app: Flask,
    program: Program,
    campaign: int,  # noqa: ARG001
    port: int,
) -> None:
    add_account(app, program, "ama", MODERATOR)
    browser = app.test_client()
    sign_in(browser, "ama")
    cookie = browser.get_cookie("session")
    assert cookie is not None
    rules = [*app.url_map.iter_rules(), *create_webhooks(program).url_map.iter_rules()]
    found: dict[tuple[str, str], str] = {}
    for headers in (FROM_PROXY, FROM_PROXY | {"Cookie": f"session={cookie.value}"}):
        for rule in rules:
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                for path in spell(rule):
                    if rule.endpoint == "security.logout":
                        continue
                    status, location, body = ask(port, method, path, headers)
                    if location is not None:
                        found[method, path] = location
                    if 300 <= status < 400:
                        assert location is not None
                        assert PLAIN.search(body) is None, (method, path, body)
    assert [
        (key, location)
        for key, location in found.items()
        if not (location.startswith(f"{PUBLIC_URL}/") or re.match(r"/(?![/\\])", location))
    ] == []
    assert found["GET", "/moderate"] == "/moderate/"
    assert found["GET", "/moderate?a=b%20c&a=//elsewhere.example"] == "/moderate/?a=b%20c&a=//elsewhere.example"
    assert [path for path in found if "elsewhere" in path[1] and not path[1].startswith("//")] != []
    assert any(location.startswith("/account/sign-in") for location in found.values())
