"""Early signals: more sources than usual on a topic in an area, none from one sender or by chance."""

import random

import pytest
from sqlalchemy import text

from reporting.moderation.desk.signals import list_signals
from reporting.reports.early_signal import DAYS, Usual, find_signals, is_signal, measure_usual, tail
from tests.factories.moderation import Desk


@pytest.fixture
def water(desk: Desk) -> int:
    """A topic; its campaign has had a report each week for a month."""
    topic = desk.connection.execute(
        text(
            "INSERT INTO topic (campaign_id, code, name, keywords, sensitivity)"
            " VALUES (:campaign, 'dry', '{\"en\": \"Dry taps\"}', '{}', 'low') RETURNING id"
        ),
        {"campaign": desk.campaign_id},
    ).scalar_one()
    for week in range(1, 5):
        add(desk, topic, f"+97798000001{week:02}", hours=24 * 7 * week - 12)
    return int(topic)


def add(desk: Desk, topic: int, number: str, *, hours: float, **columns: object) -> int:
    """A report of a sender, so many hours ago."""
    report = desk.add_report(topic_id=topic, contact_id=desk.add_contact(number), area_codes='{"1": "sq"}', **columns)
    desk.connection.execute(
        text("UPDATE report SET reported_at = now() - make_interval(secs => :s) WHERE id = :id"),
        {"s": hours * 3600, "id": report},
    )
    return report


def test_many_senders_in_a_day_are_a_signal_which_goes_with_the_day(desk: Desk, water: int) -> None:
    for number in range(8):
        add(desk, water, f"+97798000000{number:02}", hours=number)
    assert find_signals(desk.connection, desk.campaign_id) == 1
    assert find_signals(desk.connection, desk.campaign_id) == 1  # the job may run twice
    [signal] = list_signals(desk.connection, desk.campaign_id)
    assert (signal.topic, signal.area, signal.sources, signal.topic_names) == ("dry", "Square", 8, {"en": "Dry taps"})
    assert signal.usual < 1
    desk.connection.execute(text("UPDATE report SET reported_at = reported_at - interval '2 days'"))
    assert find_signals(desk.connection, desk.campaign_id) == 0
    assert list_signals(desk.connection, desk.campaign_id) == []


@pytest.mark.parametrize("columns", [{"contact_id": None}, {"is_sensitive": True}, {"state": "rejected"}])
def test_unknown_senders_are_one_source_and_restricted_or_rejected_reports_none(
    desk: Desk, water: int, columns: dict[str, object]
) -> None:
    for number in range(8):
        report = add(desk, water, f"+97798000000{number:02}", hours=number)
        for column, value in columns.items():
            desk.connection.execute(
                text(f"UPDATE report SET {column} = :value WHERE id = :id"), {"value": value, "id": report}
            )
    assert find_signals(desk.connection, desk.campaign_id) == 0


def test_a_campaign_that_has_just_begun_has_no_signals(desk: Desk, water: int) -> None:
    for number in range(8):
        add(desk, water, f"+97798000000{number:02}", hours=number)
    desk.connection.execute(text("UPDATE report SET reported_at = greatest(reported_at, now() - interval '13 days')"))
    assert find_signals(desk.connection, desk.campaign_id) == 0


def test_the_tail_is_that_of_poisson_and_of_the_negative_binomial_distribution() -> None:
    assert tail(0, Usual(2, 0)) == 1
    assert tail(3, Usual(2, 0)) == pytest.approx(0.32332, abs=1e-5)
    assert tail(3, Usual(2, 1)) == pytest.approx(0.3125, abs=1e-9)  # two trials of one half each, to three
    assert tail(10, Usual(2, 1)) > 10 * tail(10, Usual(2, 0))


def test_days_by_chance_alone_are_seldom_a_signal() -> None:
    chance = random.Random(7)
    alarms = 0
    for _ in range(300):
        days = [sum(chance.random() < 0.02 for _ in range(50)) for _ in range(DAYS + 1)]
        alarms += is_signal(days[0], measure_usual(days[1:], 0.0), 100)
    assert alarms <= 2
