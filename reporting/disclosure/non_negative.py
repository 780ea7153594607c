"""Non-negative tables: least squares may leave a cell below zero, and no table of people has such a cell.

First each table is fitted to its margins, from the coarsest table to the finest: the nearest table without negative
cells (Dykstra, 1983: alternating projections), then proportional fitting. So what is known best, the total of the
country, is changed least. Three margins may contradict each other where no cell may be negative. So at the end one
inner table, of every dimension and the deepest areas, is fitted to all of them, the coarsest last, and every table is a
sum of it: additive whatever happened. It is kept in thousandths as whole numbers, so that sums are exact.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from reporting.disclosure.tables import COUNTRY, Floats, Integers, Shape, Table

UNITS: Final = 1_000  # in one person
_PROJECTIONS: Final = 60
_FITTINGS: Final = 30
_ROUNDS: Final = 100
_NO_BETTER: Final = 0.98  # of what the margins were off in the round before: they contradict each other
_EXACT: Final = 1e-4  # people; how far a margin may be off
_TINY: Final = 1e-4  # the part of the people that is spread over all cells, so that each margin finds some to scale


def fit_inner_table(shape: Shape, estimates: Mapping[Table, Floats], start: Floats) -> Integers:
    """Fit the inner table to additive tables, in thousandths of people, none negative.

    `estimates` contains the margins of every table; `start` is the inner table as least squares has it.
    """
    settled = _settle(shape, estimates)
    inner = Table(shape.areas.depth, tuple(shape.sizes))
    values = np.maximum(start, 0.0) + _TINY * (settled[Table(COUNTRY)].sum() + 1) / start.size
    before = np.inf
    for _ in range(_ROUNDS):
        worst = 0.0
        for table in reversed(settled):  # the coarsest last
            sums = shape.sum_table(values, inner, table)
            worst = max(worst, float(np.abs(sums - settled[table]).max()))
            factors = np.divide(settled[table], sums, out=np.zeros_like(sums), where=sums > 0)
            values = values * shape.spread_table(factors, table, inner)
        if worst < _EXACT or worst > _NO_BETTER * before:
            break
        before = worst
    reached = np.rint(np.cumsum(values.ravel()) * UNITS)  # of running sums, so that the remainders do not add up
    fitted: Integers = np.diff(reached, prepend=0.0).astype(np.int64).reshape(values.shape)
    return fitted


def _settle(shape: Shape, estimates: Mapping[Table, Floats]) -> dict[Table, Floats]:
    """Settle tables from the coarsest to the finest: without negative cells and, if possible, with their margins."""
    settled: dict[Table, Floats] = {}
    for table in shape.list_margins_of(estimates):
        margins = _list_margins(shape, settled, table)
        fitted = _fit_margins(shape, estimates[table].copy(), table, margins)
        if (fitted < 0).any():
            fitted = _scale_margins(shape, _project(shape, fitted, table), table, margins)
        settled[table] = fitted
    return settled


def _list_margins(shape: Shape, settled: Mapping[Table, Floats], table: Table) -> list[tuple[int, Floats]]:
    """List the settled margins of a table with the axis over which the table is summed to them; 0 is the areas'."""
    margins = []
    for margin in table.list_margins():
        missing = next((name for name in table.dimensions if name not in margin.dimensions), None)
        margins.append((0 if missing is None else shape.axis(table, missing), settled[margin]))
    return margins


def _fit_margins(shape: Shape, values: Floats, table: Table, margins: list[tuple[int, Floats]]) -> Floats:
    """Add to the cells of each margin equally what is missing. One round meets all, as the margins are additive."""
    for axis, margin in margins:
        missing = margin - _sum(shape, values, table, axis)
        if axis:
            values += np.expand_dims(missing / values.shape[axis], axis)
        else:
            values += shape.areas.spread(missing, table.level) / _count_siblings(shape, table)
    if table.level == COUNTRY and not table.dimensions:
        values = np.maximum(values, 0.0)
    return values


def _project(shape: Shape, start: Floats, table: Table) -> Floats:
    """Find nearly the nearest table with the same margins and no negative cell."""
    values, carried = start, np.zeros_like(start)
    siblings = _count_siblings(shape, table)
    for _ in range(_PROJECTIONS):
        clipped = np.maximum(values + carried, 0.0)
        carried = values + carried - clipped
        values = start + _remove_margins(shape, clipped - start, table, siblings)
        if values.min() > -_EXACT:
            break
    return np.maximum(values, 0.0)


def _count_siblings(shape: Shape, table: Table) -> Floats:
    """Count the siblings of each area of a table, for broadcasting; one each for the country."""
    siblings = shape.areas.count_siblings(table.level) if table.level > COUNTRY else np.ones(1)
    return siblings.reshape(-1, *[1] * len(table.dimensions))


def _remove_margins(shape: Shape, values: Floats, table: Table, siblings: Floats) -> Floats:
    """Remove what a table has in its margins, so that all of them are zero."""
    for axis in range(1, values.ndim):
        values = values - values.sum(axis=axis, keepdims=True) / values.shape[axis]
    if table.level > COUNTRY:
        values = values - shape.areas.spread(shape.areas.lift(values, table.level), table.level) / siblings
    return values


def _scale_margins(shape: Shape, values: Floats, table: Table, margins: list[tuple[int, Floats]]) -> Floats:
    """Scale a non-negative table to its margins by turns (iterative proportional fitting)."""
    values = values + _TINY * (values.sum() + 1) / values.size
    wanted = [(axis, np.expand_dims(margin, axis) if axis else margin) for axis, margin in margins]
    for _ in range(_FITTINGS):
        worst = 0.0
        for axis, margin in wanted:
            sums = values.sum(axis=axis, keepdims=True) if axis else shape.areas.lift(values, table.level)
            worst = max(worst, float(np.abs(sums - margin).max()))
            factors = np.divide(margin, sums, out=np.zeros_like(margin), where=sums > 0)
            values = values * (factors if axis else shape.areas.spread(factors, table.level))
        if worst < _EXACT:
            break
    return values


def _sum(shape: Shape, values: Floats, table: Table, axis: int) -> Floats:
    return values.sum(axis=axis) if axis else shape.areas.lift(values, table.level)
