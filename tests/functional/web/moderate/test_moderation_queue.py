"""The queue: one report, one person, and nothing blocked by somebody who went home."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.moderation.queue import assign_next, break_lease, give_back, renew
from tests.factories.moderation import Desk


def test_the_oldest_report_comes_first(desk: Desk) -> None:
    person = desk.add_person("ama")
    first, _second = desk.add_report(), desk.add_report()
    assert assign_next(desk.connection, desk.campaign_id, person) == first


def test_the_most_urgent_report_comes_first_and_after_it_the_rest_by_age(desk: Desk) -> None:
    person = desk.add_person("ama")
    pothole, rescue, later = (desk.add_report(said) for said in ("a pothole", "people under stones", "a pothole too"))
    desk.connection.execute(text("UPDATE report SET urgency = 4 WHERE id = :id"), {"id": rescue})
    taken = [assign_next(desk.connection, desk.campaign_id, person)]
    for _ in range(2):
        give_back(desk.connection, taken[-1] or 0, person)
        taken.append(assign_next(desk.connection, desk.campaign_id, person, after_id=taken[-1] or 0))
    assert taken == [rescue, pothole, later]


def test_what_a_person_holds_comes_again_before_anything_else(desk: Desk) -> None:
    person, other = desk.add_person("ama"), desk.add_person("kofi")
    first, second = desk.add_report(), desk.add_report()
    assign_next(desk.connection, desk.campaign_id, other)
    assert assign_next(desk.connection, desk.campaign_id, person) == second
    give_back(desk.connection, first, other)
    assert assign_next(desk.connection, desk.campaign_id, person) == second


def test_two_people_never_hold_the_same_report_even_when_they_ask_at_once(program: Program, campaign: int) -> None:
    with program.app.begin() as setup:
        desk = Desk(setup, campaign)
        people = [desk.add_person("ama"), desk.add_person("kofi")]
        reports = {desk.add_report(), desk.add_report()}
    with program.app.begin() as one, program.app.begin() as two:  # both transactions are open at the same time
        one.execute(text("SET LOCAL lock_timeout = '2s'"))
        two.execute(text("SET LOCAL lock_timeout = '2s'"))
        taken = {assign_next(one, campaign, people[0]), assign_next(two, campaign, people[1])}
    assert taken == reports


def test_a_lease_that_ran_out_is_free_again(desk: Desk) -> None:
    person, other = desk.add_person("ama"), desk.add_person("kofi")
    report = desk.add_report()
    assign_next(desk.connection, desk.campaign_id, person)
    assert assign_next(desk.connection, desk.campaign_id, other) is None
    desk.end_leases()
    assert assign_next(desk.connection, desk.campaign_id, other) == report


def test_passing_over_a_report_gives_the_one_after_it_and_then_the_front(desk: Desk) -> None:
    person = desk.add_person("ama")
    first, second = desk.add_report(), desk.add_report()
    assign_next(desk.connection, desk.campaign_id, person)
    for passed, expected in ((first, second), (second, first)):
        give_back(desk.connection, passed, person)
        assert assign_next(desk.connection, desk.campaign_id, person, after_id=passed) == expected


def test_a_topic_filter_leaves_the_other_topics_alone(desk: Desk) -> None:
    person = desk.add_person("ama")
    road = desk.connection.execute(text("SELECT id FROM topic WHERE code = 'road'")).scalar_one()
    desk.add_report()
    about_road = desk.add_report(topic_id=road)
    assert assign_next(desk.connection, desk.campaign_id, person, topic_id=road) == about_road


@pytest.mark.parametrize("state", ["approved", "rejected"])
def test_a_decided_report_is_not_in_the_queue(desk: Desk, state: str) -> None:
    person = desk.add_person("ama")
    report = desk.add_report(state=state)
    assert assign_next(desk.connection, desk.campaign_id, person) is None
    assert not renew(desk.connection, report, person)


def test_reports_of_another_campaign_do_not_come(desk: Desk) -> None:
    person = desk.add_person("ama")
    desk.add_report()
    assert assign_next(desk.connection, desk.campaign_id + 1, person) is None


@pytest.mark.parametrize(
    ("act", "is_free"),
    [
        (lambda desk, report, other: give_back(desk.connection, report, other), False),
        (lambda desk, report, other: renew(desk.connection, report, other), False),
        (lambda desk, report, other: break_lease(desk.connection, desk.campaign_id, report), True),  # noqa: ARG005
    ],
)
def test_only_breaking_ends_the_lease_of_another(
    desk: Desk, act: Callable[[Desk, int, int], bool], is_free: bool
) -> None:
    person, other = desk.add_person("ama"), desk.add_person("kofi")
    report = desk.add_report()
    assign_next(desk.connection, desk.campaign_id, person)
    assert act(desk, report, other) is is_free
    assert (assign_next(desk.connection, desk.campaign_id, other) == report) is is_free


def test_renewing_prolongs_ones_own_lease(desk: Desk) -> None:
    person = desk.add_person("ama")
    report = desk.add_report()
    assign_next(desk.connection, desk.campaign_id, person, lease_s=5)
    before = desk.get(report, "leased_until")
    assert renew(desk.connection, report, person, lease_s=600)
    assert desk.get(report, "leased_until") > before
