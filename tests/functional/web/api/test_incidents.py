"""Single incidents for a partner: within the key's scope, without words or senders, paged by key, each call kept."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.api_key import ReadingScope, ScopeRefused, add_key, list_keys, revoke_key
from reporting.accounts.limit import INCIDENTS_BY_KEY, LIMITS, Limiter
from reporting.bootstrap import Program
from reporting.moderation.audit import list_partner_calls
from tests.factories.release import NOVEMBER, OCTOBER, World, make_world

PATH = "/api/v1/incidents"
PURPOSE = "Repairs of taps"
WORDS, LAT, LON = "no water at the red house", 27.711117, 85.316663


@pytest.fixture
def world(program: Program) -> World:
    """Incidents of several kinds; sixty people reported from one house in the east."""
    with program.owner.begin() as connection:
        made = make_world(connection)
        first = made.add_incident()
        for sender in range(60):
            made.add_report(sender, incident_id=first)
        made.add_report(100, topic="road", area="west", at=OCTOBER)
        made.add_report(101, topic="violence")
        made.add_report(102, state="queued")
        hidden = made.add_incident()
        sensitive = made.add_report(103, incident_id=hidden)
        made.add_report(104, incident_id=hidden)
        connection.execute(text("UPDATE report SET is_sensitive = true WHERE id = :id"), {"id": sensitive})
        place = "UPDATE report SET text = :words, radius_m = 50, point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
        connection.execute(text(place), {"words": WORDS, "lon": LON, "lat": LAT})
        return made


def make_key(program: Program, world: World, **scope: Any) -> dict[str, str]:
    """The header of a new key."""
    with program.owner.begin() as connection:
        key = add_key(connection, world.campaign_id, "water-authority", ReadingScope(PURPOSE, **scope))
    return {"Authorization": f"Bearer {key}"}


def list_topics(client: FlaskClient, key: dict[str, str], query: str = "") -> list[str]:
    answer = client.get(PATH + query, headers=key)
    assert answer.status_code == 200, answer.text
    return [each["topic"] for each in answer.json["incidents"]]


def test_an_incident_is_told_without_words_senders_and_exact_place(
    client: FlaskClient, program: Program, world: World
) -> None:
    key = make_key(program, world)
    answer = client.get(PATH, headers=key)
    first, second = answer.json["incidents"]
    assert (first["topic"], first["sources"], first["response"], first["office"]) == ("water", "GE10", "open", None)
    assert first["occurred_on"] == NOVEMBER.date().isoformat()
    assert first["place"]["kind"] == "cell"
    assert first["place"]["radius_m"] >= 150
    assert (second["topic"], second["sources"]) == ("road", "1")
    assert second["place"]["kind"] == first["place"]["kind"]  # one house, and enough people in its cell
    assert answer.json["next"] is None
    for secret in (WORDS, "red house", "27.7111", "85.3166", '"R'):
        assert secret not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(PATH, headers=key).json == answer.json  # the same place again


@pytest.mark.parametrize(
    ("scope", "query", "topics"),
    [
        ({"topics": ["road"]}, "", ["road"]),
        ({"areas": ["east"]}, "", ["water"]),
        ({"areas": ["country"]}, "", ["water", "road"]),
        ({"areas": ["east"], "topics": ["road"]}, "", []),
        ({"areas": ["east"]}, "?area=west", []),
        ({"topics": ["road"]}, "?topic=water", []),
        ({}, "?since=2026-11-01", ["water"]),
        ({}, "?area=west", ["road"]),
    ],
)
def test_nobody_reads_beyond_the_scope(
    client: FlaskClient, program: Program, world: World, scope: dict[str, Any], query: str, topics: list[str]
) -> None:
    assert list_topics(client, make_key(program, world, **scope), query) == topics


def test_a_topic_of_high_sensitivity_must_be_named(client: FlaskClient, program: Program, world: World) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE topic SET sensitivity = 'high' WHERE code = 'road'"))
    assert list_topics(client, make_key(program, world)) == ["water"]
    assert list_topics(client, make_key(program, world, topics=["road", "water"])) == ["water", "road"]


def test_pages_go_on_by_key(client: FlaskClient, program: Program, world: World) -> None:
    key, seen, path = make_key(program, world), [], f"{PATH}?limit=1"
    while path:
        answer = client.get(path, headers=key).json
        seen += [each["topic"] for each in answer["incidents"]]
        parts = urlsplit(answer["next"] or "")
        path = f"{parts.path}?{parts.query}" if answer["next"] else ""
    assert seen == ["water", "road"]


def test_each_call_is_kept(client: FlaskClient, program: Program, world: World) -> None:
    key = make_key(program, world)
    list_topics(client, key, "?topic=water&limit=7")
    list_topics(client, key)
    with program.owner.begin() as connection:
        rows = connection.execute(text("SELECT asked, incidents FROM partner_access ORDER BY id")).all()
        [calls] = list_partner_calls(connection, world.campaign_id)
    assert [tuple(row) for row in rows] == [({"topic": "water", "limit": 7}, 1), ({"limit": 100}, 2)]
    assert (calls.name, calls.purpose, calls.calls, calls.incidents) == ("water-authority", PURPOSE, 2, 3)


def test_only_a_key_that_reads_gets_anything(client: FlaskClient, program: Program, world: World) -> None:
    with program.owner.begin() as connection:
        writes = add_key(connection, world.campaign_id, "hotline")
    assert client.get(PATH).status_code == 401
    refused = client.get(PATH, headers={"Authorization": f"Bearer {writes}"})
    assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
    key = make_key(program, world)
    for query in ("?limit=0", "?limit=201", "?after=x", "?since=yesterday"):
        assert client.get(PATH + query, headers=key).status_code == 422, query
    with program.owner.begin() as connection:
        [last] = [each for each in list_keys(connection, world.campaign_id) if each.purpose]
        assert revoke_key(connection, world.campaign_id, last.id)
    assert client.get(PATH, headers=key).status_code == 401


def test_a_key_reads_so_often_and_no_more(
    client: FlaskClient, program: Program, world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {**LIMITS, INCIDENTS_BY_KEY: "2 per 1 hour"}
    limiter = Limiter(program.redis_url, "a secret", program.database_url, limits)
    monkeypatch.setitem(app.extensions, "baraza_limiter", limiter)
    key = make_key(program, world)
    assert [client.get(PATH, headers=key).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(PATH, headers=make_key(program, world)).status_code == 200  # another key has its own


@pytest.mark.parametrize(
    "scope",
    [
        ReadingScope(" "),
        ReadingScope(PURPOSE, areas=["moon"]),
        ReadingScope(PURPOSE, topics=["nothing"]),
        ReadingScope(PURPOSE, topics=["violence"]),  # severe
    ],
)
def test_a_scope_that_cannot_be_is_refused(program: Program, world: World, scope: ReadingScope) -> None:
    with program.owner.begin() as connection, pytest.raises(ScopeRefused):
        add_key(connection, world.campaign_id, "water-authority", scope)


def test_the_command_makes_lists_and_refuses(app: Flask, world: World) -> None:  # noqa: ARG001
    runner = app.test_cli_runner()
    made = runner.invoke(
        args=["api-key", "create", "water-authority", "--reads-incidents", "--purpose", PURPOSE, "--area", "east"]
    )
    assert made.exit_code == 0, made.output
    assert f"east\t{PURPOSE}" in runner.invoke(args=["api-key", "list"]).output
    beyond = ["--reads-incidents", "--purpose", PURPOSE, "--topic", "nothing"]
    for wrong in (["--reads-incidents"], ["--purpose", PURPOSE], beyond):
        assert runner.invoke(args=["api-key", "create", "other", *wrong]).exit_code == 1
