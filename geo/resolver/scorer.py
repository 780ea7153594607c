"""The scorer: combines all evidence into a posterior over candidate points.

Each piece of evidence is a density over the map, mixed with the doubt that its words meant no place; the logarithms are
added. The tails are wide on purpose: a named commune says that the place is near it, not that it is inside.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, squares_m2, stand
from geo.index.evidence import Array, Evidence, Source

_BACKGROUND_M = 100_000.0
_SHORT = 4  # letters; names so short are often something else
_ECHO_DOUBT = 0.8
_OFTEN = (1, 4, 30)  # the highest counts of "once", "a few" and "many"


@dataclass(frozen=True, slots=True)
class Weights:
    """The scorer's weights, fitted on the tuning part of the Haiti reports (docs/places.md).

    Doubts are probabilities. The others are exponents of what one piece of evidence says; they are below 1 because
    pieces of one text are not independent.
    """

    # how much a name of the gazetteer counts, by what it names and how well it is spelt
    named_place: float = 0.65
    named_area: float = 0.74
    named_road: float = 0.46
    named_misspelt: float = 0.50
    # how much learned words count, by how often they were learned (once, a few, many, very many times)
    taught_word: tuple[float, float, float, float] = (0.32, 0.38, 0.43, 0.35)
    taught_words: tuple[float, float, float, float] = (0.36, 0.50, 0.60, 0.38)
    taught_once_in_sentence: float = 0.13
    heard_word: float = 0.15
    heard_words: float = 0.06
    numbered: float = 0.90
    alike: float = 0.15
    alike_quality: float = 0.55
    # corrections of these weights
    short_taught: float = -0.165
    short_named: float = -0.10
    paired_taught: float = -0.18
    paired_named: float = 0.05
    later_taught: float = -0.10
    later_named: float = -0.16
    covered: float = 0.06
    covered_place_in_sentence: float = 0.25
    spread: float = 1.4  # how much less learned words count whose points are widely spread
    named_spread: float = 0.7
    later_field: float = 0.5
    # the spatial prior: where reports come from
    prior: float = 0.12
    prior_in_sentence: float = 0.24
    prior_scale_m: float = 5_900.0
    # how far from a known point the true place lies
    scale_m: float = 430.0
    named_scale: float = 0.46
    crowd_m: float = 50.0
    # the chance that the words meant something else
    named_doubt: float = 0.014
    misspelt_doubt: float = 0.9
    short_doubt: float = 0.1
    bare_doubt: float = 0.05
    taught_doubt: float = 0.1
    rare_doubt: float = 0.98
    disagree_doubt: float = 1.6
    alike_power: float = 2.9


@dataclass(frozen=True, slots=True)
class SpatialPrior:
    """The spatial prior.

    Where a campaign's reports come from, as unit vectors from `stand` with their shares of all.
    """

    points: Floats
    share: Array


@dataclass(frozen=True, slots=True)
class Posterior:
    """Candidate points with their probabilities, which sum to 1; one array value for each point.

    `owner` is the number of the evidence that proposed the point, `row` the number of the point in it. `share` is the
    point's share of its evidence, without the doubt. `support`, shape (points, evidence), is the log odds that each
    evidence adds. `crowd` is the spatial prior around the point, as a logarithm. `explained` is the share of the text's
    words that is explained there, and `names` the number of different names that share exactly this point (both 0
    before ranking).
    """

    lat: Array
    lon: Array
    probability: Array
    owner: NDArray[np.intp]
    row: NDArray[np.intp]
    share: Array
    support: Array
    crowd: Array
    explained: Array
    names: Array
    apart_m2: Floats  # squared distances between all points, in square metres


def weigh(evidence: Sequence[Evidence], usual: SpatialPrior, weights: Weights) -> Posterior:
    """Compute the posterior over all points that any evidence proposes; `usual` is the spatial prior."""
    doubt = np.array([get_doubt(e, weights) for e in evidence])
    strength = np.array([get_strength(e, weights) for e in evidence])
    lat = np.concatenate([e.lat for e in evidence])
    lon = np.concatenate([e.lon for e in evidence])
    scale = np.concatenate([_scale_m(e, weights) for e in evidence])
    sizes = np.array([len(e.lat) for e in evidence])
    owner = np.repeat(np.arange(len(evidence)), sizes)
    share = np.concatenate([e.share for e in evidence]) * (1 - doubt[owner])
    points = stand(lat, lon)
    apart_m2 = squares_m2(points, points)
    narrow = 1 / (scale * scale)
    fall = 1 / (1 + apart_m2 * narrow)
    density = (share * narrow * _BACKGROUND_M**2) * (fall * fall * fall)
    starts = sizes.cumsum() - sizes
    support = strength * np.log(doubt + np.add.reduceat(density, starts, axis=1))
    prior = weights.prior_in_sentence if evidence[0].in_sentence else weights.prior
    crowd = _density(points, usual, weights.prior_scale_m)
    score = support.sum(axis=1) + prior * crowd
    # A point that two pieces of evidence propose must not count twice.
    crowding = (1 / (1 + apart_m2 / weights.crowd_m**2)).sum(axis=1)
    probability = np.exp(score - score.max()) / crowding
    probability /= probability.sum()
    rows, nothing = np.arange(len(lat)) - starts[owner], np.zeros(len(lat))
    return Posterior(lat, lon, probability, owner, rows, share, support, crowd, nothing, nothing, apart_m2)


def get_strength(evidence: Evidence, weights: Weights) -> float:
    """Compute the weight of one piece of evidence beside others, 0 or more."""
    if evidence.source is Source.ECHOED:
        return 0.0
    if evidence.source is Source.ALIKE:
        strength = weights.alike + weights.alike_quality * evidence.quality
        return strength * weights.later_field**evidence.field
    strength = _covered_strength(evidence, weights) if evidence.is_covered else _own_strength(evidence, weights)
    wide = math.log(max(evidence.spread_m, 1000.0) / 1000.0) / math.log(_BACKGROUND_M / 1000.0)
    slope = weights.named_spread if evidence.source is Source.NAMED else weights.spread
    return max(0.0, strength) * max(0.05, 1 - slope * wide) * weights.later_field**evidence.field


def _covered_strength(evidence: Evidence, weights: Weights) -> float:
    is_place = evidence.source is Source.NAMED and not _is_area(evidence)
    return weights.covered_place_in_sentence if is_place and evidence.in_sentence else weights.covered


def _own_strength(evidence: Evidence, weights: Weights) -> float:
    is_short = evidence.letters <= _SHORT and evidence.end - evidence.start == 1
    if evidence.source is Source.NAMED:
        strength = _named_strength(evidence, weights)
        strength += weights.short_named * is_short + weights.paired_named * evidence.is_paired
        return strength + weights.later_named * (evidence.part > 0)
    if evidence.source is Source.TAUGHT:
        strength = _learned_strength(evidence, weights)
        strength += weights.short_taught * is_short + weights.paired_taught * evidence.is_paired
        return strength + weights.later_taught * (evidence.part > 0)
    if evidence.source is Source.HEARD:
        return weights.heard_word if evidence.end - evidence.start == 1 else weights.heard_words
    return weights.numbered


def _named_strength(evidence: Evidence, weights: Weights) -> float:
    if evidence.quality < 1:
        return weights.named_misspelt
    if _is_area(evidence):
        return weights.named_area
    return weights.named_road if evidence.kinds[0] == "road" else weights.named_place


def _learned_strength(evidence: Evidence, weights: Weights) -> float:
    often = bisect_left(_OFTEN, evidence.count)
    if evidence.end - evidence.start > 1:
        return weights.taught_words[often]
    return weights.taught_once_in_sentence if often == 0 and evidence.in_sentence else weights.taught_word[often]


def _is_area(evidence: Evidence) -> bool:
    return all(kind.startswith("admin") for kind in evidence.kinds)


def get_doubt(evidence: Evidence, weights: Weights) -> float:
    """Compute the probability that the words meant none of the points."""
    if evidence.source is Source.ECHOED:
        return _ECHO_DOUBT
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
        return np.minimum(np.maximum(evidence.scale_m * weights.named_scale, 500.0), 10_000.0)  # np.clip is slower
    return np.maximum(evidence.scale_m, weights.scale_m)


def _density(points: Floats, usual: SpatialPrior, scale_m: float) -> Array:
    """Compute the spatial prior around each point, as a logarithm.

    A town that sends many reports is likelier than another of the same name.
    """
    if not len(usual.share):
        return np.zeros(len(points))
    fall = 1 / (1 + squares_m2(points, usual.points) / (scale_m * scale_m))
    crowd: Array = np.log(0.05 + (_BACKGROUND_M / scale_m) ** 2 * ((fall * fall) @ usual.share))
    return crowd
