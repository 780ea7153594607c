"""Decisions: every act appends what was before and after, and nobody decides where they may not."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from reporting.accounts.role import SAFEGUARDING
from reporting.models.states import ReportState
from reporting.moderation import decisions
from reporting.moderation.errors import ChangeRefused, InputRefused, LeaseHeldByOther, ReplyRefused, ReportUnknown
from reporting.moderation.incident import links
from reporting.moderation.queue import assign_next
from reporting.moderation.report.place_choices import choose_place
from reporting.moderation.report.view import get_report_view
from reporting.moderation.states import ALLOWED, check_change
from tests.factories.moderation import Desk, read_as

ACTS: dict[str, Callable[[Connection, int, int], object]] = {
    "approve": decisions.approve,
    "reject": lambda link, report, person: decisions.reject(link, report, person, reason="spam"),
    "move_pin": lambda link, report, person: decisions.move_pin(link, report, person, lat=27, lon=85, radius_m=10),
    "confirm_place": lambda link, report, person: choose_place(link, report, person, number=1),
    "set_topic": lambda link, report, person: decisions.set_topic(link, report, person, topic_code="road"),
    "reply": lambda link, report, person: decisions.reply(link, report, person, text="Where?"),
}


def test_the_table_of_states_has_every_change_and_no_other() -> None:
    allowed = {(before, after) for before, afters in ALLOWED.items() for after in afters}
    assert allowed == {
        (ReportState.QUEUED, ReportState.APPROVED),
        (ReportState.QUEUED, ReportState.REJECTED),
        (ReportState.APPROVED, ReportState.REJECTED),
        (ReportState.REJECTED, ReportState.APPROVED),
        (ReportState.APPROVED, ReportState.QUEUED),
        (ReportState.REJECTED, ReportState.QUEUED),
    }
    with pytest.raises(ChangeRefused):
        check_change(ReportState.APPROVED, ReportState.APPROVED)


def test_approving_counts_the_report_ends_the_lease_and_is_written_down(desk: Desk, person: int) -> None:
    report = desk.add_report()
    assign_next(desk.connection, desk.campaign_id, person)
    decisions.approve(desk.connection, report, person)
    assert desk.get(report, "state") == ReportState.APPROVED
    assert desk.get(report, "leased_by") is None
    assert desk.list_decisions(report) == [
        ("approve", None, {"state": ReportState.QUEUED}, {"state": ReportState.APPROVED}, person)
    ]


def test_approving_twice_is_refused(desk: Desk, person: int) -> None:
    report = desk.add_report()
    decisions.approve(desk.connection, report, person)
    with pytest.raises(ChangeRefused):
        decisions.approve(desk.connection, report, person)
    assert len(desk.list_decisions(report)) == 1


def test_a_rejection_needs_a_reason_from_the_list(desk: Desk, person: int) -> None:
    report = desk.add_report()
    for reason in ("", "because"):
        with pytest.raises(InputRefused):
            decisions.reject(desk.connection, report, person, reason=reason)
    decisions.reject(desk.connection, report, person, reason="spam", note=" sells phones ")
    [(kind, reason, _before, after, _person)] = desk.list_decisions(report)
    assert (kind, reason, after["note"]) == ("reject", "spam", "sells phones")


def test_a_mistake_can_be_put_right_and_both_decisions_stay(desk: Desk, person: int) -> None:
    report = desk.add_report()
    decisions.reject(desk.connection, report, person, reason="unclear")
    decisions.reopen(desk.connection, report, person)
    decisions.approve(desk.connection, report, person)
    assert [line.kind for line in desk.list_decisions(report)] == ["reject", "reopen", "approve"]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_decides_on_a_report_that_somebody_else_has_in_hand(desk: Desk, person: int, act: str) -> None:
    report = desk.add_report(contact_id=desk.add_contact(), lat=27.5, lon=85.5)
    assign_next(desk.connection, desk.campaign_id, desk.add_person("kofi"))
    with pytest.raises(LeaseHeldByOther):
        ACTS[act](desk.connection, report, person)
    assert desk.list_decisions(report) == []
    desk.end_leases()
    ACTS[act](desk.connection, report, person)
    assert [line.kind for line in desk.list_decisions(report)] == [act]


def test_there_is_no_deciding_on_what_is_not_there(desk: Desk, person: int) -> None:
    with pytest.raises(ReportUnknown):
        decisions.approve(desk.connection, 10**9, person)


@pytest.mark.parametrize("statement", ["UPDATE decision SET kind = 'approve'", "DELETE FROM decision"])
def test_a_decision_cannot_be_changed_by_anybody(desk: Desk, person: int, statement: str) -> None:
    decisions.approve(desk.connection, desk.add_report(), person)
    with pytest.raises(DBAPIError), desk.connection.begin_nested():
        desk.connection.execute(text(statement))
    desk.connection.execute(text("RESET ROLE"))  # now as the owner of the tables
    with pytest.raises(DBAPIError), desk.connection.begin_nested():
        desk.connection.execute(text(statement))


def test_a_moved_pin_knows_its_areas_and_teaches_the_geocoder(desk: Desk, person: int) -> None:
    report = desk.add_report("pani chaina behind the old mill", lat=20, lon=80)
    decisions.move_pin(desk.connection, report, person, lat=27.5, lon=85.25, radius_m=300)
    assert desk.get(report, "ARRAY[ST_Y(point), ST_X(point), radius_m]") == [27.5, 85.25, 300]
    assert desk.get(report, "area_codes") == {"1": "sq"}
    [(kind, _reason, before, after, _person)] = desk.list_decisions(report)
    assert (kind, before["lat"], after["lat"], after["area_codes"]) == ("move_pin", 20, 27.5, {"1": "sq"})
    placement = desk.connection.execute(text("SELECT words, ST_Y(geom), radius_m FROM learned_placement")).one()
    assert placement == ("pani chaina behind the old mill", 27.5, 300)


@pytest.mark.parametrize(("radius_m", "codes"), [(5_000, {"1": "sq", "2": "in"}), (60_000, {"1": "sq"}), (900_000, {})])
def test_a_pin_counts_for_no_area_that_its_circle_is_too_wide_for(
    desk: Desk, person: int, radius_m: int, codes: dict[str, str]
) -> None:
    desk.connection.execute(
        text(
            "INSERT INTO area (campaign_id, level, code, name, source, geom)"
            " SELECT campaign_id, 2, 'in', 'Inner', 'test', ST_Multi(ST_MakeEnvelope(85.2, 27.4, 85.3, 27.6, 4326))"
            "   FROM area"
        )
    )
    report = desk.add_report("pani chaina")
    decisions.move_pin(desk.connection, report, person, lat=27.5, lon=85.25, radius_m=radius_m)
    assert desk.get(report, "area_codes") == codes


def test_a_report_without_words_teaches_nothing(desk: Desk, person: int) -> None:
    decisions.move_pin(desk.connection, desk.add_report(" "), person, lat=27.5, lon=85.25, radius_m=300)
    assert desk.connection.execute(text("SELECT count(*) FROM learned_placement")).scalar() == 0


@pytest.mark.parametrize(
    ("field", "pin"),
    [
        ("lat", {"lat": 91, "lon": 0, "radius_m": 5}),
        ("lon", {"lat": 0, "lon": -181, "radius_m": 5}),
        ("radius_m", {"lat": 0, "lon": 0, "radius_m": 0}),
        ("lat", {"lat": float("nan"), "lon": 0, "radius_m": 5}),
        ("radius_m", {"lat": 0, "lon": 0, "radius_m": float("inf")}),
    ],
)
def test_a_pin_off_the_globe_is_refused(desk: Desk, person: int, field: str, pin: dict[str, float]) -> None:
    with pytest.raises(InputRefused) as refused:
        decisions.move_pin(desk.connection, desk.add_report(), person, **pin)
    assert refused.value.field == field


TWO_PLACES = '[{"lat": 27.1, "lon": 85.1, "radius_m": 900}, {"lat": 27.9, "lon": 85.9, "radius_m": 400}]'


def test_another_meaning_of_the_words_is_chosen_by_its_number(desk: Desk, person: int) -> None:
    report = desk.add_report(alternatives=TWO_PLACES)
    assert not choose_place(desk.connection, report, person, number=2)
    assert desk.get(report, "ARRAY[ST_Y(point), radius_m]") == [27.9, 400]
    for number in (0, 3):
        with pytest.raises(InputRefused):
            choose_place(desk.connection, report, person, number=number)


def test_confirming_the_suggested_place_is_a_decision_that_teaches(desk: Desk, person: int) -> None:
    report = desk.add_report("behind the old mill", lat=27.5, lon=85.5, place_confidence=0.6)
    assert choose_place(desk.connection, report, person, number=1, at=(27.5, 85.5))
    assert desk.get(report, "place_confidence") == 1
    [(kind, _reason, _before, after, _person)] = desk.list_decisions(report)
    assert (kind, after["lat"], after["radius_m"]) == ("confirm_place", 27.5, 500)
    placement = desk.connection.execute(text("SELECT words, ST_Y(geom), radius_m FROM learned_placement")).one()
    assert placement == ("behind the old mill", 27.5, 500)


def test_the_numbers_of_the_places_stay_when_one_is_taken_so_that_a_slip_can_be_undone(desk: Desk, person: int) -> None:
    report = desk.add_report(
        lat=27.5, lon=85.5, place_confidence=0.6, alternatives=TWO_PLACES, **read_as("mill", "Mill")
    )
    for number, lat in ((3, 27.9), (2, 27.1), (1, 27.5), (3, 27.9)):
        choose_place(desk.connection, report, person, number=number)
        assert desk.get(report, "ST_Y(point)") == lat
    assert [place["lat"] for place in desk.get(report, "alternatives")] == [27.5, 27.1, 27.9]
    kept = desk.get(report, "alternatives")[0]
    assert (kept["name"], kept["source"], kept["confidence"]) == ("Mill", "text", 0.6)
    assert kept["reasons"] == [{"code": "name", "words": "mill", "name": "Mill"}]


def test_a_number_that_means_another_place_by_now_is_refused(desk: Desk, person: int) -> None:
    report = desk.add_report(alternatives=TWO_PLACES)
    with pytest.raises(ChangeRefused):
        choose_place(desk.connection, report, person, number=1, at=(27.9, 85.9))
    assert desk.list_decisions(report) == []


def test_the_place_of_a_restricted_report_is_confirmed_without_a_lesson(desk: Desk) -> None:
    guard = desk.add_person("sara", SAFEGUARDING)
    report = desk.add_report("behind the old mill", lat=27.5, lon=85.5, is_sensitive=True)
    assert choose_place(desk.connection, report, guard, number=1)
    assert desk.connection.execute(text("SELECT count(*) FROM learned_placement")).scalar() == 0


def test_a_topic_must_be_one_of_the_campaign(desk: Desk, person: int) -> None:
    report = desk.add_report()
    with pytest.raises(InputRefused):
        decisions.set_topic(desk.connection, report, person, topic_code="elsewhere")
    decisions.set_topic(desk.connection, report, person, topic_code="road")
    assert desk.list_decisions(report)[0].after["topic"] == "road"
    of_incident = "(SELECT topic_id FROM incident WHERE id = incident_id)"
    assert desk.get(report, "topic_id") == desk.get(report, of_incident)


def test_a_reply_waits_in_the_outbox_and_its_words_are_in_no_decision(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    message_id = decisions.reply(desk.connection, report, person, text=" Which ward? ")
    row = desk.connection.execute(text("SELECT text, state, report_id FROM message")).one()
    assert row == ("Which ward?", "queued", report)
    assert desk.list_decisions(report)[0].after == {"message_id": message_id}


def test_who_opted_out_or_left_no_number_gets_no_reply(desk: Desk, person: int) -> None:
    for contact in (desk.add_contact("+9779800000008", opted_out=True), desk.add_contact(None), None):
        with pytest.raises(ReplyRefused):
            decisions.reply(desk.connection, desk.add_report(contact_id=contact), person, text="Which ward?")
    assert desk.connection.execute(text("SELECT count(*) FROM message")).scalar() == 0


@pytest.mark.parametrize("words", ["", "  ", "x" * 641])
def test_a_reply_has_words_and_an_end(desk: Desk, person: int, words: str) -> None:
    with pytest.raises(InputRefused):
        decisions.reply(desk.connection, desk.add_report(contact_id=desk.add_contact()), person, text=words)


def test_linking_puts_both_into_one_incident_and_leaves_no_empty_one(desk: Desk, person: int) -> None:
    first, second = desk.add_report(), desk.add_report()
    desk.add_link(second, first)
    own = desk.get(second, "incident_id")
    links.link(desk.connection, second, person, candidate_id=first)
    assert desk.get(second, "incident_id") == desk.get(first, "incident_id")
    count = text("SELECT count(*) FROM incident WHERE id = :id")
    assert desk.connection.execute(count, {"id": own}).scalar() == 0
    assert desk.connection.execute(text("SELECT state FROM link")).scalars().all() == ["linked"]
    with pytest.raises(ChangeRefused):
        links.link(desk.connection, second, person, candidate_id=first)


def test_unlinking_gives_a_report_its_own_incident_and_nothing_suggests_it_again(desk: Desk, person: int) -> None:
    first = desk.add_report()
    shared = desk.get(first, "incident_id")
    second, third = desk.add_report(incident_id=shared), desk.add_report(incident_id=shared)
    desk.add_link(second, first, "linked")
    desk.add_link(third, second, "linked")
    links.unlink(desk.connection, second, person, candidate_id=first)
    assert desk.get(second, "incident_id") != shared
    assert {desk.get(first, "incident_id"), desk.get(third, "incident_id")} == {shared}
    states = desk.connection.execute(text("SELECT state FROM link")).scalars().all()
    assert set(states) == {"unlinked"}
    decisions.set_topic(desk.connection, second, person, topic_code="road")  # looks for likeness again
    assert desk.get(second, "incident_id") != shared


def test_saying_no_to_a_suggestion_changes_no_incident(desk: Desk, person: int) -> None:
    first, second = desk.add_report(), desk.add_report()
    desk.add_link(second, first)
    own = desk.get(second, "incident_id")
    links.unlink(desk.connection, second, person, candidate_id=first)
    assert desk.get(second, "incident_id") == own
    view = get_report_view(desk.connection, desk.campaign_id, second, person)
    assert view.candidates == []


def test_reports_of_two_campaigns_are_never_linked(desk: Desk, person: int) -> None:
    other = make_other_campaign(desk.connection)
    with pytest.raises(ReportUnknown):
        links.link(desk.connection, desk.add_report(), person, candidate_id=other.add_report())


def make_other_campaign(connection: Connection) -> Desk:
    """A second campaign beside the first."""
    statement = text(
        "INSERT INTO campaign (slug, name, country, languages) VALUES ('o', 'O', 'NP', '{en}') RETURNING id"
    )
    return Desk(connection, int(connection.execute(statement).scalar_one()))


def test_looking_at_a_report_is_noted_for_every_report_whose_words_are_shown(desk: Desk, person: int) -> None:
    first, second = desk.add_report("the pipe is broken"), desk.add_report("broken pipe")
    desk.add_link(second, first)
    view = get_report_view(desk.connection, desk.campaign_id, second, person)
    assert [found.text for found in view.candidates] == ["the pipe is broken"]
    assert (desk.count_looks(first), desk.count_looks(second)) == (1, 1)
