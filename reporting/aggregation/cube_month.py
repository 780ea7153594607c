"""The life of a month of a cube: open, settling, frozen, revised once, or withdrawn.

A month is frozen once its reports have had time to come in and to be decided. Its figures are drawn then, and a second
draw over other reports would show, side by side with the first, what a single person changed. So a month is drawn
once, and once more as a revision, which has a part of the protection of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.aggregation.cube import Cube
from reporting.aggregation.errors import MonthFrozen, MonthOpen
from reporting.aggregation.period import Period

LAST_REVISION: Final = 2

_DRAWN: Final = text(
    """
    SELECT month.month, month.revision, month.release_id, month.counted_sha256, month.strength, month.frozen_at,
           state.is_waiting, state.withdrawn_at IS NOT NULL AS is_withdrawn
      FROM cube_month AS month JOIN release_state AS state ON state.release_id = month.release_id
     WHERE month.campaign_id = :campaign_id AND month.cube = :cube
       AND (:period = 'all' OR month.month = :period OR left(month.month, 4) = :period)
     ORDER BY month.month, month.revision
    """
)


class MonthState(StrEnum):
    """The state of a month of a cube."""

    OPEN = "open"  # not over: reports of it come in
    SETTLING = "settling"  # over; late reports come in and are decided
    DUE = "due"  # can be frozen, or be revised
    FROZEN = "frozen"  # drawn; its revision is not due yet
    REVISED = "revised"  # drawn for the last time


@dataclass(frozen=True, slots=True)
class MonthTurn:
    """Where a month stands: its state, the revision that the next draw would be, and when that may be."""

    state: MonthState
    revision: int
    due_at: datetime | None
    last: Row[Any] | None  # the last draw


def list_draws(connection: Connection, campaign_id: int, cube: str, period: str) -> list[Row[Any]]:
    """List the draws of the months of a period, by month and revision."""
    return list(connection.execute(_DRAWN, {"campaign_id": campaign_id, "cube": cube, "period": period}))


def find_turn(connection: Connection, campaign_id: int, cube: Cube, period: Period, at: datetime) -> MonthTurn:
    """Find where a month stands at the time `at`."""
    draws = list_draws(connection, campaign_id, cube.name, period.name)
    if not draws:
        end = period.end or at
        due = end + timedelta(days=cube.settling_days)
        state = MonthState.OPEN if at < end else MonthState.SETTLING if at < due else MonthState.DUE
        return MonthTurn(state, 1, due, None)
    last = draws[-1]
    if last.revision >= LAST_REVISION:
        return MonthTurn(MonthState.REVISED, last.revision, None, last)
    due = last.frozen_at if last.is_withdrawn else last.frozen_at + timedelta(days=cube.revision_days)
    return MonthTurn(MonthState.FROZEN if at < due else MonthState.DUE, last.revision + 1, due, last)


def check_turn(turn: MonthTurn, period: Period) -> None:
    """Raise MonthOpen or MonthFrozen where the month must not be drawn now."""
    if turn.state is MonthState.DUE:
        return
    if turn.state in (MonthState.OPEN, MonthState.SETTLING):
        day = turn.due_at.date().isoformat() if turn.due_at else ""
        raise MonthOpen(
            f"{period.name} is {turn.state}: it can be published from {day} on; `release rehearse` shows what would be"
        )
    if turn.state is MonthState.FROZEN:
        day = turn.due_at.date().isoformat() if turn.due_at else ""
        raise MonthFrozen(f"{period.name} is frozen since {_day(turn)}: it can be revised once, from {day} on")
    raise MonthFrozen(f"{period.name} was revised on {_day(turn)}: it is not drawn again")


def _day(turn: MonthTurn) -> str:
    return turn.last.frozen_at.date().isoformat() if turn.last is not None else ""
