"""Threshold and rounding of shown values beside those of the Office for National Statistics' package (10-5 rule).

The package hides counts under ten. Here the noise protects, and the threshold is for readers: a value is shown where it
is ten after rounding, which is from 7.5 on. Everything else is the same.
"""

import sys
from pathlib import Path

import pandas as pd
from cell_key_perturbation.create_perturbed_table import create_perturbed_table

from reporting.aggregation.estimate import show
from reporting.disclosure.non_negative import UNITS

_COUNTS = (1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 47, 48, 203, 622)


def test_values_are_rounded_and_hidden_as_by_the_ten_five_rule() -> None:
    rules = pd.read_csv(Path(sys.prefix) / "ptable_10_5_rule.csv")
    people = [(str(count), "all", key % 256) for count in _COUNTS for key in range(count)]
    data = pd.DataFrame(people, columns=["cell", "all", "record_key"])
    table = create_perturbed_table(
        data, rules, geog=["cell"], tab_vars=["all"], record_key="record_key", use_existing_ons_id=False, threshold=10
    )
    theirs = {int(row.cell): None if pd.isna(row.count_) else int(row.count_) for row in _list_rows(table)}
    ours = {count: show(count * UNITS) for count in _COUNTS}
    assert {count: value for count, value in ours.items() if count not in (8, 9)} == {
        count: value for count, value in theirs.items() if count not in (8, 9)
    }
    assert [ours[8], ours[9]] == [10, 10]
    assert [theirs[8], theirs[9]] == [None, None]


def _list_rows(table: pd.DataFrame) -> list[pd.Series]:
    renamed = table.rename(columns={"count": "count_"})
    return [row for _, row in renamed.iterrows()]
