"""Least squares gives the solution of the normal equations, its errors are right, and everything adds up."""

import numpy as np
import pytest

from reporting.disclosure.adjustment import adjust
from reporting.disclosure.non_negative import UNITS
from reporting.disclosure.tables import Floats, Shape, Table
from tests.unit.disclosure.small_cubes import SmallCube, make_small_cube

_SECRET = b"a secret of this test"


def _solve_normal_equations(cube: SmallCube) -> dict[Table, Floats]:
    """Solve the weighted least squares by a dense matrix, which only small cubes allow."""
    measured, deviations = cube.measure(_SECRET, "adjustment")
    size = int(np.prod(cube.shape.of(cube.inner)))
    blocks = {table: _make_matrix(cube.shape, cube.inner, table, size) for table in measured}
    matrix = np.concatenate([block / deviations[table] for table, block in blocks.items()])
    right = np.concatenate([measured[table].ravel() / deviations[table] for table in blocks])
    inner = np.linalg.lstsq(matrix, right, rcond=None)[0]
    return {table: (block @ inner).reshape(cube.shape.of(table)) for table, block in blocks.items()}


def _make_matrix(shape: Shape, inner: Table, table: Table, size: int) -> Floats:
    columns = []
    for cell in range(size):
        unit = np.zeros(size)
        unit[cell] = 1.0
        columns.append(shape.sum_table(unit.reshape(shape.of(inner)), inner, table).ravel())
    return np.array(columns).T


@pytest.mark.parametrize("seed", range(25))
def test_the_estimate_is_the_solution_of_the_normal_equations(seed: int) -> None:
    cube = make_small_cube(np.random.default_rng(seed))
    measured, deviations = cube.measure(_SECRET, "adjustment")
    found = adjust(cube.shape, measured, deviations).tables
    for table, expected in _solve_normal_equations(cube).items():
        assert found[table].values == pytest.approx(expected, abs=1e-6)


def test_the_standard_errors_are_those_of_many_draws() -> None:
    cube = make_small_cube(np.random.default_rng(3), people=200)
    errors: dict[Table, list[Floats]] = {}
    for draw in range(400):
        measured, deviations = cube.measure(_SECRET, f"draw {draw}")
        for table, estimate in adjust(cube.shape, measured, deviations).tables.items():
            spread = (-1, *[1] * (estimate.values.ndim - 1))
            errors.setdefault(table, []).append((estimate.values - cube.count(table)) / estimate.errors.reshape(spread))
    for table, found in errors.items():
        ratio = float(np.sqrt(np.mean(np.square(found))))
        assert ratio == pytest.approx(1.0, abs=0.15), table


@pytest.mark.parametrize("seed", range(40))
def test_published_tables_add_up_exactly_and_are_never_negative(seed: int) -> None:
    cube = make_small_cube(np.random.default_rng(1_000 + seed))
    published, _ = cube.publish(_SECRET, f"add up {seed}")
    for table, values in published.items():
        assert values.dtype == np.int64
        assert values.min() >= 0
        for margin in table.list_margins():
            assert (cube.shape.sum_table(values, table, margin) == published[margin]).all()


@pytest.mark.parametrize("people", [0, 1, 30, 3_000])
def test_the_total_of_the_country_stays_what_least_squares_makes_of_it(people: int) -> None:
    cube = make_small_cube(np.random.default_rng(7), people=people)
    published, estimates = cube.publish(_SECRET, f"total {people}")
    total = max(float(estimates[Table(0)].values[0]), 0.0)
    assert published[Table(0)][0] / UNITS == pytest.approx(total, abs=0.5)
