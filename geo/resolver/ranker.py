"""The ranker: compares the candidate points by all their features and gives the final probabilities.

The scorer multiplies pieces of evidence as if they were independent. The ranker was trained on how such answers turned
out (`bench/fit_places.py`): it weighs the sum of the evidence, its kinds, and the part of the text that stays
unexplained. Its input is numbers only (`features.py`), never words or places.
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
    posterior: Posterior, evidence: list[Evidence], taught: LearnedPoints, placements: int, weights: RankerWeights
) -> Posterior:
    """Rank the likeliest points of a posterior and return them with new probabilities."""
    chosen = choose(posterior)
    features = describe(chosen, posterior, evidence, taught, placements)
    score = get_scores(features, weights)
    probability = np.exp(score - score.max())
    return take(posterior, chosen, probability / probability.sum(), features)


def take(posterior: Posterior, chosen: NDArray[np.intp], probability: Array, features: Array) -> Posterior:
    """Reduce a posterior to the chosen points, with the ranker's probabilities and two of its features."""
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
    """Compute one score for each row of features; a higher score is likelier."""
    scaled = np.clip((features - weights.middle) / weights.scale, -_CLIP, _CLIP)
    inner = scaled @ weights.hidden + weights.offset
    scores: Array = np.maximum(inner, _LEAK * inner) @ weights.output + scaled @ weights.straight
    return scores
