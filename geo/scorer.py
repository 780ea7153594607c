"""One scorer over all evidence: a posterior over candidate points.

Each mention is a density over the map, mixed with the doubt that its words meant no place; their logarithms add up.
The tails are wide on purpose: a commune that is named says that the truth is near it, not that it is inside.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, distances_m
from geo.evidence import Array, Evidence, Source

_BACKGROUND_M = 100_000.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What was tuned on the Haiti reports (docs/places.md says on which part). Doubts are probabilities."""

    temperature: float = 2.8
    prior: float = 0.21
    prior_scale_m: float = 5_900.0
    peak_m: float = 1_100.0
    crowd_m: float = 50.0  # proposals this near to each other share their probability
    # how much a mention counts
    named: float = 1.4
    taught: float = 1.0
    alike: float = 0.5
    heard: float = 0.3
    numbered: float = 1.0
    covered: float = 0.09
    paired: float = 0.6
    spread: float = 1.4  # how much less one counts that lies all over the map
    named_spread: float = 0.7
    later_part: float = 1.0
    later_field: float = 0.5
    # how far around a known point the truth lies
    scale_m: float = 430.0
    named_scale: float = 0.46
    # the chance that the words meant something else
    named_doubt: float = 0.01
    misspelt_doubt: float = 0.9
    short_doubt: float = 0.1
    bare_doubt: float = 0.05
    taught_doubt: float = 0.1
    rare_doubt: float = 0.98
    disagree_doubt: float = 1.6
    alike_power: float = 2.1


@dataclass(frozen=True, slots=True)
class Usual:
    """Where a campaign's reports come from: some points with their shares of all."""

    lat: Array
    lon: Array
    share: Array


@dataclass(frozen=True, slots=True)
class Posterior:
    """Candidate points with their probabilities (one value each, sum 1), the number of the evidence that proposed
    each (`owner`) and the point's number there (`row`); `support`: the log odds that each evidence (columns) adds."""

    lat: Array
    lon: Array
    probability: Array
    owner: NDArray[np.intp]
    row: NDArray[np.intp]
    support: Array
    distance_m: Floats  # from each point to each


def weigh(evidence: Sequence[Evidence], usual: Usual, weights: Weights) -> Posterior:
    """The posterior over all points that any evidence proposes. `usual`: where reports come from."""
    doubt = np.array([get_doubt(e, weights) for e in evidence])
    strength = np.array([get_strength(e, weights) for e in evidence])
    lat = np.concatenate([e.lat for e in evidence])
    lon = np.concatenate([e.lon for e in evidence])
    scale = np.concatenate([_scale_m(e, weights) for e in evidence])
    sizes = np.array([len(e.lat) for e in evidence])
    owner = np.repeat(np.arange(len(evidence)), sizes)
    share = np.concatenate([e.share for e in evidence]) * (1 - doubt[owner])
    distance = distances_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    fall = 1 / (1 + np.square(distance / scale))
    density = (share * (_BACKGROUND_M / scale) ** 2) * (fall * fall * fall)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    support = strength * np.log(doubt + np.add.reduceat(density, starts, axis=1))
    score = support.sum(axis=1) + _prior(lat, lon, usual, weights)
    score /= weights.temperature
    # A point that is proposed twice must not count twice.
    crowding = (1 / (1 + (distance / weights.crowd_m) ** 2)).sum(axis=1)
    probability = np.exp(score - score.max()) / crowding
    probability /= probability.sum()
    return Posterior(lat, lon, probability, owner, np.arange(len(lat)) - starts[owner], support, distance)


def get_strength(evidence: Evidence, weights: Weights) -> float:
    """How much one piece of evidence counts beside others."""
    strength = {
        Source.NAMED: weights.named,
        Source.TAUGHT: weights.taught,
        Source.ALIKE: weights.alike,
        Source.HEARD: weights.heard,
    }.get(evidence.source, weights.numbered)
    if evidence.is_covered:
        strength *= weights.covered
    if evidence.is_paired:
        strength *= weights.paired
    if evidence.source is not Source.ALIKE:
        wide = math.log(max(evidence.spread_m, 1000.0) / 1000.0) / math.log(_BACKGROUND_M / 1000.0)
        slope = weights.named_spread if evidence.source is Source.NAMED else weights.spread
        strength *= max(0.05, 1 - slope * wide)
        strength *= weights.later_part**evidence.part
    return float(strength * weights.later_field**evidence.field)


def get_doubt(evidence: Evidence, weights: Weights) -> float:
    """The chance that the words meant none of the points."""
    if evidence.source is Source.ALIKE:
        return float(1 - 0.95 * evidence.quality**weights.alike_power)
    doubt = weights.bare_doubt if evidence.is_bare else 0.0
    if evidence.source in (Source.NAMED, Source.TAUGHT):
        doubt += weights.disagree_doubt * max(0.0, 0.8 - evidence.agreement)
    if evidence.source in (Source.TAUGHT, Source.HEARD):
        doubt += weights.taught_doubt + weights.rare_doubt / (1 + evidence.count)
        doubt += weights.misspelt_doubt * (1 - evidence.quality)
    else:
        doubt += weights.named_doubt + weights.misspelt_doubt * (1 - evidence.quality)
        doubt += weights.short_doubt if evidence.letters < 5 else 0.0
    return min(doubt, 0.95)


def _scale_m(evidence: Evidence, weights: Weights) -> Array:
    if evidence.source is Source.NAMED:
        return np.clip(evidence.scale_m * weights.named_scale, 500.0, 10_000.0)
    return np.maximum(evidence.scale_m, weights.scale_m)


def _prior(lat: Array, lon: Array, usual: Usual, weights: Weights) -> Array | float:
    """Where reports come from anyway: a town that sends many is likelier than its namesake."""
    if not weights.prior or not len(usual.lat):
        return 0.0
    away = distances_m(lat[:, None], lon[:, None], usual.lat[None, :], usual.lon[None, :])
    fall = 1 / (1 + np.square(away / weights.prior_scale_m))
    crowd = (_BACKGROUND_M / weights.prior_scale_m) ** 2 * (fall * fall) @ usual.share
    prior: Array = weights.prior * np.log(0.05 + crowd)
    return prior
