"""One person less changes what is measured by no more than the noise is made for, the quality report included."""

import numpy as np
import pytest

from reporting.aggregation.count import Counts, count_rows
from reporting.aggregation.quality_item import list_items
from reporting.disclosure.tables import Integers

_ITEMS = list_items(())
_CELLS = 12
# Phones, senders of copies, all whom nobody knows, whom reports are about, accounts, browsers: see unit.py.
_UNITS = (1, 2, 3, 4, -1, -2, 0, 2**60 + 1, 2**60 + 2, 2**61 + 1, 2**61 + 2, 2**62, 2**62 + 2**60 - 1)


def _draw_rows(seed: int) -> Integers:
    chance = np.random.default_rng(seed)
    number = int(chance.integers(5, 60))
    packed = int(np.prod([len(item.codes) for item in _ITEMS]))
    units = np.array(_UNITS)[chance.integers(0, len(_UNITS), number)]
    columns = [chance.integers(1, most, number) for most in (_CELLS, 6)]
    return np.stack([units, *columns, chance.integers(0, packed, number)], axis=1)


def _spread(counts: Counts, measure: str) -> Integers:
    spread = np.zeros(_CELLS, dtype=np.int64)
    spread[counts.cells] = counts.values[measure]
    return spread


@pytest.mark.parametrize("seed", range(60))
def test_every_table_changes_by_at_most_its_sensitivity(seed: int) -> None:
    rows = _draw_rows(seed)
    whole = count_rows(rows, _ITEMS)
    for person in np.unique(rows[:, 0]):
        without = count_rows(rows[rows[:, 0] != person], _ITEMS)
        for measure, most in (("people", 1.0), ("reports", 3.0), ("incidents", 2**0.5)):
            change = _spread(whole, measure) - _spread(without, measure)
            assert np.linalg.norm(change) <= most + 1e-9
        for item, counted in whole.quality.items():
            left = without.quality.get(item, {})
            assert sum(abs(number - left.get(code, 0)) for code, number in counted.items()) <= 1, item


def test_every_unit_counts_in_the_kind_of_its_number() -> None:
    rows = np.array([[unit, 1, 0, 0] for unit in _UNITS])
    assert count_rows(rows, _ITEMS).quality["unit"] == {
        "phone": 4, "affected": 2, "volunteer": 2, "browser": 2, "copies": 2, "unknown": 1,
    }  # fmt: skip
