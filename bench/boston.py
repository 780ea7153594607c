"""The Boston reports of 2011 with their labelled duplicates, as benchmarks of incidents need them."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reporting.dedupe.observations import read_sheet
from reporting.incidents.similarity import Observation


def data_folder() -> Path:
    """Return the folder of the shared data: `data` in BARAZA_SHARED, or in `shared` beside the checkout."""
    shared = os.environ.get("BARAZA_SHARED")
    return (Path(shared) if shared else Path(__file__).resolve().parents[2] / "shared") / "data"


@dataclass(frozen=True)
class Boston:
    """The reports, and for each labelled row its parent's row (None where the label names none)."""

    ids: Sequence[str]
    observations: Sequence[Observation]
    order: Sequence[int]
    labels: dict[int, int | None]
    root: dict[int, int]

    def month(self, row: int) -> int:
        """Return the month of a row, 1 to 12."""
        at = self.observations[row].at
        return at.month if at else 0

    def parent(self, row: int) -> int:
        """Return the labelled parent of a row; the row itself where none is known."""
        found = self.labels.get(row)
        return row if found is None else found

    def is_orphan(self, row: int) -> bool:
        """Tell whether a row is marked as a duplicate of a report that is not known."""
        return row in self.labels and self.labels[row] is None

    def is_one_group(self, a: int, b: int) -> bool:
        """Tell whether the labels put two rows into one group."""
        return a in self.root and self.root[a] == self.root.get(b)

    def is_before(self, a: int, b: int) -> bool:
        """Tell whether a row was reported before another, or at the same second."""
        first, second = self.observations[a].at, self.observations[b].at
        return first is not None and second is not None and first <= second


def read_boston() -> Boston:
    """Read the reports and labels; raises FileNotFoundError where the data is not."""
    folder = data_folder() / "duplicates"
    sheet = read_sheet(folder / "boston.csv")
    rows = {name: row for row, name in enumerate(sheet.ids)}
    with (folder / "boston_labels.csv").open(encoding="utf-8", newline="") as handle:
        labels = {rows[label["id"]]: rows.get(label["parent"]) for label in csv.DictReader(handle)}
    root = {row: _root(row, labels) for row, parent in labels.items() if parent is not None}
    root |= {parent: _root(parent, labels) for parent in labels.values() if parent is not None}
    return Boston(sheet.ids, sheet.observations, sheet.order(), labels, root)


def _root(row: int, labels: dict[int, int | None]) -> int:
    seen = {row}
    while (parent := labels.get(row)) is not None and parent not in seen:
        row = parent
        seen.add(row)
    return row


def hits(boston: Boston, ranked: Mapping[int, Sequence[int]], rows: Sequence[int]) -> list[float]:
    """Return the share of rows in per cent whose labelled parent is among their first 1, 3 and 5 candidates."""
    found = [[boston.parent(row) in ranked[row][:first] for row in rows] for first in (1, 3, 5)]
    return [round(100 * sum(truths) / len(truths), 1) if truths else 0.0 for truths in found]
