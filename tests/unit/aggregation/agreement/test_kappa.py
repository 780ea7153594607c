"""Kappa against worked examples that were published, and against another library."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from reporting.aggregation.agreement.kappa import find_kappa, find_kappa_of_margins

# Jacob Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960): 200
# cases in three categories, kappa .492.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
# Fleiss, Cohen and Everitt, Psychological Bulletin 72 (1969): kappa .429, standard error .0537.
FLEISS_COHEN_EVERITT = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
# Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1: kappa .68, standard error
# .087.
FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
# The printout of SAS that the tests of statsmodels quote (statsmodels/stats/tests/test_inter_rater.py).
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]


@pytest.mark.parametrize(
    ("table", "kappa", "error"),
    [
        (COHEN, 0.492, None),
        (FLEISS_COHEN_EVERITT, 0.429, 0.0537),
        (FLEISS, 0.676, 0.0877),
        (SAS, 0.4842, 0.1380),
        ([[20, 5], [10, 15]], 0.4, None),  # en.wikipedia.org/wiki/Cohen's_kappa
    ],
)
def test_published_examples(table: list[list[int]], kappa: float, error: float | None) -> None:
    found = find_kappa(np.array(table, dtype=float))
    assert found is not None
    assert found.value == pytest.approx(kappa, abs=0.0005)
    if error is not None:
        assert found.sampling_error == pytest.approx(error, abs=0.00006)


def test_the_interval_of_the_printout() -> None:
    found = find_kappa(np.array(SAS, dtype=float))
    assert found is not None
    assert found.value - 1.96 * found.sampling_error == pytest.approx(0.2137, abs=0.0001)
    assert found.value + 1.96 * found.sampling_error == pytest.approx(0.7547, abs=0.0001)


@pytest.mark.parametrize("table", [COHEN, FLEISS_COHEN_EVERITT, FLEISS])
def test_the_margins_and_the_agreement_give_the_same_kappa(table: list[list[int]]) -> None:
    counts = np.array(table, dtype=float)
    whole = find_kappa(counts)
    found = find_kappa_of_margins(np.trace(counts), counts.sum(), counts.sum(axis=1), counts.sum(axis=0))
    assert whole is not None
    assert found is not None
    assert found.value == pytest.approx(whole.value)
    assert found.sampling_error == pytest.approx(whole.sampling_error, rel=0.25)


def test_random_tables_against_scikit_learn() -> None:
    random = np.random.default_rng(7)
    for size in (2, 3, 6):
        counts = random.integers(1, 30, (size, size))
        first = np.repeat(np.arange(size), counts.sum(axis=1))
        second = np.concatenate([np.repeat(np.arange(size), row) for row in counts])
        found = find_kappa(counts.astype(float))
        assert found is not None
        assert found.value == pytest.approx(cohen_kappa_score(first, second))


def test_the_standard_error_is_that_of_many_samples() -> None:
    shares = np.array(FLEISS, dtype=float) / 100
    drawn = np.random.default_rng(3).multinomial(400, shares.ravel(), size=4_000).reshape(-1, 3, 3)
    kappas = [each.value for table in drawn if (each := find_kappa(table.astype(float))) is not None]
    expected = find_kappa(shares * 400)
    assert expected is not None
    assert np.std(kappas) == pytest.approx(expected.sampling_error, rel=0.05)


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[40, 0], [0, 0]]])
def test_without_anything_to_differ_in_there_is_none(table: list[list[int]]) -> None:
    assert find_kappa(np.array(table, dtype=float)) is None
    assert find_kappa_of_margins(table[0][0], table[0][0], np.array([40.0, 0]), np.array([40.0, 0])) is None
