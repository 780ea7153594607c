"""Attackers who know everything else: what they can be sure of, and how often they guess one person right.

The attackers here see more than is published: every measured table before least squares and rounding, which only take
away from it.
"""

from collections.abc import Mapping, Sequence
from math import erf, sqrt

import highspy
import numpy as np
import pytest

from reporting.aggregation.ledger import Draw, Ledger
from reporting.campaigns.best_guess import BestGuess
from reporting.disclosure.budget import combine, compute_best_guess, compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.tables import Floats, Integers, Table
from tests.unit.disclosure.small_cubes import SmallCube, make_small_cube

_RUNS = 100_000
_SECRET = b"a secret of this test"
_SMALL = 10  # people
_CERTAIN = 6.0  # deviations: an attacker who rules out more is wrong once in 500 million cells
_TABLES = {Table(level, cross): cells for (level, cross), cells in {
    (0, ()): 1, (0, ("sex",)): 3, (0, ("topic",)): 7, (0, ("topic", "sex")): 21,
    (1, ()): 7, (1, ("sex",)): 21, (1, ("topic",)): 49, (1, ("topic", "sex")): 147,
    (2, ()): 47, (2, ("sex",)): 141, (2, ("topic",)): 329, (2, ("topic", "sex")): 987,
}.items()}  # fmt: skip


def _bound(cube: SmallCube, place: int, draws: int, build: str) -> tuple[float, float]:
    """Bound a cell of the inner table by linear programs over everything that was measured in several draws.

    The second begins where the first ended. What was measured of a cell in several draws is one interval.
    """
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)  # others would only wait for it
    solver.passModel(_make_program(cube, place, _bound_cells(cube, draws, build)))
    bounds = []
    for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
        solver.changeObjectiveSense(sense)
        solver.run()
        assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        bounds.append(float(solver.getSolution().col_value[place]))
    return bounds[0], bounds[1]


def _bound_cells(cube: SmallCube, draws: int, build: str) -> dict[Table, tuple[Floats, Floats]]:
    """What an attacker is sure of from each cell of each table alone: the least and the most."""
    bounds = {
        table: (np.zeros(cube.count_cells(table)), np.full(cube.count_cells(table), np.inf)) for table in cube.tables
    }
    for draw in range(draws):
        measured, deviations = cube.measure(_SECRET, f"{build} {draw}")
        for table, values in measured.items():
            margin = _CERTAIN * deviations[table]
            least, most = bounds[table]
            bounds[table] = np.maximum(least, values.ravel() - margin), np.minimum(most, values.ravel() + margin)
    return bounds


def _make_program(cube: SmallCube, place: int, bounds: dict[Table, tuple[Floats, Floats]]) -> highspy.HighsLp:
    """A linear program whose variables are the inner cells, with a row for each cell of every other table."""
    size = cube.count_cells(cube.inner)
    others = [table for table in bounds if table != cube.inner]
    members = [_list_members(cube, table) for table in others]
    counts = [np.bincount(of, minlength=cube.count_cells(table)) for table, of in zip(others, members, strict=True)]
    program = highspy.HighsLp()
    program.num_col_ = size
    program.col_cost_ = (np.arange(size) == place).astype(float)
    program.col_lower_, program.col_upper_ = bounds.get(cube.inner, (np.zeros(size), np.full(size, np.inf)))
    program.row_lower_, program.row_upper_ = (
        np.concatenate([bounds[table][side] for table in others]) for side in (0, 1)
    )
    program.num_row_ = len(program.row_lower_)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    program.a_matrix_.index_ = np.concatenate([np.argsort(of, kind="stable") for of in members])
    program.a_matrix_.value_ = np.ones(size * len(others))
    return program


def _list_members(cube: SmallCube, table: Table) -> Integers:
    """The cell of a table that each inner cell is counted in."""
    own = np.arange(cube.count_cells(table)).reshape(cube.shape.of(table))
    spread = cube.shape.spread_table(own, table, cube.inner)
    return np.broadcast_to(spread, cube.shape.of(cube.inner)).ravel().astype(np.int64)


@pytest.mark.parametrize("part", range(10))
def test_no_small_cell_is_known_exactly_by_linear_programs(part: int) -> None:
    """500 small cubes in ten parts, each with one release, or with its revision too."""
    chance = np.random.default_rng(part)
    exact = tried = 0
    for number in range(50):
        cube = make_small_cube(chance, people=int(chance.integers(1, 120)))
        true = cube.count(cube.inner).ravel()
        small = np.flatnonzero((true > 0) & (true < _SMALL))
        if not len(small):
            continue
        low, high = _bound(cube, int(chance.choice(small)), 1 + number % 2, f"{part}/{number}")
        tried += 1
        exact += np.floor(high + 1e-6) == np.ceil(low - 1e-6)
    assert tried >= 40
    assert exact == 0


def _guess(
    change: float, strengths: Sequence[float], seed: int, own: int = 0, tables: Mapping[Table, int] = _TABLES
) -> float:
    """How often of 100 times the best attacker tells whether a person counts, over seeded runs.

    `change` people are in or not, in one cell of each table of each draw, whose strengths are given; the attacker
    knows all others, and added `own` phones.
    """
    noise = Noise(_SECRET, f"guess {seed} {len(strengths)} {own}")
    is_there = np.random.default_rng(seed).random(_RUNS) < 0.5
    evidence = np.zeros(_RUNS)
    for draw, strength in enumerate(strengths):
        for table, deviation in compute_deviations(tables, strength).items():
            drawn = noise.draw([f"{draw}/{table.name}:{run}" for run in range(_RUNS)], deviation)
            seen = own + is_there * change + drawn
            # The logarithm of the ratio of the likelihoods with the person and without.
            evidence += (change * (seen - own) - change**2 / 2) / deviation**2
    return 100 * float(np.mean((evidence > 0) == is_there))


def test_a_person_is_guessed_no_better_than_stated() -> None:
    assert _guess(1.0, [0.7], seed=1) <= compute_best_guess(0.7) + 1


def test_a_person_who_arrives_between_a_month_and_its_revision_is_guessed_no_better() -> None:
    """The month without the person says nothing; the revision is one draw."""
    assert _guess(1.0, [0.7], seed=2) <= compute_best_guess(0.7) + 1


def test_a_person_in_a_month_and_its_revision_is_guessed_no_better_than_both_spend() -> None:
    assert _guess(1.0, [0.7, 0.7], seed=3) <= compute_best_guess(combine([0.7, 0.7])) + 1


def test_nine_phones_of_an_attacker_show_no_more() -> None:
    assert _guess(1.0, [0.7], seed=4, own=9) <= compute_best_guess(0.7) + 1


_SMALL_CUBE = {Table(0): 1, Table(1, ("topic",)): 49}
_CAP = BestGuess().month


def _draw_cubes(strengths: Sequence[float]) -> list[float]:
    """Draw the same month for cube after cube, each under a name of its own, as far as the campaign's budget goes."""
    ledger = Ledger([], BestGuess())
    for number, strength in enumerate(strengths):
        if not ledger.list_full("2026-11", strength**2):
            ledger = Ledger([*ledger.draws, Draw(f"cube {number}", "2026-11", strength**2)], BestGuess())
    return [draw.cost**0.5 for draw in ledger.draws]


@pytest.mark.parametrize("strengths", [[0.7] * 5, [0.7, 0.35] * 4, [1.0, 0.7, 0.35, 0.35, 0.35]])
def test_cubes_over_the_same_month_give_no_more_away_together_than_the_campaign_promises(
    strengths: list[float],
) -> None:
    drawn = _draw_cubes(strengths)
    assert 2 <= len(drawn) < len(strengths)
    assert _guess(1.0, drawn, seed=6, tables=_SMALL_CUBE) <= _CAP + 1


def test_without_the_budget_cubes_over_the_same_month_would_break_the_promise() -> None:
    assert _guess(1.0, [0.7] * 5, seed=7, tables=_SMALL_CUBE) > _CAP + 1


def test_the_stated_guess_is_near_the_truth() -> None:
    """A bound that nobody reaches would be a promise too small to test: the attacker comes near it."""
    assert _guess(1.0, [0.7], seed=5) >= compute_best_guess(0.7) - 1.5


def test_what_the_tables_spend_together_is_the_strength() -> None:
    assert combine(1 / deviation for deviation in compute_deviations(_TABLES, 0.7).values()) == pytest.approx(0.7)
    assert compute_best_guess(0.7) == pytest.approx(50 * (1 + erf(0.35 / sqrt(2))))


@pytest.mark.parametrize("own", [0, 9])
def test_shown_values_give_no_more_away_than_what_was_measured(own: int) -> None:
    """Through the whole way: least squares, no negative cells, rounding to five, nothing under ten."""
    runs = 400
    chance = np.random.default_rng(11)
    cube = make_small_cube(np.random.default_rng(5), people=60)
    victim = int(cube.cells[0])
    others = np.concatenate([cube.cells[1:], np.full(own, victim)])
    shown: dict[bool, list[float]] = {True: [], False: []}
    for run in range(runs):
        is_there = bool(chance.random() < 0.5)
        world = SmallCube(cube.shape, np.append(others, victim) if is_there else others, cube.tables)
        published, _ = world.publish(_SECRET, f"shown {own} {run}")
        shown[is_there].append(
            sum(float(values.ravel()[place]) for values, place in _find_cells(world, published, victim))
        )
    # The best threshold on the sum of all published cells that hold the victim.
    values = np.array(shown[True] + shown[False])
    truth = np.array([True] * len(shown[True]) + [False] * len(shown[False]))
    best = max(float(np.mean((values > cut) == truth)) for cut in np.quantile(values, np.linspace(0.05, 0.95, 91)))
    assert 100 * best <= compute_best_guess(0.7) + 8  # of 400 runs: three deviations, and the best of 91 cuts


def _find_cells(cube: SmallCube, published: dict[Table, np.ndarray], victim: int) -> list[tuple[np.ndarray, int]]:
    found = []
    for table, values in published.items():
        one = cube.shape.sum_up(np.array([1]), table, np.array([victim]))
        found.append((values, int(one.ravel().argmax())))
    return found
