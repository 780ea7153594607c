"""No browser keeps a page that is not public: every address of the application is looked at."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.accounts.role import ADMIN
from reporting.bootstrap import Program
from reporting.web.auth import ANYBODY, GUARD_ATTRIBUTE
from tests.collect_phone import add_account
from tests.factories.moderation import Desk, add_square, sign_in

# What a browser may keep though somebody signed in: it holds no word of anybody. A new line here is a decision.
WITHOUT_WORDS = {
    "static": "files of ours",
    "security.static": "files of the library",
    "moderate_map.show_tile": "boundaries and names of places",
    "report_form.send_worker": "the service worker, the same for everybody",
}
PUBLIC_FILES = {"data.download", "data.send_areas", "data.send_quality", "data.send_tile", "api_releases.show_releases",
                "api_releases.show_cubes", "api_feeds.send_atom", "api_feeds.send_rss"}  # fmt: skip
PUBLIC_PAGES = {"front.show_front", "data.show_releases", "data.show_latest", "data.show_release", "data.show_quality",
                "api.show_docs", "api.show_description"}  # fmt: skip


@pytest.fixture
def desk_client(app: Flask, program: Program, campaign: int, client: FlaskClient) -> FlaskClient:
    """A browser of an administrator; there is one report."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        desk.add_report(lat=27.5, lon=85.5)
    add_account(app, program, "root", ADMIN)
    sign_in(client, "root")
    return client


def list_answers(app: Flask, client: FlaskClient) -> list[tuple[str, int, str]]:
    """Endpoint, status and Cache-Control of every address, by GET where it takes that."""
    answers = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "security.logout":
            continue
        method = "GET" if "GET" in (rule.methods or set()) else "POST"
        answer = client.open(re.sub(r"<[^>]+>", "1", rule.rule), method=method)
        answers.append((rule.endpoint, answer.status_code, answer.headers.get("Cache-Control", "")))
    return answers


def test_nothing_that_somebody_signed_in_sees_is_kept(app: Flask, desk_client: FlaskClient) -> None:
    answers = list_answers(app, desk_client)
    kept = [
        (endpoint, status, cache)
        for endpoint, status, cache in answers
        if "no-store" not in cache and endpoint not in WITHOUT_WORDS.keys() | PUBLIC_FILES
    ]
    assert kept == []
    assert ("report.show_report", 200, "no-store") in answers
    assert ("queue.show_queue", 200, "no-store") in answers


def test_only_public_pages_are_kept_at_all(app: Flask, client: FlaskClient, campaign: int) -> None:  # noqa: ARG001
    for endpoint, status, cache in list_answers(app, client):
        is_public = getattr(app.view_functions[endpoint], GUARD_ATTRIBUTE, None) == ANYBODY
        if "no-store" not in cache:
            assert endpoint in WITHOUT_WORDS.keys() | PUBLIC_FILES | PUBLIC_PAGES, (endpoint, status, cache)
            assert is_public or endpoint in WITHOUT_WORDS
        if endpoint in PUBLIC_PAGES and status == 200:
            assert cache == "private, no-cache"


def test_the_list_names_nothing_that_is_gone(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= WITHOUT_WORDS.keys() | PUBLIC_FILES | PUBLIC_PAGES
