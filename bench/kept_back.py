"""Recall of cries for help and false alarms of ordinary messages on labelled texts: by language, by kind, by half.

The words are mended by the `tuned` half; the `held` half is kept apart from that, so its figures are those that count.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reporting.extraction.sensitivity import SensitiveReader
from reporting.population.representation import Estimate, share_interval

LABELLED: Final = Path(__file__).parent.parent / "tests" / "data" / "sensitive"
CRIES, ORDINARY = "cries", "ordinary"
# The sets from the second on were written later, without looking at the words: how they do on wordings nobody has seen.
_TITLES: Final = (
    (CRIES, "recall of cries"),
    (ORDINARY, "false alarms"),
    ("second_cries", "recall, second set"),
    ("second_ordinary", "look-alikes, second"),
    ("third_cries", "recall, third set"),
    ("fourth_cries", "recall, fourth set"),
    ("fourth_ordinary", "look-alikes, fourth"),
    ("fifth_cries", "recall, fifth set"),
    ("sixth_cries", "recall, sixth set"),
    ("sixth_ordinary", "look-alikes, sixth"),
    ("seventh_cries", "recall, seventh set"),
    ("eighth_cries", "recall, eighth set"),
)
HALVES: Final = ("tuned", "held")
# What the figures are held against: recall of every language, and what of its ordinary messages may be kept back.
RECALL_GOAL, FALSE_ALARM_GOAL = 0.97, 0.01

# By file, half, the column that groups ("all", "language", "kind") and its value.
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Share:
    """How many of how many were kept back."""

    kept: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 where there is nothing."""
        return self.kept / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of 95 % of the share."""
        return share_interval(Estimate(self.kept), Estimate(self.of))

    def to_json(self) -> dict[str, Any]:
        """Return the share and its interval for a file of figures."""
        low, high = self.interval
        return {
            "kept_back": self.kept,
            "of": self.of,
            "share": round(self.value, 4),
            "interval": [round(low, 4), round(high, 4)],
        }


def count(reader: SensitiveReader, folder: Path = LABELLED) -> dict[Key, Share]:
    """Shares of the files that are there, in the order of their rows."""
    every: Counter[Key] = Counter()
    kept: Counter[Key] = Counter()
    for name, _ in _TITLES:
        if not (folder / f"{name}.csv").exists():
            continue
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                is_kept = reader.read(row["text"]) is not None
                for key in _list_keys(name, row):
                    every[key] += 1
                    kept[key] += is_kept
    return {key: Share(kept[key], of) for key, of in every.items()}


def _list_keys(name: str, row: Mapping[str, str]) -> Iterator[Key]:
    yield name, row["half"], "all", "all"
    for column in ("language", "kind"):
        yield name, row["half"], column, row[column]


def list_lines(shares: Mapping[Key, Share]) -> Iterator[str]:
    """Format a table for people.

    A line each language and kind, the halves side by side, `*` where the goal is missed.
    """
    yield (
        f"Kept back of labelled texts, Wilson 95 % intervals; * misses the goal (recall {RECALL_GOAL:.0%},"
        f" false alarms under {FALSE_ALARM_GOAL:.0%})"
    )
    for name, title in _TITLES:
        if not any(key[0] == name for key in shares):
            continue
        yield ""
        yield f"{title:<22}" + "".join(f"{half:<34}" for half in HALVES).rstrip()
        for column, value in _list_rows(shares, name):
            cells = (shares.get((name, half, column, value), Share(0, 0)) for half in HALVES)
            label = value if column == "all" else f"{column} {value}"
            yield f"{label:<22}" + "".join(f"{_format(name, cell):<34}" for cell in cells).rstrip()


def _list_rows(shares: Mapping[Key, Share], name: str) -> list[tuple[str, str]]:
    found = dict.fromkeys(key[2:] for key in shares if key[0] == name)
    return sorted(found, key=lambda row: ("all", "language", "kind").index(row[0]))


def _format(name: str, share: Share) -> str:
    if not share.of:
        return "-"
    low, high = share.interval
    is_missed = share.value < RECALL_GOAL if name.endswith(CRIES) else share.value >= FALSE_ALARM_GOAL
    mark = "*" if is_missed else " "
    return f"{share.value:7.2%}{mark} {low:6.1%}-{high:<6.1%} {share.kept:>4}/{share.of}"


def to_json(shares: Mapping[Key, Share]) -> dict[str, Any]:
    """Return the same figures as nested objects: file, half, column, value."""
    nested: dict[str, Any] = {}
    for (name, half, column, value), share in shares.items():
        nested.setdefault(name, {}).setdefault(half, {}).setdefault(column, {})[value] = share.to_json()
    return nested
