"""Fits what geo/resolver/fitted.json holds and writes it: `python -m bench.fit_places`, some minutes on one core.

Only the teaching parts of the split of bench/places.py are used. Each is asked of a locator that was taught the other
seven, or half, a tenth or nothing of them, so that a campaign that has learned little is judged rightly too. The
calibration is fitted to answers of rankers that did not see those strings. Reports whose point lies outside Haiti are
left out: nothing in a text could tell.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import create_engine

from bench.fit_ranker import Asking, fit_ranker, weigh_distances
from bench.places import PARTS, REPORTED, Row, load_haiti, part_of, read_rows
from bench.scratch import ROOT, parse_arguments, scratch_database, shared_data
from geo.distance import distance_m, distances_m
from geo.index.evidence import Evidence
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_index import NameIndex
from geo.resolver.calibration import list_features
from geo.resolver.features import choose, describe
from geo.resolver.locator import Locator, read_names
from geo.resolver.model import RankerWeights
from geo.resolver.ranker import get_scores, take
from geo.resolver.result import find_peaks, list_signs
from geo.resolver.scorer import Posterior
from geo.spatial_sql import find_extent

NEAR_M = 5_000.0  # what confidence promises
QUANTILE = 0.8
RIDGE = 2.0
TAUGHT_SHARES = (1.0, 0.5, 0.1, 0.0)
# How much a text counts for the calibration, by the share that was taught.
COUNTS = {1.0: 1.0, 0.5: 0.2, 0.1: 0.1, 0.0: 0.25}
MESSAGE_COUNT = 1.5  # raw messages are fewer than location strings
MESSAGE_COUNT_RANKER = 2.5
FOLDS = ((2, 3), (4, 5), (6, 7), (8, 9))

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One text with its true point, as a locator saw it that had been taught a share of the other parts."""

    part: int
    taught_share: float
    is_message: bool
    text: str
    lat: float
    lon: float
    evidence: list[Evidence]
    posterior: Posterior  # of the chosen points alone
    features: Array


def fit_confidence(features: Array, is_near: Array, weight: Array) -> Array:
    """Logistic regression with a small ridge, by Newton's method."""
    fitted = np.zeros(features.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-features @ fitted))
        slope = features.T @ (weight * (is_near - chance)) - RIDGE * np.r_[0, fitted[1:]]
        curve = (features * (weight * chance * (1 - chance))[:, None]).T @ features + RIDGE * np.eye(len(fitted))
        fitted += np.linalg.solve(curve, slope)
    return fitted


def fit_quantile(features: Array, log_m: Array, weight: Array) -> Array:
    """Linear regression of a quantile: the pinball loss, by subgradient steps that shrink."""
    scale = np.maximum(features.std(axis=0), 1e-6)
    scale[0] = 1.0
    scaled = features / scale
    fitted = np.zeros(features.shape[1])
    fitted[0] = np.quantile(log_m, QUANTILE)
    mean, square = np.zeros_like(fitted), np.zeros_like(fitted)
    for step in range(1, 6001):
        side = np.where(log_m - scaled @ fitted > 0, QUANTILE, QUANTILE - 1)
        slope = -(scaled.T @ (weight * side)) / weight.sum()
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        size = 0.05 if step < 3000 else 0.01 if step < 5000 else 0.002
        fitted -= size * mean / (np.sqrt(square) + 1e-8)
    return fitted / scale


def collect(names: NameIndex, extent: tuple[float, float, float, float]) -> Iterator[Case]:
    """Every text of the teaching parts that has any evidence, by cross-validation over the parts."""
    folder = shared_data() / "haiti"
    reports = read_rows(folder / "reports.csv")
    parts = {row["serial"]: part_of(row["location"]) for row in reports}
    messages = [row for row in read_rows(folder / "sms.csv") if row["lat"] and row["original"]]
    random = np.random.default_rng(0)
    for part in sorted(set(range(PARTS)) - REPORTED):
        asked = [(row, "location") for row in reports if parts[row["serial"]] == part]
        asked += [(row, "original") for row in messages if parts.get(row["report_serial"]) == part]
        asked = [(row, column) for row, column in asked if _is_inside(row, extent)]
        rest = [row for row in reports if parts[row["serial"]] not in REPORTED | {part}]
        for share in TAUGHT_SHARES:
            memory = teach([row for row in rest if random.random() < share])
            locator = Locator(names, memory, extent=extent)
            for row, column in asked:
                evidence = locator.find_evidence(row[column])
                if evidence:
                    yield _case(locator, memory, evidence, part, share, row, column)


def _case(
    locator: Locator,
    memory: LearnedPlacements,
    evidence: list[Evidence],
    part: int,
    share: float,
    row: Row,
    column: str,
) -> Case:
    posterior = locator.propose(evidence)
    chosen = choose(posterior)
    features = describe(chosen, posterior, evidence, memory.map, len(memory))
    few = take(posterior, chosen, posterior.probability[chosen], features)
    where = float(row["lat"]), float(row["lon"])
    return Case(part, share, column == "original", row[column].lower(), *where, evidence, few, features)


def teach(rows: Sequence[Row]) -> LearnedPlacements:
    """Make learned placements of reports, the same as `teach_reports` of bench/places.py makes through the database."""
    words = [f"{row['location']}\n{row['description']}" for row in rows]
    return LearnedPlacements(
        [LearnedPlacement(text, float(row["lat"]), float(row["lon"])) for text, row in zip(words, rows, strict=True)]
    )


def _is_inside(row: Row, extent: tuple[float, float, float, float]) -> bool:
    south, west, north, east = extent
    return south - 0.5 < float(row["lat"]) < north + 0.5 and west - 0.5 < float(row["lon"]) < east + 0.5


def list_askings(cases: Sequence[Case]) -> list[Asking]:
    """List the ranker's training examples; each copy of a frequent text has a lower weight."""
    often = Counter((case.taught_share, case.is_message, case.text) for case in cases)
    askings = []
    for case in cases:
        away_m = distances_m(case.lat, case.lon, case.posterior.lat, case.posterior.lon)
        weight = often[case.taught_share, case.is_message, case.text] ** -0.4
        weight *= MESSAGE_COUNT_RANKER if case.is_message else 1.0
        # Where no candidate is anywhere near there is nothing to learn about which is best.
        weight *= 1.0 if float(np.min(away_m)) < 15_000 else 0.1
        askings.append(Asking(case.features, weigh_distances(away_m), weight))
    return askings


def observe(cases: Sequence[Case], ranker: RankerWeights) -> Iterator[tuple[list[float], float, float]]:
    """(features, distance from the truth in metres, weight) of each answer."""
    for case in cases:
        score = get_scores(case.features, ranker)
        probability = np.exp(score - score.max())
        chosen = np.arange(len(score))
        ranked = take(case.posterior, chosen, probability / probability.sum(), case.features)
        peak = find_peaks(ranked, 1)[0]
        away_m = distance_m(case.lat, case.lon, peak.lat, peak.lon)
        count = COUNTS[case.taught_share] * (MESSAGE_COUNT if case.is_message else 1.0)
        yield list_features(list_signs([peak], ranked, case.evidence)[0]), away_m, count


def observe_held_out(cases: Sequence[Case]) -> list[tuple[list[float], float, float]]:
    """All observations, each fold ranked by what the others taught."""
    found: list[tuple[list[float], float, float]] = []
    for fold in FOLDS:
        ranker = fit_ranker(list_askings([case for case in cases if case.part not in fold]))
        found += observe([case for case in cases if case.part in fold], ranker)
    return found


def fit(cases: Sequence[Case]) -> dict[str, Any]:
    """Everything that geo/resolver/fitted.json holds."""
    observed = observe_held_out(cases)
    features = np.array([row[0] for row in observed])
    away_m, weight = np.array([row[1] for row in observed]), np.array([row[2] for row in observed])
    ranker = fit_ranker(list_askings(cases))
    fitted = {
        "confidence": fit_confidence(features, (away_m <= NEAR_M).astype(np.float64), weight),
        "radius": fit_quantile(features, np.log(np.maximum(away_m, 50.0)), weight),
    }
    return {
        "ranker": {name: np.round(getattr(ranker, name), 4).tolist() for name in RankerWeights.__slots__},
        **{name: np.round(values, 4).tolist() for name, values in fitted.items()},
    }


def read_cases() -> list[Case]:
    """All cases, through a database as everything else reads them."""
    with scratch_database("fit") as (url, _):
        engine = create_engine(url)
        with engine.connect() as connection:
            campaign_id = load_haiti(connection, shared_data() / "haiti")
            names, extent = read_names(connection, campaign_id), find_extent(connection, campaign_id)
        engine.dispose()
    assert extent is not None
    return list(collect(names, extent))


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write."""
    parse_arguments(argv, __doc__ or "")
    fitted = fit(read_cases())
    (ROOT / "geo" / "resolver" / "fitted.json").write_text(json.dumps(fitted) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
