"""The bias of a year that is a sum of published months: no month has a negative cell, and that adds up.

A release keeps the figures of a month after non-negativity, which lifts empty cells and takes it from fuller ones. A
year adds them up as they were published, so that months and year add up exactly. Beside it stands what a year would be
from the least squares of its months, summed first and made non-negative once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reporting.disclosure.adjustment import Adjusted, adjust
from reporting.disclosure.budget import compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.non_negative import UNITS, fit_inner_table
from reporting.disclosure.tables import Floats, Integers, Shape, Table

_STRENGTH: Final = 0.7
_EVERY: Final = 10**9
_BY_PEOPLE: Final = {  # of a cell in the year
    "nobody": (0, 0), "1 to 11": (1, 11), "12 to 119": (12, 119), "120 and more": (120, _EVERY),
}  # fmt: skip

Counts = Mapping[Table, Integers]


@dataclass(frozen=True)
class _Year:
    """The year's tables in people: as published, made non-negative once, and the truth."""

    published: Mapping[Table, Floats]
    fitted_once: Mapping[Table, Floats]
    truth: Counts
    errors: Mapping[Table, Floats]  # standard errors by area


def measure_bias(shape: Shape, months: Sequence[Counts], key: bytes, draws: int) -> dict[str, Any]:
    """Measure the mean error, with its sign and without, of both ways to make a year, by the people of a cell.

    `months` are the true counts of the months by table.
    """
    years = [_make_year(shape, months, Noise(key, f"year {draw}")) for draw in range(draws)]
    inner = Table(shape.areas.depth, tuple(shape.sizes))
    found: dict[str, Any] = {}
    for name, (low, high) in _BY_PEOPLE.items():
        if np.any((years[0].truth[inner] >= low) & (years[0].truth[inner] <= high)):
            found[f"finest cells of {name} a year"] = _compare(years, inner, low, high)
    deepest, country = Table(shape.areas.depth), Table(0)
    return found | {"areas": _compare(years, deepest, 0, _EVERY), "country": _compare(years, country, 0, _EVERY)}


def _make_year(shape: Shape, months: Sequence[Counts], noise: Noise) -> _Year:
    adjusted = [_adjust_month(shape, month, noise, number) for number, month in enumerate(months)]
    published = sum(_fit(shape, [each]) for each in adjusted)
    once = _fit(shape, adjusted)
    inner = Table(shape.areas.depth, tuple(shape.sizes))
    tables = list(months[0])
    return _Year(
        {table: shape.sum_table(published, inner, table) / UNITS for table in tables},
        {table: shape.sum_table(once, inner, table) / UNITS for table in tables},
        {table: sum(month[table] for month in months) for table in tables},  # type: ignore[misc]
        {table: np.sqrt(sum(each.tables[table].errors ** 2 for each in adjusted)) for table in tables},
    )


def _adjust_month(shape: Shape, month: Counts, noise: Noise, number: int) -> Adjusted:
    deviations = compute_deviations({table: values.size for table, values in month.items()}, _STRENGTH)
    measured = {
        table: values
        + noise.draw([f"{number}/{table.name}:{n}" for n in range(values.size)], deviations[table]).reshape(
            values.shape
        )
        for table, values in month.items()
    }
    return adjust(shape, measured, deviations)


def _fit(shape: Shape, months: Sequence[Adjusted]) -> Integers:
    """Fit the inner table to the sums of the months' least squares."""
    sums = {table: sum(month.tables[table].values for month in months) for table in months[0].tables}
    return fit_inner_table(shape, sums, sum(month.inner for month in months))  # type: ignore[arg-type]


def _compare(years: Sequence[_Year], table: Table, low: int, high: int) -> dict[str, Any]:
    chosen = (years[0].truth[table] >= low) & (years[0].truth[table] <= high)
    areas = np.nonzero(chosen)[0]
    found: dict[str, Any] = {
        "cells": int(chosen.sum()), "standard_error": round(float(years[0].errors[table][areas].mean()), 2)
    }  # fmt: skip
    for name in ("published", "fitted_once"):
        errors = np.concatenate([(getattr(year, name)[table] - year.truth[table])[chosen] for year in years])
        found[name] = {"mean_error": round(float(errors.mean()), 2), "mean_size": round(float(abs(errors).mean()), 2)}
    return found
