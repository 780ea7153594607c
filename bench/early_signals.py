"""How often early signals are false, and which surges they find: Boston's reports of 2011 by topic and square.

A day is looked at as the job looks at it, at midnight. Real data have no list of true surges, so false alarms are
counted where there can be no true one: each topic and square keeps its days, in random order. Every report is a source
here, since the data have no senders. A surge is added to real days: so many sources to one topic and square.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.boston import read_boston
from reporting.reports.early_signal import DAYS, SOURCES_LEAST, is_signal, measure_over, measure_usual

SURGES: Final = (3, 5, 8, 12, 20)
Cell = tuple[str, int, int]


def count_days(square: float) -> dict[Cell, list[int]]:
    """Count the reports of each topic and square by day, from the first day to the last."""
    counts: dict[Cell, Counter[int]] = {}
    for seen in read_boston().observations:
        if seen.at is None or seen.lat is None or seen.lon is None or not seen.topic:
            continue
        cell = (seen.topic, int(seen.lat // square), int(seen.lon // square))
        counts.setdefault(cell, Counter())[seen.at.toordinal()] += 1
    first = min(min(days) for days in counts.values())
    last = max(max(days) for days in counts.values())
    return {cell: [days[day] for day in range(first, last + 1)] for cell, days in counts.items()}


@dataclass(frozen=True, slots=True)
class Day:
    """A day that has enough days before it: how many topics and squares are looked at, and how uneven they all are."""

    number: int
    cells: int
    over_all: float


def list_alarms(counts: Mapping[Cell, Sequence[int]]) -> list[int]:
    """Count the signals of each day."""
    return [sum(_is_alarm(days, day) for days in counts.values()) for day in list_days(counts)]


def list_days(counts: Mapping[Cell, Sequence[int]]) -> list[Day]:
    """List the days, each with the topics and squares that had a report on it or in the days before."""
    listed = []
    for number in range(DAYS, len(next(iter(counts.values())))):
        known = [days[number - DAYS : number] for days in counts.values() if any(days[number - DAYS : number + 1])]
        listed.append(Day(number, len(known), measure_over(known)))
    return listed


def _is_alarm(days: Sequence[int], day: Day, added: int = 0) -> bool:
    if days[day.number] + added < SOURCES_LEAST:
        return False
    usual = measure_usual(days[day.number - DAYS : day.number], day.over_all)
    return is_signal(days[day.number] + added, usual, day.cells)


def find_surges(counts: Mapping[Cell, Sequence[int]], chance: random.Random, tries: int) -> dict[int, float]:
    """Find the share of surges that make a signal on a day that has none, by the number of sources added."""
    days_of = list_days(counts)
    busy = [days for days in counts.values() if sum(days) >= len(days) / 7]  # a report a week or more
    tried = [(chance.choice(busy), chance.choice(days_of)) for _ in range(tries)]
    quiet = [(days, day) for days, day in tried if not _is_alarm(days, day)]
    return {added: round(sum(_is_alarm(days, day, added) for days, day in quiet) / len(quiet), 3) for added in SURGES}


def measure(square: float, rounds: int, tries: int) -> dict[str, Any]:
    """Measure signals a day on real days and on days in random order, and the surges that are found."""
    counts = count_days(square)
    chance = random.Random(2011)
    real = list_alarms(counts)
    shuffled = [
        alarms
        for _round in range(rounds)
        for alarms in list_alarms({cell: chance.sample(days, len(days)) for cell, days in counts.items()})
    ]
    return {
        "topics_and_squares": len(counts),
        "reports": sum(map(sum, counts.values())),
        "days": len(real),
        "signals_per_day": round(sum(real) / len(real), 3),
        "false_alarms_per_day": round(sum(shuffled) / len(shuffled), 3),
        "days_with_false_alarm": round(sum(map(bool, shuffled)) / len(shuffled), 3),
        "surges_found": find_surges(counts, chance, tries),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code, 2 when the data are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--square", type=float, default=0.02, help="side of a square in degrees")
    parser.add_argument("--rounds", type=int, default=10, help="how often the days are put in random order")
    parser.add_argument("--tries", type=int, default=2_000, help="surges of each size")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(argv)
    try:
        figures = measure(options.square, options.rounds, options.tries)
    except FileNotFoundError:
        print("early_signals: duplicates/boston.csv is not there; name its folder in BARAZA_SHARED", file=sys.stderr)
        return 2
    for name, value in figures.items():
        print(f"{name:>22}  {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
