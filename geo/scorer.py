"""One scorer over all evidence: a posterior over candidate points, and from it the point, the radius, the confidence.

Each mention is a density over the map, mixed with the doubt that its words meant no place; their logarithms add up.
The tails are wide on purpose: a commune that is named says that the truth is near it, not that it is inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.distance import distances_m
from geo.evidence import Array, Evidence

_BACKGROUND_M = 100_000.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What was tuned on the Haiti reports (docs/places.md says on which part)."""

    tail: float = 1.5
    temperature: float = 2.0
    prior: float = 0.3
    prior_scale_m: float = 3_000.0
    covered: float = 0.3  # what a mention counts that lies inside a longer one
    peak_m: float = 800.0


@dataclass(frozen=True, slots=True)
class Posterior:
    """Candidate points with their probabilities (one row each, sum 1) and the evidence each came from."""

    lat: Array
    lon: Array
    probability: Array
    owner: Array  # number of the evidence that proposed the point
    row: Array  # its number there


def weigh(evidence: Sequence[Evidence], usual: tuple[Array, Array], weights: Weights) -> Posterior:
    """The posterior over all points that any evidence proposes. `usual`: points that reports come from."""
    lat = np.concatenate([e.lat for e in evidence])
    lon = np.concatenate([e.lon for e in evidence])
    scale = np.concatenate([e.scale_m for e in evidence])
    share = np.concatenate([e.share * (1 - e.doubt) for e in evidence])
    sizes = np.array([len(e.lat) for e in evidence])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    distance = distances_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    density = share * (_BACKGROUND_M / scale) ** 2 * (1 + (distance / scale) ** 2) ** -weights.tail
    mentioned = np.add.reduceat(density, starts, axis=1)
    doubt = np.array([e.doubt for e in evidence])
    strength = np.array([e.strength for e in evidence])
    score = (strength * np.log(doubt + mentioned)).sum(axis=1)
    if weights.prior and len(usual[0]):
        away = distances_m(lat[:, None], lon[:, None], usual[0][None, :], usual[1][None, :])
        crowd = ((_BACKGROUND_M / weights.prior_scale_m) ** 2 * (1 + (away / weights.prior_scale_m) ** 2) ** -2).mean(1)
        score += weights.prior * np.log(0.05 + crowd)
    score /= weights.temperature
    probability = np.exp(score - score.max())
    owner = np.repeat(np.arange(len(evidence)), sizes)
    # A point proposed twice must not count twice: crowded proposals share their mass.
    crowding = (1 / (1 + (distance / 50.0) ** 2)).sum(axis=1)
    probability /= crowding
    return Posterior(lat, lon, probability / probability.sum(), owner, np.arange(len(lat)) - starts[owner])
