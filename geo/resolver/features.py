"""Feature vectors of the candidate points, for the ranker.

No feature knows a country, a word or a place: only how much of which kind of evidence lies how near, how much of the
text it explains, and where reports come from. So weights that were fitted on one campaign are valid for another.
"""

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, pick_apart
from geo.index.evidence import Array, Evidence, Source
from geo.index.learned_points import LearnedPoints
from geo.resolver.scorer import Posterior

MOST = 24  # most points that are compared
_SAME_M = 150.0
_GATHER_M2, _CROWD_M2 = 1_100.0**2, 100.0**2
_SCALES_M2 = np.square([400.0, 1_500.0, 6_000.0])[:, None, None]
_LEAST = 0.02  # smallest density that differs from none
_HALF = 0.15  # density at which a word is half explained
# Groups of evidence: place, misspelt place, area, road, learned word, learned words, context word, numbered.
_GROUPS = 8
_NONE = -1
_LAST_NAMED, _LAST_TAUGHT = 3, 5

_STANDING, _SUPPORT, _GROUPED, _NEIGHBOURS, _EXPLAINED, _OTHER = 6, 4, 4 * _GROUPS + 4, 8, 4, 5
FEATURES = _STANDING + _SUPPORT + _GROUPED + _NEIGHBOURS + _EXPLAINED + _OTHER
EXPLAINED_AROUND = _STANDING + _SUPPORT + _GROUPED + _NEIGHBOURS + 1  # column numbers of two features
LOG_NAMES = _STANDING + _SUPPORT + _GROUPED + _NEIGHBOURS + _EXPLAINED + 1


def choose(posterior: Posterior) -> NDArray[np.intp]:
    """Choose the points to compare, as indexes, the likeliest first and none within 150 m of another."""
    apart_m2, probability = posterior.apart_m2, posterior.probability
    gathered = (1 / (1 + apart_m2 / _GATHER_M2)) @ probability
    crowding = (1 / (1 + apart_m2 / _CROWD_M2)).sum(axis=1)
    order = (-gathered * (0.3 + probability / crowding / probability.max())).argsort()
    return np.array(pick_apart(order, apart_m2, _SAME_M, MOST), dtype=np.intp)


def describe(
    chosen: NDArray[np.intp], posterior: Posterior, evidence: list[Evidence], taught: LearnedPoints, placements: int
) -> Array:
    """Compute the features of each chosen point: an array with a row for each point and FEATURES columns."""
    groups = np.array([_group(piece) for piece in evidence])
    falls = _falls(posterior.apart_m2[chosen])
    starts = np.flatnonzero(posterior.row == 0)
    # Shape (3 distances, points, evidence).
    density: Array = np.add.reduceat(posterior.share * falls, starts, axis=2)
    lat, lon = posterior.lat[chosen], posterior.lon[chosen]
    taught_there = np.log1p(np.stack([taught.count_names(lat, lon), taught.count_around(lat, lon)]))
    same = np.empty((2, len(chosen)))
    same[0], same[1] = float(evidence[0].in_sentence), np.log1p(placements) / 5
    blocks = (
        _sum_around(falls, posterior.probability),
        _support(posterior.support[chosen], evidence, groups),
        _grouped(np.log1p(density / _LEAST), groups, evidence),
        _neighbours(density, evidence),
        _explained(density, evidence, groups),
        posterior.crowd[chosen][None, :],
        taught_there,
        same,
    )
    return np.concatenate(blocks).T


def _falls(apart_m2: Floats) -> Array:
    """Weight each point by its distance, at three scales: near, around and far. Shape (3, chosen, points)."""
    falls: Array = np.square(1 / (1 + apart_m2 / _SCALES_M2))
    return falls


def _group(evidence: Evidence) -> int:
    if evidence.source is Source.NAMED:
        if all(kind.startswith("admin") for kind in evidence.kinds):
            return 2
        return 3 if evidence.kinds[0] == "road" else int(evidence.quality < 1)
    if evidence.source is Source.TAUGHT:
        return 4 if evidence.end - evidence.start == 1 else 5
    return {Source.HEARD: 6, Source.NUMBERED: 7}.get(evidence.source, _NONE)


def _relative(values: Array) -> Array:
    """Subtract the best value of each row from all values of the row."""
    lacking: Array = values - values.max(axis=1, keepdims=True)
    return lacking


def _sum_around(falls: Array, probability: Array) -> Array:
    """Sum the scorer's probability around each point, at several distances."""
    mass = np.log(1e-4 + falls @ probability)
    return np.concatenate([mass, _relative(mass)])


def _support(support: Array, evidence: list[Evidence], groups: NDArray[np.intp]) -> Array:
    kinds = np.ones((4, len(groups)))
    kinds[0] = (groups >= 0) & (groups <= _LAST_NAMED)
    kinds[1] = (groups > _LAST_NAMED) & (groups <= _LAST_TAUGHT)
    kinds[2] = [piece.source is Source.ALIKE for piece in evidence]
    return _relative(kinds @ support.T)


def _grouped(logs: Array, groups: NDArray[np.intp], evidence: list[Evidence]) -> Array:
    """Compute for each group of evidence the most that lies near, around and far, and the sum around.

    The last rows do the same for names next to a toponym cue and for names elsewhere.
    """
    points = logs.shape[1]
    found = np.zeros((4 * _GROUPS + 4, points))
    for group in set(groups.tolist()) - {_NONE}:
        own = logs[:, :, groups == group]
        found[4 * group : 4 * group + 3] = own.max(axis=2)
        found[4 * group + 3] = own[1].sum(axis=1)
    is_name = (groups >= 0) & (groups <= _LAST_TAUGHT)
    is_led = np.array([piece.is_led for piece in evidence])
    for number, which in enumerate((is_name & is_led, is_name & ~is_led)):
        if which.any():
            row = 4 * _GROUPS + 2 * number
            found[row : row + 2] = logs[1:, :, which].max(axis=2)
    return found


def _neighbours(density: Array, evidence: list[Evidence]) -> Array:
    """Compute how much of the similar texts lies near, around and far, and how similar they are."""
    found = np.zeros((8, density.shape[1]))
    for row, source in ((0, Source.ALIKE), (4, Source.ECHOED)):
        for number, piece in enumerate(evidence):
            if piece.source is source and piece.field == 0:
                found[row : row + 3] = density[:, :, number]
                found[row + 3] = piece.quality
        found[row : row + 3] = np.log(_LEAST + found[row : row + 3])
    return found


def _explained(density: Array, evidence: list[Evidence], groups: NDArray[np.intp]) -> Array:
    """Compute the share of the text's words, weighted by rarity, that evidence near and around each point explains."""
    said = density[:2] / (density[:2] + _HALF)
    about: dict[tuple[int, int], list[int]] = {}
    for number, piece in enumerate(evidence):
        if groups[number] != _NONE:
            for place in range(piece.start, piece.end):
                about.setdefault((piece.field, place), []).append(number)
    rarities = {piece.field: piece.rarity for piece in evidence}
    total, explained = 1e-9 + sum(map(sum, rarities.values())), np.zeros(said.shape[:2])
    for (field, place), numbers in about.items():
        weight = rarities[field][place]
        if weight:
            best = said[:, :, numbers[0]] if len(numbers) == 1 else said[:, :, numbers].max(axis=2)
            explained += weight / total * best
    return np.concatenate([explained, _relative(explained)])
