"""What each index, generated column and trigger adds to taking in a report: `python -m bench.insert_costs`.

The same reports are added to an empty table again and again, each time without one of them or with another in its
place, in turn; everything is taken back afterwards. Two kinds of reports: as `bench.figures` adds them (no words, no
point), and as messages come in (the Haiti messages, with a point).
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import psycopg

from bench.kenya import MONTH, make_campaign
from bench.scratch import connect, parse_arguments, report, scratch_database, shared_data
from reporting.db import Role, open_database

_SENDERS: Final = """
INSERT INTO contact (campaign_id, address_hash, channel)
SELECT %(campaign)s, decode(md5('sender' || n), 'hex'), 'bench' FROM generate_series(1, %(number)s) AS n;
INSERT INTO incident (campaign_id) SELECT %(campaign)s FROM generate_series(1, %(number)s)
"""
_WORDS: Final = "CREATE TABLE bench_words AS SELECT n, said FROM unnest(%s::text[]) WITH ORDINALITY AS given(said, n)"
_ADD: Final = """
INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at, radius_m,
                    area_codes, incident_id, state, point)
SELECT %(campaign)s, 'r' || number, 'bench', sender.first + number, {words}, topic.first + number %% 7, %(at)s,
       %(at)s::timestamptz + number * interval '1 s', 1500,
       jsonb_build_object('1', 'KE' || lpad((number %% 47)::text, 3, '0')),
       incident.first + number, 'queued', {point}
  FROM generate_series(0, %(number)s - 1) AS number
  JOIN bench_words ON bench_words.n = 1 + number %% (SELECT count(*) FROM bench_words)
 CROSS JOIN (SELECT min(id) AS first FROM contact) AS sender
 CROSS JOIN (SELECT min(id) AS first FROM incident) AS incident
 CROSS JOIN (SELECT min(id) AS first FROM topic) AS topic
"""
_POINT: Final = "ST_SetSRID(ST_MakePoint(36 + number % 997 * 0.001, -1 + number % 1009 * 0.001), 4326)"
_KINDS: Final = {
    "as bench.figures adds them": _ADD.format(words="''", point="NULL"),
    "as messages come in": _ADD.format(words="said", point=_POINT.replace("%", "%%")),
}
_INDEXES: Final = """
SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'report'::regclass AND NOT indisunique ORDER BY 1
"""
_TRIGGERS: Final = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'report'::regclass AND NOT tgisinternal ORDER BY 1"
_COLUMNS: Final = "SELECT attname FROM pg_attribute WHERE attrelid = 'report'::regclass AND attgenerated <> ''"
_EMPTY: Final = {"search_words": "''", "search_facets": "'{}'"}


def main(argv: Sequence[str] | None = None) -> None:
    """Add the reports with and without each, print, and write the JSON where asked."""
    options = parse_arguments(argv, __doc__ or "", _add_options)
    number, rounds = (500, 1) if options.quick else (options.reports, options.rounds)
    with scratch_database("insert") as (url, _):
        database = open_database(url, Role.OWNER)
        with database.begin() as connection:
            campaign_id = make_campaign(connection, "insert", ("topic", "sex"))
        database.close()
        values = {"campaign": campaign_id, "number": number, "at": MONTH}
        with connect(url) as link:
            _prepare(link, values)
            figures = {kind: _measure(link, statement, values, rounds) for kind, statement in _KINDS.items()}
    report({"reports": number, **figures}, options.json)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=int, default=3_000, metavar="N", help="reports that are added each time")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is measured")


def _prepare(link: psycopg.Connection, values: dict[str, Any]) -> None:
    with (shared_data() / "haiti" / "sms.csv").open(encoding="utf-8") as file:
        said = [row["original"] for row in csv.DictReader(file)]
    link.execute(_WORDS, [said])
    for statement in _SENDERS.split(";"):
        link.execute(statement, values)
    link.execute("VACUUM ANALYZE")


def _measure(link: psycopg.Connection, add: str, values: dict[str, Any], rounds: int) -> dict[str, float]:
    """Measure the median of microseconds a report, by what was changed before."""
    changes = _list_changes(link)
    seconds: dict[str, list[float]] = {name: [] for name in changes}
    for _ in range(rounds):
        for name, statements in changes.items():
            seconds[name].append(_time(link, statements, add, values))
    medians = {name: 1_000_000 * statistics.median(each) / values["number"] for name, each in seconds.items()}
    return {name: round(medians[name], 1) for name in sorted(medians, key=medians.__getitem__)}


def _list_changes(link: psycopg.Connection) -> dict[str, Sequence[str]]:
    before = import_module("reporting.migrations.versions.0051_words_in_fewer_steps")
    changes: dict[str, Sequence[str]] = {
        "everything": (),
        "with the functions of migration 0045": (before._WORDS_BEFORE, before._FACETS_BEFORE),
        "without foreign keys and triggers": ("SET LOCAL session_replication_role = replica",),
    }
    for (name,) in link.execute(_COLUMNS).fetchall():
        changes[f"without computing {name}"] = (
            f"ALTER TABLE report ALTER {name} DROP EXPRESSION",
            f"ALTER TABLE report ALTER {name} SET DEFAULT {_EMPTY[name]}",
        )
    for (name,) in link.execute(_TRIGGERS).fetchall():
        changes[f"without {name}"] = (f"ALTER TABLE report DISABLE TRIGGER {name}",)
    for (name,) in link.execute(_INDEXES).fetchall():
        changes[f"without {name}"] = (f"DROP INDEX {name}",)
    return changes


def _time(link: psycopg.Connection, statements: Sequence[str], add: str, values: dict[str, Any]) -> float:
    """Time (seconds) the adding to an empty table after some changes, all of which is taken back."""
    with link.transaction(force_rollback=True):
        link.execute("TRUNCATE report CASCADE")
        for statement in statements:
            link.execute(statement)
        started = time.perf_counter()
        link.execute(add, values)
        return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1:])
