"""Raking meets its margins, and is refused with its reason where a few reporters would stand for very many."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reporting.population.raking import RakingRefusal, design_effect, rake

_COUNTS = arrays(np.float64, (3, 4), elements=st.integers(1, 500).map(float))
_PEOPLE = arrays(np.float64, (3, 4), elements=st.integers(1, 9_000).map(float))


@given(_COUNTS, _PEOPLE)
@example(  # a margin of 4 among 404 people, which converges slowly
    np.array([[1.0, 59, 24, 1], [1, 1, 1, 1], [1, 1, 18, 1]]),
    np.array([[1.0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 37, 359]]),
)
def test_the_weighted_reporters_have_the_populations_margins(counts: np.ndarray, people: np.ndarray) -> None:
    raked = rake(counts, {0: people.sum(axis=1), 1: people.sum(axis=0)}, limit=np.inf)
    assert raked.weights is not None
    for axis in (0, 1):
        off = np.abs((counts * raked.weights).sum(axis=axis) - people.sum(axis=axis))
        assert off.max() < 1.1e-8 * people.sum()


@given(_COUNTS, _PEOPLE)
def test_weights_cost_at_least_nothing(counts: np.ndarray, people: np.ndarray) -> None:
    raked = rake(counts, {0: people.sum(axis=1)}, limit=np.inf)
    assert raked.design_effect is not None
    assert raked.design_effect >= 1 - 1e-9
    assert raked.effective == pytest.approx(counts.sum() / raked.design_effect)


def test_a_fair_sample_has_equal_weights() -> None:
    raked = rake(np.full((2, 2), 5.0), {0: np.array([10.0, 10.0]), 1: np.array([10.0, 10.0])})
    assert raked.weights is not None
    assert raked.weights == pytest.approx(np.ones((2, 2)))
    assert (raked.design_effect, raked.largest) == (pytest.approx(1), pytest.approx(1))


def test_the_design_effect_is_kishs() -> None:
    """Of 100 reporters 10 weigh 5 and 90 weigh 1: 100 * 340 / 140^2."""
    assert design_effect(np.array([10.0, 90.0]), np.array([5.0, 1.0])) == pytest.approx(34_000 / 19_600)


def test_a_design_effect_of_three_is_refused_and_told() -> None:
    raked = rake(np.array([2.0, 98.0]), {0: np.array([50.0, 50.0])})
    assert (raked.weights, raked.refusal) == (None, RakingRefusal.DESIGN_EFFECT)
    assert raked.design_effect == pytest.approx(100 * (2 * 25**2 + 98 * (50 / 98) ** 2) / 100**2)
    assert raked.largest == pytest.approx(25)
    allowed = rake(np.array([20.0, 80.0]), {0: np.array([50.0, 50.0])})
    assert allowed.refusal is None


def test_people_whom_nobody_speaks_for_cannot_be_weighted() -> None:
    raked = rake(np.array([[5.0, 5.0], [0.0, 0.0]]), {0: np.array([10.0, 1.0])})
    assert raked.refusal is RakingRefusal.EMPTY_GROUP


def test_margins_that_no_weights_meet_are_refused() -> None:
    """The diagonal alone has reporters: rows and columns must then be equal, and are not."""
    raked = rake(np.array([[5.0, 0.0], [0.0, 5.0]]), {0: np.array([10.0, 20.0]), 1: np.array([20.0, 10.0])})
    assert raked.refusal is RakingRefusal.NO_SOLUTION


def test_no_reporters_or_wrong_margins() -> None:
    assert rake(np.zeros((2, 2)), {0: np.ones(2)}).refusal is RakingRefusal.NO_REPORTERS
    with pytest.raises(ValueError, match="axis 0"):
        rake(np.ones((2, 2)), {0: np.ones(3)})
    with pytest.raises(ValueError, match="no people"):
        rake(np.ones((2, 2)), {0: np.zeros(2)})


def test_margins_of_several_sources_are_brought_to_one_size() -> None:
    raked = rake(np.full((2, 2), 5.0), {0: np.array([30.0, 70.0]), 1: np.array([400.0, 600.0])}, limit=np.inf)
    assert raked.weights is not None
    assert (5 * raked.weights).sum() == pytest.approx(100)
    assert (5 * raked.weights).sum(axis=0) == pytest.approx(np.array([40.0, 60.0]))
