"""How near published figures are to the truth, and whom they show to be left out: a part of `script/bench figures`.

The truth is counted by SQL alone, beside the functions of `release build`.
"""

import time
from collections import defaultdict
from datetime import timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, text

from bench.build import make_release
from bench.kenya import AGES, MONTH, SETTLED, add_senders, compute_true_ratios, make_campaign, read_census
from reporting.db import Database
from reporting.population.representation import Estimate, Group, Verdict, compare_groups

KEY: Final = b"the key of the noise of this benchmark"
_LEFT_OUT: Final = {"sex": 0.8, "age": 0.8, "county": 0.5}  # the ratios below which a group was put in as left out

Cells = dict[tuple[str, tuple[str, ...]], tuple[int | None, int, float]]  # value, estimate, standard error


def measure_accuracy(database: Database, dimensions: tuple[str, ...], number: int) -> dict[str, Any]:
    """Publish two months of senders by county and dimensions, and compare with the truth."""
    slug = f"kenya-{len(dimensions)}-{number}"
    with database.begin() as connection:
        campaign_id = make_campaign(connection, slug, dimensions)
        add_senders(connection, campaign_id, slug, number)
        add_senders(connection, campaign_id, f"{slug}-before", number // 2, at=MONTH - timedelta(days=30))
    with database.begin() as connection:
        started = time.perf_counter()
        built = make_release(connection, campaign_id, "people", "2026-10", KEY, SETTLED)
        seconds = time.perf_counter() - started
        before = make_release(connection, campaign_id, "people", "2026-09", KEY, SETTLED)
        year = make_release(connection, campaign_id, "people", "2026", KEY, SETTLED)
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
