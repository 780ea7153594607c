"""What people answer a moderator joins the report that was asked about; where that is in doubt, a person decides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.models.base import now
from reporting.moderation import decisions
from reporting.moderation.errors import ReportUnknown
from reporting.moderation.report.move_answer import list_related, move_answer
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

One = Callable[[str], Any]
REPORT = "no water in Lalitpur"


@pytest.fixture
def ask(program: Program) -> Callable[..., None]:
    """A moderator writes about a report, some time ago."""

    def run(report_id: int, said: str = "How many houses?", ago: timedelta = timedelta()) -> None:
        with program.app.begin() as connection:
            decisions.reply(connection, report_id, 1, text=said)
        with program.owner.begin() as connection:
            connection.execute(
                text("UPDATE question SET asked_at = asked_at - :ago, expires_at = expires_at - :ago"), {"ago": ago}
            )
            connection.execute(text("UPDATE report SET reported_at = reported_at - :ago"), {"ago": ago})

    return run


@pytest.mark.parametrize(
    "answer",
    [
        "20", "about 20 houses", "yes", "no", "ok 20 of them", "twenty families in the lower part",
        "करिब बीस घर",
        "environ vingt maisons", "kareeb bis ghar", "the water is brown", "Yes it is near the temple", "back again",
    ],
)  # fmt: skip
def test_an_answer_joins_the_report_that_was_asked_about(
    phone: Phone, one: One, ask: Callable[..., None], answer: str
) -> None:
    phone.send(REPORT)
    ask(one("SELECT id FROM report"))
    phone.send(answer)
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND report_id IS NOT NULL") == 2
    assert one("SELECT count(*) FROM question WHERE kind <> 'moderator'") == 0


@pytest.mark.parametrize("ago", [timedelta(hours=5), timedelta(days=3), timedelta(days=6)])
def test_an_answer_may_come_hours_or_days_later(
    phone: Phone, one: One, ask: Callable[..., None], ago: timedelta
) -> None:
    phone.send(REPORT)
    ask(one("SELECT id FROM report"), ago=ago)
    phone.send("about 20 houses")
    assert one("SELECT count(*) FROM report") == 1


def test_an_answer_that_says_where_places_the_report(phone: Phone, one: One, ask: Callable[..., None]) -> None:
    phone.send("no water since yesterday")
    ask(one("SELECT id FROM report"), "Which town?")
    phone.send("it is in Pokhara")
    assert one("SELECT count(*) FROM report WHERE point IS NOT NULL") == 1
    assert one("SELECT count(*) FROM report") == 1


@pytest.mark.parametrize("is_first_asked", [True, False])
def test_with_two_reports_open_the_answer_joins_the_one_that_was_asked_about(
    phone: Phone, one: One, ask: Callable[..., None], is_first_asked: bool
) -> None:
    phone.send(REPORT)
    phone.send("the road is blocked in Pokhara")
    asked = one(f"SELECT {'min' if is_first_asked else 'max'}(id) FROM report")
    ask(asked)
    phone.send("about 20")
    assert one("SELECT count(*) FROM report") == 2
    assert one("SELECT report_id FROM message WHERE text = 'about 20'") == asked


def test_our_own_question_about_a_later_report_takes_only_what_clearly_answers_it(
    phone: Phone, one: One, ask: Callable[..., None]
) -> None:
    phone.send(REPORT)
    first = one("SELECT id FROM report")
    ask(first)
    phone.send("a landslide came down on the road")  # and is asked where
    phone.send("about 20 houses")
    assert one("SELECT report_id FROM message WHERE text = 'about 20 houses'") == first
    phone.send("Pokhara")
    assert one("SELECT report_id FROM message WHERE text = 'Pokhara'") != first


def test_what_may_be_news_is_a_report_that_is_shown_with_the_other_and_moved_by_a_person(
    program: Program, phone: Phone, one: One, ask: Callable[..., None]
) -> None:
    phone.send(REPORT)
    first = one("SELECT id FROM report")
    ask(first, "What else?")
    phone.send("the road is blocked as well in Pokhara")
    second = one("SELECT max(id) FROM report")
    assert one(f"SELECT perhaps_answers_id FROM report WHERE id = {second}") == first
    with program.app.begin() as connection:
        assert [(other.id, other.is_earlier) for other in list_related(connection, second, sees_restricted=False)] == [
            (first, True)
        ]
        assert [other.id for other in list_related(connection, first, sees_restricted=False)] == [second]
        assert move_answer(connection, second, 1) == first
        assert list_related(connection, first, sees_restricted=False) == []
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND report_id = (SELECT min(id) FROM report)") == 2
    assert one("SELECT count(*) FROM report WHERE state = 'queued'") == 1
    assert one("SELECT count(*) FROM message WHERE purpose = 'news'") == 0
    moved = one(f"SELECT reference FROM report WHERE id = {second}")
    assert "could not" not in phone.send(f"status {moved}")
    assert one("SELECT string_agg(kind, ' ' ORDER BY id) FROM decision") == "reply move_answer take_answer"


def test_what_answers_nothing_is_not_moved(program: Program, phone: Phone, one: One) -> None:
    phone.send(REPORT)
    report_id = one("SELECT id FROM report")
    with program.app.begin() as connection, pytest.raises(ReportUnknown):
        move_answer(connection, report_id, 1)


def test_what_was_written_before_the_moderator_asked_is_no_answer(
    phone: Phone, one: One, ask: Callable[..., None]
) -> None:
    phone.send("no water since yesterday", sent_at=now() - timedelta(hours=5))
    ask(one("SELECT id FROM report"))
    phone.send("the bridge in Lalitpur fell into the river", sent_at=now() - timedelta(hours=2))
    assert one("SELECT count(*) FROM report") == 2
    assert one("SELECT count(*) FROM report WHERE perhaps_answers_id IS NOT NULL") == 0


def test_stop_after_a_moderator_asked_is_stop(phone: Phone, one: One, ask: Callable[..., None]) -> None:
    phone.send(REPORT)
    ask(one("SELECT id FROM report"))
    phone.send("please stop writing to me")
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True
    assert one("SELECT count(*) FROM report") == 1


def test_an_answer_of_violence_restricts_the_report(phone: Phone, one: One, ask: Callable[..., None]) -> None:
    phone.send(REPORT)
    ask(one("SELECT id FROM report"))
    phone.send("my husband beats me")
    assert one("SELECT count(*) FROM report WHERE NOT is_sensitive AND text LIKE '%husband%'") == 0
    assert one("SELECT bool_or(is_sensitive) FROM report") is True
