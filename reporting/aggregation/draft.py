"""A release before it is one: what would be shown, what that changes, and whether a second person must look at it.

A draft writes nothing. The same reports give the same draft, which its digest stands for: who publishes names the
digest of what they looked at.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.aggregation.cube import Cube
from reporting.aggregation.disclosure_control import Figure, Outcome
from reporting.aggregation.period import ALL, Period

SENSITIVE: Final = ("high", "severe")  # of topics: that somebody in a small place spoke of it may harm by itself
Key = tuple[str, str, str]  # area code, topic, month

# What was last published of each cell, whichever release it stands in; a withdrawn one was read all the same.
_LAST = text(
    """
    SELECT DISTINCT ON (cell.area_code, cell.topic, cell.month, cell.measure)
           cell.area_code, cell.topic, cell.month, cell.measure, cell.value
      FROM release_cell AS cell JOIN release ON release.id = cell.release_id
      JOIN release_state AS state ON state.release_id = release.id AND NOT state.is_waiting
     WHERE release.campaign_id = :campaign_id AND release.cube = :cube AND release.id < :before_id
       AND (:period = 'all' OR cell.month = :period OR left(cell.month, 4) = :period)
     ORDER BY cell.area_code, cell.topic, cell.month, cell.measure, cell.release_id DESC
    """
)
# Topics of counted reports that were restricted once and released by a person.
_ONCE_RESTRICTED = text(
    """
    SELECT DISTINCT counted.topic FROM counted JOIN decision USING (report_id)
     WHERE decision.kind = 'release' AND counted.topic IS NOT NULL
    """
)


class ChangeKind(StrEnum):
    """What a release does to a cell, beside what was last published of it."""

    ADDED = "added"  # a figure where none was
    CHANGED = "changed"
    HIDDEN = "hidden"  # a figure goes
    FEW = "few"  # a cell is named, without a figure, that was not named before


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that is not as it was: its figures by measure before and after, None without a figure."""

    key: Key
    kind: ChangeKind
    before: Mapping[str, int] | None
    after: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would say. `delicate` are the topics in it for which a second person is needed."""

    campaign: Row[Any]
    cube: Cube
    period: Period
    level: int
    at: datetime
    topics: Mapping[str, Mapping[str, str]]  # names by code and language
    figures: Sequence[Figure]
    changes: Sequence[CellChange]
    delicate: Sequence[str]

    @property
    def written(self) -> list[Figure]:
        """The cells that would be written, with a figure or without."""
        return [figure for figure in self.figures if figure.outcome is not Outcome.LEFT_OUT]

    @property
    def shown(self) -> int:
        """How many cells show figures."""
        return sum(figure.outcome is not Outcome.SUPPRESSED for figure in self.written)

    @property
    def suppressed(self) -> int:
        """How many cells are too small to be shown, those that are not even named among them."""
        return len(self.figures) - self.shown

    @property
    def kept(self) -> int:
        """How many cells show what they showed before."""
        return sum(figure.outcome is Outcome.KEPT for figure in self.figures)

    @property
    def counts(self) -> Counter[ChangeKind]:
        """How many cells change, by kind."""
        return Counter(change.kind for change in self.changes)

    @property
    def digest(self) -> str:
        """Stands for everything that would be written of the cells."""
        cells = [[*_key(figure), sorted(figure.values.items())] for figure in self.written]
        words = json.dumps([self.cube.name, self.period.name, self.level, cells], separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()


def list_changes(
    connection: Connection,
    campaign_id: int,
    cube: Cube,
    period: str,
    figures: Sequence[Figure],
    *,
    before_id: int | None = None,
) -> list[CellChange]:
    """What the figures change against what was published, before the release `before_id` where one is given."""
    values = {
        "campaign_id": campaign_id, "cube": cube.name, "period": ALL if period == ALL else period,
        "before_id": before_id if before_id is not None else 2**62,
    }  # fmt: skip
    before: dict[Key, dict[str, int | None]] = {}
    for row in connection.execute(_LAST, values):
        before.setdefault((row.area_code, row.topic, row.month), {})[row.measure] = row.value
    after = {_key(figure): dict(figure.values) for figure in figures if figure.outcome is not Outcome.LEFT_OUT}
    changes = (_compare(key, before.get(key), after.get(key)) for key in sorted({*before, *after}))
    return [change for change in changes if change is not None]


def list_delicate(connection: Connection, topics: Sequence[Row[Any]], figures: Sequence[Figure]) -> list[str]:
    """The topics of these figures that one person alone does not publish: delicate by the campaign's mark, urgent, or
    with reports in them that were restricted once. Reads the table `counted`.
    """
    marked = {topic.code for topic in topics if topic.is_urgent or topic.sensitivity in SENSITIVE}
    marked |= set(connection.execute(_ONCE_RESTRICTED).scalars())
    written = {figure.topic for figure in figures if figure.outcome is not Outcome.LEFT_OUT}
    return [topic.code for topic in topics if topic.code in marked & written]


def _compare(key: Key, before: dict[str, int | None] | None, after: dict[str, int | None] | None) -> CellChange | None:
    shown_before, shown_after = _shown(before), _shown(after)
    if shown_before == shown_after:
        return CellChange(key, ChangeKind.FEW, None, None) if before is None and after is not None else None
    if shown_before is None:
        return CellChange(key, ChangeKind.ADDED, None, shown_after)
    kind = ChangeKind.HIDDEN if shown_after is None else ChangeKind.CHANGED
    return CellChange(key, kind, shown_before, shown_after)


def _shown(figures: dict[str, int | None] | None) -> dict[str, int] | None:
    return {name: value for name, value in (figures or {}).items() if value is not None} or None


def _key(figure: Figure) -> Key:
    return (figure.area_code, figure.topic, figure.month)
