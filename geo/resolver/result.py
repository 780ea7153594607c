"""Turns the posterior into a location: point, radius, confidence, reasons and alternatives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.distance import pick_apart
from geo.index.evidence import Evidence, Source
from geo.reasons import Reason, ReasonCode, drop_repeated
from geo.resolver.calibration import Signs, get_confidence, get_radius_m
from geo.resolver.model import Fitted
from geo.resolver.region_radius import Breadth, find_breadth
from geo.resolver.scorer import Posterior
from geo.types import Candidate, Location

_ALTERNATIVES = 5
_APART_M = 2_000.0
# Distances in metres from the true place, and the gain of an answer within each.
_GAIN_M2 = np.square([1_300.0, 4_000.0, 8_000.0])[:, None, None]
_GAIN = np.array([1.0, 0.6, 0.4])
_DEFAULT = 4  # different names on one point: with this many it is a default pin
_HELD = 0.8  # share of all probability
_WORTH = 0.04  # share of the strongest peak; weaker ones are no alternatives
_FAR_M2, _NEAR_M2 = 10_000.0**2, 2_000.0**2  # the answer is the mean of the points within the smaller distance
_FLOOR = 0.2  # confidence below which there is no answer
_GUESS = 0.45  # highest confidence where no word of the text is a known place
_FIRM = (Source.NAMED, Source.TAUGHT, Source.NUMBERED)


@dataclass(frozen=True, slots=True)
class Peak:
    """A local maximum of the probability.

    `mass_near` and `mass_far` are the probability within 2 and 10 km, `reach_m` the distance that contains 80 of 100 of
    all probability. `best` is the index of the likeliest point there, and `support` the log odds that each evidence
    adds to it.
    """

    lat: float
    lon: float
    mass_near: float
    mass_far: float
    reach_m: float
    best: int
    support: Sequence[float]


def answer(posterior: Posterior, evidence: Sequence[Evidence], fitted: Fitted) -> Location | None:
    """Make a location of the strongest peak, with the next ones as alternatives; None when confidence is too low."""
    peaks = find_peaks(posterior, _ALTERNATIVES + 1)
    first = peaks[0]
    signs, *other_signs = list_signs(peaks, posterior, evidence)
    confidence = get_confidence(signs, fitted.confidence)
    # The calibration was fitted on texts that do name a place; words that merely sound like one get no more than this.
    if not any(piece.source in _FIRM for piece in evidence):
        confidence = min(confidence, _GUESS)
    if confidence < _FLOOR:
        return None
    # The alternatives are scaled by the same factor as the calibration scaled the first answer.
    trust = min(1.0, confidence / max(first.mass_far, 1e-6))
    radii = [get_radius_m(each, fitted.radius) for each in other_signs]
    others = tuple(
        _candidate(peak, radius_m, posterior, evidence, trust) for peak, radius_m in zip(peaks[1:], radii, strict=True)
    )
    found = Location(
        round(first.lat, 6),
        round(first.lon, 6),
        get_radius_m(signs, fitted.radius),
        confidence,
        _explain(first, posterior, evidence),
        tuple(other for other in others if other.confidence >= 0.01),
        _name(first, posterior, evidence)[0],
    )
    return _find_region_radius(first, posterior, evidence).widen(found)


def find_peaks(posterior: Posterior, count: int) -> list[Peak]:
    """Find the strongest peaks, at least 2 km apart, the strongest first.

    Strength is the expected gain of answering there: being within 1 km of the true place counts most, then 5 and 10.
    """
    probability, apart_m2 = posterior.probability, posterior.apart_m2
    gained = _GAIN @ (1 / (1 + np.square(apart_m2 / _GAIN_M2)) @ probability)
    worth = int((gained > _WORTH * gained.max()).sum())
    return _peaks(posterior, pick_apart((-gained).argsort()[:worth], apart_m2, _APART_M, count))


def _peaks(posterior: Posterior, tops: list[int]) -> list[Peak]:
    probability, away_m2 = posterior.probability, posterior.apart_m2[tops]
    share = (away_m2 < _NEAR_M2) * probability
    near = share.sum(axis=1)
    total = np.maximum(near, 1e-12)
    order = away_m2.argsort(axis=1)
    held = np.minimum((probability[order].cumsum(axis=1) < _HELD).sum(axis=1), len(probability) - 1)
    rows = np.arange(len(tops))
    best = share.argmax(axis=1)
    columns = (
        share @ posterior.lat / total,
        share @ posterior.lon / total,
        near,
        (away_m2 < _FAR_M2) @ probability,
        np.sqrt(away_m2[rows, order[rows, held]]),
        best,
        posterior.support[best],
    )
    return [Peak(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def list_signs(peaks: Sequence[Peak], posterior: Posterior, evidence: Sequence[Evidence]) -> list[Signs]:
    """List the characteristics of each peak, from which its confidence and radius are computed."""
    alike = max((e.quality for e in evidence if e.source is Source.ALIKE), default=0.0)
    mentions = sum(e.source not in (Source.ALIKE, Source.ECHOED) for e in evidence)
    explained, names = posterior.explained.tolist(), posterior.names.tolist()
    signs = []
    for peak in peaks:
        best_support = max(peak.support)
        best = evidence[peak.support.index(best_support)]
        signs.append(
            Signs(
                peak.mass_near, peak.mass_far, peak.reach_m, best_support, sum(peak.support), alike, best.spread_m,
                best.count, mentions, explained[peak.best], evidence[0].in_sentence, names[peak.best],
            )
        )  # fmt: skip
    return signs


def _explain(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> tuple[Reason, ...]:
    support = peak.support
    order = sorted(range(len(support)), key=support.__getitem__, reverse=True)[:2]
    reasons = [evidence[i].reason for i in order if support[i] > 0.3 * support[order[0]]]
    reasons = drop_repeated(reasons) or [evidence[order[0]].reason]
    names = int(posterior.names[peak.best])
    if names >= _DEFAULT:
        reasons.append(Reason.of(ReasonCode.SHARED_POINT, names))
    return tuple(reasons)


def _candidate(
    peak: Peak, radius_m: float, posterior: Posterior, evidence: Sequence[Evidence], trust: float
) -> Candidate:
    name, kind = _name(peak, posterior, evidence)
    breadth = _find_region_radius(peak, posterior, evidence)
    return Candidate(
        name,
        round(peak.lat, 6),
        round(peak.lon, 6),
        max(radius_m, round(breadth.radius_m, -1)),
        round(trust * peak.mass_near, 3),
        _explain(peak, posterior, evidence),
        kind,
    )


def _find_region_radius(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> Breadth:
    owner, row = evidence[int(posterior.owner[peak.best])], int(posterior.row[peak.best])
    return find_breadth(peak.lat, peak.lon, owner, row, peak.support, evidence)


def _name(peak: Peak, posterior: Posterior, evidence: Sequence[Evidence]) -> tuple[str, str]:
    """Return name and kind of the likeliest place at a peak; no name where only learned placements point there."""
    owner = evidence[int(posterior.owner[peak.best])]
    row = int(posterior.row[peak.best])
    name = owner.names[row] if row < len(owner.names) else ""
    return name, owner.kinds[row] if row < len(owner.kinds) else "lesson"
