"""Drafts of releases: what would be published, what would change, and whether a second person must approve.

A draft writes nothing. The same reports give the same draft with the same digest. A person who publishes names the
digest of the draft that they have read, so that nothing else is published.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.aggregation.area_tree import Areas
from reporting.aggregation.cube import PEOPLE, Cube
from reporting.aggregation.cube_month import MonthState, MonthTurn
from reporting.aggregation.dimension import OFFICE, describe_questions
from reporting.aggregation.errors import ReleaseError
from reporting.aggregation.estimate import Figure
from reporting.aggregation.ledger import Account
from reporting.aggregation.period import Period
from reporting.campaigns.offices import read_offices
from reporting.models.states import DecisionKind, ReportState

SENSITIVE: Final = ("high", "severe")  # of topics and cubes: the mere fact that somebody reported can harm
Key = tuple[int, str, str, tuple[str, ...]]  # level of the areas, area code, month, codes

# The last published figures of each cell from any release, also a withdrawn one, since it has been read.
_LAST = text(
    """
    SELECT DISTINCT ON (cell.area_level, cell.area_code, cell.month, cell.codes, cell.measure)
           cell.area_level, cell.area_code, cell.month, cell.codes, cell.measure, cell.value
      FROM release_cell AS cell JOIN release ON release.id = cell.release_id
      JOIN release_state AS state ON state.release_id = release.id AND NOT state.is_waiting
     WHERE release.campaign_id = :campaign_id AND release.cube = :cube AND release.id < :before_id
       AND cell.month = :period
     ORDER BY cell.area_level, cell.area_code, cell.month, cell.codes, cell.measure, cell.release_id DESC
    """
)
# Topics of the period's reports that were restricted once and released by a person, and topics that are urgent.
_DELICATE = text(
    f"""
    SELECT DISTINCT topic.code FROM report JOIN topic ON topic.id = report.topic_id
     WHERE report.campaign_id = :campaign_id AND report.state = '{ReportState.APPROVED}' AND NOT report.is_sensitive
       AND (CAST(:start AS timestamptz) IS NULL OR report.occurred_at >= :start)
       AND (CAST(:end AS timestamptz) IS NULL OR report.occurred_at < :end)
       AND (topic.is_urgent OR topic.sensitivity = ANY(:sensitive) OR EXISTS (
            SELECT FROM decision WHERE decision.report_id = report.id AND decision.kind = '{DecisionKind.UNRESTRICT}'))
     ORDER BY topic.code
    """
)


class ChangeKind(StrEnum):
    """How a release changes a cell, compared with what was last published of it."""

    ADDED = "added"  # a figure where none was
    CHANGED = "changed"
    HIDDEN = "hidden"  # a figure is removed


@dataclass(frozen=True, slots=True)
class CellChange:
    """One changed cell: its figures by measure before and after; None where no figure is published."""

    key: Key
    kind: ChangeKind
    before: Mapping[str, int] | None
    after: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would publish. `delicate` lists what in it needs the approval of a second person."""

    campaign: Row[Any]
    cube: Cube
    areas: Areas
    period: Period
    at: datetime
    topics: Mapping[str, Mapping[str, str]]  # names by code and language
    figures: Sequence[Figure]
    changes: Sequence[CellChange]
    delicate: Sequence[str]
    quality: Mapping[str, Any]
    months: Sequence[str]  # that the figures count
    counted_sha256: str
    accounts: Sequence[Account]  # of its months and years over all cubes, as they stand without this draw
    turn: MonthTurn | None = None  # None for a year and for everything
    refusal: ReleaseError | None = None  # why it cannot be published now
    missing_months: Sequence[str] = field(default_factory=tuple)

    @property
    def cost(self) -> float:
        """The squared strength that publishing would spend; 0 of a sum, and of a month that is never drawn again."""
        is_drawn = self.turn is not None and self.turn.state is not MonthState.REVISED
        return self.cube.cost if is_drawn else 0.0

    @property
    def questions(self) -> dict[str, dict[str, Any]]:
        """The questions whose answers are counted, in words: see `describe_questions`; offices are named as choices."""
        names = (*(each.name for each in self.cube.dimensions), *(each.name for each in self.cube.measures))
        offices = {OFFICE: {"text": {}, "choices": read_offices(self.campaign.settings)}} if OFFICE in names else {}
        return describe_questions(self.campaign.conversation, names) | offices

    @property
    def shown(self) -> int:
        """Count the cells that show figures."""
        return sum(figure.value is not None for figure in self.figures)

    @property
    def suppressed(self) -> int:
        """Count the cells that are too small to be shown."""
        return len(self.figures) - self.shown

    @property
    def counts(self) -> Counter[ChangeKind]:
        """Count the changed cells by kind."""
        return Counter(change.kind for change in self.changes)

    @property
    def digest(self) -> str:
        """Compute a SHA-256 digest (hexadecimal) of all cells and of the quality report that would be written."""
        cells = [[*get_key(figure), figure.measure, figure.estimate] for figure in self.figures]
        words = json.dumps([self.cube.name, self.period.name, cells, self.quality], separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()

    @property
    def advice(self) -> str | None:
        """Advise, in one line, what to do where hardly anything can be shown; None where much can."""
        deepest = [figure for figure in self.figures if figure.level == max((0, *self.cube.levels))]
        if not deepest or sum(figure.value is not None for figure in deepest) * 10 >= len(deepest):
            return None
        people = next((f.estimate for f in self.figures if f.level == 0 and f.measure == PEOPLE), 0) // 1000
        return (
            f"with about {people} people, fewer than one in ten figures of the smallest areas can be shown: use larger"
            " areas, fewer dimensions or longer periods"
        )


def get_key(figure: Figure) -> Key:
    """Get the key of a figure's cell, without its measure."""
    return (figure.level, figure.area_code, figure.month, figure.codes)


def list_changes(
    connection: Connection,
    campaign_id: int,
    cube: str,
    period: str,
    figures: Iterable[Figure],
    *,
    before_id: int | None = None,
) -> list[CellChange]:
    """List how figures differ from what was last published; with `before_id`, published before that release."""
    values = {
        "campaign_id": campaign_id, "cube": cube, "period": period,
        "before_id": before_id if before_id is not None else 2**62,
    }  # fmt: skip
    before: dict[Key, dict[str, int]] = {}
    for row in connection.execute(_LAST, values):
        shown = before.setdefault((row.area_level, row.area_code, row.month, tuple(row.codes)), {})
        if row.value is not None:
            shown[row.measure] = row.value
    after: dict[Key, dict[str, int]] = {}
    for figure in figures:
        if figure.value is not None:
            after.setdefault(get_key(figure), {})[figure.measure] = figure.value
    changes = (_compare(key, before.get(key) or None, after.get(key) or None) for key in sorted({*before, *after}))
    return [change for change in changes if change is not None]


def list_delicate(connection: Connection, campaign_id: int, cube: Cube, period: Period) -> list[str]:
    """List what needs a second person: the topics of the period's reports that are marked or were restricted once."""
    values = {"campaign_id": campaign_id, "start": period.start, "end": period.end, "sensitive": list(SENSITIVE)}
    topics = list(connection.execute(_DELICATE, values).scalars())
    return topics or ([cube.name] if cube.sensitivity in SENSITIVE else [])


def _compare(key: Key, before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> CellChange | None:
    if before == after:
        return None
    kind = ChangeKind.ADDED if before is None else ChangeKind.HIDDEN if after is None else ChangeKind.CHANGED
    return CellChange(key, kind, before, after)
