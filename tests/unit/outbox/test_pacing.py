"""Quiet hours and retries, as pure functions of their times."""

from datetime import UTC, datetime, time, timedelta

import pytest

from reporting.outbox.throttle import choose_retry, find_quiet_end

ZONE = "Asia/Kathmandu"  # 5:45 ahead


def at(clock: str) -> datetime:
    """A moment by the clocks of Kathmandu on 10 November."""
    return datetime.fromisoformat(f"2026-11-10T{clock}:00+05:45").astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "end"),
    [
        ("20:59", None),
        ("21:00", "2026-11-11T07:00+05:45"),
        ("23:59", "2026-11-11T07:00+05:45"),
        ("00:00", "2026-11-10T07:00+05:45"),
        ("06:59", "2026-11-10T07:00+05:45"),
        ("07:00", None),
    ],
)
def test_quiet_hours_may_span_midnight(clock: str, end: str | None) -> None:
    found = find_quiet_end(at(clock), ZONE, time(21), time(7))
    assert found == (datetime.fromisoformat(end) if end else None)


@pytest.mark.parametrize(("clock", "is_quiet"), [("11:59", False), ("12:00", True), ("13:59", True), ("14:00", False)])
def test_quiet_hours_may_lie_within_a_day(clock: str, is_quiet: bool) -> None:
    assert (find_quiet_end(at(clock), ZONE, time(12), time(14)) is not None) is is_quiet


def test_without_quiet_hours_nothing_is_quiet() -> None:
    assert find_quiet_end(at("03:00"), ZONE, None, None) is None
    assert find_quiet_end(at("03:00"), ZONE, time(7), time(7)) is None


def test_the_end_is_by_the_clock_when_clocks_change_in_the_night() -> None:
    moment = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Paris, an hour longer than others
    end = find_quiet_end(moment, "Europe/Paris", time(21), time(7))
    assert end is not None
    assert end.astimezone(UTC) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_pauses_double_up_to_an_hour_and_differ() -> None:
    for tries, pause_s in [(1, 15), (2, 30), (5, 240), (12, 3600)]:
        found = [choose_retry(tries) for _ in range(20)]
        assert all(timedelta(seconds=pause_s * 0.75) <= each <= timedelta(seconds=pause_s * 1.25) for each in found)
        assert len(set(found)) > 1
