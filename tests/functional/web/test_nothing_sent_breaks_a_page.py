"""Whatever is sent to whatever address: no answer of 500, and nothing of it in a log.

It walks the application's own table of addresses and the fields that each view reads, so a page that is new is tried.
"""

import base64
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule

from config.local.embedded_servers import PrivateServers
from reporting.accounts.api_key import add_key
from reporting.accounts.role import ADMIN
from reporting.bootstrap import Program
from tests.collect_phone import add_account
from tests.factories.moderation import Desk, add_square, sign_in

MARK = "ZZMARKERWORDS"
# As bytes: a browser never sends half a character, a program does.
VALUES = [
    f"{MARK}\x00x".encode(),
    b"\xed\xa0\x80" + MARK.encode() + b"\xff",
    b"nan",
    b"-inf",
    b"1e999",
    b"9" * 30,
    b"-" + b"9" * 5_000,
    "٣".encode(),
    b"",
    b"2026-13-45T99:99",
    b"[]",
    f"{MARK}'\"<&%s{{{{7*7}}}}{{0}}$1\\".encode(),
    "\u202e\U0001f4a9\u0000\ufffe".encode() * 50,
]
ONE_BY_ONE = [VALUES[0], VALUES[2], VALUES[5], VALUES[11]]
PATH_PARTS = [b"1", b"0", *(value for value in VALUES if value and b"/" not in value and len(value) < 1_000)]
# What a form has beside the field that is tried, so that the view goes on to it.
USUAL = {
    "reason": "spam", "lat": "27.5", "lon": "85.5", "radius_m": "100", "number": "1", "topic": "water",
    "state": "approved", "candidate": "2", "member": "1", "other": "2", "chosen": "1", "unlink": "1", "message": "1",
    "text": "words", "campaign": "test", "period": "2026-11", "kind": "own",
}  # fmt: skip
# Read by the sign-in library, or by modules that a view's own does not show.
OTHERS = (
    "email",
    "password",
    "remember",
    "next",
    "code",
    "phone",
    "place",
    "language",
    "required",
    "website",
    "id",
    "sex",
)
_READ = re.compile(
    r"""(?:\bget|getlist|_number|_read\w*|read_\w+)\(\s*(?:request\.\w+,\s*)?["']([\w-]+)["']"""
    r"""|["']([\w-]+)["'] in request\."""
)
NOT_READY = {"health.ready"}  # 503 says that no worker runs
_SKIPPED = {"static", "security.static", "security.logout"}


@pytest.fixture
def open_app(app: Flask, program: Program, campaign: int) -> Flask:
    """The application as it serves people, with an administrator and two reports that are alike."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        contact_id = desk.add_contact()
        first, second = (desk.add_report(f"{MARK} {n}", lat=27.5, lon=85.5, contact_id=contact_id) for n in (1, 2))
        desk.add_link(first, second)
    add_account(app, program, "root", ADMIN)
    return app


@pytest.fixture
def quiet(servers: PrivateServers, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing that was sent is in what the processes and the database wrote meanwhile."""
    log = Path(servers.home / "postgres.log")
    before = log.stat().st_size
    yield
    written = capfd.readouterr()
    assert MARK not in written.err + written.out
    assert MARK not in log.read_bytes()[before:].decode("utf-8", "replace")


def list_names(app: Flask, rule: Rule) -> list[str]:
    """The fields that the module of a view reads."""
    view = inspect.unwrap(app.view_functions[rule.endpoint])
    module = inspect.getmodule(view)
    found = {first or second for first, second in _READ.findall(inspect.getsource(module))} if module else set()
    return sorted(found)


def spell(fields: dict[str, bytes]) -> str:
    """The fields as a form sends them."""
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items())


def make_path(rule: Rule, part: bytes) -> str:
    """The address with that in the place of everything that varies."""
    return re.sub(r"<[^>]+>", quote_from_bytes(part), rule.rule)


def call(client: FlaskClient, rule: Rule, path: str, fields: dict[str, bytes]) -> int:
    """Send it as the address takes it; the status."""
    form = spell(fields)
    methods = rule.methods or set()
    if "POST" in methods:
        return client.post(path, data=form, content_type="application/x-www-form-urlencoded").status_code
    return client.get(path, query_string=form).status_code


def test_no_field_of_any_form_or_address_breaks_a_page(
    open_app: Flask,
    program: Program,
    quiet: None,  # noqa: ARG001
) -> None:
    client = open_app.test_client()
    sign_in(client, "root")
    broken = []
    usual = {name: value.encode() for name, value in USUAL.items()}
    for rule in open_app.url_map.iter_rules():
        if rule.endpoint in _SKIPPED:
            continue
        reset(program)
        names = list_names(open_app, rule)
        tries = [dict.fromkeys([*USUAL, *OTHERS, *names], value) for value in VALUES]
        tries += [usual | {name: value} for name in names for value in ONE_BY_ONE]
        for fields in tries:
            status = call(client, rule, make_path(rule, b"1"), fields)
            if status >= 500 and rule.endpoint not in NOT_READY:
                broken.append(f"{rule.endpoint} {status} {sorted({value[:20] for value in fields.values()})[:2]}")
    assert broken == []


def test_no_part_of_any_address_breaks_a_page(open_app: Flask, quiet: None) -> None:  # noqa: ARG001
    client = open_app.test_client()
    sign_in(client, "root")
    broken = []
    for rule in open_app.url_map.iter_rules():
        for part in PATH_PARTS if rule.arguments else [b""]:
            for headers in ({}, WEIRD):
                status = client.open(make_path(rule, part), method=pick_method(rule), headers=headers).status_code
                if status >= 500 and rule.endpoint not in NOT_READY:
                    broken.append(f"{rule.rule} {part[:20]!r} {status}")
    assert broken == []


def test_no_body_of_the_api_breaks_it(open_app: Flask, program: Program, campaign: int, quiet: None) -> None:  # noqa: ARG001
    client = open_app.test_client()
    with program.owner.begin() as connection:
        key = add_key(connection, campaign, "partner")
    headers = {"Authorization": f"Bearer {key}"}
    described = client.get("/api/v1/openapi.json").get_json(force=True)
    tried = 0
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if "requestBody" not in operation:
                continue
            address = re.sub(r"\{[^}]+\}", "1", path)
            for body in list_bodies(described, operation):
                tried += 1
                answer = client.open(
                    address, method=method.upper(), data=body, headers=headers, content_type="application/json"
                )
                assert answer.status_code < 500, (path, body[:80])
                if answer.status_code >= 400:
                    assert answer.content_type == "application/problem+json"
    assert tried > 100


@pytest.mark.parametrize(
    "body",
    [
        "[" * 20_000 + "]" * 20_000,
        '{"id": "a", "text": "x", "answers": {"depth": ' + "9" * 5_000 + "}}",
        '{"id": "a", "text": "x", "answers": {"depth": 1e999}}',
        '{"id": "a", "text": "x", "answers": {"depth": NaN}}',
        '{"id": "a", "text": "x", "answers": ' + '{"a": ' * 900 + "1" + "}" * 901,
        "\ufeff{}",
        '"\\ud800"',
        "{",
    ],
)
def test_json_that_cannot_be_worked_with_is_a_problem_400_or_422(
    open_app: Flask, program: Program, campaign: int, body: str
) -> None:
    with program.owner.begin() as connection:
        key = add_key(connection, campaign, "partner")
    answer = open_app.test_client().post(
        "/api/v1/messages", data=body, headers={"Authorization": f"Bearer {key}"}, content_type="application/json"
    )
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_no_proof_breaks_what_asks_for_one(open_app: Flask, program: Program, quiet: None) -> None:  # noqa: ARG001
    client = open_app.test_client()
    add_account(open_app, program, "vera", "volunteer")
    for number, value in enumerate(VALUES):
        place = {"REMOTE_ADDR": f"8.8.{number}.8"}  # or the limit on tries would answer
        for pair in (value + b":" + value, b"vera@example.org:" + value, value):
            basic = "Basic " + base64.b64encode(pair).decode()
            answer = client.get("/openrosa/formList", headers={"Authorization": basic}, environ_overrides=place)
            assert answer.status_code == 401
        for scheme in ("Bearer", "Basic", "Digest", ""):
            words = value.decode("latin-1").replace("\n", " ").replace("\x00", "")
            header = {"Authorization": f"{scheme} {words}"}
            assert client.get("/openrosa/formList", headers=header, environ_overrides=place).status_code in (400, 401)
            called = client.get("/api/v1/reports/23456789CF", headers=header, environ_overrides=place)
            assert called.status_code in (400, 401)


WEIRD = {
    "Accept-Language": "\xff;q=nan, *;q=1e999",
    "Accept": "*/*;q=9" + "9" * 400,
    "X-Forwarded-For": f"{MARK}, ::ffff:1.2.3.4.5, 999.1.1.1",
    "If-None-Match": '"\xff',
    "Range": "bytes=9999999999999999999999-",
    "Content-Type": "application/json; charset=utf-7",
    "Cookie": f"session={MARK}.x.y; remember_token={MARK}|abc",
    "Referer": f"http://[{MARK}",
    "Authentication-Token": f"{MARK}",
    "Content-Length": "0",
}


def pick_method(rule: Rule) -> str:
    """How the address is called."""
    return "GET" if "GET" in (rule.methods or set()) else "POST"


def list_bodies(described: dict[str, Any], operation: dict[str, Any]) -> Iterator[bytes]:
    """The example with each field as something else, and what is no object."""
    content = operation["requestBody"]["content"]["application/json"]
    schema = content["schema"]
    schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    usual = {"id": "a-1", "text": "words"}
    bad: list[Any] = [value.decode("utf-8", "replace") for value in VALUES]
    bad += ["\ud800", None, True, [], {}, [[]], {"a": {"b": "\x00"}}, 10**17, 10**30, -1, 0.1, 1e308]
    for name in schema["properties"]:
        for number, value in enumerate(bad):
            yield json.dumps(usual | {"id": f"a-{number}", name: value}).encode()
            yield json.dumps(usual | {"id": f"b-{number}", name: {MARK: value}}).encode()
    for value in (*bad, *VALUES):
        yield value if isinstance(value, bytes) else json.dumps(value).encode()


def reset(program: Program) -> None:
    """Let both reports wait again, with nobody at work on them."""
    with program.owner.begin() as connection:
        connection.execute(
            text("UPDATE report SET state = 'queued', leased_by = NULL, leased_until = NULL, is_sensitive = false")
        )


@pytest.mark.parametrize("path", ["/report", "/channels/twilio/sms", "/api/v1/messages"])
def test_a_body_with_two_lengths_is_refused(app: Flask, path: str) -> None:
    two = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "5"}
    assert app.test_client().post(path, data=b"12345", environ_overrides=two).status_code == 400
