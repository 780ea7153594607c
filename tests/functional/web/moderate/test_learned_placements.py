"""What the geocoder was taught, on the supervisors' page and by command: seen with a look, found, forgotten."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geo.learned_placements import FROM_MODERATOR, add_placement, count_placements
from reporting.accounts.role import SUPERVISOR
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, sign_in

PATH = "/moderate/learned-places"


class School:
    """A campaign with lessons, and what the database holds of them."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program, self.campaign = program, campaign

    def add(self, words: str, source: str, source_id: str) -> None:
        """A lesson."""
        with self.program.owner.begin() as connection:
            add_placement(connection, self.campaign, words, 27.7, 85.3, 300, source, source_id)

    def add_of_pin(self, words: str, **columns: object) -> int:
        """A report with what its pin taught; its id."""
        with self.program.owner.begin() as connection:
            report = Desk(connection, self.campaign).add_report(words, **columns)
        self.add(words, FROM_MODERATOR, str(report))
        return report

    def count(self) -> int:
        """How many lessons there are."""
        with self.program.owner.begin() as connection:
            return count_placements(connection, self.campaign)

    def list_looks(self) -> list[int]:
        """The reports that somebody looked at."""
        with self.program.owner.begin() as connection:
            return list(connection.execute(text("SELECT report_id FROM access_log ORDER BY report_id")).scalars())


@pytest.fixture
def school(program: Program, campaign: int) -> School:
    """A campaign without lessons, and a supervisor."""
    with program.owner.begin() as connection:
        Desk(connection, campaign).add_person("sita", SUPERVISOR)
    return School(program, campaign)


@pytest.fixture
def supervisor(school: School, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    """A browser in which the supervisor has signed in."""
    sign_in(client, "sita")
    return client


def test_lessons_are_shown_with_their_report_and_that_is_a_look(school: School, supervisor: FlaskClient) -> None:
    report = school.add_of_pin("near <the> old mill\nno water")
    school.add("Kalanki chowk", "import", "17")
    page = supervisor.get(PATH).text
    assert "near &lt;the&gt; old mill" in page
    assert "Kalanki chowk" in page
    assert "2 learned places" in page
    assert f"/moderate/reports/{report}" in page
    assert school.list_looks() == [report]


def test_words_are_looked_for_by_post_and_stand_in_no_address(school: School, supervisor: FlaskClient) -> None:
    school.add("old mill", "import", "1")
    school.add("Kalanki chowk", "import", "2")
    page = supervisor.post(PATH, data={"words": "MILL"}).text
    assert "old mill" in page
    assert "Kalanki" not in page
    assert "1 learned place<" in page
    assert "mill" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', page))
    assert "Kalanki" in supervisor.get(f"{PATH}?words=mill").text


def test_a_wrong_lesson_is_forgotten_and_the_others_stay_in_sight(school: School, supervisor: FlaskClient) -> None:
    school.add("old mill", "import", "1")
    school.add("the mill", "import", "2")
    page = supervisor.post(PATH, data={"words": "mill"}).text
    (first, _) = re.findall(r'name="forget" value="(\d+)"', page)
    page = supervisor.post(PATH, data={"words": "mill", "forget": first}).text
    assert "The entry is deleted." in page
    assert "1 learned place<" in page
    assert school.count() == 1
    assert "already deleted" in supervisor.post(PATH, data={"forget": first}).text


def test_of_a_restricted_report_nothing_is_shown(school: School, supervisor: FlaskClient) -> None:
    school.add_of_pin("words that nobody else may see", is_sensitive=True)
    assert "words that nobody" not in supervisor.get(PATH).text
    assert school.list_looks() == []


def test_a_long_list_goes_on_page_by_page(school: School, supervisor: FlaskClient) -> None:
    for number in range(60):
        school.add(f"place {number:02}", "import", str(number))
    page = supervisor.get(PATH).text
    assert "place 59" in page
    assert "place 09" not in page
    (before,) = re.findall(r'name="before" value="(\d+)"', page)
    page = supervisor.post(PATH, data={"before": before}).text
    assert "place 09" in page
    assert "place 10" not in page


def test_the_command_lists_and_forgets(school: School, app: Flask) -> None:
    school.add("old mill\nno\twater", "import", "1")
    school.add("Kalanki chowk", "reports.csv", "2")
    run = app.test_cli_runner().invoke
    listed = run(args=["learned-places", "list", "--words", "Mill"])
    placement_id = listed.output.split("\t")[0]
    assert listed.output == f"{placement_id}\t27.70000,85.30000\t300 m\timport 1\told mill | no water\nlearned: 1\n"
    assert run(args=["learned-places", "forget", placement_id]).output == "forgotten: 1\n"
    again = run(args=["learned-places", "forget", placement_id])
    assert again.exit_code == 1
    assert f"no such lesson: {placement_id}" in again.output
    assert run(args=["learned-places", "forget"]).exit_code == 2
    assert run(args=["learned-places", "forget", "--source", "reports.csv"]).exit_code == 0
    assert school.count() == 0
    assert run(args=["learned-places", "forget", "--source", "reports.csv"]).exit_code == 1
