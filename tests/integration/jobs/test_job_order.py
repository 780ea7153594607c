"""What comes before a long job: only what waits in the queues of the same worker."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage
from config.queues import ALL_QUEUES, BESIDE_INBOX, INBOX
from reporting.bootstrap import Program
from reporting.inbox.wakeup import held_key, wake_now
from reporting.jobs import jobs
from tests.conftest import LINE
from tests.factories.moderation import Desk


@pytest.fixture
def waiting(program: Program, campaign: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A program whose inbox has a message and a job, and a report whose links are to be looked at again."""
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    program.redis.delete(held_key(INBOX))
    message = InboundMessage("SM1", "+9779800000001", LINE, "no water", sent_at=datetime.now(UTC))
    program.intake.accept("twilio", message, campaign)
    wake_now(program.redis, INBOX)
    with program.owner.begin() as connection:
        Desk(connection, campaign).add_report("old words")
        connection.execute(
            text("INSERT INTO rescore_queue (report_id, campaign_id) SELECT id, campaign_id FROM report")
        )
    yield program
    jobs.serve(ALL_QUEUES)


def _is_processed(program: Program) -> bool:
    with program.owner.begin() as connection:
        state = connection.execute(text("SELECT state FROM message WHERE direction = 'in'")).scalar_one()
    return bool(state == "processed")


def test_a_worker_of_all_queues_works_new_messages_off_before_old_links(waiting: Program) -> None:
    jobs.serve(ALL_QUEUES)
    jobs.rescore_incidents()
    assert _is_processed(waiting)


def test_a_worker_beside_the_inbox_does_not_take_a_backlog_over(waiting: Program) -> None:
    jobs.serve(BESIDE_INBOX)
    jobs.rescore_incidents()
    assert not _is_processed(waiting)
