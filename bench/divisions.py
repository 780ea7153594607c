"""How the strength is divided among tables, and the bias of a year: a part of `script/bench figures`."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.accuracy import KEY
from bench.kenya import SEED, TOPIC_SHARES, TOPICS
from bench.year_sums import measure_bias
from reporting.disclosure.adjustment import adjust
from reporting.disclosure.budget import compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.non_negative import UNITS, fit_inner_table
from reporting.disclosure.tables import AreaTree, Integers, Shape, Table


def measure_year(number: int, draws: int = 20) -> dict[str, Any]:
    """Measure the bias of a year of so many senders a month: county, region (seven) and country, by topic and sex."""
    shape, months = draw_months(number)
    return measure_bias(shape, [next(months) for _ in range(12)], KEY, draws)


def draw_months(number: int) -> tuple[Shape, Iterator[dict[Table, Integers]]]:
    """Draw months of so many people: the true tables of county, region and country, by topic and sex."""
    chance = np.random.default_rng(SEED)
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
    noise = Noise(KEY, f"division {draw}")
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
