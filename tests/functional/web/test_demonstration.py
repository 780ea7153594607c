"""The demonstration answers its own machine alone, opens no campaign of people, and is closed when it becomes real.

Its public pages show what figures are for: a full table, a trend, a map, who is left out. They say what is generated.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.demo.account import make_accounts, read_accounts
from reporting.demo.generated_months import GENERATED_MONTHS
from reporting.demo.generated_rows import SOURCE, store_generated_months
from reporting.demo.load import DEMO_SLUG
from reporting.moderation import decisions
from reporting.privacy.erasure import erase_contact
from reporting.startup.prepare import prepare
from tests.conftest import make_settings
from tests.databases import Databases
from tests.factories.moderation import sign_in

_ACTIVE = "SELECT count(*) FROM account WHERE active"
_NEWEST = f"/data/{DEMO_SLUG}/incidents/"
_GENERATED = "these months are generated, and nobody sent their reports"


@pytest.fixture
def production(program: Program) -> Program:
    """The same installation, now for people."""
    return Program(replace(program.settings, is_development=False), program.database_url, program.redis_url)


def count_active(program: Program) -> int:
    with program.owner.begin() as connection:
        return int(connection.execute(text(_ACTIVE)).scalar_one())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "baraza.example.org"},
        {"Host": "10.0.0.5:8000"},
        {"Host": "127.0.0.1.nip.io"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"X-Real-IP": "192.0.2.1"},
        {"Via": "1.1 proxy"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/simulator", "/account/sign-in"])
def test_nobody_elsewhere_gets_a_page_of_development(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    assert client.get(path).status_code != 421
    assert client.get(path, headers=headers).status_code == 421


def test_a_page_for_people_is_served_to_all(production: Program) -> None:
    client = create_app(production).test_client()
    assert client.get("/account/sign-in", headers={"Host": "baraza.example.org", "Via": "1.1 proxy"}).status_code == 200


@pytest.mark.usefixtures("campaign")
def test_development_refuses_a_campaign_that_is_not_the_demonstration(app: Flask, program: Program) -> None:
    with pytest.raises(click.ClickException, match="no demonstration"):
        prepare(app, program)
    assert count_active(program) == 0


def test_production_closes_the_accounts_whose_passwords_were_printed(app: Flask, production: Program) -> None:
    with app.app_context():
        store = app.extensions["security"].datastore
        first = make_accounts(store, production.settings.var)
    assert count_active(production) == len(first)
    prepare(create_app(production), production)
    assert count_active(production) == 0
    assert read_accounts(production.settings.var) == {}
    with app.app_context():
        again = make_accounts(store, production.settings.var)
    assert count_active(production) == len(again)
    assert not set(again.values()) & set(first.values())


@pytest.fixture(scope="module")
def loaded(
    databases: Databases, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Program]]:
    """The application with the demonstration, loaded once for all tests that look at it."""
    with databases.lend("demonstration") as url:
        program = Program(make_settings(tmp_path_factory.mktemp("demonstration")), url, redis_url)
        app = create_app(program)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        prepare(app, program)
        yield app, program
        program.close()


@pytest.fixture
def shown(loaded: tuple[Flask, Program]) -> FlaskClient:
    """A visitor of the demonstration."""
    return loaded[0].test_client()


def read_rows(program: Program, query: str, **values: object) -> list[Any]:
    with program.owner.begin() as connection:
        return list(connection.execute(text(query), values).all())


def test_the_newest_figures_have_a_full_table_a_trend_and_five_shades(shown: FlaskClient) -> None:
    page = shown.get(_NEWEST).text
    assert len(set(re.findall(r'<tr data-area="(NP-[A-Z-]+)"', page))) >= 70  # of 77 districts
    assert set(re.findall(r'<g class="area shade-(\d)', page)) == {"0", "1", "2", "3", "4"}
    by_month = re.search(r"<caption>By month</caption>.*?</table>", page, re.DOTALL)
    assert by_month is not None
    months = re.findall(r"(\w+ 2026)(?:</a>)?</th><td class=\"number\">([\d,]+)</td>", by_month[0])
    assert len(months) == len(GENERATED_MONTHS)
    assert len({figure for _, figure in months}) > 3  # it moves
    assert {"Women and girls", "Men and boys", "15 to 24 years", "25 to 64 years"} <= set(
        re.findall(r"<bdi>([^<]+)</bdi></a></th><td class=\"number\">", page)
    )


def test_the_newest_figures_say_who_is_left_out(shown: FlaskClient) -> None:
    page = shown.get(_NEWEST).text
    said = re.search(r'<p class="left-out">.*?</p>', page)
    assert said is not None
    named = re.findall(r"<bdi>([^<]+)</bdi>", said[0])
    assert named[0] == "Women and girls"
    assert {"Rautahat", "Saptari", "Rolpa", "Bajura"} <= set(named)
    assert "Men and boys" not in named


def test_topics_by_sex_have_shares_weighted_to_the_census(shown: FlaskClient) -> None:
    page = shown.get(f"/data/{DEMO_SLUG}/by_sex/").text
    part = re.search(r'<section[^>]*aria-labelledby="model".*?</section>', page, re.DOTALL)
    assert part is not None
    assert "There is no estimate" not in part[0]
    assert {"Water and sanitation", "Roads and transport", "Health"} <= set(re.findall(r"<bdi>([^<]+)</bdi>", part[0]))


def test_what_is_generated_says_so_on_every_page(shown: FlaskClient, loaded: tuple[Flask, Program]) -> None:
    releases = read_rows(loaded[1], "SELECT release.id, cube, period, is_waiting FROM release JOIN release_state"
                                    " ON release_id = release.id ORDER BY release.id")  # fmt: skip
    assert shown.get("/data/").text.count(_GENERATED) == 3
    for release in releases:
        address = f"/data/releases/{release.id}"
        if release.is_waiting:
            assert shown.get(address).status_code == 404
            continue
        assert _GENERATED in shown.get(address).text
        assert _GENERATED in shown.get(f"{address}/quality").text
        lines = {line["key"]: line for line in shown.get(f"{address}/quality.json").json["lines"]}  # type: ignore[index]
        assert release.period[:4] in lines["generated_months"]["value"]
    assert [(each.cube, each.period) for each in releases if each.is_waiting] == [("safety", GENERATED_MONTHS[-1])]


def test_a_supervisor_publishes_the_release_that_waits_and_who_prepared_it_does_not(
    loaded: tuple[Flask, Program],
) -> None:
    app, program = loaded
    waiting = read_rows(program, "SELECT release_id FROM release_hold")[0].release_id
    for name, is_right in (("Admin", False), ("Supervisor", True)):
        client = app.test_client()
        _sign_in_as(client, name)
        answer = client.post(f"/moderate/releases/{waiting}/approve", data={"typed": GENERATED_MONTHS[-1]})
        assert answer.status_code < 500
        assert (client.get(f"/data/releases/{waiting}").status_code == 200) is is_right


def test_two_incidents_have_six_and_eleven_reports_that_wait(loaded: tuple[Flask, Program]) -> None:
    app, program = loaded
    rows = read_rows(
        program, "SELECT incident_id, count(*) AS reports FROM report WHERE state = 'queued' AND source = 'demo'"
        " GROUP BY incident_id HAVING count(*) > 3 ORDER BY 2",
    )  # fmt: skip
    assert [row.reports for row in rows] == [6, 11]
    client = app.test_client()
    _sign_in_as(client, "Moderator")
    assert "transformer" in client.get(f"/moderate/incidents/{rows[1].incident_id}").text


def test_loading_again_changes_nothing(loaded: tuple[Flask, Program]) -> None:
    app, program = loaded
    counted = "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM release), (SELECT count(*) FROM population)"
    before = read_rows(program, counted)
    prepare(app, program)
    with program.owner.begin() as connection:
        campaign_id = get_campaign_id(connection, DEMO_SLUG)
        assert store_generated_months(connection, campaign_id, 1, program.pseudonyms, program.settings.var) == 0
    assert read_rows(program, counted) == before


def test_a_generated_report_can_be_decided_on_moved_and_erased(
    shown: FlaskClient, loaded: tuple[Flask, Program]
) -> None:
    program = loaded[1]
    report = read_rows(
        program, "SELECT id, reference, contact_id, campaign_id FROM report"
        " WHERE source = :source AND contact_id IS NOT NULL ORDER BY id LIMIT 1", source=SOURCE,
    )[0]  # fmt: skip
    moderator = read_rows(program, "SELECT id FROM account WHERE name = 'Moderator'")[0].id
    assert shown.get(f"/status/{report.reference}").status_code == 200
    with program.app.begin() as connection:
        decisions.reopen(connection, report.id, moderator)
        decisions.move_pin(connection, report.id, moderator, lat=27.7, lon=85.3, radius_m=200)
        decisions.approve(connection, report.id, moderator)
    with program.app.begin() as connection:
        assert report.id in erase_contact(connection, report.campaign_id, report.contact_id).report_ids
    left = read_rows(program, "SELECT state, text FROM report WHERE id = :id", id=report.id)[0]
    assert (left.state, left.text) == ("erased", "")
    profiles = "SELECT FROM reporter_profile WHERE contact_id = :id"
    assert read_rows(program, profiles, id=report.contact_id) == []


def _sign_in_as(client: FlaskClient, name: str) -> None:
    """Let the client be this person; the demonstration's accounts have identifiers of their own."""
    sign_in(client, name)
    program = client.application.extensions["baraza"]
    with client.session_transaction() as session:
        session["_user_id"] = read_rows(
            program, "SELECT fs_uniquifier AS id FROM account WHERE name = :name", name=name
        )[0].id
