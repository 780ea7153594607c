"""No text of 10,000 characters costs more than 50 ms of processor in any function that reads it."""

import gc
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import pytest

from tests.busy import find_slowness
from tests.strange_texts import list_texts
from tests.strangers import SUBJECTS

_LIMIT_S: Final = 0.05
_GIVEN_UP_S: Final = 2.0
_TRIES: Final = 12


class _TooSlow(BaseException):
    """No error that a function could catch."""


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise _TooSlow


@pytest.fixture(scope="module")
def slowness() -> float:
    """How slow this machine is when the tests of this file begin."""
    return find_slowness()


@pytest.fixture(scope="module", autouse=True)
def _frozen() -> Iterator[None]:
    """What is loaded is left out of each collection: it would be looked through for every function."""
    SUBJECTS[next(iter(SUBJECTS))]("water in Delmas 33")
    list_texts()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def cpu_alarm() -> Iterator[None]:
    """An expression that tries for hours is interrupted."""
    before = signal.signal(signal.SIGVTALRM, _give_up)
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    signal.signal(signal.SIGVTALRM, before)


def _measure(read: Callable[[str], object], text: str) -> float:
    signal.setitimer(signal.ITIMER_VIRTUAL, _GIVEN_UP_S)
    started = time.thread_time()
    try:
        read(text)
    except _TooSlow:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.thread_time() - started


@pytest.mark.usefixtures("cpu_alarm")
@pytest.mark.parametrize("name", SUBJECTS)
def test_no_text_costs_more_than_fifty_milliseconds(name: str, slowness: float) -> None:
    read, limit_s = SUBJECTS[name], _LIMIT_S * slowness
    read("water in Delmas 33")  # what is made at the first need is no cost of a text
    doubtful = [text for text in list_texts() if _measure(read, text) > limit_s]
    slow = {
        f"{text[:14]!r}..{text[-3:]!r}": took for text in doubtful if (took := _measure_again(read, text)) > _LIMIT_S
    }
    assert not slow


def _measure_again(read: Callable[[str], object], text: str) -> float:
    """Measure a text in seconds of the reference machine, until it keeps to the limit.

    Others on the processor make any measurement too long and none too short, so the shortest of several counts, each
    with a text that is in no cache, divided by how slow the machine is at that moment.
    """
    shortest = _GIVEN_UP_S
    for less in range(1, _TRIES + 1):
        shortest = min(shortest, _measure(read, text[:-less]) / find_slowness())
        if shortest <= _LIMIT_S:
            break
    return round(shortest, 3)
