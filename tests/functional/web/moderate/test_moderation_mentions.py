"""The words of a report that name places: marked on its page, and their places taken like those that were proposed."""

import html
import json
import re
import secrets
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from geo.gazetteer.load_places import load_places
from geo.resolver.locator import Locator
from geo.resolver.toponym_lookup import find_mentions
from geo.resolver.toponyms import LEAST_SHOWN
from geo.types import PlaceRow
from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, read_as, sign_in

PLACES = [
    PlaceRow("1", "Bhaktapur", 27.67, 85.43, names=("भक्तपुर", "بهاكتابور"), kind="town", population=80_000),
    PlaceRow("2", "Dhulikhel", 27.62, 85.55, kind="town", population=16_000),
    PlaceRow("3", "Saint Mary Hill", 27.40, 85.30, kind="town", population=9_000),
    PlaceRow("4", "Banepa", 27.63, 85.52, kind="town", population=24_000),
    PlaceRow("5", "Banepa", 27.05, 85.95, kind="town", population=20_000),
]
PIECE = re.compile(r'<a class="named" href="#place-(\d+)" data-place="\d+"><mark>(.*?)</mark>')


class Office:
    """A campaign with five places, and a browser in which a moderator of it has signed in."""

    def __init__(self, program: Program, campaign: int, client: FlaskClient) -> None:
        self.program, self.campaign, self.client = program, campaign, client

    def add(self, words: str, **columns: Any) -> int:
        """A queued report; its id."""
        with self.program.owner.begin() as connection:
            return Desk(connection, self.campaign).add_report(words, reference=secrets.token_hex(4), **columns)

    def read(self, report: int, lang: str = "en") -> str:
        """Its page."""
        answer = self.client.get(f"/moderate/reports/{report}?lang={lang}")
        assert answer.status_code == 200
        return answer.text

    def list_marked(self, report: int) -> list[tuple[str, int]]:
        """The words that are marked, each with the number of its place."""
        return [(html.unescape(words), int(number)) for number, words in PIECE.findall(self.read(report))]

    def take(self, report: int, number: int) -> int:
        """Press the button of a number as the page has it; the status of the answer."""
        form = re.search(rf'data-number="{number}">(.*?)</form>', self.read(report), re.DOTALL)
        assert form is not None
        fields = dict(re.findall(r'name="(number|lat|lon)" value="([^"]+)"', form[1]))
        return self.client.post(f"/moderate/reports/{report}/place", data=fields).status_code

    def get(self, report: int, column: str) -> Any:
        """A column of a report."""
        with self.program.app.begin() as connection:
            return Desk(connection, self.campaign).get(report, column)


@pytest.fixture
def office(program: Program, campaign: int, client: FlaskClient) -> Office:
    """A campaign on a desk with an area and five places."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        desk.add_person("ama", MODERATOR)
        desk.add_person("sara", SAFEGUARDING)
        load_places(connection, campaign, PLACES, "test")
    sign_in(client, "ama")
    return Office(program, campaign, client)


def test_the_words_that_name_places_are_marked_and_the_text_stays_whole(office: Office) -> None:
    words = "Road from Bhaktapur to\n Dhulikhel is cut,  we wait in Bhaktapur"
    report = office.add(words)
    assert office.list_marked(report) == [("Bhaktapur", 1), ("Dhulikhel", 2), ("Bhaktapur", 1)]
    said = re.search(r'<p class="said marked" dir="auto">(.*?)</p>', office.read(report), re.DOTALL)
    assert said is not None
    bare = re.sub(r'<span class="hidden".*?</span>', "", said[1])
    assert html.unescape(re.sub(r"<[^>]+>", "", bare)) == words
    assert '<span class="hidden" lang="en" dir="ltr"> (place 2 on the map)</span>' in said[1]


def test_a_text_that_names_nothing_is_as_it_was(office: Office) -> None:
    page = office.read(office.add("no water since monday"))
    assert '<p class="said" dir="auto">no water since monday</p>' in page
    assert "Marked words" not in page


def test_a_place_that_is_named_is_taken_by_its_number_like_the_others(office: Office) -> None:
    report = office.add("from Bhaktapur to Dhulikhel", lat=27.67, lon=85.43, **read_as("bhaktapur", "Bhaktapur"))
    assert office.list_marked(report) == [("Bhaktapur", 1), ("Dhulikhel", 2)]
    assert 'data-key="2" data-number="2"' in office.read(report)
    assert office.take(report, 2) == 302
    lat, lon, source = office.get(report, "ARRAY[ST_Y(point)::text, ST_X(point)::text, location_source]")
    assert (round(float(lat), 4), round(float(lon), 4), source) == (27.62, 85.55, "pin")
    with office.program.app.begin() as connection:
        [line] = Desk(connection, office.campaign).list_decisions(report)
        assert line.kind == "move_pin"
        assert connection.execute(text("SELECT words FROM learned_placement")).scalar() == "from Bhaktapur to Dhulikhel"
    # The numbers stay, so that the next one puts a slip right.
    assert office.list_marked(report) == [("Bhaktapur", 1), ("Dhulikhel", 2)]
    assert office.take(report, 1) == 302
    assert office.get(report, "round(ST_Y(point)::numeric, 4)::float") == 27.67


def test_a_place_that_was_proposed_already_gets_no_second_number(office: Office) -> None:
    other = [{"name": "Dhulikhel", "kind": "town", "lat": 27.621, "lon": 85.551, "radius_m": 900, "reasons": []}]
    report = office.add("from Bhaktapur to Dhulikhel", lat=27.67, lon=85.43, alternatives=json.dumps(other))
    assert office.list_marked(report) == [("Bhaktapur", 1), ("Dhulikhel", 2)]
    assert 'data-number="3"' not in office.read(report)


def test_a_number_that_nothing_has_or_that_means_another_point_changes_nothing(office: Office) -> None:
    report = office.add("from Bhaktapur to Dhulikhel")
    for number, lat, status in ((3, "27.62", 422), (2, "27.9", 409)):
        form = {"number": str(number), "lat": lat, "lon": "85.55"}
        assert office.client.post(f"/moderate/reports/{report}/place", data=form).status_code == status
    assert office.get(report, "point IS NULL")


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("भक्तपुरमा पानी छैन", "भक्तपुरमा"),  # what is glued behind a name in Nepali is marked with it
        ("لا ماء في بهاكتابور منذ أمس", "بهاكتابور"),
        ("الطريق إلى بهاكتابور مقطوع", "بهاكتابور"),
        ("الطريق من Bhaktapur إلى الجبل", "Bhaktapur"),
        ("no water in bhaktapur", "bhaktapur"),
        ("flood #SaveBhaktapur", "Bhaktapur"),
        ("we wait near St. Mary Hill", "St. Mary Hill"),
        ("nou nan bhaktapur ak timoun yo", "bhaktapur"),
    ],
)
def test_names_are_found_in_any_script_and_spelling_of_their_parts(office: Office, words: str, marked: str) -> None:
    before = office.add("here", lat=27.6, lon=85.4, location_source="pin")
    report = office.add(words)
    assert before < report
    assert [found for found, _number in office.list_marked(report)] == [marked]


def test_what_a_stranger_writes_is_only_text(office: Office) -> None:
    report = office.add('<b onclick="x()">Bhaktapur</b> & "Dhulikhel\'s" </mark><script>alert(1)</script>')
    page = office.read(report)
    assert "<script>alert" not in page
    assert "<b onclick" not in page
    assert "&lt;/mark&gt;&lt;script&gt;" in page
    assert [words for words, _number in office.list_marked(report)] == ["Bhaktapur", "Dhulikhel"]


def test_places_that_moderators_confirmed_before_decide_between_namesakes(office: Office) -> None:
    def find_lat(report: int) -> float:
        found = re.search(r'data-choices="([^"]+)"', office.read(report))
        assert found is not None
        [shown] = json.loads(html.unescape(found[1]))
        return round(shown["lat"], 2)

    report = office.add("we wait in Banepa")
    assert find_lat(report) == 27.63
    restricted = office.add("here", lat=27.04, lon=85.96, location_source="pin", is_sensitive=True)
    office.add("here", lat=27.04, lon=85.96, **read_as("x", "X"))
    assert find_lat(report) == 27.63  # nothing is told of a restricted report, and a machine confirms nothing
    with office.program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET is_sensitive = false WHERE id = :id"), {"id": restricted})
    assert find_lat(report) == 27.05


def test_who_may_not_see_a_text_sees_no_mark_of_it(office: Office, app: Flask) -> None:
    report = office.add("from Bhaktapur to Dhulikhel", is_sensitive=True)
    assert office.client.get(f"/moderate/reports/{report}").status_code == 404
    form = {"number": "1", "lat": "27.67", "lon": "85.43"}
    assert office.client.post(f"/moderate/reports/{report}/place", data=form).status_code == 404
    guard = app.test_client()
    sign_in(guard, "sara")
    assert "<mark>Bhaktapur</mark>" in guard.get(f"/moderate/reports/{report}").text


def test_places_of_another_campaign_are_not_named(office: Office) -> None:
    with office.program.app.begin() as connection:
        assert [one.name for one in find_mentions(connection, office.campaign, "we wait in Dhulikhel")] == ["Dhulikhel"]
        assert find_mentions(connection, office.campaign + 1, "we wait in Dhulikhel") == []


def test_a_text_of_many_places_marks_twelve_and_a_key_takes_nine(office: Office) -> None:
    names = [f"{letter}ombula" for letter in "BCDFGHKLMNPRST"]
    rows = [PlaceRow(name, name, 27.1 + at / 20, 85.2, population=90_000) for at, name in enumerate(names)]
    with office.program.owner.begin() as connection:
        load_places(connection, office.campaign, rows, "many")
    report = office.add("Seen from " + ", ".join(names))
    assert office.list_marked(report) == [(name, number) for number, name in enumerate(names[:12], 1)]
    page = office.read(report)
    assert 'data-key="9"' in page
    assert 'data-key="10"' not in page
    assert office.take(report, 12) == 302


def test_the_names_are_those_that_the_whole_gazetteer_gives(office: Office) -> None:
    words = "Road from Bhaktapur to Dhulikhel is cut near Saint Mary Hill, Square is dry"
    with office.program.app.begin() as connection:
        whole = Locator.load(connection, office.campaign).read_mentions(words, least=LEAST_SHOWN)
        looked_up = find_mentions(connection, office.campaign, words)
    assert looked_up == whole
    assert len(whole) >= 3


def test_marking_asks_the_database_twice_however_long_the_text_is(office: Office) -> None:
    report = office.add("Road from Bhaktapur to Dhulikhel. " * 50)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        asked.append(statement)

    event.listen(office.program.web.engine, "before_cursor_execute", note)
    office.read(report)
    event.remove(office.program.web.engine, "before_cursor_execute", note)
    marking = [one for one in asked if "location_source = " in one or ("unnest" in one and "place_search_name" in one)]
    assert len(marking) == 2
