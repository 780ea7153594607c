"""The calibration curve of match weights: how often pairs of a score were linked by moderators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporting.incidents.similarity import score_of
from reporting.incidents.training_pairs import Example

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The decided pairs with a score in one tenth: their count, mean score, and the share that moderators linked."""

    low: float
    high: float
    count: int
    mean_score: float
    linked_share: float


def reliability(examples: Sequence[Example], weights: Mapping[str, float]) -> list[Bin]:
    """Compute the calibration curve: the tenths of the score that have pairs, lowest first.

    Moderators mostly decide pairs that were suggested, so the curve describes these and not all pairs.
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for example in examples:
        score = score_of(example.comparison, weights)
        groups.setdefault(min(BINS - 1, int(score * BINS)), []).append((score, example.is_same))
    return [_bin(place, group) for place, group in sorted(groups.items())]


def _bin(place: int, group: Sequence[tuple[float, bool]]) -> Bin:
    count = len(group)
    mean_score = sum(score for score, _ in group) / count
    return Bin(place / BINS, (place + 1) / BINS, count, mean_score, sum(same for _, same in group) / count)
