"""What the quality report counts of a month: how well placed, how late, how sure, and what was not counted.

Each item is a table of people at the level of the country, measured with noise like every other table, because any
exact number beside the tables would give small cells away. A person counts with one report: that of the cell they count
in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from reporting.models.demographics import ITEMS


@dataclass(frozen=True, slots=True)
class QualityItem:
    """An item of the quality report: codes from the best to the worst, and which frameworks ask for it.

    `expression` is SQL over `report`, `profile`, `whom` (affected) and `decided` (its first approval), and gives one of
    the codes.
    `limits`: where the codes are ranges, their upper limits, of which the median is read.
    """

    name: str
    expression: str
    codes: tuple[str, ...]
    frameworks: tuple[str, ...]
    limits: tuple[int, ...] = ()
    of_dimension: str | None = None  # only where the cube has this dimension, whose answers it is about
    of_one_person: tuple[str, ...] = ()  # codes that by definition at most one person has


def _list_ranges(column: str, limits: tuple[int, ...]) -> str:
    cases = " ".join(f"WHEN {column} <= {limit} THEN '{limit}'" for limit in limits)
    return f"CASE WHEN {column} IS NULL THEN '_U' {cases} ELSE 'more' END"


def _make_ranges(name: str, column: str, limits: tuple[int, ...], frameworks: tuple[str, ...]) -> QualityItem:
    codes = (*map(str, limits), "more", "_U")
    return QualityItem(name, _list_ranges(column, limits), codes, frameworks, limits)


_RADII_M: Final = (100, 500, 1_000, 5_000, 20_000, 100_000)
_LAGS_H: Final = (1, 6, 24, 72, 168, 720)

_WHY: Final = ("answered", "refused", "unknown", "not_asked", "not_applicable")


def _make_response(dimension: str, column: str) -> QualityItem:
    """Make the item that tells who answered a question about people, who refused, and who was not asked."""
    return QualityItem(
        f"{dimension}_response", f"coalesce({column}_why, 'not_asked')", _WHY, ("NQAF", "Copenhagen"), (), dimension
    )


_ITEMS: Final = (
    _make_ranges("location_radius_m", "report.radius_m", _RADII_M, ("NQAF", "PARIS21")),
    _make_ranges(
        "report_lag_h",
        "CASE WHEN report.occurred_precision_s IS NOT NULL"
        " THEN greatest(extract(epoch FROM report.reported_at - report.occurred_at), 0) / 3600 END",
        _LAGS_H,
        ("NQAF", "PARIS21"),
    ),
    _make_ranges(
        "decision_lag_h",
        "greatest(extract(epoch FROM decided.decided_at - report.reported_at), 0) / 3600",
        _LAGS_H,
        ("NQAF", "PARIS21"),
    ),
    *(_make_response(item, f"profile.{item}") for item in ITEMS),
    _make_response("affected", "whom.role"),
    _make_response("affected_number", "whom.number"),
    *(_make_response(f"affected_{item}", f"whom.{item}") for item in ITEMS),
)

# Computed from all rows of the month: people with fewer than 3, 3 and more, or 10 and more reports. How many people
# reported the same incident is no item: one person less would move others to another code, more than the noise covers.
OWN_REPORTS: Final = QualityItem("reports_of_person", "", ("1", "3", "10"), ("PARIS21",))

# Computed from the unit of each person (`unit.py`): how much of the figures rests on each way to tell people apart.
UNIT_KINDS: Final = QualityItem(
    "unit",
    "",
    ("phone", "affected", "volunteer", "browser", "copies", "unknown"),
    ("NQAF", "PARIS21", "Copenhagen"),
    of_one_person=("unknown",),
)


def list_items(dimensions: Collection[str]) -> list[QualityItem]:
    """List the items with an expression that a cube with these dimensions has."""
    return [item for item in _ITEMS if item.of_dimension is None or item.of_dimension in dimensions]


QUALITY_ITEMS: Final = (*_ITEMS, OWN_REPORTS, UNIT_KINDS)
NOT_COUNTED: Final = ("rejected", "queued")  # states of reports; people with at least one of them
