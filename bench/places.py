"""How well places are read from texts: `python -m bench.places [--json FILE]`, data from BARAZA_SHARED or ../shared.

Everything goes through what `flask geocode` uses: tables in PostGIS, a Locator read from them, a CSV in and out. The
Haiti reports are split by their location string, so that no string that is asked was ever taught: 8 of 10 parts teach
(the weights and the calibration were chosen by cross-validation among these), 2 of 10 are reported here. A raw message
belongs to the part of the report that quotes it; those whose report is not in the file are reported too.
"""

import argparse
import csv
import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, create_engine

from bench.gazetteer import write_dump
from bench.scratch import ROOT, parse_arguments, report, scratch_database, shared_data
from bench.tweets import measure_all as measure_tweets
from bench.tweets import read_tweets
from geo.distance import distance_m
from geo.gazetteer.formats import read_places
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_places import load_places
from geo.index.trim_memory import release_built
from geo.learned_placements import add_placements, delete_placements
from geo.resolver.geocode_csv import geocode_csv
from geo.resolver.locator import Locator
from geo.text.normalise import fold_name
from geo.types import PlacementRecord
from reporting.campaigns.campaign import create_campaign, read_definition

PARTS = 10
GROUPS = 5
REPORTED = frozenset({0, 1})
SURE = 0.8
TAUGHT_RADIUS_M = 100.0
_RAW_NAMES = 1_450_000  # spellings that fold alike are one name: more than a million are left

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One text with the point it should be placed at."""

    text: str
    lat: float
    lon: float


def part_of(words: str) -> int:
    """Return the part of the split that a location string belongs to; strings that fold alike stay together."""
    return int(hashlib.md5(fold_name(words).encode(), usedforsecurity=False).hexdigest(), 16) % PARTS


def split(folder: Path) -> tuple[list[Row], list[Asked], list[Asked]]:
    """Split the data into training reports, location strings to test, and raw messages to test."""
    reports = read_rows(folder / "reports.csv")
    parts = {row["serial"]: part_of(row["location"]) for row in reports}
    taught = [row for row in reports if parts[row["serial"]] not in REPORTED]
    asked = [_asked(row, "location") for row in reports if parts[row["serial"]] in REPORTED]
    messages = [row for row in read_rows(folder / "sms.csv") if row["lat"] and row["original"]]
    unseen = [row for row in messages if parts.get(row["report_serial"], 0) in REPORTED]
    return taught, asked, [_asked(row, "original") for row in unseen]


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _asked(row: Row, column: str) -> Asked:
    return Asked(row[column], float(row["lat"]), float(row["lon"]))


def load_haiti(connection: Connection, folder: Path) -> int:
    """Create a campaign with the places, streets and boundaries of Haiti; returns its id."""
    definition = (ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8")
    campaign_id = create_campaign(connection, read_definition(definition, "bench/haiti.yaml"))
    for name in ("places.csv", "roads.geojson"):
        load_places(connection, campaign_id, read_places(folder / name), name)
    for level in (1, 2):
        load_areas(
            connection, campaign_id, folder / f"adm{level}.geojson", level=level, code_field=f"ADM{level}_PCODE",
            name_field=f"ADM{level}_EN",
        )  # fmt: skip
    return campaign_id


def teach_reports(connection: Connection, campaign_id: int, rows: Sequence[Row], source: str = "import") -> None:
    """Teach reports as `flask reports import --approved` does."""
    placements = (
        PlacementRecord(
            f"{row['location']}\n{row['description']}", float(row["lat"]), float(row["lon"]), TAUGHT_RADIUS_M, source,
            row["serial"],
        )
        for row in rows
    )  # fmt: skip
    add_placements(connection, campaign_id, placements)


def measure(connection: Connection, campaign_id: int, locator: Locator, asked: Sequence[Asked]) -> dict[str, Any]:
    """Geocode texts through files, and how near the answers are. No answer counts as wrong."""
    return _figures(geocode(connection, campaign_id, locator, asked), asked)


def geocode(connection: Connection, campaign_id: int, locator: Locator, asked: Sequence[Asked]) -> list[Row]:
    """Return the rows that `flask geocode` writes for the texts."""
    with tempfile.TemporaryDirectory() as folder:
        src, out = Path(folder) / "in.csv", Path(folder) / "out.csv"
        with src.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["text"], *([one.text] for one in asked)])
        geocode_csv(locator, connection, campaign_id, src, out, ["text"])
        return read_rows(out)


def measure_as_written(connection: Connection, campaign_id: int, reports: Sequence[Row]) -> dict[str, Any]:
    """Measure the reported parts with each string unseen only as it is written: in five groups.

    Each group is tested after learning from the other four, so a string that folds alike may have been learned. Call
    this with parts 2 to 9 learned.
    """
    rows: list[Row] = []
    asked: list[Asked] = []
    groups = [_group(row["location"]) for row in reports]
    for group in sorted(set(groups)):
        others = [row for row, own in zip(reports, groups, strict=True) if own != group]
        teach_reports(connection, campaign_id, others, "others")
        texts = [_asked(row, "location") for row, own in zip(reports, groups, strict=True) if own == group]
        rows += geocode(connection, campaign_id, Locator.load(connection, campaign_id), texts)
        asked += texts
        delete_placements(connection, campaign_id, "others")
    return _figures(rows, asked)


def _group(words: str) -> int:
    return int(hashlib.md5(words.encode(), usedforsecurity=False).hexdigest(), 16) % GROUPS


def _figures(rows: Sequence[Row], asked: Sequence[Asked]) -> dict[str, Any]:
    away = np.full(len(asked), np.inf)
    for number, (row, one) in enumerate(zip(rows, asked, strict=True)):
        if row["lat"]:
            away[number] = distance_m(float(row["lat"]), float(row["lon"]), one.lat, one.lon)
    answered = np.isfinite(away)
    confidence = np.array([float(row["confidence"] or 0) for row in rows])
    radius_m = np.array([float(row["radius_m"] or 0) for row in rows])
    sure = confidence >= SURE
    return {
        "asked": len(asked),
        "answered": _share(answered),
        "within_1_km": _share(away <= 1_000),
        "within_5_km": _share(away <= 5_000),
        "within_10_km": _share(away <= 10_000),
        "sure": _share(sure),
        "sure_within_10_km": _share(away[sure] <= 10_000),
        "truth_inside_radius": _share(away[answered] <= radius_m[answered]),
        "median_radius_m": float(np.median(radius_m[answered])),
        "calibration": _calibration(confidence[answered], away[answered]),
    }


def _calibration(confidence: np.ndarray[Any, Any], away: np.ndarray[Any, Any]) -> list[dict[str, float]]:
    """Compare predicted confidence with the measured share, by steps of confidence."""
    steps = []
    for low, high in ((0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.01)):
        among = (confidence >= low) & (confidence < high)
        if among.any():
            promised, kept = float(confidence[among].mean()), _share(away[among] <= 5_000)
            steps.append({"texts": int(among.sum()), "promised": round(promised, 3), "within_5_km": kept})
    return steps


def _share(flags: np.ndarray[Any, Any]) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


def measure_speed(locator: Locator, texts: Sequence[str]) -> float:
    """Texts located per second of one core."""
    began = time.process_time()
    for text in texts:
        locator.locate(text)
    return round(len(texts) / (time.process_time() - began), 1)


def measure_world(connection: Connection, texts: Sequence[str]) -> dict[str, Any]:
    """Measure with a gazetteer of a million names (bench.gazetteer.write_dump).

    The names are those of the world's towns in many languages, and copies of the towns under other names.
    """
    definition = (ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8").replace("haiti-2010", "world")
    definition = "\n".join(line for line in definition.splitlines() if not line.startswith("number:"))
    campaign_id = create_campaign(connection, read_definition(definition, "bench/haiti.yaml"))
    with tempfile.TemporaryDirectory() as dump:
        path = Path(dump) / "million.txt"
        write_dump(path, _RAW_NAMES)
        began = time.monotonic()
        counts = load_places(connection, campaign_id, read_places(path), path.name)
    loaded_s = time.monotonic() - began
    release_built()  # what loading left would count as what the names save
    before = _resident_mb()
    began = time.monotonic()
    locator = Locator.load(connection, campaign_id)
    built_s = time.monotonic() - began
    return {
        "places": counts.added,
        "names": locator.count_names(),
        "load_s": round(loaded_s, 1),
        "build_s": round(built_s, 1),
        "memory_mb": round(_resident_mb() - before, 1),
        "texts_per_second": measure_speed(locator, texts),
    }


def _resident_mb() -> float:
    """Memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def run(folder: Path, url: str, is_quick: bool) -> dict[str, Any]:
    """All figures."""
    taught, strings, messages = split(folder)
    texts = [row["original"] for row in read_rows(folder / "sms.csv") if row["original"]]
    if is_quick:
        strings, messages, texts = strings[:100], messages[:50], texts[:500]
    engine = create_engine(url)
    figures: dict[str, Any] = {"taught": len(taught)}
    with engine.connect() as connection:
        campaign_id = load_haiti(connection, folder)
        figures["gazetteer_alone"] = _measure_both(connection, campaign_id, strings, messages)
        teach_reports(connection, campaign_id, taught)
        before = _resident_mb()
        locator = Locator.load(connection, campaign_id)
        figures["memory_mb"] = round(_resident_mb() - before, 1)
        figures["location_strings"] = measure(connection, campaign_id, locator, strings)
        figures["raw_messages"] = measure(connection, campaign_id, locator, messages)
        reported = [row for row in read_rows(folder / "reports.csv") if part_of(row["location"]) in REPORTED]
        figures["strings_unseen_as_written"] = measure_as_written(
            connection, campaign_id, reported[:100] if is_quick else reported
        )
        figures["texts_per_second"] = measure_speed(locator, texts)
        if not is_quick:
            figures["world"] = measure_world(connection, texts)
            figures["tweets"] = measure_tweets(connection, read_tweets(folder.parent))
    engine.dispose()
    return figures


def _measure_both(
    connection: Connection, campaign_id: int, strings: Sequence[Asked], messages: Sequence[Asked]
) -> dict[str, Any]:
    """Measure the baseline: names of the gazetteer and the boundaries, without learned placements."""
    locator = Locator.load(connection, campaign_id)
    sets = {"location_strings": strings, "raw_messages": messages}
    return {name: measure(connection, campaign_id, locator, asked) for name, asked in sets.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    arguments: argparse.Namespace = parse_arguments(argv, __doc__ or "")
    folder = shared_data() / "haiti"
    with scratch_database("places") as (url, _):
        figures = run(folder, url, arguments.quick)
    report(figures, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
