"""The list of the desk: every report once, page by page, in its order; and each look is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from reporting.models.base import now
from reporting.moderation.desk.filters import Filters, Holder
from reporting.moderation.desk.lease import lease_first, lease_next
from reporting.moderation.desk.listing import PAGE_SIZE, Order, find_cursor, list_lines
from reporting.moderation.report.assignment import assign, snooze
from tests.factories.moderation import Desk


def add_reports(desk: Desk, count: int) -> list[int]:
    """Reports of which each two came at the same moment; oldest first."""
    reports = [desk.add_report(f"report {number}") for number in range(count)]
    for number, report in enumerate(reports):
        desk.connection.execute(
            text(
                "UPDATE report SET reported_at = timestamptz '2026-11-01 00:00Z' + make_interval(mins => :n)"
                " WHERE id = :id"
            ),
            {"n": number // 2, "id": report},
        )
    return reports


@pytest.mark.parametrize("order", Order)
def test_pages_have_every_report_once_also_where_many_came_at_one_moment(desk: Desk, person: int, order: Order) -> None:
    reports = add_reports(desk, 2 * PAGE_SIZE + 3)
    seen: list[int] = []
    after = None
    for _ in range(3):
        page = list_lines(desk.connection, desk.campaign_id, person, Filters(), order=order, after=after)
        seen += [line.id for line in page.lines]
        after = page.after
    assert after is None
    assert seen == (reports[::-1] if order is Order.NEWEST else reports)


def test_a_page_that_is_just_full_is_the_last(desk: Desk, person: int) -> None:
    add_reports(desk, PAGE_SIZE)
    page = list_lines(desk.connection, desk.campaign_id, person, Filters())
    assert len(page.lines) == PAGE_SIZE
    assert page.after is None


def test_a_line_says_what_a_moderator_scans_for(desk: Desk, person: int) -> None:
    report = desk.add_report("Nou bezwen dlo " * 30, language="ht", lat=27.5, lon=85.5, area_codes='{"1": "sq"}')
    [line] = list_lines(desk.connection, desk.campaign_id, person, Filters()).lines
    assert (line.id, line.language, line.place, line.reports, line.holder) == (report, "ht", "Square", 1, None)
    assert line.words.startswith("Nou bezwen dlo")
    assert len(line.words) == 240
    lease_first(desk.connection, desk.campaign_id, person, Filters())
    [line] = list_lines(desk.connection, desk.campaign_id, person, Filters()).lines
    assert (line.holder, line.is_mine) == ("ama", True)


def test_the_look_at_a_line_is_written_down_once_an_hour(desk: Desk, person: int) -> None:
    report = desk.add_report()
    for _ in range(3):
        list_lines(desk.connection, desk.campaign_id, person, Filters())
    assert desk.count_looks(report) == 1
    other = desk.add_person("kofi")
    list_lines(desk.connection, desk.campaign_id, other, Filters())
    assert desk.count_looks(report) == 2


def test_the_next_report_is_the_one_behind_and_after_the_last_the_first(desk: Desk, person: int) -> None:
    first, second, third = add_reports(desk, 3)
    assert lease_first(desk.connection, desk.campaign_id, person, Filters()) == first
    for before, expected in ((first, second), (second, third), (third, first)):
        after = find_cursor(desk.connection, before)
        assert lease_next(desk.connection, desk.campaign_id, person, Filters(), after=after) == expected


def test_what_somebody_else_has_is_passed_over(desk: Desk, person: int) -> None:
    other = desk.add_person("kofi")
    first, second = add_reports(desk, 2)
    assert lease_first(desk.connection, desk.campaign_id, other, Filters()) == first
    assert lease_first(desk.connection, desk.campaign_id, person, Filters()) == second
    after = find_cursor(desk.connection, second)
    assert lease_next(desk.connection, desk.campaign_id, person, Filters(), after=after) is None


def test_what_is_assigned_to_somebody_else_or_put_off_is_not_handed_out(desk: Desk, person: int) -> None:
    other = desk.add_person("kofi")
    theirs, put_off, free = add_reports(desk, 3)
    assign(desk.connection, theirs, person, to_account_id=other)
    snooze(desk.connection, put_off, person, until=now() + timedelta(days=2))
    assert lease_first(desk.connection, desk.campaign_id, person, Filters()) == free
    assert lease_first(desk.connection, desk.campaign_id, other, Filters()) == theirs
    lines = list_lines(desk.connection, desk.campaign_id, person, Filters(holder=Holder.OTHERS)).lines
    assert [(line.id, line.holder) for line in lines] == [(theirs, "kofi")]


def test_the_next_report_is_of_the_same_filters(desk: Desk, person: int) -> None:
    first, _second, third = add_reports(desk, 3)
    desk.connection.execute(
        text("UPDATE report SET language = 'ne' WHERE id IN (:first, :third)"), {"first": first, "third": third}
    )
    filters = Filters(language="ne")
    after = find_cursor(desk.connection, first)
    assert lease_next(desk.connection, desk.campaign_id, person, filters, after=after) == third


def test_newest_first_goes_backwards(desk: Desk, person: int) -> None:
    first, second, third = add_reports(desk, 3)
    newest = Order.NEWEST
    assert lease_first(desk.connection, desk.campaign_id, person, Filters(), order=newest) == third
    after = find_cursor(desk.connection, third)
    assert lease_next(desk.connection, desk.campaign_id, person, Filters(), order=newest, after=after) == second
    assert first < second


@pytest.mark.parametrize("filters", [Filters(state="approved"), Filters(is_restricted=True)])
def test_nothing_is_leased_of_what_is_decided_or_may_not_be_seen(desk: Desk, person: int, filters: Filters) -> None:
    desk.add_report(state="approved")
    desk.add_report(is_sensitive=True)
    assert lease_first(desk.connection, desk.campaign_id, person, filters) is None
