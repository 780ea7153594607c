"""What translators see: words without a translation, the most urgent first, and nothing of who wrote them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING, TRANSLATOR
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in

LIST = "/moderate/translate"
NUMBER = "+9779800000007"


class Bureau:
    """A campaign with a translator, a moderator, and what they read."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program, self.campaign = program, campaign
        self.numbers = iter(range(1, 1_000))

    def add(self, words: str, **columns: object) -> int:
        """A report of a sender who has a number; its id."""
        with self.program.owner.begin() as connection:
            desk = Desk(connection, self.campaign)
            columns = {"contact_id": desk.add_contact(NUMBER + str(next(self.numbers))), **columns}
            return desk.add_report(words, reference=f"T{next(self.numbers):06}", **columns)

    def read(self, statement: str, **values: object) -> object:
        """One value."""
        with self.program.owner.begin() as connection:
            return connection.execute(text(statement), values).scalar()


@pytest.fixture
def bureau(program: Program, campaign: int) -> Bureau:
    """A translator, one who may also see restricted reports, and a moderator."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        for name, role in (("tara", TRANSLATOR), ("tomas", TRANSLATOR), ("ama", MODERATOR)):
            desk.add_person(name, role)
        safe = desk.add_person("safe", SAFEGUARDING)
        role = connection.execute(text("SELECT id FROM role WHERE name = :name"), {"name": TRANSLATOR}).scalar_one()
        connection.execute(
            text("INSERT INTO account_role (account_id, role_id) VALUES (:safe, :role)"), {"safe": safe, "role": role}
        )
    return Bureau(program, campaign)


@pytest.fixture
def tara(client: FlaskClient, bureau: Bureau) -> FlaskClient:  # noqa: ARG001 - makes the account
    """A browser in which a translator has signed in."""
    sign_in(client, "tara")
    return client


def list_reports(page: str) -> list[int]:
    """The reports that a page leads to, in its order."""
    return [int(found) for found in re.findall(rf'href="{LIST}/(\d+)[?"]', page)]


def test_the_most_urgent_and_then_the_oldest_comes_first(tara: FlaskClient, bureau: Bureau) -> None:
    young = bureau.add("dlo", reported_at="2026-11-03T00:00Z")
    old = bureau.add("wout", reported_at="2026-11-02T00:00Z")
    urgent = bureau.add("sove nou", reported_at="2026-11-04T00:00Z", urgency=4)
    page = tara.get(LIST).text
    assert list_reports(page) == [urgent, old, young]
    assert "sove nou" in page


def test_it_is_listed_by_language_and_without_a_choice_those_of_others_than_the_pages(
    tara: FlaskClient, bureau: Bureau
) -> None:
    english, french = bureau.add("no water", language="en"), bureau.add("pas d'eau", language="fr")
    unknown = bureau.add("dlo")
    assert list_reports(tara.get(LIST).text) == [french, unknown]
    assert list_reports(tara.get(f"{LIST}?language=en").text) == [english]
    assert list_reports(tara.get(f"{LIST}?language=fr").text) == [french]
    assert list_reports(tara.get(f"{LIST}?language=none").text) == [unknown]


def test_only_waiting_words_that_anybody_may_see_are_listed(tara: FlaskClient, bureau: Bureau) -> None:
    bureau.add("approved", state="approved")
    bureau.add("rejected", state="rejected")
    bureau.add("")
    hidden = bureau.add("restricted", is_sensitive=True)
    assert list_reports(tara.get(LIST).text) == []
    assert list_reports(tara.get(f"{LIST}?restricted=yes").text) == []
    assert tara.get(f"{LIST}/{hidden}").status_code == 404
    assert tara.post(f"{LIST}/{hidden}", data={"translation": "x"}).status_code == 404
    sign_in(tara, "safe")
    assert list_reports(tara.get(f"{LIST}?restricted=yes").text) == [hidden]
    assert "restricted" in tara.get(f"{LIST}/{hidden}?restricted=yes").text


def test_words_are_shown_without_their_sender_and_the_look_is_logged(tara: FlaskClient, bureau: Bureau) -> None:
    report = bureau.add("pa gen dlo", lat=27.5, lon=85.5)
    sender = bureau.read("SELECT encode(substring(address_hash FOR 3), 'hex') FROM contact")
    page = tara.get(f"{LIST}/{report}").text
    assert "pa gen dlo" in page
    assert str(sender) not in page
    assert NUMBER not in page
    assert "27.5" not in page
    assert bureau.read("SELECT count(*) FROM access_log WHERE report_id = :id", id=report) == 1


def test_numbers_addresses_and_names_in_the_words_are_hidden(tara: FlaskClient, bureau: Bureau) -> None:
    report = bureau.add("mwen rele Jan Batis, 37 45 67 89, jan@example.org, pa gen <b>dlo")
    far = bureau.add("dlo " * 58 + "rele m nan 37 45 67 89")  # the number goes over the end of the beginning
    for page in (tara.get(LIST).text, tara.get(f"{LIST}/{report}").text, tara.get(f"{LIST}/{far}").text):
        for told in ("Jan", "Batis", "37 45", "jan@example.org"):
            assert told not in page
    page = tara.get(f"{LIST}/{report}").text
    assert "mwen rele " in page
    assert [part in page for part in ("[name]", "[number]", "[e-mail address]", "&lt;b&gt;dlo")] == [True] * 4


def test_a_saved_translation_leads_to_the_next_and_moderators_read_it(
    app: Flask, tara: FlaskClient, bureau: Bureau
) -> None:
    first, second = bureau.add("pa gen dlo", language="fr"), bureau.add("wout la bloke", language="fr")
    answer = tara.post(f"{LIST}/{first}?language=fr", data={"translation": "no water"})
    assert (answer.status_code, answer.location) == (303, f"{LIST}/{second}?language=fr")
    answer = tara.post(f"{LIST}/{second}?language=fr", data={"translation": "road blocked"})
    assert answer.location == f"{LIST}?language=fr"
    assert list_reports(tara.get(answer.location).text) == []
    ama = app.test_client()
    sign_in(ama, "ama")
    page = ama.get(f"/moderate/reports/{first}").text
    assert "no water" in page
    assert "translated its words" in page


def test_what_somebody_else_translated_is_closed_and_ones_own_may_be_corrected(
    tara: FlaskClient, bureau: Bureau
) -> None:
    report = bureau.add("pa gen dlo")
    tara.post(f"{LIST}/{report}", data={"translation": "no waiter"})
    page = tara.get(f"{LIST}/{report}").text
    [replaces] = re.findall(r'name="replaces" value="(\d+)"', page)
    corrected = tara.post(f"{LIST}/{report}", data={"translation": "no water", "replaces": replaces})
    assert corrected.status_code == 303
    sign_in(tara, "tomas")
    assert tara.get(f"{LIST}/{report}").status_code == 409
    stands = bureau.read("SELECT id FROM report_translation")
    late = tara.post(f"{LIST}/{report}", data={"translation": "nothing", "replaces": str(stands)})
    assert late.status_code == 409
    assert bureau.read("SELECT id FROM report_translation") == stands


def test_a_translator_decides_nothing_and_opens_no_other_page_of_moderators(tara: FlaskClient, bureau: Bureau) -> None:
    report = bureau.add("pa gen dlo")
    for path in (
        "/moderate/",
        "/moderate/desk",
        "/moderate/reports",
        f"/moderate/reports/{report}",
        "/moderate/second",
    ):
        assert tara.get(path).status_code == 403, path
    for act in ("approve", "reject", "notes", "assign", "translation", "reply"):
        assert tara.post(f"/moderate/reports/{report}/{act}", data={"reason": "spam"}).status_code == 403, act
    assert bureau.read("SELECT state FROM report WHERE id = :id", id=report) == "queued"
    assert tara.get("/account/home").location == LIST


def test_a_moderator_without_the_role_does_not_open_the_page(client: FlaskClient, bureau: Bureau) -> None:
    report = bureau.add("pa gen dlo")
    sign_in(client, "ama")
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}/{report}", data={"translation": "x"}).status_code == 403


def test_a_second_page_begins_behind_the_first(tara: FlaskClient, bureau: Bureau) -> None:
    added = [bureau.add(f"dlo {number}", contact_id=None) for number in range(31)]
    first = tara.get(LIST).text
    assert list_reports(first) == added[:30]
    following = re.search(rf'href="({LIST}\?after=\d+)"', first)
    assert following is not None
    assert list_reports(tara.get(following[1]).text) == added[30:]
