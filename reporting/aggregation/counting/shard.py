"""Counts rows of a month by sorts in numpy, in shards by person, which add up exactly.

A person who reported in several cells counts in the one of most of their reports. So one person changes one cell of
each table, which the strength of the noise assumes. Shards need little memory beside the rows; those of several
databases add up, too.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

import numpy as np

from reporting.aggregation.counting.query import NO_INCIDENT
from reporting.aggregation.counting.row_stream import COLUMNS
from reporting.aggregation.counting.unit import count_units
from reporting.aggregation.cube import INCIDENTS, PEOPLE, REPORTS
from reporting.aggregation.quality_item import OWN_REPORTS, UNIT_KINDS, QualityItem
from reporting.disclosure.budget import MOST_REPORTS
from reporting.disclosure.tables import Integers

_NOTHING: Final = np.zeros(0, dtype=np.int64)
_LARGEST: Final = 2**63 - 1
SHARDS: Final = 16  # a power of two; the digest of a month depends on it


@dataclass
class Counts:
    """Counts by inner cell, sparse: the packed cells and, by measure, how many are in each."""

    cells: Integers
    values: dict[str, Integers]
    people: int = 0
    digest: str = ""  # SHA-256 of what was counted
    quality: dict[str, dict[str, int]] = field(default_factory=dict)  # people by item of the quality report and code


@dataclass
class Shard:
    """The counts of the persons of one shard.

    `incidents` has a row for each incident: its number, the first of its persons here, and the cell of that person.
    """

    number: int
    cells: Integers
    values: dict[str, Integers]  # without incidents
    incidents: Integers
    people: int
    digest: bytes  # SHA-256 of the sorted rows
    quality: dict[str, dict[str, int]]


def count_rows(rows: Integers, items: Sequence[QualityItem], answers: Sequence[str] = ()) -> Counts:
    """Count rows of person, cell, incident, quality codes and answers.

    Each person counts in the cell of most of their reports.
    """
    return add_shards(count_shards([rows], items, answers), answers)


def count_shards(
    pieces: Iterable[Integers], items: Sequence[QualityItem], answers: Sequence[str] = ()
) -> Iterator[Shard]:
    """Divide rows into shards by person, and count each that has any."""
    shards: list[list[Integers]] = [[] for _ in range(SHARDS)]
    for piece in pieces:
        numbers = (piece[:, 0] & (SHARDS - 1)).astype(np.uint8)
        parted = piece[np.argsort(numbers, kind="stable")]  # of small numbers a radix sort
        ends = np.cumsum(np.bincount(numbers, minlength=SHARDS))
        for shard, part in zip(shards, np.split(parted, ends[:-1]), strict=True):
            shard.append(part)
    for number, shard in enumerate(shards):
        rows = np.concatenate(shard) if shard else _NOTHING
        shard.clear()
        if len(rows):
            yield _count_shard(number, rows, items, answers)


def _count_shard(number: int, rows: Integers, items: Sequence[QualityItem], answers: Sequence[str]) -> Shard:
    rows = rows[_sort(rows)]
    starts = np.flatnonzero(np.r_[True, (np.diff(rows[:, 0]) != 0) | (np.diff(rows[:, 1]) != 0)])
    sizes = np.diff(np.r_[starts, len(rows)])
    firsts = _choose_cells(rows[starts, 0], rows[starts, 1], sizes)
    begins, counts = starts[firsts], sizes[firsts]
    cells, places = np.unique(rows[begins, 1], return_inverse=True)
    values = {
        PEOPLE: np.bincount(places, minlength=len(cells)).astype(np.int64),
        REPORTS: _sum(np.minimum(counts, MOST_REPORTS), places, len(cells)),
    }
    for column, name in enumerate(answers, start=COLUMNS):
        given = np.maximum.reduceat(rows[:, column], starts)[firsts]
        values[name] = _sum(given, places, len(cells))
    quality = _count_quality(rows[begins, 3], items) | _count_own_reports(rows, begins)
    quality[UNIT_KINDS.name] = count_units(rows[begins, 0])
    incidents = _keep_firsts(rows[begins][:, [2, 0, 1]])
    return Shard(number, cells, values, incidents, len(firsts), hashlib.sha256(rows.tobytes()).digest(), quality)


def _choose_cells(people: Integers, cells: Integers, sizes: Integers) -> Integers:
    """Choose the cell of most reports of each person: positions in the cells, which are sorted by person.

    Of equally many it is the first by a mix of its bits, so that no area is favoured.
    """
    begins = np.flatnonzero(np.r_[True, np.diff(people) != 0])
    lengths = np.diff(np.r_[begins, len(people)])
    is_most = sizes == np.repeat(np.maximum.reduceat(sizes, begins), lengths)
    mixed = np.where(is_most, _mix(cells), _LARGEST)
    chosen = np.flatnonzero(mixed == np.repeat(np.minimum.reduceat(mixed, begins), lengths))
    return chosen[np.r_[True, np.diff(people[chosen]) != 0]]


def _sort(rows: Integers) -> Integers:
    """Sort by every column, the first one first: the database gives equal rows in any order.

    Where they fit, the columns behind the person are packed into one number, whose order is theirs.
    """
    if not len(rows):
        return np.arange(0)
    rest = rows[:, 1:]
    ranges = [int(most) + 1 for most in rest.max(axis=0)]
    if rest.min() < 0 or prod(ranges) > _LARGEST:
        return np.lexsort(rows.T[::-1])
    packed = np.zeros(len(rows), dtype=np.int64)
    for column, size in zip(rest.T, ranges, strict=True):
        packed = packed * size + column
    order = np.argsort(packed)
    return order[np.argsort(rows[order, 0], kind="stable")]


def _keep_firsts(incidents: Integers) -> Integers:
    """Keep of each incident the row of its first person; rows are incident, person and cell."""
    incidents = incidents[incidents[:, 0] != NO_INCIDENT]
    incidents = incidents[_sort(incidents)]
    return incidents[np.r_[True, np.diff(incidents[:, 0]) != 0]] if len(incidents) else incidents


def add_shards(shards: Iterable[Shard], answers: Sequence[str] = ()) -> Counts:
    """Add up the counts of shards, each of which has persons of its own.

    An incident counts once, in the cell of the first person who counts with it.
    """
    added = sorted(shards, key=lambda shard: shard.number)
    cells = np.unique(np.concatenate([_NOTHING, *(shard.cells for shard in added)]))
    values = {name: np.zeros(len(cells), dtype=np.int64) for name in (PEOPLE, REPORTS, INCIDENTS, *answers)}
    quality: dict[str, Counter[str]] = defaultdict(Counter)
    for shard in added:
        places = np.searchsorted(cells, shard.cells)
        for name, counted in shard.values.items():
            values[name][places] += counted
        for item, counts in shard.quality.items():
            quality[item].update(counts)
    incidents = _keep_firsts(np.concatenate([_NOTHING.reshape(0, 3), *(shard.incidents for shard in added)]))
    values[INCIDENTS] += np.bincount(np.searchsorted(cells, incidents[:, 2]), minlength=len(cells))
    digest = hashlib.sha256(b"".join(bytes([shard.number]) + shard.digest for shard in added)).hexdigest()
    people = sum(shard.people for shard in added)
    return Counts(cells, values, people, digest, {item: dict(counts) for item, counts in quality.items()})


def _count_quality(packed: Integers, items: Sequence[QualityItem]) -> dict[str, dict[str, int]]:
    """Count people by the code of each item of the quality report."""
    found: dict[str, dict[str, int]] = {}
    for item in reversed(items):
        packed, codes = np.divmod(packed, len(item.codes))
        counts = np.bincount(codes, minlength=len(item.codes))
        found[item.name] = {code: int(count) for code, count in zip(item.codes, counts, strict=True)}
    return found


def _count_own_reports(rows: Integers, begins: Integers) -> dict[str, dict[str, int]]:
    """Count people by how many reports they sent; rows are sorted by person."""
    person = np.cumsum(np.r_[0, np.diff(rows[:, 0]) != 0])
    own = np.bincount(person)[person[begins]]
    steps = np.searchsorted([int(code) for code in OWN_REPORTS.codes], own, side="right") - 1
    counts = np.bincount(steps, minlength=len(OWN_REPORTS.codes))
    return {OWN_REPORTS.name: {code: int(count) for code, count in zip(OWN_REPORTS.codes, counts, strict=True)}}


def _sum(values: Integers, places: Integers, cells: int) -> Integers:
    return np.rint(np.bincount(places, weights=values, minlength=cells)).astype(np.int64)


def _mix(cells: Integers) -> Integers:
    mixed: Integers = (cells.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(16)).astype(np.int64)
    return mixed
