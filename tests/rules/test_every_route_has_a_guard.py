"""Every address of the application says who may open it: by a guard on its view, or by a line in the table here."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from reporting.accounts.role import ADMINISTER, MODERATE, SAFEGUARD, SUPERVISE, TRANSLATE
from reporting.web.auth import ACCOUNT, ANYBODY, GUARD_ATTRIBUTE

# What guards itself in another way, and why that is enough.
GUARDED_OTHERWISE = {
    "static": "files of ours, the same for everybody",
    "health.alive": "says nothing of anybody",
    "health.ready": "says nothing of anybody",
    "health.metrics": "a token of its own, METRICS_TOKEN",
    "security.login": "the sign-in form",
    "security.logout": "ends one's own session",
    "security.verify": "the library asks for the password of whoever has signed in",
    "security.static": "files of the library",
}
# Open to everybody, on purpose. A new line here is a decision.
OPEN_PREFIXES = ("/", "/privacy", "/simulator", "/data", "/report", "/status", "/api", "/account", "/open311")
_STEMS = {"/moderate": {TRANSLATE, MODERATE, SUPERVISE, SAFEGUARD, ADMINISTER}, "/openrosa": {ACCOUNT}}


def list_rules(app: Flask) -> Iterator[Rule]:
    """Every address of the pages."""
    return app.url_map.iter_rules()


def test_every_route_has_a_guard(app: Flask) -> None:
    bare = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in list_rules(app)
        if rule.endpoint not in GUARDED_OTHERWISE
        and getattr(app.view_functions[rule.endpoint], GUARD_ATTRIBUTE, None) is None
    ]
    assert bare == []


def test_what_is_open_to_everybody_stands_where_everybody_may_go(app: Flask) -> None:
    opened = {
        "/" + rule.rule.split("/")[1]
        for rule in list_rules(app)
        if getattr(app.view_functions[rule.endpoint], GUARD_ATTRIBUTE, None) == ANYBODY
    }
    assert opened <= set(OPEN_PREFIXES)


@pytest.mark.parametrize("stem", _STEMS)
def test_nothing_below_a_guarded_stem_is_open(app: Flask, stem: str) -> None:
    guards = {
        rule.rule: getattr(app.view_functions[rule.endpoint], GUARD_ATTRIBUTE, None)
        for rule in list_rules(app)
        if rule.rule.startswith(stem)
    }
    assert guards
    assert {path: guard for path, guard in guards.items() if guard not in _STEMS[stem]} == {}


def test_a_stranger_gets_nothing_from_any_guarded_address(app: Flask) -> None:
    client = app.test_client()
    for rule in list_rules(app):
        guard = getattr(app.view_functions[rule.endpoint], GUARD_ATTRIBUTE, ANYBODY)
        if guard == ANYBODY:
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        method = "POST" if "POST" in (rule.methods or set()) else "GET"
        answer = client.open(path, method=method)
        refusals = (403,) if path.startswith("/open311") else (302, 401)  # GeoReport v2 says 403 of a missing key
        assert answer.status_code in refusals, f"{method} {path}"


def test_every_webhook_is_the_one_that_checks_signatures(app: Flask) -> None:
    webhooks: Flask = app.extensions["webhooks"]
    assert {rule.endpoint for rule in webhooks.url_map.iter_rules()} == {"channels.webhook"}


def test_the_table_holds_nothing_that_is_gone(app: Flask) -> None:
    assert set(GUARDED_OTHERWISE) - {rule.endpoint for rule in list_rules(app)} == set()
