"""How many of the personal details of labelled texts are found, and how often something else is taken for one.

The texts are those of `tests/data/redaction`: what must be hidden stands in `[[` and `]]`. A detail counts as found
where all of it would be hidden, a false alarm is something hidden that touches none. The patterns are mended by the
half `tuned`, so the figures of `held` are those that count. Of the Haiti messages, where they are there, it is told how
many have something hidden, by kind: nobody labelled these.
"""

import argparse
import csv
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.topics import DATA
from config.languages.load import use_folder
from config.settings import load_settings
from reporting.extraction.personal_details import find_details

LABELLED: Final = Path(__file__).parent.parent / "tests" / "data" / "redaction" / "texts.csv"
ALL: Final = "all"
HALVES: Final = ("tuned", "held")
_MARKED: Final = re.compile(r"\[\[(.*?)\]\]")


@dataclass
class Counts:
    """Of so many texts and details, how many details were found, and how many false alarms there were."""

    texts: int = 0
    details: int = 0
    found: int = 0
    false_alarms: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of the details that were found, 1 where there is none."""
        return self.found / self.details if self.details else 1.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures for a file."""
        figures = {name: getattr(self, name) for name in ("texts", "details", "found", "false_alarms")}
        return figures | {"recall": round(self.recall, 4)}


def read_labelled(path: Path = LABELLED) -> Iterator[tuple[str, list[tuple[int, int]], str, str]]:
    """Read the labelled texts: text, what must be hidden, language, half."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            plain, spans, behind = "", [], 0
            for match in _MARKED.finditer(row["text"]):
                plain += row["text"][behind : match.start()]
                spans.append((len(plain), len(plain) + len(match[1])))
                plain, behind = plain + match[1], match.end()
            yield plain + row["text"][behind:], spans, row["language"], row["half"]


def count(path: Path = LABELLED) -> dict[tuple[str, str], Counts]:
    """Count by half and language, and over all languages."""
    counts: dict[tuple[str, str], Counts] = {}
    for text, spans, language, half in read_labelled(path):
        hidden = [(detail.start, detail.end) for detail in find_details(text)]
        missed = [span for span in spans if not any(start <= span[0] and span[1] <= end for start, end in hidden)]
        wrong = [one for one in hidden if not any(one[0] < end and start < one[1] for start, end in spans)]
        for key in ((half, language), (half, ALL)):
            of = counts.setdefault(key, Counts())
            of.texts += 1
            of.details += len(spans)
            of.found += len(spans) - len(missed)
            of.false_alarms += len(wrong)
            of.missed += [text[start:end] for start, end in missed]
            of.wrong += [text[start:end] for start, end in wrong]
    return counts


def measure_messages(data: Path) -> dict[str, Any] | None:
    """Tell how many of the Haiti messages have something hidden, by kind, and how fast they are read."""
    path = data / "haiti" / "sms.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["original"] or row["english"] for row in csv.DictReader(file)]
    started = time.process_time()
    kinds = [{detail.kind for detail in find_details(text)} for text in texts]
    seconds = time.process_time() - started
    by_kind = Counter(str(kind) for found in kinds for kind in found)
    return {
        "messages": len(texts),
        "hidden": sum(map(bool, kinds)),
        "by_kind": dict(by_kind),
        "us_per_text": round(seconds / len(texts) * 1e6),
    }


def list_lines(counts: dict[tuple[str, str], Counts], *, shows: bool) -> Iterator[str]:
    """Format a table for people."""
    yield f"{'half':<8}{'language':<10}{'recall':>14}{'false alarms':>16}"
    for half in HALVES:
        for (of, language), each in sorted(counts.items()):
            if of == half:
                found, alarms = f"{each.found}/{each.details}", f"{each.false_alarms} in {each.texts}"
                yield f"{half:<8}{language:<10}{found:>8} {each.recall:>5.0%}{alarms:>16}"
                if shows and language != ALL and (each.missed or each.wrong):
                    yield f"    missed {each.missed} wrong {each.wrong}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds haiti/")
    parser.add_argument("--show", action="store_true", help="list what was missed and what was wrong")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    use_folder(load_settings().languages_folder)
    counts = count()
    print("\n".join(list_lines(counts, shows=options.show)))
    messages = measure_messages(options.data)
    if messages is None:
        print("redaction: haiti/sms.csv is not in the data folder; name it with --data", file=sys.stderr)
    else:
        print(f"\nHaiti messages: {json.dumps(messages)}")
    if options.json:
        labelled = {f"{half} {language}": each.to_json() for (half, language), each in counts.items()}
        options.json.write_text(json.dumps({"labelled": labelled, "messages": messages}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
