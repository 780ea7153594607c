"""Disclosure control of one cell: which figures may be published, given what was published before. No database.

There are two rules. A cell with fewer distinct senders than the threshold is suppressed. A published figure changes
only if the reports that were added or removed since come from at least as many senders as the threshold. Otherwise the
difference of two releases would reveal what a single person reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reporting.aggregation.cube import NORMAL, SUPPRESSED


class Outcome(StrEnum):
    """The protection outcome of a cell in a release."""

    FRESH = "fresh"  # published as counted; its reports are stored for the next comparison
    SAME = "same"  # published as counted, from the same reports as last time
    KEPT = "kept"  # published as last time, because too few senders are behind the change
    SUPPRESSED = "suppressed"  # a cell without a value
    LEFT_OUT = "left_out"  # no cell at all: even the fact that somebody reported this topic there could harm


@dataclass(frozen=True, slots=True)
class CellCount:
    """The counts of one cell. `shown` holds the last published figures; None if there are none.

    `changed_senders` counts the distinct senders of reports that were added to the cell or removed from it since
    `shown`. Reports without a known sender count as one sender.
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
    """The published figures of one cell; `values` holds None for each measure of a suppressed cell."""

    area_code: str
    topic: str
    month: str
    values: Mapping[str, int | None]
    outcome: Outcome

    @property
    def status(self) -> str:
        """Return the SDMX observation status (CL_OBS_STATUS)."""
        return SUPPRESSED if self.outcome is Outcome.SUPPRESSED else NORMAL


def protect(cell: CellCount, threshold: int, *, is_sensitive: bool) -> Figure:
    """Apply disclosure control to one cell. `is_sensitive`: below the threshold the cell is left out completely."""
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
