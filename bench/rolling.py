"""How well repeats are found in months that the weights have not seen: learn up to a month, then ask the next one.

A rolling origin: July teaches August, July and August teach September, and so on. Candidates that were reported later
than the row are those of the same month only: the file ends with the month that is asked about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.boston import Boston, hits
from bench.fit_match_weights import collect, fit
from reporting.dedupe.dedupe import Batch, no_search_for_cycles
from reporting.dedupe.suggestions import Found
from reporting.incidents.default_weights import WEIGHTS, for_sheet

ORIGINS = ((7,), (7, 8), (7, 8, 9))


def measure_rolling(boston: Boston) -> dict[str, Any]:
    """Measure by month how often the true parent is among the first 1, 3 and 5, with weights of earlier months only."""
    pairs, same, month_of = collect(boston)
    figures: dict[str, Any] = {}
    for months in ORIGINS:
        learned_from = np.isin(month_of, months)
        weights = for_sheet(WEIGHTS | fit(pairs[learned_from], same[learned_from]))
        asked = max(months) + 1
        found = rank(boston, weights, until=asked)
        children = [row for row in boston.order if boston.month(row) == asked and boston.labels.get(row) is not None]
        ranked = {row: [pair.candidate for pair in found.list_pairs(row)] for row in children}
        figures[f"learned_until_{max(months)}_asked_{asked}"] = {
            "with_parent": len(children),
            "parent_in_first_1_3_5": hits(boston, ranked, children),
        }
    return figures


def rank(boston: Boston, weights: Mapping[str, float], *, until: int) -> Found:
    """Rank the candidates of every row up to the end of a month, as `flask dedupe` ranks them."""
    found = Found(len(boston.ids), is_listed=True)
    batch = Batch(boston.observations, weights=weights)
    rows: Sequence[int] = [row for row in boston.order if boston.month(row) <= until]
    with no_search_for_cycles():
        for row in rows:
            found.keep(row, batch.take(row))
    return found
