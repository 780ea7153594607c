"""Disclosure control of one cell: which figures may be shown, given what was shown before. Pure, no database.

Two rules. A cell of fewer distinct senders than the threshold shows no value. And a figure that was shown changes only
when the reports that came in or went out since are of as many senders as the threshold: otherwise two releases side by
side would show what the one person in between had said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reporting.aggregation.cube import NORMAL, SUPPRESSED


class Outcome(StrEnum):
    """What becomes of a cell in a release."""

    FRESH = "fresh"  # shown as counted, and its reports are remembered for the next comparison
    SAME = "same"  # shown as counted, of the same reports as last time
    KEPT = "kept"  # shown as last time: too few people are behind the change
    SUPPRESSED = "suppressed"  # a cell without a value
    LEFT_OUT = "left_out"  # not even a cell: that somebody there spoke of this would harm


@dataclass(frozen=True, slots=True)
class CellCount:
    """What was counted in one cell. `shown` is what the last release that showed it said, None when none did.

    `changed_senders` counts the distinct senders of the reports that are in the cell now and were not behind `shown`,
    or the other way round. Reports without a known sender count as one sender together, here as everywhere.
    """

    area_code: str
    topic: str
    month: str
    senders: int
    values: Mapping[str, int]  # by measure
    changed_senders: int = 0
    shown: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What a release says of one cell; `values` holds None for each measure of a suppressed one."""

    area_code: str
    topic: str
    month: str
    values: Mapping[str, int | None]
    outcome: Outcome

    @property
    def status(self) -> str:
        """SDMX observation status."""
        return SUPPRESSED if self.outcome is Outcome.SUPPRESSED else NORMAL


def protect(cell: CellCount, threshold: int, *, is_sensitive: bool) -> Figure:
    """Decide on one cell. `is_sensitive`: a cell under the threshold is left out instead of shown as suppressed."""
    outcome = _decide(cell, threshold, is_sensitive)
    values: Mapping[str, int | None] = cell.values
    if outcome is Outcome.KEPT and cell.shown is not None:
        values = cell.shown
    elif outcome in (Outcome.SUPPRESSED, Outcome.LEFT_OUT):
        values = dict.fromkeys(cell.values)
    return Figure(cell.area_code, cell.topic, cell.month, values, outcome)


def _decide(cell: CellCount, threshold: int, is_sensitive: bool) -> Outcome:
    if cell.senders < threshold:
        return Outcome.LEFT_OUT if is_sensitive else Outcome.SUPPRESSED
    if cell.shown is None:
        return Outcome.FRESH
    if cell.changed_senders == 0:
        return Outcome.SAME
    return Outcome.KEPT if cell.changed_senders < threshold else Outcome.FRESH
