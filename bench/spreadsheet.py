"""What `flask dedupe --pairs --explain` takes for a spreadsheet of many rows: peak memory and time of one process.

Boston is replicated by whole weeks: copy k lies k times 18 weeks later, its points moved by some 30 m a copy. With
`--own-words` every row says something of its own besides, so that no text repeats: what costs memory most.
`python -m bench.spreadsheet [--size ROWS] [--own-words] [--json FILE]`.
"""

import argparse
import csv
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.boston import data_folder
from bench.live_candidates import COPY_DEGREES, COPY_WEEKS
from reporting.dedupe.dedupe import dedupe_csv

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]
_OWN_WORDS = 12


def list_lines(folder: Path, size: int, *, own_words: bool) -> Iterator[dict[str, str]]:
    """Yield the lines of Boston again and again, later each time."""
    with (folder / "duplicates" / "boston.csv").open(encoding="utf-8", newline="") as handle:
        boston = list(csv.DictReader(handle))
    dice = random.Random(3)
    for number in range(size):
        copy, place = divmod(number, len(boston))
        line = boston[place]
        at = datetime.fromisoformat(line["reported_at"]) + timedelta(weeks=COPY_WEEKS * copy)
        changed = {"id": f"{copy}-{line['id']}", "reported_at": at.isoformat()}
        if line["lat"]:
            changed["lat"] = f"{float(line['lat']) + copy * COPY_DEGREES:.6f}"
        if own_words:
            changed["text"] = " ".join("".join(dice.choices(_SYLLABLES, k=3)) for _ in range(_OWN_WORDS))
        yield line | changed


def measure(src: Path, folder: Path, explained: str) -> dict[str, Any]:
    """Run it; memory is the highest of the whole process in MB, with Python and its libraries."""
    began, used = time.perf_counter(), time.process_time()
    counts = dedupe_csv(src, folder / "out.csv", folder / "pairs.csv", lambda _done, _all: None, {explained})
    return {
        "rows": counts.rows,
        "incidents": counts.incidents,
        "suggested": counts.suggested,
        "lines_explained": len(counts.explained),
        "cpu_s": round(time.process_time() - used, 1),
        "wall_s": round(time.perf_counter() - began, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "input_mb": src.stat().st_size >> 20,
        "pairs_mb": (folder / "pairs.csv").stat().st_size >> 20,
    }


def run_spreadsheet(folder: Path, size: int, *, own_words: bool = False) -> dict[str, Any]:
    """Write the file and run it in a fresh process, whose peak is its own."""
    with tempfile.TemporaryDirectory() as scratch:
        src, last = Path(scratch) / "in.csv", ""
        with src.open("w", encoding="utf-8", newline="") as handle:
            writer: csv.DictWriter[str] | None = None
            for line in list_lines(folder, size, own_words=own_words):
                if writer is None:
                    writer = csv.DictWriter(handle, list(line))
                    writer.writeheader()
                writer.writerow(line)
                last = line["id"]
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(measure, (src, Path(scratch), last))


def main(argv: Sequence[str]) -> int:
    """Measure, print, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.spreadsheet", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--size", type=int, default=1_000_000, metavar="ROWS")
    parser.add_argument("--own-words", action="store_true", help="no two texts are alike")
    options = parser.parse_args(argv)
    figures = run_spreadsheet(data_folder(), options.size, own_words=options.own_words)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
