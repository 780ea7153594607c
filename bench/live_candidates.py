"""What the live path takes to find and score the candidates of one report, in PostGIS, from ten thousand reports up.

Boston is replicated by whole weeks: copy k lies k times 18 weeks later, its points moved by a few metres, so that
a city reports for years. Rows come in by COPY. Every report that is measured was there before, so that the query sees
what it would see live: the reports with smaller ids. Milliseconds are wall time of both queries and of all scores.
"""

import csv
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from bench.scratch import scratch_database
from reporting.db import Database, Role, open_database
from reporting.dedupe.observations import RADIUS_M
from reporting.incidents.candidates import list_candidates, list_observations
from reporting.incidents.similarity import Observation, lay, score_of
from reporting.incidents.text_similarity import minhash_bands, text_key
from reporting.moderation.incident.rescore import RescoreCounts, rescore_some

SIZES = (10_000, 100_000, 1_000_000)
ASKED = 400  # reports measured of each kind
ROUNDS = 3
COPY_WEEKS = 18  # Boston covers 17 and a half
COPY_DEGREES = 0.0003  # some 30 m
WINDOW_H = 720
FLOOD = 10_000
PIN = (42.3594, -71.0587)
ON_PIN = 4_775  # so many of the whole set sit there; the shared file has 3,395 of them
HOURS_ON_PIN = 123 * 24
BOSTON_ROWS = 41_827
LOOKED_AT_AGAIN = 2_000
CHAIN = "URGENT pass this on the dam above the old mill is breaking tonight leave your houses and go to the hills"
_PARTS = ("report", "report_minhash")
_COLUMNS = (
    "id, campaign_id, reference, source, text, text_key, topic_id, occurred_at, reported_at, point, radius_m,"
    " incident_id"
)


@dataclass(frozen=True)
class Row:
    """A report as it is loaded."""

    seen: Observation
    text_key: int
    bands: tuple[int, ...]


def read_boston_rows(path: Path) -> list[Row]:
    """Read the reports of Boston in the order of time."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [_read(line) for line in csv.DictReader(handle)]
    return sorted(rows, key=lambda row: row.seen.at or datetime.min.replace(tzinfo=UTC))


def _read(line: dict[str, str]) -> Row:
    at = datetime.fromisoformat(line["reported_at"]).replace(tzinfo=UTC)
    said = line["text"]
    seen = Observation(0, at, float(line["lat"]), float(line["lon"]), RADIUS_M, line["topic"], said)
    return Row(seen, text_key(said), minhash_bands(said))


def make_rows(boston: Sequence[Row], count: int) -> Iterator[Row]:
    """`count` reports: Boston, then Boston again 18 weeks later and a few metres aside, and so on."""
    for number in range(count):
        copy, place = divmod(number, len(boston))
        row = boston[place]
        seen = row.seen
        if copy and seen.at is not None:
            lat = None if seen.lat is None else seen.lat + copy * COPY_DEGREES
            seen = replace(seen, at=seen.at + timedelta(weeks=copy * COPY_WEEKS), lat=lat)
        yield replace(row, seen=seen)


class Loader:
    """Writes reports of one campaign, by COPY, with ids in the order of time."""

    def __init__(self, url: str) -> None:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._link = psycopg.connect(plain, autocommit=True)
        self._next = 1
        self._topics: dict[str, int] = {}
        row = self._link.execute(
            "INSERT INTO campaign (slug, name, country, languages) VALUES ('b', 'Boston', 'US', '{en}') RETURNING id"
        ).fetchone()
        self.campaign_id = int(row[0]) if row else 0

    def add(self, rows: Sequence[Row]) -> list[int]:
        """Add reports; returns their ids."""
        ids = list(range(self._next, self._next + len(rows)))
        self._next += len(rows)
        self._add_topics({row.seen.topic for row in rows if row.seen.topic})
        with self._link.cursor() as cursor:
            with cursor.copy("COPY incident (id, campaign_id) FROM STDIN") as copy:
                for report_id in ids:
                    copy.write_row((report_id, self.campaign_id))
            with cursor.copy(f"COPY report ({_COLUMNS}) FROM STDIN") as copy:
                for report_id, row in zip(ids, rows, strict=True):
                    copy.write_row(self._columns(report_id, row))
            with cursor.copy("COPY report_minhash (campaign_id, band, report_id) FROM STDIN") as copy:
                for report_id, row in zip(ids, rows, strict=True):
                    for band in row.bands:
                        copy.write_row((self.campaign_id, band, report_id))
        return ids

    def analyze(self) -> None:
        """Run VACUUM ANALYZE, as autovacuum does sooner or later."""
        for table in _PARTS:
            self._link.execute(f"VACUUM ANALYZE {table}")

    def sizes_mb(self) -> dict[str, int]:
        """Measure the sizes of the tables and the two indexes on disk, in MB."""
        names = (*_PARTS, "ix_report_spacetime", "pk_report_band")
        query = "SELECT pg_total_relation_size(%s::regclass)"
        found = {name: self._link.execute(query, (name,)).fetchone() for name in names}
        return {name: round(row[0] / 2**20) if row else 0 for name, row in found.items()}

    def close(self) -> None:
        """Give the connection back."""
        self._link.close()

    def _add_topics(self, topics: set[str]) -> None:
        for topic in sorted(topics - self._topics.keys()):
            row = self._link.execute(
                "INSERT INTO topic (campaign_id, code, name, keywords, incident_window_h)"
                " VALUES (%s, %s, '{}', '{}', %s) RETURNING id",
                (self.campaign_id, topic, WINDOW_H),
            ).fetchone()
            self._topics[topic] = int(row[0]) if row else 0

    def _columns(self, report_id: int, row: Row) -> tuple[Any, ...]:
        seen = row.seen
        point = None if seen.lat is None else f"SRID=4326;POINT({seen.lon!r} {seen.lat!r})"
        topic_id = self._topics[seen.topic] if seen.topic else None
        return (
            report_id, self.campaign_id, f"R{report_id}", "bench", seen.text, row.text_key, topic_id, seen.at, seen.at,
            point, seen.radius_m, report_id,
        )  # fmt: skip


def take_one(connection: Connection, report_id: int) -> int:
    """Candidates and scores of one report, as linking asks for them; the number of candidates."""
    candidates = list_candidates(connection, [report_id]).get(report_id, [])
    own = list_observations(connection, [report_id])[0]
    for other in candidates:
        score_of(lay(own.observation, other.observation, window_s=own.window_s))
    return len(candidates)


def measure(connection: Connection, report_ids: Sequence[int]) -> dict[str, float]:
    """Milliseconds of a report and its candidates, after a first round that nobody counts.

    Each is asked ROUNDS times. The slowest report is that with the largest median, which is what its data costs; the
    slowest call is whatever else the machine did at that moment.
    """
    for report_id in report_ids[:20]:
        take_one(connection, report_id)
    rounds, most = [], 0
    for _ in range(ROUNDS):
        waits = []
        for report_id in report_ids:
            began = time.perf_counter()
            most = max(most, take_one(connection, report_id))
            waits.append(1_000 * (time.perf_counter() - began))
        rounds.append(waits)
    each = np.median(rounds, axis=0)
    return {
        "reports": len(report_ids),
        "ms_p50": round(float(np.median(rounds)), 2),
        "ms_p95": round(float(np.quantile(rounds, 0.95)), 2),
        "ms_slowest_report": round(float(each.max()), 2),
        "ms_slowest_call": round(float(np.max(rounds)), 2),
        "candidates_most": most,
    }


def _chosen(ids: Sequence[int], count: int = ASKED) -> list[int]:
    """Choose reports spread over all of them, always the same ones."""
    dice = np.random.default_rng(7)
    return sorted(int(ids[place]) for place in dice.choice(len(ids), min(count, len(ids)), replace=False))


def run_live(folder: Path, size: int) -> dict[str, Any]:
    """All figures, up to `size` reports."""
    boston = read_boston_rows(folder / "duplicates" / "boston.csv")
    rows = list(make_rows(boston, size))
    figures: dict[str, Any] = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}  # the machine
    with scratch_database("incidents") as (url, _):
        loader, database = Loader(url), open_database(url, Role.APP)
        ids: list[int] = []
        for goal in [count for count in SIZES if count < size] + [size]:
            ids += loader.add(rows[len(ids) : goal])
            loader.analyze()
            with database.begin() as connection:
                # the last reports that came are what the live path asks about
                figures[f"reports_{goal}"] = measure(connection, _chosen(ids[-5_000:]))
        figures["mb"] = loader.sizes_mb()
        figures["late_knowledge"] = _look_again(database, loader.campaign_id, ids[-LOOKED_AT_AGAIN:])
        with database.begin() as connection:
            figures |= _crowds(connection, loader, rows)
        loader.close()
        database.close()
    first, last = figures[f"reports_{min(SIZES[0], size)}"], figures[f"reports_{size}"]
    return figures | {
        "reports": size,
        "first_size": min(SIZES[0], size),
        "at_size": last,
        "growth_p95": round(last["ms_p95"] / first["ms_p95"], 2),
    }


def _look_again(database: Database, campaign_id: int, ids: Sequence[int]) -> dict[str, Any]:
    """Mark the latest reports as after training, and work the marks off: as long as new reports wait at most."""
    mark = text(
        "INSERT INTO rescore_queue (report_id, campaign_id) SELECT unnest(CAST(:ids AS bigint[])), :campaign_id"
    )
    with database.begin() as connection:
        connection.execute(mark, {"ids": list(ids), "campaign_id": campaign_id})
    waits, counts, after_id = [], RescoreCounts(), 0
    while True:
        began = time.perf_counter()
        with database.begin() as connection:
            after_id = rescore_some(connection, campaign_id, counts, after_id=after_id)
        if not after_id:
            break
        waits.append(1_000 * (time.perf_counter() - began))
    return {
        "reports": counts.looked_at,
        "moved": counts.moved,
        "ms_per_report": round(sum(waits) / max(1, counts.looked_at), 2),
        "ms_longest_transaction": round(max(waits), 1),
    }


def _crowds(connection: Connection, loader: Loader, rows: Sequence[Row]) -> dict[str, Any]:
    """Measure crowds on top of all rows.

    A default pin, one text from very many phones, and a day of a thousand days.
    """
    of_pin = [row for row in rows[:BOSTON_ROWS] if (row.seen.lat, row.seen.lon) == PIN]
    on_pin = loader.add([_on_pin(of_pin[number % len(of_pin)], rows[-1], number) for number in range(ON_PIN)])
    loader.analyze()
    figures = {"default_pin": measure(connection, on_pin)}
    chain = loader.add([_chain_row(rows[-1], number) for number in range(FLOOD)])
    figures["one_text_of_10000_phones"] = measure(connection, _chosen(chain))
    figures["near_copies_found"] = {"share": _found_share(connection, _chosen(chain[1:]))}
    per_day = 1_000 * len(rows) // max(1, round(_days(rows)))
    day = loader.add([_same_day(row, rows[-1], number) for number, row in enumerate(rows[: min(per_day, len(rows))])])
    loader.analyze()
    figures["a_day_of_a_thousand_days"] = {"loaded": len(day)} | measure(connection, _chosen(day[-5_000:]))
    return figures


def _on_pin(row: Row, last: Row, number: int) -> Row:
    """Copy a report of Boston's default pin to the end, an hour apart as in the data."""
    at = (last.seen.at or datetime.now(UTC)) + timedelta(hours=number * HOURS_ON_PIN / ON_PIN)
    return replace(row, seen=replace(row.seen, at=at))


def _chain_row(last: Row, number: int) -> Row:
    """Make one copy of a chain message: every second one changed, without a place."""
    words = CHAIN.split()
    words[number % len(words)] += "s" if number % 2 else ""
    said = " ".join(words) + (" !!" if number % 3 else " please share")
    at = (last.seen.at or datetime.now(UTC)) + timedelta(seconds=number)
    seen = Observation(0, at, None, None, 0.0, last.seen.topic, said)
    return Row(seen, text_key(said), minhash_bands(said))


def _same_day(row: Row, last: Row, number: int) -> Row:
    at = (last.seen.at or datetime.now(UTC)) + timedelta(seconds=86_400 + number * 86_400 / 1_000_000)
    return replace(row, seen=replace(row.seen, at=at))


def _days(rows: Sequence[Row]) -> float:
    first, last = rows[0].seen.at, rows[-1].seen.at
    return (last - first).total_seconds() / 86_400 if first and last else 1.0


def _found_share(connection: Connection, ids: Sequence[int]) -> float:
    """Compute the share of changed copies of the chain message that have another copy as a candidate."""
    found = list_candidates(connection, ids)
    return round(sum(bool(found.get(report_id)) for report_id in ids) / len(ids), 3)
