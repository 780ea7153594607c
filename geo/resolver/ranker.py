"""The last word on which place a text means: the candidates compared by everything that is known of each.

The scorer multiplies pieces of evidence as if each told something new. The ranker has seen how such answers turned
out (`bench/fit_places.py`), and weighs their sum, their kinds, and what of the text stays unexplained against each
other. It sees numbers only (`features.py`), never words or places.
"""

import numpy as np
from numpy.typing import NDArray

from geo.index.evidence import Array, Evidence
from geo.index.learned_points import LearnedPoints
from geo.resolver.features import EXPLAINED_AROUND, LOG_NAMES, choose, describe
from geo.resolver.model import RankerWeights
from geo.resolver.scorer import Posterior

_LEAK = 0.1
_CLIP = 5.0


def rank(
    posterior: Posterior, evidence: list[Evidence], taught: LearnedPoints, lessons: int, weights: RankerWeights
) -> Posterior:
    """The likeliest points of a posterior with their probabilities as the ranker sees them."""
    chosen = choose(posterior)
    features = describe(chosen, posterior, evidence, taught, lessons)
    score = get_scores(features, weights)
    probability = np.exp(score - score.max())
    return take(posterior, chosen, probability / probability.sum(), features)


def take(posterior: Posterior, chosen: NDArray[np.intp], probability: Array, features: Array) -> Posterior:
    """Only the chosen points of a posterior, with what the ranker says of them and some of what describes them."""
    return Posterior(
        posterior.lat[chosen],
        posterior.lon[chosen],
        probability,
        posterior.owner[chosen],
        posterior.row[chosen],
        posterior.share[chosen],
        posterior.support[chosen],
        posterior.crowd[chosen],
        features[:, EXPLAINED_AROUND],
        np.rint(np.expm1(features[:, LOG_NAMES])),
        posterior.apart_m2[chosen][:, chosen],
    )


def get_scores(features: Array, weights: RankerWeights) -> Array:
    """One score for each row of features; the higher, the likelier."""
    scaled = np.clip((features - weights.middle) / weights.scale, -_CLIP, _CLIP)
    inner = scaled @ weights.hidden + weights.offset
    scores: Array = np.maximum(inner, _LEAK * inner) @ weights.output + scaled @ weights.straight
    return scores
