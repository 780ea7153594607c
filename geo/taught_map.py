"""Where lessons lie: how many around a point, and how many different names were put on exactly that point."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np

from geo.evidence import Array

_CELL_DEGREES = 0.004  # about 400 m
_PIN_DIGITS = 4  # decimals of a degree: 10 m


class TaughtMap:
    """Counts of lessons on a grid. A point that many different names were put on is a default pin, used for want of
    better, and likely to be used again."""

    def __init__(self, lat: Array, lon: Array, names: Sequence[str]) -> None:
        """The lessons' points in degrees and the names they taught, folded."""
        self._around: Counter[tuple[int, int]] = Counter()
        for (y, x), count in Counter(zip(*_squares(lat, lon), strict=True)).items():
            for square in product((y - 1, y, y + 1), (x - 1, x, x + 1)):
                self._around[square] += count
        pins: dict[tuple[float, float], set[str]] = defaultdict(set)
        for y, x, name in zip(lat.tolist(), lon.tolist(), names, strict=True):
            pins[round(y, _PIN_DIGITS), round(x, _PIN_DIGITS)].add(name)
        self._pins = {pin: len(known) for pin, known in pins.items() if len(known) > 1}

    def count_around(self, lat: Array, lon: Array) -> Array:
        """How many lessons lie in the nine squares around each point."""
        around = self._around
        return np.array([around.get(square, 0) for square in zip(*_squares(lat, lon), strict=True)], dtype=np.float64)

    def count_names(self, lat: Array, lon: Array) -> Array:
        """How many different names were put on exactly each point; 0 for one."""
        pins = zip(lat.tolist(), lon.tolist(), strict=True)
        return np.array(
            [self._pins.get((round(y, _PIN_DIGITS), round(x, _PIN_DIGITS)), 0) for y, x in pins], dtype=np.float64
        )


def _squares(lat: Array, lon: Array) -> tuple[list[int], list[int]]:
    return np.rint(lat / _CELL_DEGREES).astype(int).tolist(), np.rint(lon / _CELL_DEGREES).astype(int).tolist()
