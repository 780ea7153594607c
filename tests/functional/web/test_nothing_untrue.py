"""Nobody is told that a report counts which is in no figure: neither who approves it nor who sent it."""

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR, SAFEGUARDING
from reporting.bootstrap import Program
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from tests.factories.moderation import Desk, sign_in
from tests.factories.release import NOVEMBER, SETTLED, World, make_world


class Room:
    """The campaign that counts, a moderator, and what can be asked of it between requests."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with program.owner.begin() as connection:
            self.world = make_world(connection)
            Desk(connection, self.world.campaign_id).add_person("ama", MODERATOR)

    def add(self, **columns: object) -> int:
        """A report that waits; placed and with a topic unless told otherwise."""
        with self.program.owner.begin() as connection:
            self.world.connection = connection
            report_id = self.world.add_report(1, state="queued", **columns)  # type: ignore[arg-type]
            if columns.get("area", "east") is not None:
                connection.execute(
                    text("UPDATE report SET point = ST_SetSRID(ST_MakePoint(85.5, 27.5), 4326) WHERE id = :id"),
                    {"id": report_id},
                )
        return report_id

    def get(self, report_id: int, column: str = "state") -> object:
        """A column of a report."""
        return self.run(f"SELECT {column} FROM report WHERE id = :id", id=report_id)

    def run(self, statement: str, **values: object) -> object:
        """One value."""
        with self.program.owner.begin() as connection:
            found = connection.execute(text(statement), values)
            return found.scalar() if found.returns_rows else None


@pytest.fixture
def room(program: Program) -> Room:
    return Room(program)


@pytest.fixture
def moderator(room: Room, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    sign_in(client, "ama")
    return client


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"area": None}, "it has no place"),
        ({"topic": None}, "it has no topic"),
        ({"area": None, "topic": None}, "it has no place, it has no topic"),
    ],
)
def test_approving_what_will_be_in_no_figure_is_asked_about_and_done_by_a_second_step_alone(
    moderator: FlaskClient, room: Room, columns: dict[str, None], said: str
) -> None:
    report = room.add(**columns)
    asked = moderator.post(f"/moderate/reports/{report}/approve", follow_redirects=True)
    assert asked.request.path == f"/moderate/reports/{report}"
    assert said in " ".join(asked.text.split())
    assert 'name="confirmed"' in asked.text
    assert room.get(report) == "queued"
    assert room.run("SELECT count(*) FROM decision") == 0
    assert moderator.post(f"/moderate/reports/{report}/approve", data={"confirmed": "1"}).status_code == 302
    assert room.get(report) == "approved"


def test_a_place_that_is_too_uncertain_for_an_area_of_the_figures_is_asked_about(
    moderator: FlaskClient, room: Room
) -> None:
    report = room.add()
    room.run("UPDATE report SET area_codes = CAST(:codes AS jsonb)", codes=json.dumps({"1": "country"}))
    moderator.post(f"/moderate/reports/{report}/approve")
    assert room.get(report) == "queued"
    assert "lies in no area" in moderator.get(f"/moderate/reports/{report}").text


def test_what_lacks_nothing_is_approved_at_once(moderator: FlaskClient, room: Room) -> None:
    report = room.add()
    assert 'name="confirmed"' not in moderator.get(f"/moderate/reports/{report}").text
    moderator.post(f"/moderate/reports/{report}/approve")
    assert room.get(report) == "approved"


def test_one_of_many_that_would_be_in_no_figure_stops_all_until_it_is_confirmed(
    moderator: FlaskClient, room: Room
) -> None:
    first = room.add()
    incident = room.get(first, "incident_id")
    second = room.add(topic=None, incident_id=incident)
    page = f"/moderate/incidents/{incident}"
    asked = moderator.post(f"{page}/decide", data={"state": "approved"}, follow_redirects=True)
    assert "1 of them has no topic" in asked.text
    assert [room.get(first), room.get(second)] == ["queued", "queued"]
    moderator.post(f"{page}/decide", data={"state": "approved", "confirmed": "1"})
    assert [room.get(first), room.get(second)] == ["approved", "approved"]


def test_a_restricted_report_is_in_no_figure_whatever_it_lacks_and_nothing_is_asked(
    room: Room, client: FlaskClient
) -> None:
    report = room.add(area=None, topic=None)
    with room.program.owner.begin() as connection:
        Desk(connection, room.world.campaign_id).add_person("sara", SAFEGUARDING)
        connection.execute(text("UPDATE report SET is_sensitive = true, sensitive_reason = 'minor'"))
    sign_in(client, "sara")
    assert "confirm" not in client.post(f"/moderate/reports/{report}/approve").location
    assert room.run("SELECT first_verdict FROM second_reading") == "approved"  # it counts once a second person says so


def test_rejecting_asks_nothing(moderator: FlaskClient, room: Room) -> None:
    report = room.add(area=None, topic=None)
    moderator.post(f"/moderate/reports/{report}/reject", data={"reason": "unclear"})
    assert room.get(report) == "rejected"


def test_counted_is_said_of_what_is_in_a_published_figure_alone(room: Room, client: FlaskClient) -> None:
    with room.program.owner.begin() as connection:
        world = World(connection, room.world.campaign_id, room.world.topics)
        in_time, late = world.add_reports(range(60))[:2]
        decide = text(
            "INSERT INTO decision (campaign_id, report_id, kind, decided_at)"
            " VALUES (:campaign, :report, 'approve', :at)"
        )
        for number, (report, at) in enumerate(((in_time, NOVEMBER), (late, SETTLED + timedelta(days=1)))):
            connection.execute(
                text("UPDATE report SET reference = :new WHERE id = :id"), {"new": f"2345678{number + 2}", "id": report}
            )
            connection.execute(decide, {"campaign": world.campaign_id, "report": report, "at": at})
    names = ["23456782", "23456783"]

    def ask() -> list[bool]:
        return ["is counted in a published figure" in client.get(f"/status/{name}").text for name in names]

    assert ask() == [False, False]
    with room.program.owner.begin() as connection:
        World(connection, room.world.campaign_id, room.world.topics).release()
    assert ask() == [True, False]
    room.run("INSERT INTO release_withdrawal (release_id, reason) SELECT id, 'a mistake' FROM release")
    assert ask() == [False, False]


@pytest.mark.parametrize("language", sorted(spoken_languages()))
@pytest.mark.parametrize("phrase", [Phrase.APPROVED, Phrase.STATUS_APPROVED])
def test_no_text_to_a_phone_says_counted(phrase: Phrase, language: str) -> None:
    said = say(phrase, language, reference="23456789").lower()
    for word in ("count", "compte", "konte", "cuenta", "conta", "गणना", "hesab", "حساب", "محسوب", "احتساب"):
        assert word not in said
