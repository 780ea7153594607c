"""Taking back what something later stands on, what a person asked us to forget, and what newcomers were linked by.

And what of people's decisions machines keep to.
"""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.incidents.human_links import list_decided
from reporting.incidents.linking import link_reports
from reporting.incidents.rescore_queue import mark_all
from reporting.moderation import decisions
from reporting.moderation.errors import ChangeRefused, SameReport
from reporting.moderation.incident import links
from reporting.moderation.incident.rescore import RescoreCounts, rescore_some
from reporting.moderation.undo import undo
from reporting.moderation.undo_plan import plan_undo
from reporting.privacy.erasure import erase_contact
from tests.factories.moderation import Desk, make_desk, sign_in

WORDS = "the main pipe at the old temple burst this morning and floods the lower market"
OTHER_WORDS = "a lorry lies across the bridge road and nobody can pass to the hospital"


@pytest.fixture
def ana(desk: Desk) -> int:
    return desk.add_person("ana")


def add(desk: Desk, *, north: float, words: str = "words", **columns: Any) -> int:
    return desk.add_report(words, lat=27.5 + north, lon=85.5, **columns)


def last_decision(desk: Desk) -> int:
    return int(desk.connection.execute(text("SELECT max(id) FROM decision")).scalar_one())


def incidents(desk: Desk, *reports: int) -> list[int]:
    return [desk.get(report_id, "incident_id") for report_id in reports]


def is_possible(desk: Desk, decision_id: int) -> bool:
    return plan_undo(desk.connection, desk.campaign_id, decision_id).is_possible


def look_again(desk: Desk) -> RescoreCounts:
    counts = RescoreCounts()
    rescore_some(desk.connection, desk.campaign_id, counts)
    return counts


def test_a_split_can_be_undone_although_all_others_have_left_the_incident_since(desk: Desk, ana: int) -> None:
    first, second, third = (add(desk, north=n / 10) for n in range(3))
    links.merge(desk.connection, second, ana, candidate_id=first)
    merged = desk.get(second, "incident_id")
    links.split(desk.connection, second, ana, member_ids=[])
    splitting = last_decision(desk)
    links.link(desk.connection, first, ana, candidate_id=third)
    undo(desk.connection, second, ana, decision_id=splitting)
    assert incidents(desk, first, second) == [desk.get(third, "incident_id"), merged]


def test_the_first_of_two_who_left_goes_back_to_the_incident_that_was_gone(desk: Desk, ana: int) -> None:
    first, second, third, fourth = (add(desk, north=n / 10) for n in range(4))
    links.merge(desk.connection, second, ana, candidate_id=first)
    merged = desk.get(first, "incident_id")
    links.link(desk.connection, first, ana, candidate_id=third)
    linking = last_decision(desk)
    links.link(desk.connection, second, ana, candidate_id=fourth)
    undo(desk.connection, first, ana, decision_id=linking)
    assert desk.get(first, "incident_id") == merged
    assert desk.get(second, "incident_id") == desk.get(fourth, "incident_id")


def test_an_incident_of_which_nothing_was_noted_is_not_gone_back_to(desk: Desk, ana: int) -> None:
    """Decisions of before this version noted only the incidents that they emptied themselves."""
    first, second, third = (add(desk, north=n / 10) for n in range(3))
    links.merge(desk.connection, second, ana, candidate_id=first)
    links.link(desk.connection, second, ana, candidate_id=third)
    note = desk.list_decisions(second)[-1].after["changed"]
    links.link(desk.connection, first, ana, candidate_id=third)
    old = desk.connection.execute(
        text(
            "INSERT INTO decision (campaign_id, report_id, account_id, kind, after) SELECT campaign_id, report_id,"
            " account_id, kind, jsonb_set(after, '{changed,incidents}', '{}') FROM decision WHERE report_id = :id"
            " ORDER BY id DESC LIMIT 1 RETURNING id"
        ),
        {"id": second},
    ).scalar_one()
    assert note["incidents"]
    assert not is_possible(desk, old)
    with pytest.raises(ChangeRefused):
        undo(desk.connection, second, ana, decision_id=old)


def test_a_topic_whose_incident_has_gone_since_is_not_taken_back_before_what_came_later(desk: Desk, ana: int) -> None:
    first, second = (add(desk, north=n / 10) for n in range(2))
    decisions.set_topic(desk.connection, first, ana, topic_code="water")
    naming = last_decision(desk)
    links.merge(desk.connection, first, ana, candidate_id=second)
    merging = last_decision(desk)
    assert not is_possible(desk, naming)
    with pytest.raises(ChangeRefused):
        undo(desk.connection, first, ana, decision_id=naming)
    undo(desk.connection, first, ana, decision_id=merging)
    undo(desk.connection, first, ana, decision_id=naming)
    query = text("SELECT topic_id FROM incident WHERE id = :id")
    assert desk.connection.execute(query, {"id": desk.get(first, "incident_id")}).scalar_one() is None


def test_the_page_takes_it_back_where_it_says_that_it_can(client: FlaskClient, program: Program) -> None:
    with program.app.begin() as connection:
        desk = make_desk(connection)
        ana = desk.add_person("ana")
        first, second, third = (add(desk, north=n / 10) for n in range(3))
        links.merge(connection, second, ana, candidate_id=first)
        links.split(connection, second, ana, member_ids=[])
        splitting = last_decision(desk)
        links.link(connection, first, ana, candidate_id=third)
    sign_in(client, "ana")
    assert "is of an incident of its own again" in client.get(f"/moderate/decisions/{splitting}/undo").text
    assert client.post(f"/moderate/decisions/{splitting}/undo").status_code == 302


def test_who_was_linked_to_a_merged_report_later_follows_when_the_merge_is_undone(desk: Desk, ana: int) -> None:
    first = add(desk, north=0, words=WORDS, text_key=77)
    other = add(desk, north=0.01, words=OTHER_WORDS)
    links.merge(desk.connection, first, ana, candidate_id=other)
    merging = last_decision(desk)
    newcomer = add(desk, north=0, words=WORDS, text_key=77)
    assert link_reports(desk.connection, [newcomer]) == 1
    assert plan_undo(desk.connection, desk.campaign_id, merging).looked_at_again == 1
    undo(desk.connection, first, ana, decision_id=merging)
    assert look_again(desk).moved == 1
    assert desk.get(newcomer, "incident_id") == desk.get(first, "incident_id") != desk.get(other, "incident_id")


def test_what_rests_on_a_pin_is_looked_at_again_when_the_pin_goes_back(desk: Desk, ana: int) -> None:
    first = add(desk, north=0.3, words=WORDS, text_key=77)
    decisions.move_pin(desk.connection, first, ana, lat=27.5, lon=85.5, radius_m=50.0)
    moving = last_decision(desk)
    look_again(desk)
    second = add(desk, north=0, words=WORDS, text_key=77)
    assert link_reports(desk.connection, [second]) == 1
    undo(desk.connection, first, ana, decision_id=moving)
    assert look_again(desk).moved == 1
    assert desk.get(second, "incident_id") != desk.get(first, "incident_id")


def test_what_a_person_decided_about_others_outlasts_the_report_that_is_forgotten(desk: Desk, ana: int) -> None:
    """The second came by a machine to the first, and by a merge to the third; then the first is erased."""
    forgetting = desk.add_contact("+9779800000055")
    twin = add(desk, north=0, words=WORDS, text_key=77)
    first = add(desk, north=0.002, words="words of their own", contact_id=forgetting)
    second = add(desk, north=0, words=WORDS, text_key=77, incident_id=desk.get(first, "incident_id"))
    third = add(desk, north=0.003, words=OTHER_WORDS)
    before = desk.get(second, "incident_id")
    desk.add_link(second, first, "linked")
    links.merge(desk.connection, first, ana, candidate_id=third)
    merging = last_decision(desk)
    erase_contact(desk.connection, desk.campaign_id, forgetting)
    assert list_decided(desk.connection, [first, second]) == {first, second}
    mark_all(desk.connection, desk.campaign_id)
    assert look_again(desk).moved == 0
    assert desk.get(second, "incident_id") == desk.get(third, "incident_id") != desk.get(twin, "incident_id")
    assert is_possible(desk, merging)
    undo(desk.connection, first, ana, decision_id=merging)
    assert incidents(desk, second) == [before]
    assert desk.get(first, "incident_id") == desk.get(third, "incident_id")
    assert desk.get(first, "state") == "erased"


def test_a_decision_about_others_says_nothing_of_an_erased_report_and_is_still_undone(desk: Desk, ana: int) -> None:
    forgetting = desk.add_contact("+9779800000055")
    first, second = (add(desk, north=n / 10) for n in range(2))
    erased = add(desk, north=0.2, contact_id=forgetting)
    for other in (second, erased):
        links.merge(desk.connection, other, ana, candidate_id=first)
    together = desk.get(first, "incident_id")
    links.split(desk.connection, second, ana, member_ids=[erased])
    splitting = last_decision(desk)
    erase_contact(desk.connection, desk.campaign_id, forgetting)
    note = desk.list_decisions(second)[-1].after["changed"]
    assert list(note["incident_of"]) == [str(second)]
    assert list(note["links"]) == [f"{second}-{first}"]
    undo(desk.connection, second, ana, decision_id=splitting)
    assert incidents(desk, first, second) == [together, together]


def test_nothing_is_left_of_decisions_that_only_moved_an_erased_report(desk: Desk, ana: int) -> None:
    forgetting = desk.add_contact("+9779800000055")
    first = add(desk, north=0)
    erased = add(desk, north=0.2, contact_id=forgetting)
    decisions.set_topic(desk.connection, erased, ana, topic_code="water")
    decisions.move_pin(desk.connection, erased, ana, lat=27.6, lon=85.5, radius_m=50.0)
    links.link(desk.connection, erased, ana, candidate_id=first)
    undo(desk.connection, erased, ana, decision_id=last_decision(desk))
    links.unlink(desk.connection, first, ana, candidate_id=erased)
    erase_contact(desk.connection, desk.campaign_id, forgetting)
    *rest, taken_back = desk.list_decisions(erased)
    assert [(line.before, line.after, line.reason) for line in rest] == [({}, {}, None)] * 3
    assert list(taken_back.after) == ["undoes"]
    assert "changed" not in desk.list_decisions(first)[-1].after
    assert not any(is_possible(desk, n) for n in range(last_decision(desk) - 4, last_decision(desk) + 1))


@pytest.mark.parametrize("act", [links.link, links.merge, links.unlink])
def test_a_report_is_neither_linked_to_itself_nor_parted_from_itself(desk: Desk, ana: int, act: Any) -> None:
    report = add(desk, north=0)
    with pytest.raises(SameReport):
        act(desk.connection, report, ana, candidate_id=report)
    assert desk.list_decisions(report) == []


@pytest.mark.parametrize("act", ["link", "unlink"])
def test_the_page_says_that_it_is_the_very_same_report(client: FlaskClient, program: Program, act: str) -> None:
    with program.app.begin() as connection:
        desk = make_desk(connection)
        desk.add_person("ana")
        report = add(desk, north=0)
    sign_in(client, "ana")
    answer = client.post(f"/moderate/reports/{report}/{act}", data={"candidate": report})
    assert answer.status_code == 422
    assert "the very same report" in answer.text


def test_a_third_report_does_not_bring_together_what_a_person_parted(connection: Connection) -> None:
    desk = make_desk(connection)
    ana = desk.add_person("ana")
    first, second, third = (desk.add_report(WORDS, lat=27.5, lon=85.5, text_key=77) for _ in range(3))
    links.link(connection, second, ana, candidate_id=first)
    links.unlink(connection, first, ana, candidate_id=third)
    link_reports(connection, [third])
    assert desk.get(third, "incident_id") != desk.get(first, "incident_id")


def test_links_of_new_reports_do_not_wander_off_in_steps(connection: Connection) -> None:
    desk = make_desk(connection)
    first, second, third = (
        desk.add_report(WORDS, lat=27.5 + step * 0.018, lon=85.5, text_key=77) for step in range(3)
    )  # two kilometres a step
    assert link_reports(connection, [second]) == 1
    link_reports(connection, [third])
    assert desk.get(second, "incident_id") == desk.get(first, "incident_id")
    assert desk.get(third, "incident_id") != desk.get(first, "incident_id")


def test_what_came_later_is_undone_first(connection: Connection) -> None:
    desk = make_desk(connection)
    ana = desk.add_person("ana")
    first, second, third = desk.add_report(), desk.add_report(), desk.add_report()
    links.link(connection, second, ana, candidate_id=first)
    linking = connection.execute(text("SELECT max(id) FROM decision")).scalar_one()
    links.link(connection, second, ana, candidate_id=third)
    with pytest.raises(ChangeRefused):
        undo(connection, second, ana, decision_id=linking)
