"""Numbers, addresses and names in words are shown to whoever works on a report, and to others who ask; it is logged."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SUPERVISOR
from reporting.bootstrap import Program
from reporting.extraction.personal_details import DetailKind, find_details
from reporting.moderation.report.place_mentions import Named, Piece, cut
from tests.factories.moderation import Desk, add_square, sign_in

WORDS = "my name is Ama Owusu, call 0712 345 678, no water"
SECRETS = ("Ama Owusu", "0712 345 678")


class Office:
    """A campaign with two moderators and a supervisor, and a report of somebody who wrote who they are."""

    def __init__(self, program: Program, campaign: int, client: FlaskClient) -> None:
        self.program, self.client = program, client
        with program.owner.begin() as connection:
            desk = add_square(Desk(connection, campaign))
            for name, role in (("ama", MODERATOR), ("kofi", MODERATOR), ("sita", SUPERVISOR)):
                desk.add_person(name, role)
            self.report = desk.add_report(WORDS)
            self.other = desk.add_report("no water, call 0798 765 432")
            desk.add_link(self.report, self.other)

    @property
    def path(self) -> str:
        """The address of the report."""
        return f"/moderate/reports/{self.report}"

    def list_looks(self) -> list[bool]:
        """Of each look at the report in the log: whether the details were shown."""
        query = text("SELECT shows_details FROM access_log WHERE report_id = :id ORDER BY id")
        with self.program.owner.begin() as connection:
            return list(connection.execute(query, {"id": self.report}).scalars())


@pytest.fixture
def office(program: Program, campaign: int, client: FlaskClient) -> Office:
    """The office, in which a moderator has signed in."""
    made = Office(program, campaign, client)
    sign_in(client, "ama")
    return made


def list_told(page: str) -> list[str]:
    """What of the secrets stands on a page."""
    return [secret for secret in SECRETS if secret in page]


def test_they_are_hidden_until_somebody_asks_and_each_look_is_logged(office: Office) -> None:
    page = office.client.get(office.path).text
    assert list_told(page) == []
    assert "[name]" in page
    assert "[number]" in page
    assert ", no water" in page
    assert office.list_looks() == [False]
    page = office.client.post(f"{office.path}/details", follow_redirects=True).text
    assert list_told(page) == list(SECRETS)
    assert "0798 765 432" not in page  # of the report that is alike
    assert office.list_looks() == [False, True]
    assert list_told(office.client.get(office.path).text) == []


def test_whoever_works_on_the_report_sees_them(office: Office) -> None:
    page = office.client.post(f"{office.path}/take", follow_redirects=True).text
    assert list_told(page) == list(SECRETS)
    assert "Show numbers and names" not in page
    assert office.list_looks() == [True]
    sign_in(office.client, "kofi")
    assert list_told(office.client.get(office.path).text) == []


def test_a_translation_is_hidden_alike_and_corrected_by_those_who_see_it(office: Office) -> None:
    office.client.post(f"{office.path}/translation", data={"translation": f"{SECRETS[1]} dlo"})
    page = office.client.get(office.path).text
    assert list_told(page) == []
    assert 'name="translation"' not in page
    page = office.client.post(f"{office.path}/details", follow_redirects=True).text
    assert re.search(rf'name="translation"[^>]*>{SECRETS[1]} dlo</textarea>', page)


def test_no_list_shows_them(office: Office) -> None:
    with office.program.owner.begin() as connection:
        query = text("SELECT incident_id FROM report WHERE id = :id")
        incident = connection.execute(query, {"id": office.report}).scalar_one()
    for path in ("/moderate/desk", f"/moderate/incidents/{incident}"):
        page = office.client.get(path).text
        assert "[name]" in page
        assert list_told(page) == []


def test_the_reader_of_the_desk_shows_them_when_asked(office: Office) -> None:
    form = {"desk": "state=queued"}
    answer = office.client.post(f"{office.path}/details", data=form, headers={"HX-Request": "true"})
    assert set(SECRETS) <= set(list_told(answer.text))
    assert "<html" not in answer.text


def test_the_activity_log_counts_the_looks(office: Office) -> None:
    for _ in range(3):
        office.client.post(f"{office.path}/details", follow_redirects=True)
    office.client.get(office.path)
    sign_in(office.client, "sita")
    page = office.client.get("/moderate/audit").text
    [line] = re.findall(r"<tr><td><bdi>ama</bdi></td>(.*?)</tr>", page)
    assert re.findall(r'<td class="number">(\d+)</td>', line) == ["8", "2", "3"]  # of both reports, in all four


def test_a_place_in_a_hidden_name_is_hidden_with_it() -> None:
    text_ = "my name is Ama Banepa, in Banepa"
    [name] = find_details(text_)
    places = [Named(15, 21, 1), Named(26, 32, 1)]
    assert cut(text_, places, [name]) == [
        Piece("my name is ", None), Piece("", None, DetailKind.NAME), Piece(", in ", None), Piece("Banepa", 1),
    ]  # fmt: skip
