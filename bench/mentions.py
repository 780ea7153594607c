"""What the page of a report marks as names of places: `python -m bench.mentions [--json FILE]`, data as bench.places.

Raw messages of Haiti with the gazetteer of Haiti and nothing taught; those of the parts that bench.places reports, and
those of the parts by which the bound was chosen. A mark is right within 10 km of where the message was placed. Earlier
places are those of the 60 messages before it in the file. Time is measured with the gazetteer of a million names.
"""

import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, create_engine

from bench.gazetteer import write_dump
from bench.places import REPORTED, Asked, load_haiti, part_of, read_rows, split
from bench.scratch import ROOT, parse_arguments, report, scratch_database, shared_data
from geo.distance import distance_m
from geo.gazetteer.formats import read_places
from geo.gazetteer.load_places import load_places
from geo.resolver.locator import Locator
from geo.resolver.toponym_lookup import find_mentions
from geo.resolver.toponyms import LEAST, LEAST_SHOWN, ContextMention, Toponym
from geo.text.normalise import LONGEST_TEXT
from reporting.campaigns.campaign import create_campaign, read_definition

BEFORE = 60
_RAW_NAMES = 1_450_000
_NEAR_M, _RIGHT_M = 5_000.0, 10_000.0

Read = Callable[[str, Sequence[ContextMention]], list[Toponym]]


def measure(read: Read, asked: Sequence[Asked], *, is_remembering: bool) -> dict[str, float]:
    """How many messages have a mark, and one that is near; how many of the marks are right."""
    before: deque[ContextMention] = deque(maxlen=BEFORE)
    marked = near = marks = right = 0
    for one in asked:
        found = read(one.text, list(before) if is_remembering else ())
        away = [distance_m(mention.lat, mention.lon, one.lat, one.lon) for mention in found]
        marked += bool(away)
        near += any(metres <= _NEAR_M for metres in away)
        marks += len(away)
        right += sum(metres <= _RIGHT_M for metres in away)
        before.append(ContextMention(one.lat, one.lon))
    return {
        "messages": len(asked),
        "marked": round(marked / len(asked), 4),
        "one_within_5_km": round(near / len(asked), 4),
        "marks_within_10_km": round(right / max(1, marks), 4),
    }


def measure_haiti(connection: Connection, folder: Path) -> dict[str, Any]:
    """Measure both halves of the split, and how often the database lookup and the name index of a worker differ."""
    campaign_id = load_haiti(connection, folder)
    locator = Locator.load(connection, campaign_id)
    halves = {"reported": split(folder)[2], "chosen_by": list_chosen_by(folder)}

    def look_up(words: str, around: Sequence[ContextMention]) -> list[Toponym]:
        return find_mentions(connection, campaign_id, words, around)

    def read_strictly(words: str, around: Sequence[ContextMention]) -> list[Toponym]:
        return locator.read_mentions(words, around, LEAST)

    figures: dict[str, Any] = {
        half: {
            "bound_of_tweets": measure(read_strictly, asked, is_remembering=True),
            "alone": measure(look_up, asked, is_remembering=False),
            "with_earlier_places": measure(look_up, asked, is_remembering=True),
        }
        for half, asked in halves.items()
    }
    every = [one.text for asked in halves.values() for one in asked]
    others = sum(look_up(words, ()) != locator.read_mentions(words, (), LEAST_SHOWN) for words in every)
    return figures | {"differ_from_memory": others, "compared": len(every)}


def list_chosen_by(folder: Path) -> list[Asked]:
    """List the messages of the training parts."""
    parts = {row["serial"]: part_of(row["location"]) for row in read_rows(folder / "reports.csv")}
    rows = [row for row in read_rows(folder / "sms.csv") if row["lat"] and row["original"]]
    chosen = [row for row in rows if parts.get(row["report_serial"], 0) not in REPORTED]
    return [Asked(row["original"], float(row["lat"]), float(row["lon"])) for row in chosen]


def measure_time(connection: Connection, texts: Sequence[str], raw_names: int) -> dict[str, Any]:
    """Milliseconds that the caller waits for the marks of a text, with the gazetteer of a million names."""
    definition = (ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8").replace("haiti-2010", "world")
    definition = "\n".join(line for line in definition.splitlines() if not line.startswith("number:"))
    campaign_id = create_campaign(connection, read_definition(definition, "bench/haiti.yaml"))
    with tempfile.TemporaryDirectory() as dump:
        path = Path(dump) / "million.txt"
        write_dump(path, raw_names)
        load_places(connection, campaign_id, read_places(path), path.name)
    connection.commit()
    longest = " ".join(texts)[:LONGEST_TEXT]
    namesakes = "Santa Maria and San Jose near Springfield, San Antonio, San Pedro and Santiago"
    spent = {name: _time(connection, campaign_id, words) for name, words in
             {"messages": texts[:300], "longest": [longest] * 20, "namesakes": [namesakes] * 20}.items()}  # fmt: skip
    return {name: {"median_ms": round(float(np.median(each)), 1), "p95_ms": round(float(np.quantile(each, 0.95)), 1)}
            for name, each in spent.items()}  # fmt: skip


def _time(connection: Connection, campaign_id: int, texts: Sequence[str]) -> list[float]:
    spent = []
    for words in texts:
        began = time.perf_counter()
        find_mentions(connection, campaign_id, words)
        spent.append(1_000 * (time.perf_counter() - began))
    return spent


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    arguments = parse_arguments(argv, __doc__ or "")
    folder = shared_data() / "haiti"
    with scratch_database("mentions") as (url, _):
        engine = create_engine(url)
        with engine.connect() as connection:
            figures = measure_haiti(connection, folder)
            texts = [one.text for one in list_chosen_by(folder)]
            figures["time"] = measure_time(connection, texts, 20_000 if arguments.quick else _RAW_NAMES)
        engine.dispose()
    report(figures, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
