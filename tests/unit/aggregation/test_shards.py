"""Shards by person add up to the same figures exactly, however the rows are divided among databases and pieces."""

from itertools import chain

import numpy as np
import pytest

from reporting.aggregation.counting.shard import Counts, add_shards, count_rows, count_shards
from reporting.aggregation.quality_item import list_items
from tests.unit.aggregation.rows import ITEMS, draw_rows


def _list(counts: Counts) -> tuple[object, ...]:
    values = {name: value.tolist() for name, value in counts.values.items()}
    return counts.cells.tolist(), values, counts.people, counts.quality, counts.digest


@pytest.mark.parametrize("seed", range(40))
def test_two_databases_give_what_one_gives(seed: int) -> None:
    rows = draw_rows(seed)
    one, other = (np.array_split(rows[rows[:, 0] % 2 == part], 3) for part in range(2))
    added = add_shards(chain(count_shards(one, ITEMS), count_shards(other, ITEMS)))
    assert _list(added) == _list(count_rows(rows, ITEMS))
    assert _list(added) == _list(count_rows(np.random.default_rng(seed).permutation(rows), ITEMS))


def test_an_incident_that_people_of_several_shards_reported_counts_once_where_the_first_counts() -> None:
    rows = np.array([[person, person % 3, 7, 0] for person in range(5, 40)])
    counts = count_rows(rows, ITEMS)
    assert dict(zip(counts.cells.tolist(), counts.values["incidents"].tolist(), strict=True)) == {0: 0, 1: 0, 2: 1}


def test_a_month_of_nobody_has_every_measure_and_no_cell() -> None:
    counts = count_rows(np.zeros((0, 5), dtype=np.int64), list_items(()), ["answer:point.works"])
    assert {name: value.tolist() for name, value in counts.values.items()} == {
        "people": [], "reports": [], "incidents": [], "answer:point.works": [],
    }  # fmt: skip
    assert counts.people == 0
