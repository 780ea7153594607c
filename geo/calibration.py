"""How sure and how far: signs of an answer turned into a probability and a radius that keep what they promise.

Confidence is a logistic regression on whether the truth lay within 10 km, the radius a linear fit of the logarithm of
the 80th percentile of the distance; both were fitted on the tuning part of the Haiti reports (docs/places.md).
"""

import math
from dataclasses import dataclass

_SMALLEST_M, _LARGEST_M = 150.0, 150_000.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What an answer looked like: probability within 2 and 10 km, the distance holding 80 of 100, the support of the
    best evidence and of all (log odds), how much of taught texts was found, the best evidence's spread and count, and
    how many mentions there were."""

    mass_near: float
    mass_far: float
    reach_m: float
    best_support: float
    support: float
    alike: float
    spread_m: float
    count: int
    mentions: int


def list_features(signs: Signs) -> list[float]:
    """The numbers that both fits work on."""
    return [
        1.0,
        _logit(signs.mass_near),
        _logit(signs.mass_far),
        math.log(signs.reach_m + 100.0) - 7.0,
        signs.best_support / 5.0,
        signs.support / 10.0,
        signs.alike,
        math.log(signs.spread_m + 100.0) - 7.0,
        math.log1p(signs.count),
        1.0 if signs.mentions else 0.0,
        math.log1p(signs.mentions),
    ]


CONFIDENCE = (-0.982, -0.122, 0.621, 0.113, -0.497, 1.601, -0.231, -0.006, -0.006, 0.106, 0.028)
RADIUS = (11.384, -0.156, -0.469, -0.076, 0.670, -1.352, -0.043, 0.019, -0.002, -0.100, 0.111)


def get_confidence(signs: Signs) -> float:
    """The chance, 0 to 1, that the truth lies within 10 km of the answer."""
    return round(1 / (1 + math.exp(-_dot(CONFIDENCE, signs))), 3)


def get_radius_m(signs: Signs) -> float:
    """The distance in metres within which the truth lies in about 80 of 100 cases."""
    return round(min(_LARGEST_M, max(_SMALLEST_M, math.exp(min(_dot(RADIUS, signs), 20.0)))), -1)


def _dot(weights: tuple[float, ...], signs: Signs) -> float:
    return max(-30.0, min(30.0, sum(w * x for w, x in zip(weights, list_features(signs), strict=True))))


def _logit(probability: float) -> float:
    clipped = min(0.995, max(0.005, probability))
    return math.log(clipped / (1 - clipped))
