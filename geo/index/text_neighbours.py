"""Which of many texts are most like one: by the features they share, rare ones counting most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.index.evidence import Array
from geo.inverted_index import Postings

_RAREST = 60  # features of a text that are looked at; the others are in nearly every text

_WORTH = 0.2  # of the best score; with less a text would count for nothing


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The texts most like one, by number: `share`, summing to 1, is how much each counts; `contained` from 0 to 1 how
    much of them is in the text that was asked."""

    numbers: NDArray[np.intp]
    share: Array
    contained: float


class TextNeighbours:
    """An index of texts by their features. Built once, then only read."""

    def __init__(self, features: Iterable[tuple[str, int]], count: int, *, length_power: float, sharpness: float):
        """`features`: (feature, number of the text) of `count` texts. `length_power`: how much long texts lose;
        `sharpness`: how much the best counts before the others."""
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
        """The `count` texts most like one with these features; None when none has any of them."""
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
