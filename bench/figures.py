"""How near protected figures are to the truth, whom they show to be left out, and how fast months are frozen.

Accuracy: Kenya's counties and census (KNBS 2019, `../shared/data/kenya`); the senders are drawn from the census with a
bias that is known: women report less, children and old people hardly, and counties very differently. Each number of
senders is counted, protected and published by `release build`'s own functions on PostGIS. Speed: generated reports, one
month of twelve tables, with the floor beside it (the same rows copied out of the database and sorted once).
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import text

from bench.accuracy import measure_accuracy
from bench.divisions import compare_divisions, measure_year
from bench.freeze import freeze_apart
from bench.kenya import SETTLED, TOPICS, add_senders, make_campaign
from bench.scratch import parse_arguments, report, scratch_database
from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.counting.row_stream import read_rows
from reporting.aggregation.counting.shard import count_rows
from reporting.aggregation.cube import get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.period import read_period
from reporting.aggregation.quality_item import list_items
from reporting.db import Database, Role, open_database

_ROWS: Final = 1_000_000


def main(argv: Sequence[str] | None = None) -> None:
    """Make the senders and the reports, publish them, and compare."""
    options = parse_arguments(argv, __doc__ or "", _add_options)
    figures: dict[str, Any] = {}
    with scratch_database("figures") as (url, _):
        database = open_database(url, Role.OWNER)
        for dimensions in () if options.only_speed else (("topic", "sex"), ("topic", "sex", "age")):
            for number in (2_000, 20_000) if options.quick else (2_000, 20_000, 200_000):
                figures[f"{' x '.join(('county', *dimensions))}, {number} senders"] = measure_accuracy(
                    database, dimensions, number
                )
        if not options.only_speed:
            figures["division of the strength"] = compare_divisions()
            for number in (2_000,) if options.quick else (2_000, 20_000):
                figures[f"a year of {number} senders a month"] = measure_year(number)
        figures["speed"] = measure_speed(database, url, 50_000 if options.quick else options.reports)
        database.close()
    report(figures, options.json)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=int, default=_ROWS, metavar="N", help="reports of the month that is timed")
    parser.add_argument("--only-speed", action="store_true", help="leave the accuracy out")


def measure_speed(database: Database, url: str, number: int) -> dict[str, Any]:
    """Freeze one month of generated reports; beside it the floor, its rows copied and sorted."""
    with database.begin() as connection:
        campaign_id = make_campaign(connection, "speed", ("topic", "sex", "age"))
        for batch in range(max(1, number // 200_000)):
            add_senders(connection, campaign_id, f"speed{batch}-", min(number, 200_000))
        connection.execute(text("ANALYZE report, contact, reporter_profile"))
    context = CodeContext(dict.fromkeys(TOPICS, "moderate"), {})
    with database.begin() as connection:
        query = text("SELECT settings FROM campaign WHERE id = :id")
        settings = connection.execute(query, {"id": campaign_id}).scalar()
        cube = get_cube("people", settings or {}, context, list_levels(connection, campaign_id))
        areas = read_areas(connection, campaign_id, cube)
        period, items = read_period("2026-10", "UTC", SETTLED), list_items(cube.sizes)
        started = time.perf_counter()
        rows = np.concatenate(list(read_rows(connection, campaign_id, cube, areas, period, ())))
        copied = time.perf_counter()
        count_rows(rows, items)
        counted = time.perf_counter()
    freeze_s, memory_mb = freeze_apart(url, campaign_id, ["2026-10"])
    return {
        "reports": len(rows), "tables": len(cube.tables), "copy_s": round(copied - started, 2),
        "sort_and_count_s": round(counted - copied, 2), "freeze_s": freeze_s, "freeze_memory_mb": memory_mb,
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
