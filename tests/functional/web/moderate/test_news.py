"""What became of it: told once, after a while, in the sender's language, and never where it could do harm."""

from typing import Any

import pytest
from sqlalchemy import text

from reporting.moderation import decisions
from reporting.moderation.incident.status_notices import send_status_notices
from tests.factories.moderation import Desk


def list_news(desk: Desk) -> list[Any]:
    query = text(
        "SELECT text, language, state, error, respects_quiet_hours, retry_at - now() AS waits FROM message"
        " WHERE purpose = 'news' ORDER BY id"
    )
    return list(desk.connection.execute(query))


def run(desk: Desk, statement: str) -> None:
    desk.connection.execute(text(statement))


def test_an_approval_is_told_after_ten_minutes_in_the_senders_language(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    run(desk, "UPDATE contact SET language = 'en'")
    decisions.approve(desk.connection, report, person)
    (news,) = list_news(desk)
    assert desk.get(report, "reference") in news.text
    assert "water" not in news.text  # phones are shared
    assert (news.language, news.state, news.respects_quiet_hours) == ("en", "queued", True)
    assert 590 < news.waits.total_seconds() <= 601


def test_without_a_known_language_the_campaigns_first_is_spoken(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    decisions.reject(desk.connection, report, person, reason="unclear")
    assert [news.language for news in list_news(desk)] == ["ne"]


def test_a_decision_that_is_undone_in_time_is_never_announced(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    decisions.approve(desk.connection, report, person)
    decisions.reopen(desk.connection, report, person)
    assert [(news.state, news.error) for news in list_news(desk)] == [("failed", "withdrawn")]


def test_a_change_of_mind_leaves_only_the_last_word(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    decisions.approve(desk.connection, report, person)
    decisions.reject(desk.connection, report, person, reason="false")
    decisions.approve(desk.connection, report, person)
    assert [news.state for news in list_news(desk)] == ["failed", "failed", "queued"]


def test_the_same_is_told_once_even_in_another_language(desk: Desk, person: int) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    decisions.approve(desk.connection, report, person)
    run(desk, "UPDATE message SET state = 'delivered'")
    run(desk, "UPDATE contact SET language = 'fr'")
    decisions.reopen(desk.connection, report, person)
    decisions.approve(desk.connection, report, person)
    assert len(list_news(desk)) == 1
    decisions.reject(desk.connection, report, person, reason="false")
    assert len(list_news(desk)) == 2  # that it counts no longer is something else


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report SET is_sensitive = true",
        "UPDATE contact SET opted_out_at = now()",
        "UPDATE contact SET number_encrypted = NULL",
        "UPDATE report SET contact_id = NULL",
        """UPDATE campaign SET conversation = '{"news": false}'""",
    ],
)
def test_nothing_is_told(desk: Desk, statement: str) -> None:
    report = desk.add_report(contact_id=desk.add_contact())
    run(desk, statement)
    assert send_status_notices(desk.connection, [report], "approved") == []
    assert list_news(desk) == []
