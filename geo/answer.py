"""From the posterior to an answer: the point, how far off it may be, how sure, why, and what else it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.distance import distances_m
from geo.evidence import Array, Evidence
from geo.scorer import Posterior, Weights
from geo.value import Candidate, Location

_ALTERNATIVES = 5
_APART_M = 2_000.0
_SURE_M = 10_000.0


@dataclass(frozen=True, slots=True)
class Peak:
    """A place where probability gathers."""

    lat: float
    lon: float
    mass_sure: float  # probability within 10 km
    reach_m: float  # holds 80 of 100 of the probability
    best: int  # the candidate point nearest to its top


def find_peaks(posterior: Posterior, weights: Weights, count: int) -> list[Peak]:
    """The strongest peaks at least 2 km apart, strongest first."""
    lat, lon, probability = posterior.lat, posterior.lon, posterior.probability
    distance = distances_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    gathered = (probability[None, :] / (1 + (distance / weights.peak_m) ** 2)).sum(axis=1)
    peaks: list[Peak] = []
    open_points = np.ones(len(lat), dtype=bool)
    while len(peaks) < count and open_points.any():
        top = int(np.argmax(np.where(open_points, gathered, -1.0)))
        near = distance[top] < 1.5 * weights.peak_m
        share = probability[near] / probability[near].sum()
        at = float((lat[near] * share).sum()), float((lon[near] * share).sum())
        away = distances_m(*at, lat, lon)
        order = np.argsort(away)
        reach = float(away[order][min(len(away) - 1, int(np.searchsorted(np.cumsum(probability[order]), 0.8)))])
        best = int(np.argmax(np.where(near, probability, -1.0)))
        peaks.append(Peak(*at, float(probability[away < _SURE_M].sum()), reach, best))
        open_points &= distance[top] > _APART_M
    return peaks


def answer(posterior: Posterior, evidence: Sequence[Evidence], weights: Weights) -> Location:
    """The strongest peak as an answer with the next ones as alternatives."""
    peaks = find_peaks(posterior, weights, _ALTERNATIVES + 1)
    first = peaks[0]
    return Location(first.lat, first.lon, first.reach_m, first.mass_sure, "", ())
