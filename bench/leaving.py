"""How many wordings of leaving and of being forgotten are understood, and how many reports are taken for them.

By language, on the labelled messages of tests/data/leaving and of its second to eighth set: all, and apart the
lines of even number, on which nothing was mended. With real messages at hand (`BARAZA_SHARED`) also how many of them
are taken for an order.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from bench.sensitive import read_sets
from bench.topics import DATA
from config.languages.load import use_folder
from config.settings import load_settings
from reporting.languages.keywords import Command, find_command, leaves_beside

FOLDER: Final = Path(__file__).parent.parent / "tests" / "data" / "leaving"
# Sets that were written later, each without looking at the words (tests/data/leaving/README.md).
LATER: Final = tuple(FOLDER / name for name in ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"))
STOP, FORGET, REPORT = "stop", "forget", "report"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with what it is; `is_held_out`: nothing was mended on it."""

    language: str
    label: str
    text: str
    is_held_out: bool


def read_labelled(folder: Path = FOLDER) -> list[Labelled]:
    """Every labelled message of a folder."""
    return [each for path in sorted(folder.glob("*.tsv")) for each in _read_file(path)]


def _read_file(path: Path) -> Iterator[Labelled]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        label, _, text = line.partition("\t")
        yield Labelled(path.stem, label, text.replace("\\n", "\n"), number % 2 == 0)


def understand(text: str, languages: Sequence[str]) -> str:
    """Classify a message where these languages are spoken: `stop`, `forget`, another command, or a report."""
    found = find_command(text, languages)
    if found is not None:
        return found.command.value
    return STOP if leaves_beside(text, languages) else REPORT


def count(messages: Sequence[Labelled]) -> dict[str, Any]:
    """Recall of both orders and the false alarms among reports, as counts and shares."""
    taken = Counter((each.label, understand(each.text, [each.language])) for each in messages)
    total = Counter(each.label for each in messages)
    alarms = sum(number for (label, read), number in taken.items() if label == REPORT and read in (STOP, FORGET))
    return {
        "stop": total[STOP], "stop_found": taken[STOP, STOP], "forget": total[FORGET],
        "forget_found": taken[FORGET, FORGET], "reports": total[REPORT], "false_alarms": alarms,
    }  # fmt: skip


def count_real(texts: Sequence[str]) -> dict[str, Any]:
    """How many real messages are taken for an order, and how fast they are read."""
    started = time.perf_counter()
    found = Counter(understand(text, ["ht", "fr"]) for text in texts)
    seconds = time.perf_counter() - started
    orders = {order: found[order] for order in (Command.STOP.value, Command.FORGET.value)}
    return {"messages": len(texts), **orders, "per_second": round(len(texts) / seconds)}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--missed", action="store_true", help="print what was read wrongly")
    options = parser.parse_args()
    use_folder(load_settings().languages_folder)
    labelled = read_labelled()
    languages = list(dict.fromkeys(each.language for each in labelled))
    result: dict[str, Any] = {"languages": {}, "real": {}}
    print(f"{'':17}{'STOP':>12}{'FORGET':>12}{'false alarms':>16}")
    later = {folder.name: read_labelled(folder) for folder in LATER}
    parts = {"all": labelled, "held out": [each for each in labelled if each.is_held_out]}
    for name, messages in later.items():
        parts |= {name: messages, f"{name} held": [each for each in messages if each.is_held_out]}
    for part, chosen in parts.items():
        for language in (*languages, ""):
            figures = count([each for each in chosen if language in ("", each.language)])
            result["languages"].setdefault(language or "every", {})[part] = figures
            print(
                f"{language or 'every':4}{part:13}{figures['stop_found']:6}/{figures['stop']:<5}"
                f"{figures['forget_found']:6}/{figures['forget']:<5}{figures['false_alarms']:10}/{figures['reports']}"
            )
    for name, texts in read_sets(options.data, "all").items():
        result["real"][name] = count_real(texts)
        print(name, result["real"][name])
    if options.missed:
        for each in chain(labelled, *later.values()):
            if (read := understand(each.text, [each.language])) != each.label and not each.is_held_out:
                print(f"{each.language} {each.label} read as {read}: {each.text!r}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
