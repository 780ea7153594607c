"""People know whom they write to: no campaign is picked for them, and each says who is behind it."""

from dataclasses import replace

import pytest
import yaml
from flask.testing import FlaskClient
from sqlalchemy import select

from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.campaigns.campaign import check_definition, create_campaign
from reporting.models.message import Message
from tests.conftest import SMALL_CAMPAIGN

SAID = {
    "languages": ["en", "ne"],
    "organisation": "Friends of Water",
    "contact": "call 4-220000",
    "privacy_notice": {"en": "Only our three readers see your words."},
    "conversation": {"emergency_line": {"en": "Call 112."}},
}


def add(program: Program, slug: str, name: str, *, is_known: bool = True) -> None:
    values = yaml.safe_load(SMALL_CAMPAIGN) | {"slug": slug, "name": name}
    values["lines"] = [{"channel": "twilio", "address": f"+1500555{len(slug) + ord(slug[0]):04}"}]
    if is_known:
        values |= SAID
    with program.owner.begin() as connection:
        create_campaign(connection, check_definition(values, slug))


@pytest.fixture
def two(program: Program, client: FlaskClient) -> FlaskClient:
    """Two campaigns, of which the alphabet would pick the first."""
    add(program, "aa-roads", "A roads")
    add(program, "zz-water", "Z water")
    return client


@pytest.mark.parametrize("path", ["/report", "/simulator"])
def test_who_has_the_choice_is_asked(two: FlaskClient, path: str) -> None:
    page = two.get(path).get_data(as_text=True)
    assert "Which one do you mean?" in page
    for slug in ("aa-roads", "zz-water"):
        assert f'href="{path}?campaign={slug}"' in page
        chosen = two.get(path, query_string={"campaign": slug}).get_data(as_text=True)
        assert "Which one do you mean?" not in chosen


def test_a_choice_on_one_page_decides_nothing_on_the_form(two: FlaskClient) -> None:
    two.get("/simulator?campaign=zz-water")
    assert "Z water" in two.get("/simulator").get_data(as_text=True)
    assert "Which one do you mean?" in two.get("/report").get_data(as_text=True)


def test_a_campaign_has_an_address_of_its_own(two: FlaskClient) -> None:
    page = two.get("/report/zz-water", follow_redirects=True)
    assert (page.status_code, "Z water" in page.get_data(as_text=True)) == (200, True)
    assert two.get("/report/gone").status_code == 404


@pytest.mark.usefixtures("two")
def test_words_for_a_campaign_that_is_gone_come_back_and_go_to_nobody(client: FlaskClient, program: Program) -> None:
    answer = client.post("/report", data={"campaign": "gone", "text": "the well is dry <b>"})
    assert answer.status_code == 422
    assert "the well is dry &lt;b&gt;" in answer.get_data(as_text=True)
    with program.owner.begin() as connection:
        assert connection.execute(select(Message.id)).all() == []


@pytest.mark.parametrize("path", ["/", "/report", "/status", "/data/", "/privacy", "/account/sign-in"])
def test_every_public_page_says_who_listens(program: Program, client: FlaskClient, path: str) -> None:
    add(program, "zz-water", "Z water")
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    for words in ("Friends of Water", "call 4-220000", "/privacy?campaign=zz-water"):
        assert words in page, words


def test_the_notice_is_in_the_language_of_the_page_or_the_campaigns(two: FlaskClient) -> None:
    page = two.get("/privacy?campaign=zz-water&lang=fr").get_data(as_text=True)
    for words in ("Protection de vos données", "Only our three readers", "Friends of Water", "Call 112."):
        assert words in page
    assert page.count("Only our three readers") == 1
    assert two.get("/privacy").get_data(as_text=True).count("Only our three readers") == 2


def test_a_campaign_without_a_listener_is_closed_to_people_and_loses_nothing(program: Program) -> None:
    add(program, "zz-water", "Z water", is_known=False)
    live = Program(replace(program.settings, is_development=False), program.database_url, program.redis_url)
    client = create_app(live).test_client()
    page = client.get("/report")
    assert (page.status_code, "Not open yet" in page.get_data(as_text=True)) == (404, True)
    sent = client.post("/report", data={"campaign": "zz-water", "text": "written before it was closed"})
    assert sent.status_code == 201
    add(program, "zz-water", "Z water")
    assert client.get("/report").status_code == 200
    live.close()
