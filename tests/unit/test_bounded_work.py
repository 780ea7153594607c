"""No text of 10,000 characters costs more than 50 ms of processor anywhere, and no such function is forgotten."""

import ast
import gc
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.unit.strangers import LETTERS, NOT_READING, SUBJECTS, list_texts

_LIMIT_S: Final = 0.05
_GIVEN_UP_S: Final = 2.0
_REFERENCE_S: Final = 0.0125  # of the calibration below on the machine for which the limit is meant
_ROOMS: Final = ("geo", "channels", "reporting/intake", "reporting/triage", "reporting/web", "reporting/moderation")
# What parameters are called that hold words of strangers.
_TOLD: Final = frozenset({"text", "texts", "plain", "bare", "typed", "said", "words", "told", "body", "raw", "html"})
_KINDS: Final = frozenset({"str", "bytes", "str | None", "Sequence[str]", "Iterable[str]", "list[str]"})


class _TooSlow(BaseException):
    """No error that a function could catch."""


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise _TooSlow


@pytest.fixture(scope="module")
def slowness() -> float:
    """How many times slower than the reference this machine is; 1 on a faster one."""

    def calibrate() -> float:
        started = time.thread_time()
        sum(number * number for number in range(200_000))
        return time.thread_time() - started

    return max(1.0, min(calibrate() for _ in range(5)) / _REFERENCE_S)


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
    slow: dict[str, float] = {}
    for text in list_texts():
        took_s = _measure(read, text)
        if took_s > limit_s:
            # Others on the processor make one measurement lie; a text that is nearly the same is in no cache.
            took_s = min(took_s, *(_measure(read, text[:-less]) for less in (1, 2, 3, 4)))
        if took_s > limit_s:
            slow[f"{text[:14]!r}..{text[-3:]!r}"] = round(took_s, 3)
    assert not slow


def _list_readers() -> Iterator[str]:
    """Public functions and methods with a parameter for what strangers wrote."""
    for room in _ROOMS:
        for path in sorted((ROOT / room).glob("*.py")):
            module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                inside = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
                for function in inside:
                    if isinstance(function, ast.FunctionDef) and _takes_words(function):
                        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                        yield f"{module}.{prefix}{function.name}"


def _takes_words(function: ast.FunctionDef) -> bool:
    parameters = (*function.args.args, *function.args.kwonlyargs, *filter(None, [function.args.vararg]))
    return not function.name.startswith("_") and any(
        each.arg in _TOLD and each.annotation is not None and ast.unparse(each.annotation) in _KINDS
        for each in parameters
    )


def test_every_function_that_reads_what_strangers_write_is_timed() -> None:
    """A new one is put into tests/unit/strangers.py: to be timed, or with why it reads nothing."""
    timed = {name.partition(":")[0] for name in (*SUBJECTS, *LETTERS)}
    found = set(_list_readers())
    assert sorted(found - timed - NOT_READING.keys()) == []


def test_the_rooms_are_where_they_are_looked_for() -> None:
    assert all(any(Path(ROOT / room).glob("*.py")) for room in _ROOMS)
