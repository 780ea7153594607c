"""The job of urgency: it reaches every waiting report, goes on where it ended, and looks for signals now and then."""

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.jobs import jobs
from tests.factories.moderation import Desk


@pytest.fixture
def waiting(program: Program, campaign: int, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program with three reports that have waited for days."""
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    program.redis.delete(jobs._URGENCY_REACHED, jobs._SIGNALS_LOOKED_FOR)
    with program.owner.begin() as connection:
        desk = Desk(connection, campaign)
        for _ in range(3):
            desk.add_report()
        connection.execute(text("UPDATE report SET reported_at = now() - interval '3 days'"))
    return program


def list_reasons(program: Program) -> list[list[str]]:
    with program.owner.begin() as connection:
        return list(connection.execute(text("SELECT urgency_reasons FROM report ORDER BY id")).scalars())


def test_the_job_writes_the_urgency_of_every_waiting_report(waiting: Program) -> None:
    jobs.update_urgency()
    assert list_reasons(waiting) == [["waiting"]] * 3
    jobs.update_urgency()
    assert list_reasons(waiting) == [["waiting"]] * 3


def test_the_job_goes_on_where_it_ended_and_then_begins_anew(waiting: Program, campaign: int) -> None:
    with waiting.owner.begin() as connection:
        first = connection.execute(text("SELECT min(id) FROM report")).scalar_one()
    waiting.redis.hset(jobs._URGENCY_REACHED, str(campaign), str(first))
    jobs.update_urgency()
    assert list_reasons(waiting) == [[], ["waiting"], ["waiting"]]
    jobs.update_urgency()
    assert list_reasons(waiting) == [["waiting"]] * 3


def test_signals_are_looked_for_once_in_a_quarter_of_an_hour(waiting: Program, campaign: int) -> None:
    with waiting.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO early_signal (campaign_id, topic_id, area_code, sources, usual)"
                " SELECT campaign_id, id, 'old', 9, 1 FROM topic WHERE campaign_id = :id"
            ),
            {"id": campaign},
        )
    counts = []
    for _ in range(2):
        jobs.update_urgency()
        with waiting.owner.begin() as connection:
            counts.append(connection.execute(text("SELECT count(*) FROM early_signal")).scalar_one())
            connection.execute(
                text(
                    "INSERT INTO early_signal (campaign_id, topic_id, area_code, sources, usual)"
                    " SELECT campaign_id, id, 'new', 9, 1 FROM topic WHERE campaign_id = :id LIMIT 1"
                    " ON CONFLICT DO NOTHING"
                ),
                {"id": campaign},
            )
    assert counts == [0, 1]
