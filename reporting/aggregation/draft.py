"""Drafts of releases: what would be published, what would change, and whether a second person must approve.

A draft writes nothing. The same reports give the same draft with the same digest. A person who publishes names the
digest of the draft that they have read, so that nothing else is published.
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

SENSITIVE: Final = ("high", "severe")  # of topics: the mere fact that somebody reported it can harm in a small place
Key = tuple[str, str, str]  # area code, topic, month

# The last published figures of each cell from any release, also a withdrawn one, since it has been read.
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
    """How a release changes a cell, compared with what was last published of it."""

    ADDED = "added"  # a figure where none was
    CHANGED = "changed"
    HIDDEN = "hidden"  # a figure is removed
    FEW = "few"  # a new cell is listed, without a figure


@dataclass(frozen=True, slots=True)
class CellChange:
    """One changed cell: its figures by measure before and after; None where no figure is published."""

    key: Key
    kind: ChangeKind
    before: Mapping[str, int] | None
    after: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would publish. `delicate` lists the topics in it that need the approval of a second person."""

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
        """List the cells that would be written, with a figure or suppressed."""
        return [figure for figure in self.figures if figure.outcome is not Outcome.LEFT_OUT]

    @property
    def shown(self) -> int:
        """Count the cells that show figures."""
        return sum(figure.outcome is not Outcome.SUPPRESSED for figure in self.written)

    @property
    def suppressed(self) -> int:
        """Count the cells below the threshold, including those that are left out."""
        return len(self.figures) - self.shown

    @property
    def kept(self) -> int:
        """Count the cells that keep their last published figures."""
        return sum(figure.outcome is Outcome.KEPT for figure in self.figures)

    @property
    def counts(self) -> Counter[ChangeKind]:
        """Count the changed cells by kind."""
        return Counter(change.kind for change in self.changes)

    @property
    def digest(self) -> str:
        """Compute a SHA-256 digest (hexadecimal) of all cells that would be written."""
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
    """List how figures differ from what was last published; with `before_id`, published before that release."""
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
    """List the topics of these figures that need a second person.

    A topic is delicate if the campaign marks it as sensitive or urgent, or if a counted report was once restricted.
    Reads the temporary table `counted`.
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
