"""One person less changes what is measured by no more than the noise is made for, the quality report included."""

import numpy as np
import pytest

from reporting.aggregation.counting.shard import Counts, count_rows
from reporting.disclosure.tables import Integers
from tests.unit.aggregation.rows import CELLS, ITEMS, UNITS, draw_rows


def _spread(counts: Counts, measure: str) -> Integers:
    spread = np.zeros(CELLS, dtype=np.int64)
    spread[counts.cells] = counts.values[measure]
    return spread


@pytest.mark.parametrize("seed", range(60))
def test_every_table_changes_by_at_most_its_sensitivity(seed: int) -> None:
    rows = draw_rows(seed)
    whole = count_rows(rows, ITEMS)
    for person in np.unique(rows[:, 0]):
        without = count_rows(rows[rows[:, 0] != person], ITEMS)
        for measure, most in (("people", 1.0), ("reports", 3.0), ("incidents", 2**0.5)):
            change = _spread(whole, measure) - _spread(without, measure)
            assert np.linalg.norm(change) <= most + 1e-9
        for item, counted in whole.quality.items():
            left = without.quality.get(item, {})
            assert sum(abs(number - left.get(code, 0)) for code, number in counted.items()) <= 1, item


def test_every_unit_counts_in_the_kind_of_its_number() -> None:
    rows = np.array([[unit, 1, 0, 0] for unit in UNITS])
    assert count_rows(rows, ITEMS).quality["unit"] == {
        "phone": 4, "affected": 2, "volunteer": 2, "browser": 2, "copies": 2, "unknown": 1,
    }  # fmt: skip
