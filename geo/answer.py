"""From the posterior to an answer: the point, how far off it may be, how sure, why, and what else it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.breadth import find_breadth
from geo.calibration import Signs, get_confidence, get_radius_m
from geo.evidence import Evidence, Source
from geo.fitted import Fitted
from geo.scorer import Posterior
from geo.value import Candidate, Location

_ALTERNATIVES = 5
_APART_M = 2_000.0
_MIDDLE_M = 2_000.0  # the answer is the middle of what lies so near
_GAIN = ((1_300.0, 1.0), (4_000.0, 0.6), (8_000.0, 0.4))
_DEFAULT = 4  # different names on one point: it is one that is used for want of better
_HELD = 0.8  # of all probability
_WORTH = 0.04  # of the strongest peak; weaker ones are no alternatives
_FAR_M, _NEAR_M = 10_000.0, 2_000.0
_FLOOR = 0.2  # of confidence; below it we say that we do not know
_GUESS = 0.45  # where nothing in the text is known as a place
_FIRM = (Source.NAMED, Source.TAUGHT, Source.NUMBERED)


@dataclass(frozen=True, slots=True)
class Peak:
    """A place where probability gathers, with the probability within 2 and 10 km of it and the distance that holds
    80 of 100 of all; `best` is the likeliest candidate point there."""

    lat: float
    lon: float
    mass_near: float
    mass_far: float
    reach_m: float
    best: int


def answer(posterior: Posterior, evidence: Sequence[Evidence], fitted: Fitted) -> Location | None:
    """The strongest peak as an answer, the next ones as alternatives; None when it is no better than a guess."""
    peaks = find_peaks(posterior, _ALTERNATIVES + 1)
    first = peaks[0]
    signs = get_signs(first, posterior, evidence)
    confidence = get_confidence(signs, fitted.confidence)
    # The calibration knows only texts that do say where; words that merely sound like a place earn no more than this.
    if not any(piece.source in _FIRM for piece in evidence):
        confidence = min(confidence, _GUESS)
    if confidence < _FLOOR:
        return None
    # What the calibration takes from the first answer it takes from the others in the same measure.
    trust = min(1.0, confidence / max(first.mass_far, 1e-6))
    others = tuple(_candidate(peak, posterior, evidence, trust, fitted) for peak in peaks[1:])
    found = Location(
        round(first.lat, 6),
        round(first.lon, 6),
        get_radius_m(signs, fitted.radius),
        confidence,
        _explain(first, posterior, evidence),
        tuple(other for other in others if other.confidence >= 0.01),
        _name(first, posterior, evidence)[0],
    )
    return find_breadth(first.lat, first.lon, first.best, posterior, evidence).widen(found)


def find_peaks(posterior: Posterior, count: int) -> list[Peak]:
    """The strongest peaks at least 2 km apart, strongest first: what is gained by pointing there, where being within
    1 km counts most, then within 5 and 10."""
    probability, distance = posterior.probability, posterior.distance_m
    gained = np.zeros(len(probability))
    for within_m, gain in _GAIN:
        gained += gain * (1 / (1 + np.square(np.square(distance / within_m)))) @ probability
    tops: list[int] = []
    open_gain = np.where(gained > _WORTH * gained.max(), gained, -1.0)
    while len(tops) < count and (top := int(open_gain.argmax())) >= 0 and open_gain[top] > 0:
        tops.append(top)
        open_gain[distance[top] <= _APART_M] = -1.0
    return _peaks(posterior, tops)


def _peaks(posterior: Posterior, tops: list[int]) -> list[Peak]:
    probability, away = posterior.probability, posterior.distance_m[tops]
    share = np.where(away < _MIDDLE_M, probability, 0.0)
    total = np.maximum(share.sum(axis=1), 1e-12)
    order = np.argsort(away, axis=1)
    held = np.minimum((np.cumsum(probability[order], axis=1) < _HELD).sum(axis=1), len(probability) - 1)
    rows = np.arange(len(tops))
    columns = (
        share @ posterior.lat / total,
        share @ posterior.lon / total,
        (away < _NEAR_M) @ probability,
        (away < _FAR_M) @ probability,
        away[rows, order[rows, held]],
        share.argmax(axis=1),
    )
    return [Peak(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def get_signs(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> Signs:
    """What confidence and radius are read from."""
    support = posterior.support[peak.best]
    best = evidence[int(np.argmax(support))]
    alike = max((e.quality for e in evidence if e.source is Source.ALIKE), default=0.0)
    return Signs(
        peak.mass_near,
        peak.mass_far,
        peak.reach_m,
        float(support.max()),
        float(support.sum()),
        alike,
        best.spread_m,
        best.count,
        sum(e.source not in (Source.ALIKE, Source.ECHOED) for e in evidence),
        float(posterior.explained[peak.best]),
        evidence[0].in_sentence,
        float(posterior.names[peak.best]),
    )


def _explain(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> str:
    support = posterior.support[peak.best]
    order = [int(i) for i in np.argsort(-support)[:2]]
    labels = [evidence[i].label for i in order if support[i] > 0.3 * support[order[0]]]
    labels = list(dict.fromkeys(labels)) or [evidence[order[0]].label]
    names = int(posterior.names[peak.best])
    return "; ".join([*labels, f"{names} names were put on this point"] if names >= _DEFAULT else labels)


def _candidate(
    peak: Peak, posterior: Posterior, evidence: Sequence[Evidence], trust: float, fitted: Fitted
) -> Candidate:
    name, kind = _name(peak, posterior, evidence)
    signs = get_signs(peak, posterior, evidence)
    breadth = find_breadth(peak.lat, peak.lon, peak.best, posterior, evidence)
    return Candidate(
        name,
        round(peak.lat, 6),
        round(peak.lon, 6),
        max(get_radius_m(signs, fitted.radius), round(breadth.radius_m, -1)),
        round(trust * peak.mass_near, 3),
        _explain(peak, posterior, evidence),
        kind,
    )


def _name(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> tuple[str, str]:
    """Name and kind of the likeliest thing at a peak; no name where only lessons point there."""
    owner = evidence[int(posterior.owner[peak.best])]
    row = int(posterior.row[peak.best])
    name = owner.names[row] if row < len(owner.names) else ""
    return name, owner.kinds[row] if row < len(owner.kinds) else "lesson"
