"""Small things that must be true: the oldest is the oldest, a pin far away is asked about, no incident stays empty."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.role import MODERATOR
from reporting.bootstrap import Program
from reporting.moderation import decisions
from reporting.moderation.incident import links
from reporting.moderation.queue import assign_next, give_back
from tests.factories.moderation import Desk, add_square, sign_in


def test_the_report_that_arrived_first_is_handed_out_first_whatever_its_number(desk: Desk) -> None:
    person = desk.add_person("ama")
    late = desk.add_report(reported_at="2026-11-03T00:00Z")
    early = desk.add_report(reported_at="2026-11-01T00:00Z")
    between = desk.add_report(reported_at="2026-11-02T00:00Z")
    taken = [assign_next(desk.connection, desk.campaign_id, person)]
    for _ in range(3):
        give_back(desk.connection, taken[-1] or 0, person)
        taken.append(assign_next(desk.connection, desk.campaign_id, person, after_id=taken[-1] or 0))
    assert taken == [early, between, late, early]


@pytest.fixture
def report(program: Program, campaign: int) -> int:
    """A report that waits, in a campaign of one area."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        desk.add_person("ama", MODERATOR)
        return desk.add_report("water at the old bridge of Bhaktapur", lat=27.5, lon=85.5)


@pytest.fixture
def moderator(report: int, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    sign_in(client, "ama")
    return client


def read(program: Program, statement: str) -> object:
    with program.app.begin() as connection:
        return connection.execute(text(statement)).scalar()


@pytest.mark.parametrize(
    ("lat", "lon"), [("27.7", "-1"), ("85.3", "27.7"), ("27.7", "-85.3"), ("0", "0"), ("-27.7", "85.3")]
)
def test_a_pin_far_outside_the_campaign_is_asked_about_and_teaches_nothing(
    moderator: FlaskClient, program: Program, report: int, lat: str, lon: str
) -> None:
    pin = {"lat": lat, "lon": lon, "radius_m": "500"}
    asked = moderator.post(f"/moderate/reports/{report}/pin", data=pin, follow_redirects=True)
    assert "far outside the areas of the campaign" in asked.text
    assert 'id="far"' in asked.text
    assert read(program, "SELECT ST_Y(point) FROM report") == 27.5
    moderator.post(f"/moderate/reports/{report}/pin", data={**pin, "confirmed": "1"})
    assert read(program, "SELECT ST_Y(point) FROM report") == float(lat)
    assert read(program, "SELECT count(*) FROM learned_placement") == 0


@pytest.mark.parametrize(("lat", "lon"), [("27.7", "85.3"), ("27.7", "84.8")])
def test_a_pin_within_or_just_outside_is_taken_at_once_and_teaches(
    moderator: FlaskClient, program: Program, report: int, lat: str, lon: str
) -> None:
    moderator.post(f"/moderate/reports/{report}/pin", data={"lat": lat, "lon": lon, "radius_m": "500"})
    assert read(program, "SELECT ST_X(point) FROM report") == float(lon)
    assert read(program, "SELECT count(*) FROM learned_placement") == 1


def test_what_is_asked_is_read_from_the_address_as_numbers_alone(moderator: FlaskClient, report: int) -> None:
    page = moderator.get(f"/moderate/reports/{report}?far=1&lat=<b>&lon=2").text
    assert 'id="far"' not in page


def test_no_incident_is_left_without_reports_after_links_came_and_went(desk: Desk) -> None:
    person = desk.add_person("ama")
    first, second, third = (desk.add_report(lat=27.5, lon=85.5) for _ in range(3))
    links.link(desk.connection, second, person, candidate_id=first)
    links.link(desk.connection, first, person, candidate_id=third)
    decisions.set_topic(desk.connection, second, person, topic_code="road")
    links.unlink(desk.connection, first, person, candidate_id=third)
    decisions.set_topic(desk.connection, first, person, topic_code="water")
    empty = text(
        "SELECT count(*) FROM incident WHERE NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id)"
    )
    assert desk.connection.execute(empty).scalar_one() == 0


def test_the_incident_page_has_the_whole_menu_of_languages(moderator: FlaskClient, program: Program) -> None:
    page = moderator.get(f"/moderate/incidents/{read(program, 'SELECT max(id) FROM incident')}").text
    assert page.count("?lang=") >= 5


def test_a_message_without_words_says_why(moderator: FlaskClient, program: Program, report: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO message (channel, direction, text, state, report_id, campaign_id)"
                " SELECT 'twilio', 'in', '', 'processed', id, campaign_id FROM report"
            )
        )
    assert "kept apart" in moderator.get(f"/moderate/reports/{report}").text
