"""How well the keywords of a campaign find the topics of the Haiti messages, and how fast.

The keywords were chosen on the messages with even ids; the figures that count are those on odd ids (`--part odd`, the
default). A message is read in the words of its sender, which are in the English column where the sender wrote English.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reporting.extraction.topic import TopicDefinition, TopicReader

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data"
DEFINITION = ROOT / "bench" / "haiti.yaml"


@dataclass(frozen=True)
class Case:
    """A message and the codes of the topics that people gave it (none: about something else)."""

    text: str
    true: frozenset[str]


def load_cases(path: Path, labels_of: dict[str, list[str]], part: str, column: str = "original") -> list[Case]:
    """Read the messages of a part (`even`, `odd` or `all` ids) as they were written, or in `english`."""
    code_of = {label: code for code, labels in labels_of.items() for label in labels}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if part == "all" or int(row["id"]) % 2 == (part == "odd")]
    return [
        Case(row[column] or row["english"], frozenset(code_of[x] for x in row["labels"].split("|") if x in code_of))
        for row in rows
    ]


def measure(reader: TopicReader, cases: Sequence[Case], codes: Sequence[str]) -> dict[str, Any]:
    """Figures of the best guess, and of all guesses per topic."""
    started = time.perf_counter()
    guesses = [[guess.code for guess in reader.read_all(case.text, None)] for case in cases]
    seconds = time.perf_counter() - started
    best = [found[0] if found else None for found in guesses]
    topical = sum(1 for case in cases if case.true)
    answered = sum(1 for code in best if code)
    right = sum(1 for case, code in zip(cases, best, strict=True) if code in case.true)
    agreed = sum(1 for case, code in zip(cases, best, strict=True) if code in case.true or not (code or case.true))
    per_topic = {code: _of_topic(code, cases, guesses) for code in codes}
    return {
        "messages": len(cases),
        "with_topic": topical,
        "guessed": answered,
        "accuracy": round(agreed / len(cases), 4),  # the best guess is a true topic, or rightly there is none
        "precision": round(right / answered, 4) if answered else 0.0,
        "recall": round(right / topical, 4) if topical else 0.0,
        "f1": round(2 * right / (answered + topical), 4) if answered + topical else 0.0,
        "macro_f1": round(sum(row["f1"] for row in per_topic.values()) / len(codes), 4),
        "per_second": round(len(cases) / seconds),
        "topics": per_topic,
    }


def _of_topic(code: str, cases: Sequence[Case], guesses: Sequence[Sequence[str]]) -> dict[str, float]:
    true = sum(code in case.true for case in cases)
    given = sum(code in found for found in guesses)
    both = sum(code in case.true and code in found for case, found in zip(cases, guesses, strict=True))
    return {
        "true": true,
        "precision": round(both / given, 3) if given else 0.0,
        "recall": round(both / true, 3) if true else 0.0,
        "f1": round(2 * both / (given + true), 3) if given + true else 0.0,
    }


def show(figures: dict[str, Any]) -> str:
    """Format the figures as lines for people."""
    lines = [f"{name:>10}  {value}" for name, value in figures.items() if name != "topics"]
    lines += [
        f"{code:>10}  precision {row['precision']:.3f}  recall {row['recall']:.3f}  f1 {row['f1']:.3f}  ({row['true']})"
        for code, row in figures["topics"].items()
    ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code, 2 when the data are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds haiti/sms.csv")
    parser.add_argument("--part", choices=("odd", "even", "all"), default="odd")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    messages = options.data / "haiti" / "sms.csv"
    if not messages.exists():
        print("topics: haiti/sms.csv is not in the data folder; name it with --data or BARAZA_SHARED", file=sys.stderr)
        return 2
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    labels_of = definition["settings"]["labels"]
    topics = [TopicDefinition(topic["code"], topic["keywords"], topic["name"]) for topic in definition["topics"]]
    reader = TopicReader(topics)
    figures = measure(reader, load_cases(messages, labels_of, options.part), list(labels_of))
    print(show(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
