"""The noise is the discrete Gaussian distribution, and the same for the same cell of the same build."""

import numpy as np
import pytest
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_gaussian
from opendp.metrics import l2_distance
from opendp.mod import enable_features

from reporting.disclosure.noise import Noise, list_probabilities

_DRAWS = 1_000_000
_SECRET = b"a secret of this test"


def _list_names(count: int) -> list[str]:
    return [f"2/topic:{cell}" for cell in range(count)]


@pytest.mark.parametrize("deviation", [1.43, 4.9])
def test_a_million_draws_fit_the_closed_form(deviation: float) -> None:
    drawn = Noise(_SECRET, "1/incidents/2026-10/1/people").draw(_list_names(_DRAWS), deviation)
    expected = {number: float(share) * _DRAWS for number, share in list_probabilities(deviation)}
    inside = [number for number, count in expected.items() if count >= 20]
    statistic = sum((np.count_nonzero(drawn == number) - expected[number]) ** 2 / expected[number] for number in inside)
    # Chi-square has its degrees of freedom as mean and twice of them as variance: five deviations are a chance of 1e-6.
    freedom = len(inside) - 1
    assert abs(statistic - freedom) < 5 * (2 * freedom) ** 0.5
    assert abs(drawn.mean()) < 5 * deviation / _DRAWS**0.5


@pytest.mark.parametrize("deviation", [0.8, 1.43, 4.9, 14.6])
def test_probabilities_are_those_of_the_definition(deviation: float) -> None:
    numbers = np.arange(-400, 401)
    weights = np.exp(-(numbers**2) / (2 * deviation**2))
    whole = weights / weights.sum()
    for number, share in list_probabilities(deviation):
        assert float(share) == pytest.approx(whole[number + 400], rel=1e-9)


def test_opendp_draws_from_the_same_distribution() -> None:
    deviation, draws = 2.5, 40_000
    enable_features("contrib")
    measure = make_gaussian(vector_domain(atom_domain(T=int)), l2_distance(T=float), scale=deviation)
    theirs = np.array(measure([0] * draws))
    ours = Noise(_SECRET, "opendp").draw(_list_names(draws), deviation)
    for number in range(-8, 9):
        first, second = np.count_nonzero(theirs == number), np.count_nonzero(ours == number)
        assert abs(first - second) < 6 * (first + second) ** 0.5


def test_the_same_cell_of_the_same_build_has_the_same_noise_and_no_other_has() -> None:
    names = _list_names(500)
    once = Noise(_SECRET, "1/incidents/2026-10/1/people").draw(names, 4.9)
    assert (once == Noise(_SECRET, "1/incidents/2026-10/1/people").draw(names, 4.9)).all()
    for other in (Noise(_SECRET, "1/incidents/2026-10/2/people"), Noise(b"another", "1/incidents/2026-10/1/people")):
        drawn = other.draw(names, 4.9)
        assert abs(np.corrcoef(once, drawn)[0, 1]) < 0.25
        assert (once != drawn).any()


def test_noise_without_a_deviation_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Noise(_SECRET, "build").draw(["cell"], 0.0)
