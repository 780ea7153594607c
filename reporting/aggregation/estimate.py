"""Estimates protected figures of a month: noise in every table, least squares, one inner table, shown values."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from reporting.aggregation.area_tree import Areas
from reporting.aggregation.counting.shard import Counts
from reporting.aggregation.cube import FEWEST_SHOWN, PEOPLE, ROUNDED_TO, Cube, Measure
from reporting.aggregation.dimension import TOTAL
from reporting.aggregation.quality_item import NOT_COUNTED, OWN_REPORTS, UNIT_KINDS, list_items
from reporting.disclosure.adjustment import adjust
from reporting.disclosure.budget import compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.non_negative import UNITS, fit_inner_table
from reporting.disclosure.tables import COUNTRY, Floats, Integers, Shape, Table

_NO_TABLES: Final[Mapping[str, tuple[str, ...]]] = {}
CellKey = tuple[int, str, tuple[str, ...], str]  # level of the areas, area code, codes, measure


@dataclass(frozen=True)
class EstimatedTable:
    """One table of a measure: estimates in thousandths, which add up exactly, and their standard errors by area."""

    table: Table
    measure: str
    estimates: Integers
    errors: Floats


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a release. `value` is None where it is too small to be shown; the estimate stands all the same.

    The noise protects the estimate, so that sums can be made of it; it is in thousandths.
    """

    level: int  # of the area; 0 is the country
    area_code: str
    month: str
    codes: tuple[str, ...]  # by dimension of the cube, `_T` for all
    measure: str
    estimate: int
    error: float
    value: int | None


def make_shape(cube: Cube, areas: Areas) -> Shape:
    """Make the shape that the tables of a cube have in common."""
    return Shape(areas.tree, cube.sizes)


def estimate_month(cube: Cube, areas: Areas, counts: Counts, secret: bytes, build: str) -> list[EstimatedTable]:
    """Estimate every table of every measure. `build` names campaign, cube, month and revision; it keys the noise."""
    shape = make_shape(cube, areas)
    return [
        table
        for measure in cube.measures
        for table in _estimate_measure(shape, cube, measure, counts, Noise(secret, f"{build}/{measure.name}"))
    ]


def compute_measure_deviations(cube: Cube, shape: Shape, measure: Measure) -> dict[Table, float]:
    """Compute the standard deviation of the noise of each table of a measure."""
    cells = {table: int(np.prod(shape.of(table))) for table in cube.tables}
    return compute_deviations(cells, cube.strength, share=measure.share, change=measure.change)


def _estimate_measure(
    shape: Shape, cube: Cube, measure: Measure, counts: Counts, noise: Noise
) -> Iterator[EstimatedTable]:
    deviations = compute_measure_deviations(cube, shape, measure)
    measured = {}
    for table in cube.tables:
        true = shape.sum_up(counts.values[measure.name], table, counts.cells)
        drawn = noise.draw([f"{table.name}:{cell}" for cell in range(true.size)], deviations[table])
        measured[table] = true + drawn.reshape(true.shape)
    adjusted = adjust(shape, measured, deviations)
    inner = fit_inner_table(shape, {table: each.values for table, each in adjusted.tables.items()}, adjusted.inner)
    whole = Table(shape.areas.depth, tuple(shape.sizes))
    for table, estimate in adjusted.tables.items():
        yield EstimatedTable(table, measure.name, shape.sum_table(inner, whole, table), estimate.errors)


def estimate_quality(
    cube: Cube, counts: Counts, secret: bytes, build: str, agreement: Mapping[str, tuple[str, ...]] = _NO_TABLES
) -> dict[str, dict[str, tuple[int, float]]]:
    """Estimate the tables of the quality report: people by item and code, with standard errors.

    `agreement`: the further tables of `agreement/measure.py`, with their codes. What is computed from them would be
    biased by leaving out the noise below zero, so theirs stays.
    """
    items = [*list_items(cube.sizes), OWN_REPORTS, UNIT_KINDS]
    tables = {Table(COUNTRY, (item.name,)): len(item.codes) for item in items}
    tables |= {Table(COUNTRY, (name,)): 1 for name in NOT_COUNTED}
    tables |= {Table(COUNTRY, (name,)): len(codes) for name, codes in agreement.items()}
    deviations = compute_deviations(tables, cube.strength, share=cube.quality_share)
    noise = Noise(secret, f"{build}/quality")
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for item in items:
        found[item.name] = _estimate(item.name, item.codes, counts.quality, deviations, noise)
        for code in item.of_one_person:
            estimate, error = found[item.name][code]
            found[item.name][code] = min(estimate, UNITS), error
    for name in NOT_COUNTED:
        found[name] = _estimate(name, ("people",), counts.quality, deviations, noise)
    for name, codes in agreement.items():
        found[name] = _estimate(name, codes, counts.quality, deviations, noise, is_cut=False)
    return found


def _estimate(
    name: str, codes: tuple[str, ...], counted: Mapping[str, Mapping[str, int]], deviations: Mapping[Table, float],
    noise: Noise, *, is_cut: bool = True,
) -> dict[str, tuple[int, float]]:  # fmt: skip
    """Estimate the counts of one table; `is_cut` leaves out what the noise makes less than nothing."""
    table = Table(COUNTRY, (name,))
    drawn = noise.draw([f"{table.name}:{code}" for code in codes], deviations[table])
    true = np.array([counted.get(name, {}).get(code, 0) for code in codes], dtype=np.int64)
    error = round(deviations[table], 2)
    numbers = np.maximum(true + drawn, 0) if is_cut else true + drawn
    return {code: (int(number) * UNITS, error) for code, number in zip(codes, numbers, strict=True)}


def list_figures(cube: Cube, areas: Areas, month: str, tables: Sequence[EstimatedTable]) -> list[Figure]:
    """List every figure of the tables."""
    return [figure for table in tables for figure in _list_table(cube, areas, month, table)]


def hide_small_areas(figures: Iterable[Figure], small_areas: Container[str]) -> list[Figure]:
    """Hide the values of areas in which too few people live; their estimates stay in the sums."""
    return [replace(figure, value=None) if figure.area_code in small_areas else figure for figure in figures]


def select_codes(figures: Iterable[Figure], place: int) -> dict[str, Figure]:
    """Select the figures of people in the whole country by the code of the dimension at `place` in the cube."""
    return {
        figure.codes[place]: figure
        for figure in figures
        if figure.level == COUNTRY and figure.measure == PEOPLE and figure.codes[place] != TOTAL
        and all(code == TOTAL for other, code in enumerate(figure.codes) if other != place)
    }  # fmt: skip


def select_areas(figures: Iterable[Figure], level: int) -> dict[str, Figure]:
    """Select the figures of all people by area of a level."""
    return {
        figure.area_code: figure
        for figure in figures
        if figure.level == level and figure.measure == PEOPLE and all(code == TOTAL for code in figure.codes)
    }


def _list_table(cube: Cube, areas: Areas, month: str, each: EstimatedTable) -> Iterator[Figure]:
    names = [dimension.name for dimension in cube.dimensions]
    choices = [cube.codes[name] if name in each.table.dimensions else (TOTAL,) for name in names]
    estimates = each.estimates.ravel()
    level = (COUNTRY, *cube.levels)[each.table.level]
    place = 0
    for area, code in enumerate(areas.codes[each.table.level]):
        error = round(float(each.errors[area]), 2)
        for codes in product(*choices):
            estimate = int(estimates[place])
            yield Figure(level, code, month, codes, each.measure, estimate, error, show(estimate))
            place += 1


def show(estimate: int) -> int | None:
    """Round an estimate (thousandths) to the value that is shown; None where it would be under FEWEST_SHOWN."""
    value = ROUNDED_TO * round(estimate / UNITS / ROUNDED_TO)
    return value if value >= FEWEST_SHOWN else None


def sum_months(months: Sequence[Mapping[CellKey, tuple[int, float]]], period: str) -> list[Figure]:
    """Sum published months to a year or to everything.

    Nothing is counted anew, so this spends nothing. People who report in several months count once in each.
    """
    sums: dict[CellKey, tuple[int, float]] = {}
    for month in months:
        for key, (estimate, error) in month.items():
            before = sums.get(key, (0, 0.0))
            sums[key] = (before[0] + estimate, before[1] + error**2)
    return [
        Figure(level, area, period, codes, measure, estimate, round(variance**0.5, 2), show(estimate))
        for (level, area, codes, measure), (estimate, variance) in sums.items()
    ]
