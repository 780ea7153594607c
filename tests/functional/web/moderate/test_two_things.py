"""A text that tells of two things becomes two reports; nothing of it is lost, and it can be taken back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from reporting.accounts.role import MODERATOR
from reporting.bootstrap import Program
from reporting.languages.sms_texts import Phrase, say
from reporting.models.states import AffectedRole
from reporting.moderation import decisions
from reporting.moderation.errors import ChangeRefused, InputRefused
from reporting.moderation.report import split
from reporting.moderation.undo import undo
from reporting.reports.affected import AffectedPeople
from reporting.reports.affected_store import find_affected, record_affected
from reporting.reports.profile import answer_sex
from reporting.reports.profile_store import read_profile, record_profiles
from tests.factories.moderation import Desk, add_square, sign_in

WORDS = "No water in Bhaktapur and the road to Dhulikhel is blocked"
PLACES = (
    PlaceRow("1", "Bhaktapur", 27.67, 85.43, population=80_000),
    PlaceRow("2", "Dhulikhel", 27.62, 85.55, population=16_000),
)


class Two:
    """A report of one sender that tells of two things."""

    def __init__(self, program: Program, campaign: int) -> None:
        self.program = program
        with program.owner.begin() as connection:
            desk = add_square(Desk(connection, campaign))
            load_places(connection, campaign, PLACES, "test")
            self.person = desk.add_person("ama", MODERATOR)
            self.topics = {
                row.code: row.id
                for row in connection.execute(
                    text("SELECT code, id FROM topic WHERE campaign_id = :id"), {"id": campaign}
                )
            }
            self.report = desk.add_report(
                WORDS, lat=27.67, lon=85.43, contact_id=desk.add_contact(), topic_id=self.topics["water"],
                other_topics='["road"]', other_places='["Dhulikhel"]', source_id="SM1",
            )  # fmt: skip

    def get(self, report_id: int, column: str) -> object:
        """A column of a report."""
        return self.read(f"SELECT {column} FROM report WHERE id = {report_id}")

    def read(self, statement: str) -> object:
        """One value."""
        with self.program.app.begin() as connection:
            return connection.execute(text(statement)).scalar()

    @property
    def page(self) -> str:
        """The address of the report's page."""
        return f"/moderate/reports/{self.report}"


@pytest.fixture
def two(program: Program, campaign: int) -> Two:
    return Two(program, campaign)


@pytest.fixture
def moderator(two: Two, client: FlaskClient) -> FlaskClient:  # noqa: ARG001
    sign_in(client, "ama")
    return client


def test_a_text_of_two_things_is_flagged_and_the_form_proposes_the_other_one(moderator: FlaskClient, two: Two) -> None:
    page = moderator.get(two.page).text
    assert "tells of more than one thing" in page
    assert "<bdi>Roads</bdi>" in page
    assert "<bdi>Dhulikhel</bdi>" in page
    assert '<option value="road" selected>' in page
    assert "selected>2: Dhulikhel" in page or ": Dhulikhel</option>" in page


def test_a_plain_text_is_not_flagged_and_can_be_divided_all_the_same(moderator: FlaskClient, two: Two) -> None:
    two.read(f"UPDATE report SET other_topics = '[]', other_places = '[]' WHERE id = {two.report} RETURNING id")
    page = moderator.get(two.page).text
    assert "tells of more than one thing" not in page
    assert 'id="divide"' in page


def test_two_reports_are_made_with_a_place_a_topic_and_a_reference_each(moderator: FlaskClient, two: Two) -> None:
    page = moderator.get(two.page).text
    number = next(n for n in range(1, 9) if f'<option value="{n}" selected>{n}: Dhulikhel' in page)
    answer = moderator.post(f"{two.page}/divide", data={"topic": "road", "place": number}, follow_redirects=True)
    assert answer.request.path == two.page
    second = int(str(two.read("SELECT max(id) FROM report")))
    assert str(two.get(second, "reference")) in answer.text
    assert two.get(second, "reference") != two.get(two.report, "reference")
    assert two.get(second, "topic_id") == two.topics["road"]
    assert round(float(str(two.get(second, "ST_Y(point)"))), 2) == 27.62
    assert two.get(second, "area_codes ->> '1'") == "sq"
    for column in ("text", "contact_id", "message_id", "reported_at", "source", "state", "language"):
        assert two.get(second, column) == two.get(two.report, column)
    assert two.get(two.report, "topic_id") == two.topics["water"]
    assert round(float(str(two.get(two.report, "ST_Y(point)"))), 2) == 27.67
    assert "tells of more than one thing" not in answer.text
    assert two.get(second, "incident_id") != two.get(two.report, "incident_id")
    assert two.read("SELECT count(*) FROM decision WHERE kind = 'divide'") == 2
    assert two.read("SELECT count(*) FROM learned_placement") == 0, "the words of two places teach neither"


def test_the_machine_never_links_the_two_again(two: Two) -> None:
    with two.program.app.begin() as connection:
        second = split.divide(connection, two.report, two.person, topic_code="water", place=split.NOWHERE)
        decisions.set_topic(connection, second, two.person, topic_code="road")
        decisions.set_topic(connection, second, two.person, topic_code="water")
    assert two.get(second, "incident_id") != two.get(two.report, "incident_id")


def test_both_count_as_reports_of_one_sender(two: Two) -> None:
    two.read(f"UPDATE report SET account_id = {two.person}, browser_hash = 7 RETURNING id")
    with two.program.app.begin() as connection:
        split.divide(connection, two.report, two.person, topic_code="road")
    senders = "concat_ws('/', count(DISTINCT contact_id), count(account_id), count(browser_hash))"
    assert two.read(f"SELECT {senders} FROM report") == "1/2/2"


@pytest.mark.parametrize(
    ("acts", "told"),
    [
        (("approve first", "approve second"), ["used"]),
        (("approve second", "approve first"), ["used"]),
        (("approve first", "reject second"), ["used"]),
        (("reject first", "approve second"), ["used"]),
        (("reject first", "reject second"), ["not used"]),
        (("reject second",), []),  # the other one may be used yet
        (("reject first", "leave", "approve second"), ["used"]),
        (("approve first", "leave", "approve second"), ["used"]),
        (("approve first", "leave", "reject second"), ["used"]),
        (("reject first", "reject second", "leave", "reopen second", "approve second"), ["not used", "used"]),
        (("approve first", "approve second", "reopen second"), ["used"]),
        (("approve first", "approve second", "reopen first", "reopen second"), []),
    ],
)
def test_who_sent_what_was_divided_hears_once_of_it_by_the_reference_they_know(
    two: Two, acts: tuple[str, ...], told: list[str]
) -> None:
    columns, values = "channel, direction, text, state", "'twilio', 'in', '', 'processed'"
    message = two.read(f"INSERT INTO message ({columns}) VALUES ({values}) RETURNING id")
    two.read(f"UPDATE report SET message_id = {message} RETURNING id")
    with two.program.app.begin() as connection:
        second = split.divide(connection, two.report, two.person, topic_code="road")
        for act in acts:
            name, _, which = act.partition(" ")
            report_id = second if which == "second" else two.report
            if name == "leave":
                connection.execute(text("UPDATE message SET state = 'sent' WHERE state = 'queued'"))
            elif name == "reject":
                decisions.reject(connection, report_id, two.person, reason="unclear")
            else:
                {"approve": decisions.approve, "reopen": decisions.reopen}[name](connection, report_id, two.person)
        query = "SELECT text FROM message WHERE purpose = 'news' AND state <> 'failed' ORDER BY id"
        texts = connection.execute(text(query)).scalars().all()
    reference = str(two.get(two.report, "reference"))
    known = {
        say(phrase, language, reference=reference): word
        for language in ("ne", "en")
        for phrase, word in ((Phrase.APPROVED, "used"), (Phrase.REJECTED, "not used"))
    }
    assert [known.get(each) for each in texts] == told


def test_dividing_is_taken_back_as_long_as_nobody_decided_on_the_second(moderator: FlaskClient, two: Two) -> None:
    moderator.post(f"{two.page}/divide", data={"topic": "road", "place": "0"})
    second = int(str(two.read("SELECT max(id) FROM report")))
    made = two.read(f"SELECT id FROM decision WHERE kind = 'divide' AND report_id = {two.report}")
    assert f"/moderate/decisions/{made}/undo" in moderator.get(two.page).text
    assert "hears nothing of it" in moderator.get(f"/moderate/decisions/{made}/undo").text
    moderator.post(f"/moderate/decisions/{made}/undo")
    assert two.get(second, "state") == "rejected"
    assert two.get(two.report, "other_places") == ["Dhulikhel"]
    assert two.read("SELECT count(*) FROM message WHERE purpose = 'news'") == 0
    assert "tells of more than one thing" in moderator.get(two.page).text
    assert moderator.post(f"/moderate/decisions/{made}/undo").status_code == 409


def test_a_division_that_somebody_built_on_is_not_taken_back(two: Two) -> None:
    with two.program.app.begin() as connection:
        second = split.divide(connection, two.report, two.person, topic_code="road")
        decisions.approve(connection, second, two.person)
    made = int(str(two.read(f"SELECT id FROM decision WHERE kind = 'divide' AND report_id = {two.report}")))
    with two.program.app.begin() as connection, pytest.raises(ChangeRefused):
        undo(connection, two.report, two.person, decision_id=made)


@pytest.mark.parametrize(("topic", "place", "error"), [
    ("water", 0, ChangeRefused), ("fire", 0, InputRefused), ("road", 99, InputRefused), ("road", -7, InputRefused),
])  # fmt: skip
def test_what_makes_no_second_report_changes_nothing(two: Two, topic: str, place: int, error: type[Exception]) -> None:
    with pytest.raises(error), two.program.app.begin() as connection:
        split.divide(connection, two.report, two.person, topic_code=topic, place=place)
    assert two.read("SELECT count(*) FROM report") == 1


def test_a_restricted_report_stays_restricted_in_both(two: Two) -> None:
    two.read(f"UPDATE report SET is_sensitive = true, sensitive_reason = 'minor' WHERE id = {two.report} RETURNING id")
    with two.program.owner.begin() as connection:
        person = Desk(connection, 0).add_person("sara", "safeguarding")
    with two.program.app.begin() as connection:
        second = split.divide(connection, two.report, person, topic_code="road")
    assert two.get(second, "is_sensitive") is True


def test_both_reports_are_about_the_same_people(two: Two) -> None:
    with two.program.app.begin() as connection:
        told = {two.report: AffectedPeople(AffectedRole.HOUSEHOLD, 5)}
        record_affected(connection, told)
        second = split.divide(connection, two.report, two.person, topic_code="road")
        assert find_affected(connection, second) == find_affected(connection, two.report)
        third = split.divide(connection, second, two.person, topic_code="water")
    firsts = f"SELECT array_agg(first_report_id) FROM affected WHERE report_id IN ({second}, {third})"
    assert two.read(firsts) == [two.report, two.report]


def test_what_a_sender_without_a_number_told_goes_with_both_reports(two: Two) -> None:
    two.read(f"UPDATE report SET contact_id = NULL WHERE id = {two.report} RETURNING id")
    with two.program.app.begin() as connection:
        record_profiles(connection, {two.report: answer_sex("F")})
        second = split.divide(connection, two.report, two.person, topic_code="road")
        assert read_profile(connection, second) == read_profile(connection, two.report) == answer_sex("F")


def test_what_a_contact_told_is_not_told_twice(two: Two) -> None:
    with two.program.app.begin() as connection:
        record_profiles(connection, {two.report: answer_sex("F")})
        second = split.divide(connection, two.report, two.person, topic_code="road")
        assert read_profile(connection, second) == answer_sex("F")
    assert two.read("SELECT count(*) FROM reporter_profile") == 1
