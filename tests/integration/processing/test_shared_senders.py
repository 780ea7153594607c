"""Two workers that have messages of one sender: neither waits for the other's batch, and each sender keeps order."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.inbox.contacts import lock_senders
from reporting.inbox.work_queue import InboxMessage, claim
from reporting.models.message import Message
from reporting.models.report import Report
from reporting.processing.worker import drain
from tests.conftest import LINE

ANNA, BEA = "+9779800000001", "+9779800000002"
_LONG_S = 120


@pytest.fixture
def write(program: Program, campaign: int) -> Callable[[str, str], None]:  # noqa: ARG001
    """Store a message as the webhook does."""

    def store(words: str, sender: str) -> None:
        program.intake.accept("twilio", InboundMessage(f"id {words}", sender, LINE, words, {}))

    return store


def start_work(program: Program) -> threading.Thread:
    """Let a worker begin beside this one."""
    worker = threading.Thread(target=drain, args=(program.app, program.pipeline), kwargs={"is_patient": False})
    worker.start()
    return worker


def list_reports(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        return list(connection.execute(select(Report.text).order_by(Report.id)).scalars())


def take_first(connection: Connection, program: Program) -> InboxMessage:
    """Claim the earliest message only, and its sender, as a worker at the beginning of its batch."""
    with program.owner.begin() as owner:
        earliest = owner.execute(select(Message.id).order_by(Message.id).limit(1)).scalar_one()
    (message,) = claim(connection, 1, ids=[earliest])
    assert lock_senders(connection, [message]) == set()
    return message


def test_others_are_worked_on_while_a_sender_is_held(program: Program, write: Callable[[str, str], None]) -> None:
    write("the bridge at the market is broken", ANNA)
    write("it is broken on both sides, take the other road", ANNA)
    write("no water in our street since monday", BEA)
    with program.app.begin() as slow:
        take_first(slow, program)
        worker = start_work(program)
        for _ in range(_LONG_S * 10):
            if list_reports(program):
                break
            worker.join(0.1)
        assert list_reports(program) == ["no water in our street since monday"]
    worker.join(_LONG_S)
    assert not worker.is_alive()
    drain(program.app, program.pipeline, is_patient=False)
    with program.owner.begin() as owner:
        assert set(owner.execute(select(Message.state).where(Message.direction == "in")).scalars()) == {"processed"}


def test_who_has_nothing_else_waits_and_then_goes_on(program: Program, write: Callable[[str, str], None]) -> None:
    write("the bridge at the market is broken", ANNA)
    write("no water in our street since monday", ANNA)
    with program.app.begin() as slow:
        take_first(slow, program)
        worker = start_work(program)
        worker.join(1)
        assert worker.is_alive()
        assert list_reports(program) == []
    worker.join(_LONG_S)
    assert not worker.is_alive()
    drain(program.app, program.pipeline, is_patient=False)
    assert list_reports(program)[0] == "the bridge at the market is broken"
