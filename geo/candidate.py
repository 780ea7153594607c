"""The places that are compared in the end, and the numbers that describe each: what the ranker decides by.

Nothing here knows a country, a word or a place: only how much of which kind of evidence lies how near, how much of the
text it explains, and where reports come from. So what was fitted on one campaign holds for another.
"""

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats
from geo.evidence import Array, Evidence, Source
from geo.scorer import Posterior
from geo.taught_map import TaughtMap

MOST = 24  # places that are compared
_SAME_M = 150.0
_GATHER_M, _CROWD_M = 1_100.0, 100.0
_NEAR_M, _AROUND_M, _FAR_M = 400.0, 1_500.0, 6_000.0
_POSTERIOR_M = (300.0, 1_100.0, 4_000.0, 10_000.0)
_LEAST = 0.02  # of density that is told from none
_HALF = 0.15  # of density at which a word is half explained
# How evidence is told apart: place, misspelt place, area, road, taught word, taught words, heard, numbered.
_GROUPS = 8
_NONE = -1
_NAMED, _TAUGHT = (0, 1, 2, 3), (4, 5)

_STANDING, _SUPPORT, _GROUPED, _NEIGHBOURS, _EXPLAINED, _OTHER = 7, 4, 4 * _GROUPS + 4, 8, 4, 5
FEATURES = _STANDING + _SUPPORT + _GROUPED + _NEIGHBOURS + _EXPLAINED + _OTHER
EXPLAINED_AROUND = _STANDING + _SUPPORT + _GROUPED + _NEIGHBOURS + 1  # the number of that feature


def choose(posterior: Posterior) -> NDArray[np.intp]:
    """The numbers of the points to compare, likeliest first, none within 150 m of another."""
    distance, probability = posterior.distance_m, posterior.probability
    gathered = (1 / (1 + np.square(distance / _GATHER_M))) @ probability
    crowding = (1 / (1 + np.square(distance / _CROWD_M))).sum(axis=1)
    order = np.argsort(-gathered * (0.3 + probability / crowding / probability.max()))
    taken: list[int] = []
    is_open = np.ones(len(order), dtype=bool)
    for number in order.tolist():
        if is_open[number]:
            taken.append(number)
            is_open &= distance[number] > _SAME_M
            if len(taken) == MOST:
                break
    return np.array(taken, dtype=np.intp)


def describe(
    chosen: NDArray[np.intp], posterior: Posterior, evidence: list[Evidence], taught: TaughtMap, lessons: int
) -> Array:
    """The features of each chosen point (rows)."""
    distance = posterior.distance_m[chosen]
    groups = np.array([_group(piece) for piece in evidence])
    density = _density(distance, posterior)  # for each of three distances: points by evidence
    columns = [
        *_standing(distance, posterior.probability),
        *_support(posterior.support[chosen], evidence, groups),
        *_grouped(np.log1p(density / _LEAST), groups, evidence),
        *_neighbours(density, evidence),
        *_explained(density, evidence, groups),
        posterior.crowd[chosen],
        np.log1p(taught.count_names(posterior.lat[chosen], posterior.lon[chosen])),
        np.log1p(taught.count_around(posterior.lat[chosen], posterior.lon[chosen])),
        np.full(len(chosen), float(evidence[0].in_sentence)),
        np.full(len(chosen), np.log1p(lessons) / 5),
    ]
    return np.stack(columns, axis=1)


def _group(evidence: Evidence) -> int:
    if evidence.source is Source.NAMED:
        if all(kind.startswith("admin") for kind in evidence.kinds):
            return 2
        return 3 if evidence.kinds[0] == "road" else int(evidence.quality < 1)
    if evidence.source is Source.TAUGHT:
        return 4 if evidence.end - evidence.start == 1 else 5
    return {Source.HEARD: 6, Source.NUMBERED: 7}.get(evidence.source, _NONE)


def _density(distance: Floats, posterior: Posterior) -> Array:
    starts = np.flatnonzero(posterior.row == 0)
    falls = [np.square(1 / (1 + np.square(distance / scale_m))) for scale_m in (_NEAR_M, _AROUND_M, _FAR_M)]
    density: Array = np.add.reduceat(posterior.share * np.stack(falls), starts, axis=2)
    return density


def _relative(values: Array) -> Array:
    """What each lacks of the best."""
    lacking: Array = values - values.max()
    return lacking


def _standing(distance: Floats, probability: Array) -> list[Array]:
    """How much of the scorer's probability lies around, at several distances."""
    mass = [np.log(1e-4 + np.square(1 / (1 + np.square(distance / m))) @ probability) for m in _POSTERIOR_M]
    return [*mass, *map(_relative, mass[:3])]


def _support(support: Array, evidence: list[Evidence], groups: NDArray[np.intp]) -> list[Array]:
    is_alike = np.array([piece.source is Source.ALIKE for piece in evidence])
    kinds = np.stack([np.isin(groups, _NAMED), np.isin(groups, _TAUGHT), is_alike, np.ones(len(groups), bool)], axis=1)
    summed = support @ kinds
    return list((summed - summed.max(axis=0)).T)


def _grouped(logs: Array, groups: NDArray[np.intp], evidence: list[Evidence]) -> list[Array]:
    """For each kind of evidence the most that lies near, around and far, and all around; so for what is named where a
    place is expected, and elsewhere."""
    best = np.zeros((_GROUPS, 4, logs.shape[1]))
    for group in set(groups.tolist()) - {_NONE}:
        own = logs[:, :, groups == group]
        best[group, :3] = own.max(axis=2)
        best[group, 3] = own[1].sum(axis=1)
    is_name = (groups >= 0) & (groups <= max(_TAUGHT))
    is_led = np.array([piece.is_led for piece in evidence])
    for_cues = []
    for which in (is_name & is_led, is_name & ~is_led):
        for_cues += list(logs[1:, :, which].max(axis=2)) if which.any() else [np.zeros(logs.shape[1])] * 2
    return [*best.reshape(-1, logs.shape[1]), *for_cues]


def _neighbours(density: Array, evidence: list[Evidence]) -> list[Array]:
    """How much of the texts alike lies near, around and far, and how alike they are."""
    found: list[Array] = []
    for source in (Source.ALIKE, Source.ECHOED):
        number = next((n for n, piece in enumerate(evidence) if piece.source is source), None)
        quality = evidence[number].quality if number is not None else 0.0
        votes = np.log(_LEAST + (density[:, :, number] if number is not None else np.zeros(density.shape[:2])))
        found += [*votes, np.full(density.shape[1], quality)]
    return found


def _explained(density: Array, evidence: list[Evidence], groups: NDArray[np.intp]) -> list[Array]:
    """The share of what the text says that evidence near and around explains, by how rare its words are."""
    said = density[:2] / (density[:2] + _HALF)
    total, explained = 1e-9, np.zeros(said.shape[:2])
    rarities = {piece.field: piece.rarity for piece in evidence}
    for field, rarity in rarities.items():
        total += sum(rarity)
        for place, weight in enumerate(rarity):
            about = [
                number
                for number, piece in enumerate(evidence)
                if groups[number] != _NONE and piece.field == field and piece.start <= place < piece.end
            ]
            if weight and about:
                explained += weight * said[:, :, about].max(axis=2)
    explained /= total
    return [explained[0], explained[1], _relative(explained[0]), _relative(explained[1])]
