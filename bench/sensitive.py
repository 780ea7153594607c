"""How well the sensitive words of the languages keep cries for help from the ordinary queue, at what price, how fast.

Recall and false alarms are those of the labelled texts of `tests/data/sensitive` (`bench.kept_back`). The price is how
many of real messages are kept back, by set and reason, where they are there. The words were first chosen on lines of
even number (ids of the Haiti messages); the figures that count are those of the odd ones (`--part odd`, the default).
Nobody labelled these messages as sensitive.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.kept_back import Share, count, to_json
from bench.kept_back import list_lines as list_lines_of_labelled
from bench.topics import DATA
from config.languages.load import use_folder
from config.settings import load_settings
from reporting.extraction.sensitivity import READ_REASONS, SensitiveReader

HAITI, HAITI_IN_ENGLISH, CRISIS = "haiti_sms", "haiti_sms_in_english", "crisis_posts"


def read_sets(data: Path, part: str) -> dict[str, list[str]]:
    """Read the texts of each set that is present."""
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
    started = time.process_time()  # of this process: what else the machine does is no price of the words
    reasons = [reader.read(text) for text in texts]
    seconds = time.process_time() - started
    counts = Counter(filter(None, reasons))
    kept = sum(counts.values())
    return {
        "messages": len(texts),
        "kept_back": kept,
        "share": round(kept / len(texts), 5),
        "by_reason": {reason: counts[reason] for reason in READ_REASONS},
        "per_second": round(len(texts) / seconds),
        "us_per_text": round(seconds / len(texts) * 1e6),
    }


def list_lines(measured: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Format a table for people: a line for each real set."""
    yield f"{'real texts':<22}{'kept back':<34}{'us a text':>9}  by reason"
    for name, figures in measured.items():
        low, high = Share(figures["kept_back"], figures["messages"]).interval
        share = f"{figures['share']:7.2%}  {low:6.2%}-{high:<6.2%} {figures['kept_back']:>4}/{figures['messages']}"
        reasons = ", ".join(f"{reason} {number}" for reason, number in figures["by_reason"].items() if number)
        yield f"{name:<22}{share:<34}{figures['us_per_text']:>9}  {reasons}".rstrip()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds haiti/ and geoparsing/")
    parser.add_argument("--part", choices=("odd", "even", "all"), default="odd")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    use_folder(load_settings().languages_folder)
    reader = SensitiveReader({})
    shares = count(reader)
    print("\n".join(list_lines_of_labelled(shares)))
    sets = read_sets(options.data, options.part)
    measured = {name: measure(reader, texts) for name, texts in sets.items()}
    if measured:
        print("", *list_lines(measured), sep="\n")
    else:
        print("sensitive: none of the real sets is in the data folder; name it with --data", file=sys.stderr)
    if options.json:
        written = json.dumps({"labelled": to_json(shares), **measured}, indent=2)
        options.json.write_text(written + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
