"""Fits what geo/calibration.py holds: `python -m bench.fit_places` prints the two lines to put there.

Only the teaching parts of the split of bench/places.py are used, each asked of a locator that was taught the other
seven; once more with nothing taught, so that a campaign that has learned nothing yet is judged rightly too. Reports
whose point lies outside Haiti are left out: nothing in a text could tell.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import create_engine

from bench.places import PARTS, REPORTED, Asked, Row, load_haiti, part_of, read_rows
from bench.scratch import parse_arguments, scratch_database, shared_data
from geo.answer import find_peaks, get_signs
from geo.calibration import list_features
from geo.distance import distance_m
from geo.locator import Locator, read_names
from geo.memory import Memory, Taught
from geo.scorer import Weights
from geo.spatial import find_extent

NEAR_M = 10_000.0
QUANTILE = 0.8
RIDGE = 2.0
# (texts taught, raw messages taught, texts untaught, raw messages untaught)
COUNTS = (1.0, 1.5, 0.25, 0.4)

Array = NDArray[np.float64]


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
    scale = features.std(axis=0)
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


def collect(locator: Locator, asked: Sequence[Asked], count: float) -> Iterator[tuple[list[float], float, float]]:
    """(features, distance from the truth in metres, weight) of each text that was answered."""
    weights = Weights()
    for one in asked:
        evidence = locator.find_evidence(one.text)
        if evidence:
            posterior = locator.weigh(evidence)
            peak = find_peaks(posterior, weights, 1)[0]
            away_m = distance_m(one.lat, one.lon, peak.lat, peak.lon)
            yield list_features(get_signs(peak, posterior, evidence)), away_m, count


def _ask(rows: Sequence[Row], column: str, extent: tuple[float, float, float, float]) -> list[Asked]:
    south, west, north, east = extent
    asked = [Asked(row[column], float(row["lat"]), float(row["lon"])) for row in rows]
    return [one for one in asked if south - 0.5 < one.lat < north + 0.5 and west - 0.5 < one.lon < east + 0.5]


def _taught(rows: Sequence[Row]) -> Memory:
    words = [f"{row['location']}\n{row['description']}" for row in rows]
    return Memory([Taught(text, float(row["lat"]), float(row["lon"])) for text, row in zip(words, rows, strict=True)])


def run(url: str) -> list[tuple[list[float], float, float]]:
    """All observations, by cross-validation over the teaching parts."""
    folder = shared_data() / "haiti"
    reports = read_rows(folder / "reports.csv")
    parts = {row["serial"]: part_of(row["location"]) for row in reports}
    messages = [row for row in read_rows(folder / "sms.csv") if row["lat"] and row["original"]]
    engine = create_engine(url)
    with engine.connect() as connection:
        campaign_id = load_haiti(connection, folder)
        names, extent = read_names(connection, campaign_id), find_extent(connection, campaign_id)
    engine.dispose()
    assert extent is not None
    found: list[Any] = []
    nothing = Locator(names, Memory([]), extent=extent)
    for part in sorted(set(range(PARTS)) - REPORTED):
        strings = _ask([row for row in reports if parts[row["serial"]] == part], "location", extent)
        raw = _ask([row for row in messages if parts.get(row["report_serial"]) == part], "original", extent)
        rest = [row for row in reports if parts[row["serial"]] not in REPORTED | {part}]
        locator = Locator(names, _taught(rest), extent=extent)
        for by, asked, count in zip((locator, locator, nothing, nothing), (strings, raw) * 2, COUNTS, strict=True):
            found += collect(by, asked, count)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and print."""
    parse_arguments(argv, __doc__ or "")
    with scratch_database("fit") as (url, _):
        found = run(url)
    features = np.array([row[0] for row in found])
    away_m, weight = np.array([row[1] for row in found]), np.array([row[2] for row in found])
    confidence = fit_confidence(features, (away_m <= NEAR_M).astype(np.float64), weight)
    radius = fit_quantile(features, np.log(np.maximum(away_m, 50.0)), weight)
    for name, fitted in (("CONFIDENCE", confidence), ("RADIUS", radius)):
        print(f"{name} = ({', '.join(f'{value:.3f}' for value in fitted)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
