"""Urgency: rescue before potholes, with reasons; more sources and a long wait add to it; the list begins with it."""

import pytest
from sqlalchemy import select, text

from reporting.models.base import now
from reporting.models.report import Report
from reporting.moderation.desk.filters import Filters, make_conditions
from reporting.moderation.desk.lease import lease_first, lease_next
from reporting.moderation.desk.listing import PAGE_SIZE, Cursor, Order, be_behind, find_cursor, list_lines, sort
from reporting.reports.urgency import HIGH, set_urgency, set_urgency_behind
from tests.factories.moderation import Desk


@pytest.fixture
def topics(desk: Desk) -> dict[str, int]:
    """One topic that the campaign marks as urgent, and one that can wait."""
    made = {}
    for code, is_urgent in (("rescue", True), ("potholes", False)):
        made[code] = desk.connection.execute(
            text(
                "INSERT INTO topic (campaign_id, code, name, keywords, sensitivity, is_urgent)"
                " VALUES (:campaign, :code, '{}', '{}', 'low', :is_urgent) RETURNING id"
            ),
            {"campaign": desk.campaign_id, "code": code, "is_urgent": is_urgent},
        ).scalar_one()
    return made


def add(desk: Desk, words: str, **columns: object) -> int:
    """A report that was received just now."""
    return desk.add_report(words, reported_at=now().isoformat(), **columns)


def read(desk: Desk, report: int) -> tuple[int, set[str]]:
    """The points and reasons of a report."""
    row = desk.connection.execute(
        text("SELECT urgency, urgency_reasons FROM report WHERE id = :id"), {"id": report}
    ).one()
    return row.urgency, set(row.urgency_reasons)


def write(desk: Desk, *reports: int) -> None:
    set_urgency(desk.connection, reports)


def test_rescue_comes_before_potholes(desk: Desk, person: int, topics: dict[str, int]) -> None:
    road = add(desk, "a hole in the road", topic_id=topics["potholes"])
    trapped = add(desk, "a woman is trapped", topic_id=topics["rescue"])
    write(desk, road, trapped)
    assert read(desk, trapped) == (HIGH, {"topic"})
    assert read(desk, road) == (0, set())
    lines = list_lines(desk.connection, desk.campaign_id, person, Filters(), order=Order.URGENT).lines
    assert [line.id for line in lines] == [trapped, road]
    assert lease_first(desk.connection, desk.campaign_id, person, Filters(), order=Order.URGENT) == trapped
    after = find_cursor(desk.connection, trapped)
    assert lease_next(desk.connection, desk.campaign_id, person, Filters(), order=Order.URGENT, after=after) == road


def test_an_urgent_topic_that_is_mentioned_too_counts_once(desk: Desk, topics: dict[str, int]) -> None:
    both = add(desk, "a hole, a woman fell in", topic_id=topics["potholes"], other_topics='["rescue"]')
    twice = add(desk, "she is trapped", topic_id=topics["rescue"], other_topics='["rescue"]')
    write(desk, both, twice)
    assert read(desk, both) == (3, {"other_topic"})
    assert read(desk, twice) == (HIGH, {"topic"})


def test_sources_count_and_not_reports(desk: Desk) -> None:
    incident = add(desk, "a wall fell", contact_id=desk.add_contact("+9779800000001"))
    same = [add(desk, "a wall fell", contact_id=None) for _ in range(3)]
    for report in same:
        move(desk, report, incident)
    write(desk, incident, *same)
    assert read(desk, incident) == (1, {"sources"})  # all unknown senders are one source
    for number in range(2, 5):
        other = add(desk, "the wall is down", contact_id=desk.add_contact(f"+977980000000{number}"))
        move(desk, other, incident)
    write(desk, incident)
    assert read(desk, incident) == (2, {"many_sources"})


def move(desk: Desk, report: int, mate: int) -> None:
    """Put a report into the incident of another one, and count."""
    values = {"report": report, "mate": mate}
    desk.connection.execute(
        text("UPDATE report SET incident_id = (SELECT incident_id FROM report WHERE id = :mate) WHERE id = :report"),
        values,
    )
    desk.connection.execute(
        text(
            "UPDATE incident SET report_count = report_count + 1"
            " WHERE id = (SELECT incident_id FROM report WHERE id = :mate)"
        ),
        values,
    )


def test_a_long_wait_adds_to_it_and_a_decided_report_stays_as_it_was(desk: Desk) -> None:
    waiting, decided = desk.add_report(), desk.add_report(state="approved")
    desk.connection.execute(text("UPDATE report SET reported_at = now() - interval '25 hours'"))
    assert set_urgency_behind(desk.connection, desk.campaign_id, 0) == waiting
    assert set_urgency_behind(desk.connection, desk.campaign_id, waiting) is None
    assert read(desk, waiting) == (1, {"waiting"})
    assert read(desk, decided) == (0, set())
    assert set_urgency(desk.connection, [waiting]) == 0  # nothing is written twice


def test_pages_by_urgency_have_every_report_once(desk: Desk, person: int) -> None:
    reports = [desk.add_report(f"report {number}") for number in range(2 * PAGE_SIZE + 3)]
    desk.connection.execute(
        text("UPDATE report SET urgency = id % 3, reported_at = timestamptz '2026-11-01 00:00Z' WHERE id = ANY(:ids)"),
        {"ids": reports},
    )
    seen: list[int] = []
    after = None
    for _ in range(3):
        page = list_lines(desk.connection, desk.campaign_id, person, Filters(), order=Order.URGENT, after=after)
        seen += [line.id for line in page.lines]
        after = page.after
    assert after is None
    assert seen == sorted(reports, key=lambda report: (-(report % 3), report))


def test_a_page_by_urgency_walks_its_index_and_sorts_nothing(desk: Desk, person: int) -> None:
    desk.connection.execute(
        text(
            "WITH made AS (INSERT INTO incident (campaign_id)"
            " SELECT :campaign FROM generate_series(1, 3000) RETURNING id)"
            " INSERT INTO report (campaign_id, reference, source, text, incident_id, occurred_at, reported_at, urgency)"
            " SELECT :campaign, 'P' || id, 'test', '', id, now(), now() - make_interval(secs => id), id % 6 FROM made"
        ),
        {"campaign": desk.campaign_id},
    )
    desk.connection.execute(text("ANALYZE report"))
    conditions = make_conditions(desk.connection, desk.campaign_id, person, Filters(), sees_restricted=False)
    behind = be_behind(Cursor(now(), 1, 4), Order.URGENT)
    query = select(Report.id).where(*conditions, behind).order_by(*sort(Order.URGENT)).limit(PAGE_SIZE)
    said = query.compile(desk.connection, compile_kwargs={"literal_binds": True})
    plan = "\n".join(desk.connection.exec_driver_sql(f"EXPLAIN {said}").scalars())
    assert "ix_report_urgent" in plan
    assert "Sort" not in plan
    assert "Filter" not in plan
