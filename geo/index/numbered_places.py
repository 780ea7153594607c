"""Numbered places: interpolates the location of "Delmas 41" when 33 and 75 are known.

In many towns streets, blocks or villages of one name have numbers that run along a road.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from geo.distance import distance_m
from geo.index.evidence import Evidence, Source
from geo.reasons import Reason, ReasonCode
from geo.text.spans import Role, Word

_WIDEST_GAP = 60  # known numbers further apart than this say little about those between
_WIDEST_GAP_M = 6_000.0
_NEAREST = 6  # furthest number beyond the last known one
_SCALE_M = 300.0
_METRES_A_NUMBER = 120.0
_ONE_PLACE_M = 3_000.0  # "Ward 5" is in every town of a gazetteer: points further apart are different places

# Latitude, longitude, radius in metres, reason code, and the known numbers it was computed from.
_Guess = tuple[float, float, float, ReasonCode, tuple[int, ...]]


class NumberedPlaces:
    """For each name with numbers: the known numbers and their middle points."""

    def __init__(self, names: Iterable[tuple[Sequence[Word], float, float]], *, is_taught: bool) -> None:
        """Build from the words of names with their points in degrees.

        A learned number counts wherever its points lie. Of a gazetteer, only numbers whose points all belong to one
        place count.
        """
        points: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
        for words, lat, lon in names:
            for base, number, _ in _find_numbers(words):
                points[base, number].append((lat, lon))
        known: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
        for (base, number), places in sorted(points.items()):
            lat, lon = np.median(np.array(places), axis=0).tolist()
            if not is_taught and any(distance_m(lat, lon, *place) > _ONE_PLACE_M for place in places):
                continue
            known[base].append((number, lat, lon))
        self._known = dict(known)

    def find_mentions(self, words: Sequence[Word]) -> list[Evidence]:
        """Find evidence for unknown numbers, interpolated from the known numbers below and above."""
        found = []
        for base, number, end in _find_numbers(words):
            row = self._known.get(base, [])
            if any(known == number for known, _, _ in row):
                continue
            guess = _between(row, number)
            if guess is not None:
                lat, lon, scale_m, code, numbers = guess
                shown = f"{words[end - 2].text} {number}"
                found.append(
                    Evidence(
                        Source.NUMBERED, np.array([lat]), np.array([lon]), np.array([scale_m]), np.ones(1), 0.8,
                        scale_m, Reason.of(code, shown, *numbers), start=end - 2, end=end,
                        names=(shown,), kinds=("numbered",),
                    )
                )  # fmt: skip
        return found


def has_number(words: Sequence[Word]) -> bool:
    """Tell whether a name has a number right behind one of its words."""
    return bool(_find_numbers(words))


def _find_numbers(words: Sequence[Word]) -> list[tuple[str, int, int]]:
    """List (name, number, end) for each name with a number right behind it."""
    return [
        (name.key, int(number.text), end)
        for end, (name, number) in enumerate(pairwise(words), 2)
        if number.role is Role.NUMBER and name.role is Role.NAME and name.part == number.part and len(number.text) <= 3
    ]


def _between(row: list[tuple[int, float, float]], number: int) -> _Guess | None:
    below = max((known for known in row if known[0] < number), default=None)
    above = min((known for known in row if known[0] > number), default=None)
    if below is not None and above is not None and above[0] - below[0] <= _WIDEST_GAP:
        gap_m = distance_m(below[1], below[2], above[1], above[2])
        if gap_m <= _WIDEST_GAP_M:
            part = (number - below[0]) / (above[0] - below[0])
            lat, lon = (below[i] + part * (above[i] - below[i]) for i in (1, 2))
            return lat, lon, _SCALE_M + gap_m / 8, ReasonCode.NUMBER_BETWEEN, (below[0], above[0])
    nearest = min((known for known in (below, above) if known), key=lambda known: abs(known[0] - number), default=None)
    if nearest is None or abs(nearest[0] - number) > _NEAREST:
        return None
    scale_m = _SCALE_M + _METRES_A_NUMBER * abs(nearest[0] - number)
    return nearest[1], nearest[2], scale_m, ReasonCode.NUMBER_NEAR, (nearest[0],)
