"""A message over which Python does not come to an end, or dies, is set aside; the rest of its batch goes on."""

import os
import re
import signal
from collections.abc import Callable

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage
from config.settings import Settings
from reporting.bootstrap import Program
from reporting.extraction.reader import TextAnalyser, TextAnalysers
from reporting.extraction.sensitivity import load_grammar
from reporting.inbox.current_batch import HAND, NOBODY
from reporting.inbox.work_queue import replay
from reporting.jobs.watchdog import Watch
from reporting.processing.batch import Pipeline
from reporting.processing.worker import drain
from tests.conftest import LINE

# The child of a process as large as that of the tests spends a second of processor on its first message.
_LIMIT_S = 5
_ENDLESS = re.compile(r"(a+)+b")  # an expression that tries for longer than anybody lives


class _Careless(TextAnalyser):
    """Reads as a reader does that has one bad expression, and a hunger for memory."""

    def read(self, words, received_at, **told):  # type: ignore[no-untyped-def]
        if "endless" in words:
            _ENDLESS.match("a" * 100)
        if "deadly" in words:
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory is short
        return super().read(words, received_at, **told)


class _CarelessReaders(TextAnalysers):
    def get(self, connection, campaign_id):  # type: ignore[no-untyped-def]
        reader = super().get(connection, campaign_id)
        reader.__class__ = _Careless
        return reader


def _watch(program: Program, settings: Settings) -> Watch:
    """Drains in a child as the worker does, with a limit of a few seconds."""

    def open_anew() -> Program:
        return Program(settings, program.database_url, program.redis_url)

    def work() -> None:
        own = open_anew()
        pipeline = Pipeline(_CarelessReaders(), own.pseudonyms, own.pipeline.reply_channels)
        drain(own.app, pipeline, is_patient=False)

    load_grammar()  # once, and not in each child
    return Watch(work, lambda: open_anew().app, message_limit_s=_LIMIT_S)


def _store(program: Program, *texts: str) -> None:
    for number, words in enumerate(texts):
        message = InboundMessage(f"SM{number}", f"+97798000000{number:02d}", LINE, words)
        program.intake.accept("twilio", message)


def _list_states(program: Program) -> list[tuple[str, str | None]]:
    statement = text("SELECT state, error FROM message WHERE direction = 'in' ORDER BY id")
    with program.owner.begin() as connection:
        return [(row.state, row.error) for row in connection.execute(statement)]


def _count_attempts(program: Program) -> int:
    with program.owner.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM processing_attempt")).scalar_one())


def test_what_takes_too_long_is_set_aside_the_first_time_and_the_others_go_on(
    program: Program, settings: Settings, campaign: int
) -> None:
    _store(program, "no water here", "endless", "the road is blocked", "endless again", "no light")
    done = ("processed", None)
    late = ("set_aside", f"took longer than {_LIMIT_S} s")
    watch = _watch(program, settings)
    assert watch.run() == 0
    assert _list_states(program) == [done, late, done, late, done]
    assert watch.set_aside == 2
    assert _count_attempts(program) == 0
    # "Replay all" does not begin the catastrophe again: it ends as it did, and what came meanwhile is done.
    with program.owner.begin() as connection:
        assert replay(connection, campaign) == 2
    program.intake.accept("twilio", InboundMessage("SM9", "+9779800000099", LINE, "fire in ward 4"))
    assert _watch(program, settings).run() == 0
    assert _list_states(program) == [done, late, done, late, done, done]


@pytest.mark.usefixtures("campaign")
def test_what_a_worker_dies_over_is_found_among_its_batch(program: Program, settings: Settings) -> None:
    _store(program, "no water here", "the road is blocked", "deadly", "no light")
    assert _watch(program, settings).run() == 0
    done = ("processed", None)
    assert _list_states(program) == [done, done, ("set_aside", "the worker died of it"), done]
    assert _count_attempts(program) == 0


@pytest.mark.usefixtures("campaign")
def test_a_worker_that_is_told_to_stop_stops_and_is_not_begun_again() -> None:
    def work() -> None:
        os.kill(os.getppid(), signal.SIGTERM)
        signal.pause()

    assert Watch(work, _open_nothing()).run() == -signal.SIGTERM


def test_the_exit_status_of_the_work_is_that_of_the_watch() -> None:
    def work() -> None:
        raise SystemExit(3)

    assert Watch(work, _open_nothing()).run() == 3


def _open_nothing() -> Callable[[], object]:
    def fail() -> object:
        raise AssertionError

    return fail


def test_what_is_in_hand_can_be_seen_and_alone_means_all_of_it() -> None:
    HAND.take_batch([5, 6, 7])
    assert (HAND.look().message_id, HAND.look().batch) == (NOBODY, (5, 6, 7))
    HAND.take(6)
    before = HAND.look()
    assert before.message_id == 6
    HAND.take(NOBODY)
    assert HAND.look().message_id == NOBODY
    assert HAND.look().notes > before.notes
    HAND.take_batch([9])
    HAND.take(NOBODY)
    assert HAND.look().message_id == 9
    HAND.take_batch(())
    assert HAND.look().batch == ()
