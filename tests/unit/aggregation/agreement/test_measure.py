"""What the quality report says of two readers, from counts that carry noise."""

from collections.abc import Mapping

import numpy as np
import pytest

from reporting.aggregation.agreement.measure import FIRST_TOPIC, SECOND_TOPIC, VERDICTS, describe_agreement

CODES = ("same_topic", "other_topic", "approved_rejected", "rejected_approved", "rejected_rejected")
TRUE = {VERDICTS: (500, 60, 40, 30, 170), FIRST_TOPIC: (300, 200, 60), SECOND_TOPIC: (290, 215, 55)}


def measure(true: Mapping[str, tuple[int, ...]], noise: float, seed: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Counts with normal noise of a standard deviation."""
    random = np.random.default_rng(seed)
    return {
        name: {str(place): (count + random.normal(0, noise), noise) for place, count in enumerate(counts)}
        for name, counts in true.items()
    }


def test_nothing_measured_is_not_measured() -> None:
    assert describe_agreement({}) is None


def test_kappa_of_the_decision_and_of_the_topic_with_their_numbers() -> None:
    found = describe_agreement(measure(TRUE, 1e-9, 1))
    assert found is not None
    decision, topic = found["decision"], found["topic"]
    by_chance = 0.75 * 0.7375 + 0.25 * 0.2625
    assert decision["kappa"] == round((0.9125 - by_chance) / (1 - by_chance), 2)
    assert (decision["reports"], topic["reports"]) == (800, 560)
    by_chance = (300 * 290 + 200 * 215 + 60 * 55) / 560**2
    assert topic["kappa"] == round((500 / 560 - by_chance) / (1 - by_chance), 2)
    assert decision["low"] < decision["kappa"] < decision["high"]


@pytest.mark.parametrize("noise", [11.0, 25.0])
def test_the_interval_holds_the_true_kappa_as_often_as_it_says(noise: float) -> None:
    exact = describe_agreement(measure(TRUE, 1e-9, 1))
    assert exact is not None
    for about in ("decision", "topic"):
        held, told = 0, 0
        for seed in range(400):
            # The true counts are themselves a sample of what the readers would do.
            random = np.random.default_rng(10_000 + seed)
            verdicts = random.multinomial(800, np.array(TRUE[VERDICTS]) / 800)
            approved = int(verdicts[:2].sum())
            drawn = {
                VERDICTS: tuple(verdicts),
                FIRST_TOPIC: tuple(random.multinomial(approved, np.array(TRUE[FIRST_TOPIC]) / 560)),
                SECOND_TOPIC: tuple(random.multinomial(approved, np.array(TRUE[SECOND_TOPIC]) / 560)),
            }
            found = (describe_agreement(measure(drawn, noise, seed)) or {}).get(about)
            if found is not None:
                told += 1
                held += found["low"] <= exact[about]["kappa"] <= found["high"]
        assert told > 390
        assert held / told > 0.92, about


def test_of_too_few_nothing_is_told() -> None:
    few = {VERDICTS: (20, 2, 3, 2, 2), FIRST_TOPIC: (20, 2), SECOND_TOPIC: (20, 2)}
    assert describe_agreement(measure(few, 1e-9, 1)) is None


def test_a_number_that_is_nothing_but_noise_is_seldom_told() -> None:
    none = {VERDICTS: (0, 0, 0, 0, 0), FIRST_TOPIC: (0, 0), SECOND_TOPIC: (0, 0)}
    told = [describe_agreement(measure(none, 20.0, seed)) or {} for seed in range(1_000)]
    for about in ("decision", "topic"):
        assert sum(about in each for each in told) < 10, about
