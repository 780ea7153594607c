"""Comparison of two releases of a cube, area by area, made from their published figures alone.

The noise of two draws is independent, so the squares of what to give or take add up. A difference within that may be
chance, and is called no clear change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, hypot
from typing import Final

from sqlalchemy import Connection

from reporting.publishing.cell_queries import list_cells
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_page import Line, make_lines
from reporting.publishing.release_selection import COUNTRY, Selection

COMPARE: Final = "compare"  # the name in the address of the page


@dataclass(frozen=True, slots=True)
class Change:
    """One area in two releases. `difference` and its `error` are None where one of the figures is not shown."""

    key: str
    now: Line
    before: Line
    difference: int | None = None
    error: int | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the difference is larger than the noise of both figures explains in 95 of 100 cases."""
        return self.difference is not None and self.error is not None and abs(self.difference) > self.error


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of a slice beside those of another release, the country first."""

    other: ReleaseInfo
    changes: Sequence[Change]


def list_comparable(release: ReleaseInfo, others: Sequence[ReleaseInfo]) -> list[ReleaseInfo]:
    """List the releases that count the same: of the same dimensions, levels, tables and a span as long."""
    return [
        other
        for other in others
        if other.id != release.id
        and not other.is_withdrawn
        and other.has_noise
        and len(other.period) == len(release.period)
        and other.dimensions == release.dimensions
        and other.levels == release.levels
    ]


def compare_releases(
    connection: Connection, release: ReleaseInfo, chosen: Selection, comparable: Sequence[ReleaseInfo], asked: str
) -> Comparison | None:
    """Compare the chosen slice with that of the release `asked` (an id); None where that cannot be compared."""
    other = next((each for each in comparable if str(each.id) == asked), None)
    if other is None or chosen.measure not in other.measures:
        return None
    changes = []
    for level in dict.fromkeys((COUNTRY, chosen.level)):
        now, before = (_read_lines(connection, each, chosen, level) for each in (release, other))
        changes += [_compare(key, line, before[key]) for key, line in now.items() if key in before]
    return Comparison(other, changes)


def _read_lines(connection: Connection, release: ReleaseInfo, chosen: Selection, level: int) -> Mapping[str, Line]:
    cells = list_cells(connection, release, chosen.measure, chosen.codes, level=level, month=release.period)
    return {line.key: line for line in make_lines((cell.area_code, cell) for cell in cells)}


def _compare(key: str, now: Line, before: Line) -> Change:
    if now.value is None or before.value is None or now.error is None or before.error is None:
        return Change(key, now, before)
    return Change(key, now, before, now.value - before.value, ceil(hypot(now.error, before.error)))
