"""Calibration: turns the characteristics of an answer into a confidence and a radius that hold what they promise.

Confidence is a logistic regression on whether the true place lay within 5 km. The radius is a linear fit of the
logarithm of the 80th percentile of the distance. `python -m bench.fit_places` fits both on the training parts of the
Haiti reports.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

_SMALLEST_M, _LARGEST_M = 150.0, 150_000.0


@dataclass(frozen=True, slots=True)
class Signs:
    """The characteristics of an answer, from which confidence and radius are computed.

    In the order of the fields: probability within 2 km and within 10 km; distance in metres that contains 80 of 100 of
    the probability; support (log odds) of the best evidence and of all; similarity of learned texts; spread in metres
    and count of the best evidence; number of toponym candidates; share of the text's words that is explained; whether
    the text is a sentence; number of different names that share exactly this point.
    """

    mass_near: float
    mass_far: float
    reach_m: float
    best_support: float
    support: float
    alike: float
    spread_m: float
    count: int
    mentions: int
    explained: float
    in_sentence: bool
    names: float


def list_features(signs: Signs) -> list[float]:
    """List the features of both fits."""
    far, reach = _logit(signs.mass_far), math.log(signs.reach_m + 100.0) - 7.0
    # In sentences, and where nothing was learned yet, the same characteristics mean something else.
    sentence, untaught = float(signs.in_sentence), float(signs.alike == 0.0)
    return [
        1.0,
        _logit(signs.mass_near),
        far,
        reach,
        signs.best_support / 5.0,
        signs.support / 10.0,
        signs.alike,
        math.log(signs.spread_m + 100.0) - 7.0,
        math.log1p(signs.count),
        1.0 if signs.mentions else 0.0,
        math.log1p(signs.mentions),
        signs.explained,
        sentence,
        signs.explained * sentence,
        signs.explained * far,
        untaught,
        untaught * sentence,
        untaught * signs.explained,
        untaught * far,
        sentence * far,
        sentence * reach,
        math.log1p(signs.names),
    ]


def get_confidence(signs: Signs, weights: Sequence[float]) -> float:
    """Compute the probability, 0 to 1, that the true place lies within 5 km of the answer."""
    return round(1 / (1 + math.exp(-_dot(weights, signs))), 3)


def get_radius_m(signs: Signs, weights: Sequence[float]) -> float:
    """Compute the distance in metres within which the true place lies in about 80 of 100 cases."""
    return round(min(_LARGEST_M, max(_SMALLEST_M, math.exp(min(_dot(weights, signs), 20.0)))), -1)


def _dot(weights: Sequence[float], signs: Signs) -> float:
    total: float = sum(map(mul, weights, list_features(signs)))
    return max(-30.0, min(30.0, total))


def _logit(probability: float) -> float:
    clipped = min(0.995, max(0.005, probability))
    return math.log(clipped / (1 - clipped))
