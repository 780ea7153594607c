"""How near protected figures are to the truth, whom they show to be left out, and how fast months are frozen.

Accuracy: Kenya's counties and census (KNBS 2019, `../shared/data/kenya`); the senders are drawn from the census with a
bias that is known: women report less, children and old people hardly, and counties very differently. Each number of
senders is counted, protected and published by `release build`'s own functions on PostGIS. Speed: generated reports, one
month of twelve tables, with the floor beside it (the same rows copied out of the database and sorted once).
"""

import argparse
import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, text

from bench.build import make_release
from bench.freeze import freeze_apart
from bench.scratch import parse_arguments, report, scratch_database, shared_data
from bench.year_sums import measure_bias
from geo.gazetteer.load_areas import load_areas
from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.counting.row_stream import read_rows
from reporting.aggregation.counting.shard import count_rows
from reporting.aggregation.cube import get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.period import read_period
from reporting.aggregation.quality_item import list_items
from reporting.campaigns.campaign import check_definition, create_campaign
from reporting.db import Database, Role, open_database
from reporting.disclosure.adjustment import adjust
from reporting.disclosure.budget import compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.non_negative import UNITS, fit_inner_table
from reporting.disclosure.tables import AreaTree, Integers, Shape, Table
from reporting.population.representation import Estimate, Group, Verdict, compare_groups

TOPICS: Final = ("water", "roads", "health", "schools", "power", "safety", "markets")
TOPIC_SHARES: Final = (0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05)
AGES: Final = {"Y0T14": (0, 14), "Y15T24": (15, 24), "Y25T64": (25, 64), "Y_GE65": (65, 130)}
WOMEN, CHILDREN, OLD = 0.6, 0.05, 0.25  # how often they report, of how often men of 15 to 64 do
MONTH, SETTLED = datetime(2026, 10, 15, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
_KEY: Final = b"the key of the noise of this benchmark"
_SEED: Final = 2026
_ROWS: Final = 1_000_000

_ADD_SENDERS = text(
    "INSERT INTO contact (campaign_id, address_hash, channel)"
    " SELECT :campaign, decode(md5(:batch || n), 'hex'), 'bench' FROM generate_series(1, :number) AS n RETURNING id"
)
_ADD_PROFILES = text(
    """
    INSERT INTO reporter_profile (campaign_id, contact_id, sex, sex_why, age, age_why)
    SELECT :campaign, sender, sex, 'answered', age, 'answered'
      FROM unnest(CAST(:senders AS bigint[]), CAST(:sexes AS text[]), CAST(:ages AS text[])) AS drawn(sender, sex, age)
    """
)
_ADD_REPORTS = text(
    """
    INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at, radius_m,
                        area_codes, incident_id, state)
    SELECT :campaign, :batch || n, 'bench', sender, '', topic, :at, :at, 1500, jsonb_build_object('1', area),
           :incident, 'approved'
      FROM unnest(CAST(:senders AS bigint[]), CAST(:areas AS text[]), CAST(:topics AS bigint[]))
           WITH ORDINALITY AS drawn(sender, area, topic, n)
    """
)


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


def measure_accuracy(database: Database, dimensions: tuple[str, ...], number: int) -> dict[str, Any]:
    """Publish two months of senders by county and dimensions, and compare with the truth."""
    slug = f"kenya-{len(dimensions)}-{number}"
    with database.begin() as connection:
        campaign_id = make_campaign(connection, slug, dimensions)
        add_senders(connection, campaign_id, slug, number)
        add_senders(connection, campaign_id, f"{slug}-before", number // 2, at=MONTH - timedelta(days=30))
    with database.begin() as connection:
        started = time.perf_counter()
        built = make_release(connection, campaign_id, "people", "2026-10", _KEY, SETTLED)
        seconds = time.perf_counter() - started
        before = make_release(connection, campaign_id, "people", "2026-09", _KEY, SETTLED)
        year = make_release(connection, campaign_id, "people", "2026", _KEY, SETTLED)
        true = count_truth(connection, campaign_id, dimensions)
        cells = read_cells(connection, built.release_id)
        others = [read_cells(connection, each.release_id) for each in (before, year)]
    return {
        **compare(true, cells),
        "sums_that_differ": count_differing_sums(cells, len(dimensions)),
        "sums_of_months_that_differ": sum(cells[key][1] + others[0][key][1] != others[1][key][1] for key in cells),
        **({"left_out": find_left_out(cells)} if dimensions == ("topic", "sex", "age") else {}),
        "seconds": round(seconds, 2),
    }


def make_campaign(
    connection: Connection, slug: str, dimensions: tuple[str, ...], measures: Sequence[str] = ("people",)
) -> int:
    """Create a campaign with Kenya's counties and a cube with every cross of one and two dimensions."""
    crosses = [[name] for name in dimensions]
    crosses += [[first, second] for at, first in enumerate(dimensions) for second in dimensions[at + 1 :]]
    cube = {
        "dimensions": list(dimensions), "levels": [1], "measures": list(measures),
        "tables": crosses[: 5 + (len(dimensions) == 2)],  # twelve tables at most, with the totals and two levels
    }  # fmt: skip
    definition = {
        "slug": slug, "name": slug, "country": "KE", "languages": ["en"],
        "topics": [{"code": code, "name": {"en": code}} for code in TOPICS], "settings": {"cubes": {"people": cube}},
    }  # fmt: skip
    campaign_id = create_campaign(connection, check_definition(definition, "bench"))
    path = shared_data() / "kenya" / "adm1.geojson"
    load_areas(connection, campaign_id, path, level=1, code_field="adm1_pcode", name_field="adm1_name")
    return campaign_id


def read_census() -> dict[tuple[str, str, str], int]:
    """Read the census: people by county, sex and age band."""
    people: dict[tuple[str, str, str], int] = defaultdict(int)
    with (shared_data() / "kenya" / "population_adm1_sex_age.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["area"].startswith("KE0") or row["sex"] not in ("M", "F") or not row["age"].isdigit():
                continue
            age = int(row["age"])
            band = next(name for name, (low, high) in AGES.items() if low <= age <= high)
            people[row["area"], row["sex"], band] += int(row["value"])
    return dict(people)


def add_senders(connection: Connection, campaign_id: int, batch: str, number: int, at: datetime = MONTH) -> None:
    """Add senders with a profile and one approved report each, drawn from the census with the bias."""
    chance = np.random.default_rng(_SEED + 1)
    census = read_census()
    eager = draw_counties()
    keys = sorted(census)
    weights = np.array([_weigh(key, census[key]) * eager[key[0]] for key in keys])
    drawn = chance.choice(len(keys), number, p=weights / weights.sum())
    topics = list(
        connection.execute(
            text("SELECT id FROM topic WHERE campaign_id = :id ORDER BY id"), {"id": campaign_id}
        ).scalars()
    )
    incident = connection.execute(
        text("INSERT INTO incident (campaign_id) VALUES (:id) RETURNING id"), {"id": campaign_id}
    ).scalar_one()
    values = {
        "campaign": campaign_id, "batch": batch, "number": number, "incident": incident, "at": at,
        "areas": [keys[each][0] for each in drawn], "sexes": [keys[each][1] for each in drawn],
        "ages": [keys[each][2] for each in drawn],
        "topics": [topics[each] for each in chance.choice(len(TOPICS), number, p=TOPIC_SHARES)],
    }  # fmt: skip
    senders = connection.execute(_ADD_SENDERS, {name: values[name] for name in ("campaign", "batch", "number")})
    values["senders"] = list(senders.scalars())
    connection.execute(_ADD_PROFILES, values)
    connection.execute(_ADD_REPORTS, values)


def _weigh(key: tuple[str, str, str], people: int) -> float:
    _, sex, age = key
    weight = people * (WOMEN if sex == "F" else 1.0)
    return weight * {"Y0T14": CHILDREN, "Y_GE65": OLD}.get(age, 1.0)


Cells = dict[tuple[str, tuple[str, ...]], tuple[int | None, int, float]]  # value, estimate, standard error


def read_cells(connection: Connection, release_id: int) -> Cells:
    """Read value, estimate and standard error of the people of each cell, by area and codes."""
    query = text("SELECT * FROM release_cell WHERE release_id = :id AND measure = 'people'")
    rows = connection.execute(query, {"id": release_id})
    return {(row.area_code, tuple(row.codes)): (row.value, row.estimate, row.standard_error) for row in rows}


def count_truth(connection: Connection, campaign_id: int, dimensions: tuple[str, ...]) -> dict[Any, int]:
    """Count the people of October by SQL alone, in every cell and total."""
    columns = {"topic": "topic.code", "sex": "profile.sex", "age": "profile.age"}
    sets = ", ".join(["area", *dimensions])
    picked = ", ".join(f"{columns[name]} AS {name}" for name in dimensions)
    query = text(
        f"""
        SELECT {sets}, count(DISTINCT contact_id) AS people FROM (
            SELECT report.contact_id, report.area_codes ->> '1' AS area, {picked}
              FROM report JOIN topic ON topic.id = report.topic_id
              JOIN reporter_profile AS profile ON profile.contact_id = report.contact_id
             WHERE report.campaign_id = :campaign AND report.occurred_at = :at) AS said
         GROUP BY CUBE ({sets})
        """
    )
    found = {}
    for row in connection.execute(query, {"campaign": campaign_id, "at": MONTH}):
        found[row.area or "_T", tuple(getattr(row, name) or "_T" for name in dimensions)] = row.people
    return found


def compare(true: dict[Any, int], cells: Cells) -> dict[str, Any]:
    """Compare the published cells with the truth; a cell that nobody is in is not in the truth."""
    large = [key for key in cells if true.get(key, 0) >= 10]
    shown = [key for key in large if cells[key][0] is not None]
    total = next(key for key in cells if key[0] == "_T" and set(key[1]) == {"_T"})
    inside = [abs(cells[key][1] / 1000 - true.get(key, 0)) <= 1.96 * cells[key][2] for key in cells]
    return {
        "cells": len(cells),
        "cells_of_10_and_more": len(large),
        "shown_of_10_and_more": round(len(shown) / len(large), 4),
        "shown_of_under_10": sum(true.get(key, 0) < 10 and cells[key][0] is not None for key in cells),
        "mean_error_of_shown_values": round(
            float(np.mean([abs((cells[key][0] or 0) - true[key]) for key in shown])), 2
        ),
        "mean_error_of_estimates": round(float(np.mean([abs(cells[key][1] / 1000 - true[key]) for key in large])), 2),
        "total_error_share": round(abs(cells[total][1] / 1000 / true[total] - 1), 5),
        "truth_within_1.96_errors": round(float(np.mean(inside)), 3),
    }


def count_differing_sums(cells: Cells, dimensions: int) -> int:
    """Count the published sums that are not exactly the sum of their published parts."""
    differing = 0
    for place in range(-1, dimensions):
        sums: dict[Any, int] = defaultdict(int)
        for (area, codes), (_, estimate, _) in cells.items():
            own = area if place < 0 else codes[place]
            if own != "_T":
                whole = ("_T", codes) if place < 0 else (area, (*codes[:place], "_T", *codes[place + 1 :]))
                sums[whole] += estimate
        differing += sum(cells[key][1] != summed for key, summed in sums.items() if key in cells)
    return differing


def find_left_out(cells: Cells) -> dict[str, Any]:
    """Compare the reporters of each group with the census, from published figures alone."""
    census = read_census()

    def group(code: str, area: str, sex: str, age: str) -> Group:
        codes = ("_T", sex, age)
        people = sum(
            number
            for key, number in census.items()
            if all(want in ("_T", own) for own, want in zip(key, (area, sex, age), strict=True))
        )
        _, estimate, error = cells[area, codes]
        return Group(code, Estimate(estimate / 1000, error), people)

    sets = {
        "sex": [group(sex, "_T", sex, "_T") for sex in ("F", "M")],
        "age": [group(age, "_T", "_T", age) for age in AGES],
        "county": [group(area, area, "_T", "_T") for area in sorted({key[0] for key in census})],
    }
    named = {
        name: {ratio.code for ratio in compare_groups(groups) if ratio.verdict is Verdict.LEFT_OUT}
        for name, groups in sets.items()
    }
    ratios = compute_true_ratios()
    put_in = {name: {code for code, ratio in ratios[name].items() if ratio < _LEFT_OUT[name]} for name in sets}
    return {
        "named": {name: sorted(codes) if name != "county" else len(codes) for name, codes in named.items()},
        "put_in_and_not_named": sorted(code for name in sets for code in put_in[name] - named[name]),
        "counties_under_half": len(put_in["county"]),
        "named_wrongly": sorted(code for name in sets for code in named[name] if ratios[name][code] >= 0.8),
    }


_LEFT_OUT: Final = {"sex": 0.8, "age": 0.8, "county": 0.5}  # the ratios below which a group was put in as left out


def compute_true_ratios() -> dict[str, dict[str, float]]:
    """Compute the share among senders over the share in the census that the drawing has put in, by group."""
    census = read_census()
    eager = draw_counties()
    weights = {key: _weigh(key, people) * eager[key[0]] for key, people in census.items()}
    ratios: dict[str, dict[str, float]] = {}
    for place, name in enumerate(("county", "sex", "age")):
        codes = sorted({key[place] for key in census})
        ratios[name] = {
            code: sum(weight for key, weight in weights.items() if key[place] == code) / sum(weights.values())
            / (sum(people for key, people in census.items() if key[place] == code) / sum(census.values()))
            for code in codes
        }  # fmt: skip
    return ratios


def draw_counties() -> dict[str, float]:
    """Draw how eagerly each county reports."""
    counties = sorted({key[0] for key in read_census()})
    drawn = np.random.default_rng(_SEED).lognormal(0, 0.8, len(counties))
    return {county: float(eager) for county, eager in zip(counties, drawn, strict=True)}


def measure_year(number: int, draws: int = 20) -> dict[str, Any]:
    """Measure the bias of a year of so many senders a month: county, region (seven) and country, by topic and sex."""
    shape, months = draw_months(number)
    return measure_bias(shape, [next(months) for _ in range(12)], _KEY, draws)


def draw_months(number: int) -> tuple[Shape, Iterator[dict[Table, Integers]]]:
    """Draw months of so many people: the true tables of county, region and country, by topic and sex."""
    chance = np.random.default_rng(_SEED)
    shares = chance.dirichlet(np.full(47, 1.5))
    tree = AreaTree((np.zeros(7, dtype=np.int64), np.arange(47, dtype=np.int64) % 7))
    shape = Shape(tree, {"topic": len(TOPICS), "sex": 3})
    crosses = ((), ("topic",), ("sex",), ("topic", "sex"))

    def draw() -> Iterator[dict[Table, Integers]]:
        while True:
            codes = [chance.choice(len(TOPICS), number, p=TOPIC_SHARES), chance.choice(3, number, p=(0.38, 0.57, 0.05))]
            packed = shape.pack(chance.choice(47, number, p=shares), codes)
            cells, counts = np.unique(packed, return_counts=True)
            yield {Table(level, cross): shape.sum_up(counts, Table(level, cross), cells)
                   for level in range(3) for cross in crosses}  # fmt: skip

    return shape, draw()


def compare_divisions(number: int = 20_000, draws: int = 5) -> dict[str, Any]:
    """Compare ways to divide the strength among tables: county, region (seven) and country, by topic and sex."""
    shape, months = draw_months(number)
    true = next(months)
    found = {}
    for name, power in (("equal parts", 0.0), ("cube root of the cells", 1 / 3), ("square root of the cells", 1 / 2)):
        sizes = {table: values.size for table, values in true.items()}
        deviations = compute_deviations(sizes, 0.7, power=power)
        errors = [_draw_errors(shape, true, deviations, draw) for draw in range(draws)]
        found[name] = {
            "mean_error_of_10_and_more": round(float(np.mean([error for error, _ in errors])), 2),
            "standard_error_of_the_total": round(errors[0][1], 2),
        }
    return found


def _draw_errors(
    shape: Shape, true: dict[Table, Integers], deviations: dict[Table, float], draw: int
) -> tuple[float, float]:
    noise = Noise(_KEY, f"division {draw}")
    measured = {
        table: values
        + noise.draw([f"{table.name}:{n}" for n in range(values.size)], deviations[table]).reshape(values.shape)
        for table, values in true.items()
    }
    adjusted = adjust(shape, measured, deviations)
    inner = fit_inner_table(shape, {table: each.values for table, each in adjusted.tables.items()}, adjusted.inner)
    whole = Table(2, ("topic", "sex"))
    errors = [
        np.abs(shape.sum_table(inner, whole, table) / UNITS - values)[values >= 10] for table, values in true.items()
    ]
    return float(np.mean(np.concatenate(errors))), float(adjusted.tables[Table(0)].errors[0])


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
