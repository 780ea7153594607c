"""Nearest neighbours among texts: the most similar by shared features, where rare features count most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.index.evidence import Array
from geo.inverted_index import Postings

_RAREST = 60  # rarest features of a text that are compared; the others are in nearly every text

_WORTH = 0.2  # share of the best score that a text needs; with less it would hardly count


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The most similar texts, by number.

    `share` is the weight of each and sums to 1; `contained`, 0 to 1, is how much of them is in the text that was
    compared.
    """

    numbers: NDArray[np.intp]
    share: Array
    contained: float


class TextNeighbours:
    """An index of texts by their features. Built once, then read-only."""

    def __init__(self, features: Iterable[tuple[str, int]], count: int, *, length_power: float, sharpness: float):
        """Build the index from `features`, pairs of (feature, number of the text), of `count` texts.

        `length_power` is how much long texts lose, `sharpness` how much the best text counts more than the others.
        """
        self._postings = Postings.of(features)
        self._counts = self._postings.count_ids()
        weight = np.log(1 + max(1, count) / np.maximum(self._counts, 1))
        self._weight = (weight * weight).astype(np.float64)
        self._mass = self._mass_of(count)
        self._length = self._mass**length_power
        self._sharpness = sharpness

    def _mass_of(self, count: int) -> Array:
        mass = np.zeros(count)
        for row, ids in enumerate(self._postings.iterate_rows()):
            mass[ids] += self._weight[row]
        return np.maximum(mass, 1e-9)

    def find(self, features: Sequence[str], count: int) -> Neighbours | None:
        """Find the `count` texts most similar to one with these features; None when no text shares any of them."""
        known = np.array([row for row in self._postings.find_rows(features) if row >= 0], dtype=np.intp)
        if not len(known):
            return None
        if len(known) > _RAREST:
            known = known[self._counts[known].argpartition(_RAREST)[:_RAREST]]
        ids, counts = self._postings.gather_ids(known)
        shared = np.bincount(ids, weights=self._weight[known].repeat(counts), minlength=len(self._mass))
        score = shared / self._length
        most = score.max()
        best = (score > _WORTH * most).nonzero()[0]
        top = score[best]
        if len(best) > count:
            kept = top.argpartition(-count)[-count:]
            best, top = best[kept], top[kept]
        share = (top / most) ** self._sharpness
        share /= share.sum()
        return Neighbours(best, share, float(share @ np.minimum(1.0, shared[best] / self._mass[best])))
