"""Rows as `reporting.aggregation.counting.row_stream` reads them, drawn by chance."""

import numpy as np

from reporting.aggregation.quality_item import list_items
from reporting.disclosure.tables import Integers

ITEMS = list_items(())
CELLS = 12
# Phones, senders of copies, all whom nobody knows, whom reports are about, accounts, browsers: see unit.py.
UNITS = (1, 2, 3, 4, -1, -2, 0, 2**60 + 1, 2**60 + 2, 2**61 + 1, 2**61 + 2, 2**62, 2**62 + 2**60 - 1)


def draw_rows(seed: int) -> Integers:
    """Five to sixty reports of units of all kinds."""
    chance = np.random.default_rng(seed)
    number = int(chance.integers(5, 60))
    packed = int(np.prod([len(item.codes) for item in ITEMS]))
    units = np.array(UNITS)[chance.integers(0, len(UNITS), number)]
    columns = [chance.integers(1, most, number) for most in (CELLS, 6)]
    return np.stack([units, *columns, chance.integers(0, packed, number)], axis=1)
