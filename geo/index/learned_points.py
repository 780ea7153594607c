"""A grid count of learned placements: how many lie around a point, and how many names share exactly one point."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from geo.index.evidence import Array

_CELL_DEGREES = 0.004  # about 400 m
_PIN_DEGREES = 0.0001  # 10 m


class LearnedPoints:
    """Counts of learned placements on a grid.

    A point with many different names is a default pin, set for want of a better one, and is likely to be set again.
    """

    def __init__(self, lat: Array, lon: Array, names: Sequence[str]) -> None:
        """Build the grid from the placements' points in degrees and their folded names."""
        self._around: Counter[tuple[int, int]] = Counter()
        for (y, x), count in Counter(_list_squares(lat, lon, _CELL_DEGREES)).items():
            for square in product((y - 1, y, y + 1), (x - 1, x, x + 1)):
                self._around[square] += count
        pins: dict[tuple[int, int], set[str]] = defaultdict(set)
        for pin, name in zip(_list_squares(lat, lon, _PIN_DEGREES), names, strict=True):
            pins[pin].add(name)
        self._pins = {pin: len(known) for pin, known in pins.items() if len(known) > 1}

    def count_around(self, lat: Array, lon: Array) -> Array:
        """Count the placements in the nine grid squares around each point."""
        return _count(self._around, lat, lon, _CELL_DEGREES)

    def count_names(self, lat: Array, lon: Array) -> Array:
        """Count the different names that share exactly each point; 0 where there is only one."""
        return _count(self._pins, lat, lon, _PIN_DEGREES)


def _count(counts: Mapping[tuple[int, int], int], lat: Array, lon: Array, degrees: float) -> Array:
    if not counts:
        return np.zeros(len(lat))
    return np.array([counts.get(square, 0) for square in _list_squares(lat, lon, degrees)], dtype=np.float64)


def _list_squares(lat: Array, lon: Array, degrees: float) -> Iterable[tuple[int, int]]:
    return zip(*np.rint(np.array((lat, lon)) / degrees).astype(np.int64).tolist(), strict=True)
