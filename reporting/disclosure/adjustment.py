"""Least squares: one additive set of tables from tables whose cells all carry noise of their own.

Tables repeat the same people in their margins, and each repetition is a further measurement. The sum of squares falls
apart into components, one for each set of dimensions (the interaction that its margins do not explain, as in an
analysis of variance), because the noise of the cells of one table is independent and equally strong. Each component is
averaged over the tables that contain it, by precision, and along the tree of areas in one pass up and one down (Hay et
al., Boosting the Accuracy of Differentially Private Histograms Through Consistency, 2010). This is the exact solution
of the normal equations, in time that grows with the number of cells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np

from reporting.disclosure.tables import Floats, Integers, Shape, Table

Component = tuple[str, ...]  # the dimensions of an interaction


@dataclass(frozen=True)
class Estimate:
    """An additive table and the standard error of each of its areas' cells (equal for all cells of an area)."""

    values: Floats
    errors: Floats  # by area


@dataclass(frozen=True)
class _Level:
    values: Floats
    variance: Floats  # by area; infinite where nothing is known


@dataclass(frozen=True)
class Adjusted:
    """Adjusted tables with their standard errors, and the inner table, to which unmeasured interactions add nothing."""

    tables: Mapping[Table, Estimate]
    inner: Floats


def adjust(shape: Shape, measured: Mapping[Table, Integers], deviations: Mapping[Table, float]) -> Adjusted:
    """Adjust measured tables to additive ones: these and all their margins.

    `deviations`: the standard deviation of the noise in each cell, by table.
    """
    tables = shape.list_margins_of(measured)
    components: dict[Component, list[_Level]] = {}
    for table in tables:
        if table.dimensions not in components:
            components[table.dimensions] = _estimate_component(shape, measured, table.dimensions, deviations)
    inner = Table(shape.areas.depth, tuple(shape.sizes))
    return Adjusted(
        {table: _rebuild(shape, components, table) for table in tables}, _rebuild_inner(shape, components, inner)
    )


def _estimate_component(
    shape: Shape,
    measured: Mapping[Table, Integers],
    component: Component,
    deviations: Mapping[Table, float],
) -> list[_Level]:
    """Estimate a component at each level at which it is measured, from the country down."""
    carrying = [table for table in measured if set(component) <= set(table.dimensions)]
    levels = []
    for level in range(max(table.level for table in carrying) + 1):
        precision, weighted = 0.0, np.zeros(shape.of(Table(level, component)))
        for table in (each for each in carrying if each.level == level):
            summed = [name for name in table.dimensions if name not in component]
            variance = deviations[table] ** 2 * _product(shape.sizes[name] for name in summed)
            precision += 1 / variance
            weighted += _extract(shape, measured[table], table, component) / variance
        areas = shape.areas.count(level)
        known = precision > 0
        values = weighted / precision if known else weighted
        levels.append(_Level(values, np.full(areas, 1 / precision if known else np.inf)))
    return _smooth(shape, levels)


def _extract(shape: Shape, values: Integers, table: Table, component: Component) -> Floats:
    """Extract a component from a table: sum over the other dimensions, and subtract the means along its own."""
    others = tuple(shape.axis(table, name) for name in table.dimensions if name not in component)
    found: Floats = values.sum(axis=others).astype(float) if others else values.astype(float)
    for axis in range(1, found.ndim):
        found = found - found.mean(axis=axis, keepdims=True)
    return found


def _smooth(shape: Shape, levels: list[_Level]) -> list[_Level]:
    """Make the values of a component additive over the tree of areas, each level weighed by its precision."""
    upward = list(levels)
    for level in range(len(levels) - 1, 0, -1):
        below = upward[level]
        upward[level - 1] = _average(
            levels[level - 1],
            _Level(shape.areas.lift(below.values, level), shape.areas.lift(below.variance, level)),
        )
    downward = [upward[0]]
    for level in range(1, len(levels)):
        downward.append(_pass_down(shape, upward[level], downward[-1], level))
    return downward


def _average(own: _Level, below: _Level) -> _Level:
    first, second = 1 / own.variance, 1 / below.variance
    precision = first + second
    weights = (first / precision, second / precision)
    spread = (-1, *[1] * (own.values.ndim - 1))
    values = own.values * weights[0].reshape(spread) + below.values * weights[1].reshape(spread)
    return _Level(values, 1 / precision)


def _pass_down(shape: Shape, level_up: _Level, above: _Level, level: int) -> _Level:
    """Spread what the parent has more than the sum of its children, by their variances."""
    areas = shape.areas
    whole = areas.spread(areas.lift(level_up.variance, level), level)
    part = level_up.variance / whole
    missing = areas.spread(above.values - areas.lift(level_up.values, level), level)
    values = level_up.values + missing * part.reshape(-1, *[1] * (missing.ndim - 1))
    variance = level_up.variance * (1 - part) + part**2 * areas.spread(above.variance, level)
    return _Level(values, variance)


def _rebuild(shape: Shape, components: Mapping[Component, list[_Level]], table: Table) -> Estimate:
    values = np.zeros(shape.of(table))
    variance = np.zeros(shape.areas.count(table.level))
    for count in range(len(table.dimensions) + 1):
        for component in combinations(table.dimensions, count):
            level = components[component][table.level]
            others = [name for name in table.dimensions if name not in component]
            spread_over = _product(shape.sizes[name] for name in others)
            found = level.values / spread_over
            for name in others:
                found = np.expand_dims(found, axis=shape.axis(table, name))
            values += found
            inside = _product(1 - 1 / shape.sizes[name] for name in component)
            variance += level.variance * inside / spread_over**2
    return Estimate(values, np.sqrt(variance))


def _rebuild_inner(shape: Shape, components: Mapping[Component, list[_Level]], inner: Table) -> Floats:
    values = np.zeros(shape.of(inner))
    for component, levels in components.items():
        margin = Table(len(levels) - 1, component)
        found = levels[-1].values
        for level in range(margin.level + 1, inner.level + 1):
            found = shape.areas.spread(found, level) / shape.areas.count_siblings(level).reshape(
                -1, *[1] * (found.ndim - 1)
            )
        others = [name for name in inner.dimensions if name not in component]
        values += shape.spread_table(found, Table(inner.level, component), inner) / _product(
            shape.sizes[name] for name in others
        )
    return values


def _product(factors: Iterable[float]) -> float:
    return reduce(lambda first, second: first * second, factors, 1.0)
