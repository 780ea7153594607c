"""A flood lets others go first, and its own messages keep their order."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.processing import worker as draining
from reporting.processing.worker import drain
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]


class _Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def hold_back(program: Program, numbers: list[int]) -> None:
    """Give the waiting messages these numbers, the oldest first."""
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE message SET priority = held.priority FROM unnest(CAST(:numbers AS int[])) WITH ORDINALITY"
                " AS held(priority, place) JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM message"
                " WHERE state = 'received') AS waiting USING (place) WHERE message.id = waiting.id"
            ),
            {"numbers": numbers},
        )


@pytest.mark.parametrize("numbers", [[5, 3, 0], [0, 5, 0], [1, 0, 0], [2, 4, 3, 1, 0, 5, 0, 0, 7, 6, 3, 3, 0, 1, 2, 0]])
def test_whatever_waits_how_long_a_senders_own_order_is_kept(
    program: Program, phone: Phone, one: Callable[[str], object], numbers: list[int]
) -> None:
    for number in range(len(numbers)):
        phone.post(f"water problem in ward {number + 1} of Pokhara, the {number + 1}. house")
        Phone(program, f"+97798000001{number:02d}").post(f"road blocked in Lalitpur, {number}")
    hold_back(program, [turn for number in numbers for turn in (number, 0)])
    drain(program.app, program.pipeline, is_patient=False)
    assert one("SELECT count(*) FROM message WHERE state = 'received'") == 0
    in_order = "SELECT array_agg(message_id ORDER BY report.id) = array_agg(message_id ORDER BY message_id) FROM report"
    assert one(f"{in_order} WHERE text LIKE 'water%'") is True


def test_a_message_of_somebody_else_ends_no_rest(
    program: Program, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    monkeypatch.setattr(draining, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=clock.sleep))
    restraint = draining._Restraint(program.app)
    restraint.begin(is_deferred=False)
    restraint.end()
    restraint.rest()
    assert clock.now == 1000.0  # nothing was held back
    restraint.begin(is_deferred=True)
    clock.sleep(0.1)
    restraint.end()
    phone.post("no water in Pokhara")
    restraint.rest()
    assert clock.now == 1000.1  # it is worked on at once
    restraint.begin(is_deferred=False)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET state = 'processed'"))
    clock.sleep(0.05)
    restraint.end()
    restraint.rest()
    assert clock.now >= 1001.0  # and nine times what the held ones took stays theirs
