"""Times the steps of a batch while a worker drains: seconds that passed, and seconds of its processor."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from reporting.conversation.replies import Replies
from reporting.processing import batch, worker
from reporting.processing.converse import Conversations

_STEPS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("claim", worker, "claim"),
    ("admit", batch, "admit_messages"),
    ("read", batch, "read_messages"),
    ("safeguard", batch, "safeguard_messages"),
    ("assign", batch, "assign_reports"),
    ("make reports", batch, "make_reports"),
    ("open conversations", Conversations, "open"),
    ("link", batch, "link_batch"),
    ("answer", Conversations, "answer"),
    ("queue replies", Replies, "queue"),
    ("close", batch, "close"),
)


@contextmanager
def timed_steps() -> Iterator[dict[str, list[float]]]:
    """Give [wall seconds, processor seconds of this process] by step, filled while the block runs."""
    spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    originals = [(owner, name, getattr(owner, name)) for _, owner, name in _STEPS]
    for step, owner, name in _STEPS:
        setattr(owner, name, _timed(getattr(owner, name), spent[step]))
    try:
        yield spent
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        wall, processor = time.perf_counter(), time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[0] += time.perf_counter() - wall
            spent[1] += time.process_time() - processor

    return run
