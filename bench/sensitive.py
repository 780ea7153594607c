"""How many real messages the words of `sensitive.yaml` keep back from the ordinary queue, by set and reason, how fast.

The words were chosen on lines of even number (ids of the Haiti messages); the figures that count are those of the odd
ones (`--part odd`, the default). Nobody labelled these messages as sensitive, so this is the price, not the recall.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.topics import DATA
from reporting.triage.sensitive import READ_REASONS, SensitiveReader

HAITI, HAITI_IN_ENGLISH, CRISIS = "haiti_sms", "haiti_sms_in_english", "crisis_posts"


def read_sets(data: Path, part: str) -> dict[str, list[str]]:
    """The texts of each set that is there."""
    sets: dict[str, list[str]] = {}
    messages = data / "haiti" / "sms.csv"
    if messages.exists():
        with messages.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if _is_of(part, int(row["id"]))]
        sets[HAITI] = [row["original"] or row["english"] for row in rows]
        sets[HAITI_IN_ENGLISH] = [row["english"] for row in rows]
    posts = data / "geoparsing" / "idrisi_en.jsonl"
    if posts.exists():
        sets[CRISIS] = list(_read_posts(posts, part))
    return sets


def _read_posts(path: Path, part: str) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            if _is_of(part, number):
                yield str(json.loads(line)["text"])


def _is_of(part: str, number: int) -> bool:
    return part == "all" or number % 2 == (part == "odd")


def measure(reader: SensitiveReader, texts: Sequence[str]) -> dict[str, Any]:
    """How many are kept back, in all and by reason."""
    started = time.perf_counter()
    reasons = [reader.read(text) for text in texts]
    seconds = time.perf_counter() - started
    counts = Counter(filter(None, reasons))
    kept = sum(counts.values())
    return {
        "messages": len(texts),
        "kept_back": kept,
        "share": round(kept / len(texts), 5),
        "by_reason": {reason: counts[reason] for reason in READ_REASONS},
        "per_second": round(len(texts) / seconds),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code, 2 when the data are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds haiti/ and geoparsing/")
    parser.add_argument("--part", choices=("odd", "even", "all"), default="odd")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    sets = read_sets(options.data, options.part)
    if not sets:
        print("sensitive: none of the sets is in the data folder; name it with --data", file=sys.stderr)
        return 2
    reader = SensitiveReader({})
    written = json.dumps({name: measure(reader, texts) for name, texts in sets.items()}, indent=2)
    print(written)
    if options.json:
        options.json.write_text(written + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
