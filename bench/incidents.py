"""How well repeats are found: `python -m bench.incidents [--json FILE]`, on real reports in BARAZA_SHARED or ../shared.

Most is measured on what `flask dedupe` writes: the order and the scores in its pairs file, and its incidents. Section
`haiti_live` asks the same of the live path, which imports the reports into PostGIS (`bench/live_reports.py`).
The weights were learned on Boston, July to September; October is what counts. Labels are incomplete (unmarked repeats
exist), so that any precision is a lower bound. The Haiti sets were never learned from. The live section loads up to
`--size` reports into PostGIS and times what linking asks there (`bench/live_candidates.py`).
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bench.boston import Boston, data_folder, hits, read_boston
from bench.decided import measure_training
from bench.incident_goal import list_goals
from bench.live_candidates import run_live
from bench.live_reports import Pairs, Result, import_reports
from bench.rolling import measure_rolling
from geo.distance import distance_m
from reporting.dedupe.dedupe import Batch, dedupe_csv, no_search_for_cycles
from reporting.dedupe.observations import read_sheet

FLAGGED = 0.18  # share of reports that a moderator is asked to look at
TUNE, HELD = (7, 8, 9), (10,)
NEAR_IDENTICAL = 90.0  # rapidfuzz token_sort_ratio of two texts of at least LONG characters
LONG = 30
NEAR_M, FAR_M = 1_000.0, 5_000.0
SMALL_ROWS = 10_000
WEEK_S = 7 * 86_400
BOSTON_PIN = (42.3594, -71.0587)


def run(src: Path) -> Result:
    """Run the batch over a CSV and read back what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        out, pairs = Path(folder) / "out.csv", Path(folder) / "pairs.csv"
        started = time.perf_counter()
        dedupe_csv(src, out, pairs, lambda _done, _all: None)
        seconds = time.perf_counter() - started
        ids = {name: row for row, name in enumerate(read_sheet(src).ids)}
        found: Pairs = defaultdict(list)
        for line in _read(pairs):
            found[ids[line["id"]]].append((ids[line["candidate"]], float(line["score"]), line["decision"]))
        return Result(found, [line["incident"] for line in _read(out)], seconds)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def measure_boston(boston: Boston, result: Result, months: Sequence[int]) -> dict[str, Any]:
    """Rank of the labelled parents and share of labelled duplicates among the flagged, in per cent."""
    rows = [row for row in range(len(boston.ids)) if boston.month(row) in months]
    children = [row for row in rows if boston.labels.get(row) is not None]
    before = [row for row in children if boston.is_before(boston.parent(row), row)]
    best = np.array([result.pairs[row][0][1] if result.pairs.get(row) else 0.0 for row in rows])
    flagged = {rows[place] for place in np.argsort(-best, kind="stable")[: int(FLAGGED * len(rows))]}
    duplicates = [row for row in rows if row in boston.labels]
    ranked = {row: [other for other, _, _ in result.pairs.get(row, ())] for row in children}
    suggested = {row for row in rows if any(decision != "none" for _, _, decision in result.pairs.get(row, ()))}
    return {
        "rows": len(rows),
        "labelled": len(duplicates),
        "with_parent": len(children),
        "parent_in_first_1_3_5": hits(boston, ranked, children),
        "with_parent_reported_before": len(before),
        "parent_before_in_first_1_3_5": hits(boston, ranked, before),
        "labelled_found_flagging_18": _percent(row in flagged for row in duplicates),
        "rows_with_suggestion": _percent(row in suggested for row in rows),
        "labelled_with_suggestion": _percent(row in suggested for row in duplicates),
    }


def _percent(truths: Iterable[bool]) -> float:
    values = list(truths)
    return round(100 * sum(values) / len(values), 1) if values else 0.0


def measure_haiti_reports(folder: Path) -> dict[str, Any]:
    """Exact-text groups and near-text pairs of the Ushahidi reports: found near each other, never linked far apart."""
    reports = list(_read(folder / "haiti" / "reports.csv"))
    columns = {"id": "serial", "reported_at": "reported_at", "lat": "lat", "lon": "lon", "text": "description"}
    return _measure_reports(reports, _run_rows(reports, columns | {"location": "location"}))


def measure_haiti_live(folder: Path) -> dict[str, Any]:
    """Measure the same on the live path, which compares each report with those before it."""
    reports = list(_read(folder / "haiti" / "reports.csv"))
    return _measure_reports(reports, import_reports(reports))


def _measure_reports(reports: Sequence[dict[str, str]], result: Result) -> dict[str, Any]:
    near: list[tuple[int, int]] = []
    far: list[tuple[int, int]] = []
    for a, b in _near_identical([report["description"] for report in reports]):
        apart_m = distance_m(*(float(reports[row][key]) for row in (a, b) for key in ("lat", "lon")))
        (near if apart_m <= NEAR_M else far if apart_m > FAR_M else []).append((a, b))
    return {
        "rows": len(reports),
        **_groups([report["description"].strip() for report in reports], result),
        "near_text_pairs_within_1_km": len(near),
        "near_text_pairs_within_1_km_found": _percent(result.is_found(a, b) for a, b in near),
        "near_text_pairs_beyond_5_km": len(far),
        "near_text_pairs_beyond_5_km_linked": sum(result.incident[a] == result.incident[b] for a, b in far),
        "linked_rows": len(reports) - len(set(result.incident)),
    }


def measure_haiti_sms(folder: Path) -> dict[str, Any]:
    """Messages that bear one original text: no time, and a place for one in ten only."""
    messages = [line for line in _read(folder / "haiti" / "sms.csv") if line["original"].strip()]
    result = _run_rows(messages, {"id": "id", "lat": "lat", "lon": "lon", "text": "original"})
    return {"rows": len(messages), **_groups([line["original"].strip() for line in messages], result)}


def _run_rows(rows: Sequence[dict[str, str]], columns: dict[str, str]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        src = Path(folder) / "in.csv"
        with src.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["reported_at", *(name for name in columns if name != "reported_at")])
            for row in rows:
                writer.writerow(
                    [
                        row[columns["reported_at"]] if "reported_at" in columns else "",
                        *(row[column] for name, column in columns.items() if name != "reported_at"),
                    ]
                )
        return run(src)


def _groups(texts: Sequence[str], result: Result) -> dict[str, Any]:
    """Of rows whose text others have too: the share of groups wholly found, of repeats found, of pairs found."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, words in enumerate(texts):
        if words:
            groups[words].append(row)
    repeated = [rows for rows in groups.values() if len(rows) > 1]
    pairs = [(a, b) for rows in repeated for place, b in enumerate(rows) for a in rows[:place]]
    repeats = [any(result.is_found(a, b) for a in rows if a != b) for rows in repeated for b in rows]
    return {
        "exact_groups": len(repeated),
        "exact_groups_found": _percent(
            all(any(result.is_found(a, b) for a in rows if a != b) for b in rows) for rows in repeated
        ),
        "exact_rows": len(repeats),
        "exact_rows_found": _percent(repeats),
        "exact_pairs": len(pairs),
        "exact_pairs_found": _percent(result.is_found(a, b) for a, b in pairs),
    }


def _near_identical(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows with nearly the same long text, by a measure that is not the one of the scorer."""
    long = [row for row, words in enumerate(texts) if len(words) >= LONG]
    folded = [" ".join(texts[row].lower().split()) for row in long]
    for start in range(0, len(long), 500):
        alike = process.cdist(
            folded[start : start + 500], folded, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR_IDENTICAL
        )
        for a, b in zip(*np.nonzero(alike), strict=True):
            if start + a < b:
                yield long[start + a], long[b]


def measure_pin(folder: Path) -> dict[str, Any]:
    """Measure the slowest report on the default pin of Boston, candidates and scores, in milliseconds."""
    sheet = read_sheet(folder / "duplicates" / "boston.csv")
    batch = Batch(sheet.observations)
    taken: list[float] = []
    busy: list[float] = []  # the processor's share of it: what a machine with other work does not disturb
    with no_search_for_cycles():
        for row in sheet.order():
            seen = sheet.observations[row]
            started, used = time.perf_counter(), time.thread_time()
            batch.take(row)
            if (seen.lat, seen.lon) == BOSTON_PIN:
                taken.append(1_000 * (time.perf_counter() - started))
                busy.append(1_000 * (time.thread_time() - used))
    linked = [
        batch.incident[row] != row for row, seen in enumerate(sheet.observations) if (seen.lat, seen.lon) == BOSTON_PIN
    ]
    return {
        "reports_on_pin": len(taken),
        "ms_p50": round(float(np.median(taken)), 2),
        "ms_p95": round(float(np.quantile(taken, 0.95)), 2),
        "ms_slowest": round(max(taken), 2),
        "cpu_ms_slowest": round(max(busy), 2),
        "linked": sum(linked),
    }


SECTIONS = ("boston", "rolling", "training", "reports", "haiti_live", "sms", "pin", "live")
LABELS_NOTE = "labels of Boston are incomplete (many unmarked rows are repeats): any precision is a lower bound"


def main(argv: Sequence[str]) -> int:
    """Measure, print, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.incidents", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--only", choices=SECTIONS, action="append")
    parser.add_argument("--quick", action="store_true", help="Haiti and 20,000 live reports; not for figures")
    parser.add_argument(
        "--size", type=int, default=1_000_000, help="reports of the live section; fewer for a shorter run"
    )
    options = parser.parse_args(argv)
    wanted = options.only or (["reports", "sms", "live"] if options.quick else list(SECTIONS))
    figures = measure(wanted, 20_000 if options.quick else options.size)
    figures["goals"] = list_goals(figures)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(wanted: Collection[str], size: int) -> dict[str, Any]:
    """Measure the wanted sections."""
    folder = data_folder()
    figures: dict[str, Any] = {"note": LABELS_NOTE}
    if {"boston", "rolling", "training"} & set(wanted):
        boston = read_boston()
    if "boston" in wanted:
        result = run(folder / "duplicates" / "boston.csv")
        figures["boston_tune_july_september"] = measure_boston(boston, result, TUNE)
        figures["boston_october"] = measure_boston(boston, result, HELD)
        figures["boston_seconds"] = round(result.seconds, 1)
    if "rolling" in wanted:
        figures["boston_rolling_origin"] = measure_rolling(boston)
    if "training" in wanted:
        figures["training_from_decisions"] = measure_training(boston)
    if "reports" in wanted:
        figures["haiti_reports"] = measure_haiti_reports(folder)
    if "haiti_live" in wanted:
        figures["haiti_live"] = measure_haiti_live(folder)
    if "sms" in wanted:
        figures["haiti_sms"] = measure_haiti_sms(folder)
    if "pin" in wanted:
        figures["default_pin"] = measure_pin(folder)
    if "live" in wanted:
        figures["live"] = run_live(folder, size)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
