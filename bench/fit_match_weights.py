"""Finds the match weights on the labelled Boston reports of July to September 2011.

`python -m bench.fit_match_weights` prints the weights for `reporting/incidents/default_weights.py`. The pairs are those
that `flask dedupe` compares. A pair is positive when both rows belong to one labelled group; rows marked as duplicates
without a known parent are left out. Three views of every pair are learned from: as it is, without the words of the
place, and without the time, so that reports which lack these still have weights. What Boston cannot teach (its texts
are mostly written by forms, it has no senders, its points are sharp, and its channels are a city's desks) is set by
hand in CHOSEN. Ridge-regularised logistic regression by Newton's method, numpy only.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.boston import Boston, read_boston
from reporting.dedupe.blocking import Nearby
from reporting.dedupe.suggestions import WINDOW_S
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.similarity import evidence, lay

Floats = NDArray[np.float64]

NAMES = [name for name in WEIGHTS if name != "unmarked"]
CHOSEN = {
    "text_other": -0.3,
    "text_same": 5.0,
    "text_like": 7.0,
    "sender_same": 2.5,
    "named_only": 3.0,
    "channel_same": 0.0,
}
MISSING_PLACE_NAME = {"named_like": 0.0, "number_other": 0.0, "unnamed": 1.0}
MISSING_TIME = {"soon": 0.0, "late": 0.0, "untimed": 1.0}
NEGATIVES_KEPT = 0.2  # of two million; each then counts five times
RIDGE = 1.0
TUNE_MONTHS = (7, 8, 9)


def collect(boston: Boston, months: Sequence[int] = TUNE_MONTHS) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Return the evidence of the pairs of some months, shape (pairs, names), whether each is one group, and its month.

    The month is that of the later row. Nothing of later months is looked at.
    """
    rng = np.random.default_rng(1)
    seen = boston.observations
    nearby = Nearby(seen, window_s=2 * WINDOW_S)
    lines: list[list[float]] = []
    same: list[bool] = []
    month_of: list[int] = []
    for row in boston.order:
        if boston.month(row) > max(months):
            break
        if boston.month(row) in months and not boston.is_orphan(row):
            for other in nearby.list_candidates(row):
                one_group = boston.is_one_group(row, other)
                if boston.is_orphan(other) or not (one_group or rng.random() < NEGATIVES_KEPT):
                    continue
                found = evidence(lay(seen[row], seen[other], window_s=WINDOW_S)) | {"bias": 1.0}
                lines.append([found.get(name, 0.0) for name in NAMES])
                same.append(one_group)
                month_of.append(boston.month(row))
        nearby.add(row)
    return np.array(lines), np.array(same), np.array(month_of)


def views(pairs: Floats) -> Floats:
    """Return the pairs as they are, without the words of the place and without the time, one below the other."""
    nameless, timeless = pairs.copy(), pairs.copy()
    for name, value in MISSING_PLACE_NAME.items():
        nameless[:, NAMES.index(name)] = value
    nameless[:, NAMES.index("near_unnamed")] = pairs[:, NAMES.index("near")]
    for name, value in MISSING_TIME.items():
        timeless[:, NAMES.index(name)] = value
    return np.vstack([pairs, nameless, timeless])


def fit(pairs: Floats, same: NDArray[np.bool_]) -> dict[str, float]:
    """Return the weight of every name; those in CHOSEN stay as they are and take no part."""
    learned = [name for name in NAMES if name not in CHOSEN]
    x = views(pairs)[:, [NAMES.index(name) for name in learned]]
    y = np.tile(same.astype(float), 3)
    each = np.where(y == 1, 1.0, 1 / NEGATIVES_KEPT) * np.repeat([1.0, 1.0, 0.5], len(same))
    weights = np.zeros(len(learned))
    ridge = np.diag([1e-6 if name == "bias" else RIDGE for name in learned])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (each * (y - p)) - ridge @ weights
        step = np.linalg.solve((x * (each * p * (1 - p))[:, None]).T @ x + ridge, slope)
        weights += step
        if np.abs(step).max() < 1e-7:
            break
    return dict(zip(learned, map(float, weights), strict=True)) | CHOSEN


def main(argv: Sequence[str]) -> int:
    """Fit and print the weights as Python."""
    argparse.ArgumentParser(prog="python -m bench.fit_match_weights", description=__doc__).parse_args(argv)
    pairs, same, _ = collect(read_boston())
    weights = fit(pairs, same)
    for name in NAMES:
        print(f'    "{name}": {weights[name]:.3f},')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
