"""How sure and how far: signs of an answer turned into a probability and a radius that keep what they promise.

Confidence is a logistic regression on whether the truth lay within 5 km, the radius a linear fit of the logarithm of
the 80th percentile of the distance; `python -m bench.fit_places` fits both on the teaching parts of the Haiti reports.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

_SMALLEST_M, _LARGEST_M = 150.0, 150_000.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What an answer looked like: probability within 2 and 10 km, the distance holding 80 of 100, the support of the
    best evidence and of all (log odds), how much of taught texts was found, the best evidence's spread and count, how
    many mentions there were, the share of what was said that is explained, whether it was said in a
    sentence, and how many different names were put on exactly the point."""

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
    """The numbers that both fits work on."""
    far, reach = _logit(signs.mass_far), math.log(signs.reach_m + 100.0) - 7.0
    # In sentences, and where nothing was taught, the same signs mean something else.
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
    """The chance, 0 to 1, that the truth lies within 5 km of the answer."""
    return round(1 / (1 + math.exp(-_dot(weights, signs))), 3)


def get_radius_m(signs: Signs, weights: Sequence[float]) -> float:
    """The distance in metres within which the truth lies in about 80 of 100 cases."""
    return round(min(_LARGEST_M, max(_SMALLEST_M, math.exp(min(_dot(weights, signs), 20.0)))), -1)


def _dot(weights: Sequence[float], signs: Signs) -> float:
    total: float = sum(map(mul, weights, list_features(signs)))
    return max(-30.0, min(30.0, total))


def _logit(probability: float) -> float:
    clipped = min(0.995, max(0.005, probability))
    return math.log(clipped / (1 - clipped))
