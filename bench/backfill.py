"""How fast many months of reports are frozen one after the other, in how much memory, and over two databases.

Ten months of a million reports each (`--months`, `--reports`) of the senders of `script/bench figures`, with twelve
tables and all three measures, are frozen by `release build`'s own function in a process of its own, whose most memory
is read. Before, the first month lies in two databases, by sender: their shards added up are compared with the whole.
The load leaves the indexes out that counting does not use, as ten million reports would take hours else.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from bench.freeze import freeze_apart
from bench.kenya import MONTH, SETTLED, TOPICS, add_senders, make_campaign
from bench.scratch import parse_arguments, report, scratch_database
from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.counting.row_stream import read_rows
from reporting.aggregation.counting.shard import Counts, Shard, add_shards, count_shards
from reporting.aggregation.cube import get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.period import read_period
from reporting.aggregation.quality_item import list_items
from reporting.db import Role, open_database

_MEASURES: Final = ["people", "reports", "incidents"]
_BATCH: Final = 200_000
_KEPT_INDEXES: Final = ("pk_report", "ix_report_approved")
_ADD_INCIDENTS: Final = text("INSERT INTO incident (campaign_id) SELECT :campaign FROM generate_series(1, :number)")
# About three reports of each incident, whoever sent them.
_SPREAD: Final = text(
    "UPDATE report SET incident_id = first + report.id % :number FROM (SELECT min(id) AS first FROM incident) AS known"
)
_COPY_MONTH: Final = text(
    """
    INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at, radius_m,
                        area_codes, incident_id, state)
    SELECT campaign_id, reference || '-' || :back, source, contact_id, '', topic_id, at, at, radius_m, area_codes,
           incident_id, state
      FROM report, LATERAL (SELECT occurred_at - :back * interval '1 month' AS at) AS earlier
     WHERE campaign_id = :campaign AND occurred_at = :first
    """
)
# Neither foreign keys nor the roll-up: without the indexes each deleted report would be looked for in all others.
_WITHOUT_TRIGGERS: Final = text("SET LOCAL session_replication_role = replica")
_KEEP_SENDERS: Final = text("DELETE FROM report WHERE contact_id % 2 <> :part")


def main(argv: Sequence[str] | None = None) -> None:
    """Load the months, compare the shards, freeze the months."""
    options = parse_arguments(argv, __doc__ or "", _add_options)
    reports, months = (20_000, 3) if options.quick else (options.reports, options.months)
    with scratch_database("backfill") as (url, _):
        campaign_id = _load_first_month(url, reports)
        figures: dict[str, Any] = {"two_databases_give_the_same": _compare_databases(url, campaign_id)}
        _load_earlier_months(url, campaign_id, months)
        names = [f"2026-{MONTH.month - back:02}" for back in range(months)]
        seconds, memory_mb = freeze_apart(url, campaign_id, names[::-1])
    figures |= {"reports": reports * months, "months": months, "seconds": seconds, "memory_mb": memory_mb}
    report(figures, options.json)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=int, default=1_000_000, metavar="N", help="reports of each month")
    parser.add_argument("--months", type=int, default=10, metavar="N", help="at most ten")


def _load_first_month(url: str, number: int) -> int:
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        campaign_id = make_campaign(connection, "backfill", ("topic", "sex", "age"), measures=_MEASURES)
        _drop_indexes(connection)
        for start in range(0, number, _BATCH):
            add_senders(connection, campaign_id, f"sender{start}-", min(_BATCH, number - start))
        connection.execute(_ADD_INCIDENTS, {"campaign": campaign_id, "number": number // 3})
        connection.execute(_SPREAD, {"number": number // 3})
        connection.execute(text("ANALYZE report, contact, reporter_profile"))
    database.close()
    return campaign_id


def _drop_indexes(connection: Connection) -> None:
    query = text("SELECT indexname FROM pg_indexes WHERE tablename = 'report'")
    constraints = text("SELECT conname FROM pg_constraint WHERE conrelid = 'report'::regclass AND contype = 'u'")
    for name in connection.execute(constraints).scalars().all():
        connection.execute(text(f'ALTER TABLE report DROP CONSTRAINT "{name}"'))
    for name in connection.execute(query).scalars().all():
        if name not in _KEPT_INDEXES:
            connection.execute(text(f'DROP INDEX "{name}"'))


def _load_earlier_months(url: str, campaign_id: int, months: int) -> None:
    database = open_database(url, Role.OWNER)
    for back in range(1, months):
        with database.begin() as connection:
            connection.execute(_WITHOUT_TRIGGERS)
            connection.execute(_COPY_MONTH, {"campaign": campaign_id, "back": back, "first": MONTH})
    with database.begin() as connection:
        connection.execute(text("ANALYZE report"))
    database.close()


def _compare_databases(url: str, campaign_id: int) -> bool:
    """Divide the senders between two copies of the database, and compare the sum of their shards with the whole."""
    shards: list[Shard] = []
    for part in range(2):
        with scratch_database(f"half{part}", template=make_url(url).database) as (half, _):
            database = open_database(half, Role.OWNER)
            with database.begin() as connection:
                connection.execute(_WITHOUT_TRIGGERS)
                connection.execute(_KEEP_SENDERS, {"part": part})
            database.close()
            shards += _count(half, campaign_id)
    return _list_figures(add_shards(shards)) == _list_figures(add_shards(_count(url, campaign_id)))


def _count(url: str, campaign_id: int) -> list[Shard]:
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        settings = connection.execute(
            text("SELECT settings FROM campaign WHERE id = :id"), {"id": campaign_id}
        ).scalar()
        context = CodeContext(dict.fromkeys(TOPICS, "moderate"), {})
        cube = get_cube("people", settings or {}, context, list_levels(connection, campaign_id))
        areas = read_areas(connection, campaign_id, cube)
        pieces = read_rows(connection, campaign_id, cube, areas, read_period("2026-10", "UTC", SETTLED), ())
        shards = list(count_shards(pieces, list_items(cube.sizes)))
    database.close()
    return shards


def _list_figures(counts: Counts) -> tuple[Any, ...]:
    values = {name: value.tolist() for name, value in counts.values.items()}
    return counts.cells.tolist(), values, counts.people, counts.quality, counts.digest


if __name__ == "__main__":
    main(sys.argv[1:])
