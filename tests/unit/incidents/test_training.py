"""Learning weights from decisions: what decisions teach, what they may not, and when nothing is learned."""

from dataclasses import replace

import pytest

from reporting.incidents.campaign_weights import SHIPPED, Weights
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.reliability import reliability
from reporting.incidents.similarity import Comparison, score_of
from reporting.incidents.training import FEWEST, TrainingRefused, fit, log_loss, train
from reporting.incidents.training_pairs import Example

HOUR_S = 3600.0
NEAR = Comparison(
    distance_m=40.0, spread_m=70.0, gap_s=HOUR_S, window_s=72 * HOUR_S, topic_like=1.0, text_like=0.2, text_grams=30,
    numbers_differ=False, place_like=None, number_like=0, same_sender=False,
)  # fmt: skip
LATE = replace(NEAR, gap_s=70 * HOUR_S)
COPY = replace(NEAR, text_like=0.95, text_grams=60)


def examples(count: int, *, soon_is_same: bool = True, start: int = 1, near: Comparison = NEAR) -> list[Example]:
    """Moderators who link what was said soon after and part what was said days later, or the other way round."""
    pairs = [(near, soon_is_same), (LATE, not soon_is_same)]
    return [
        Example(start + n, replace(pairs[n % 2][0], distance_m=20.0 + n % 7), pairs[n % 2][1]) for n in range(count)
    ]


def test_decisions_move_the_scores_towards_what_people_say() -> None:
    trained = train(examples(100), SHIPPED)
    assert score_of(NEAR, trained.values) > score_of(NEAR, WEIGHTS)
    assert score_of(LATE, trained.values) < 0.1
    assert trained.figures["log_loss"] < trained.figures["log_loss_before"]
    assert trained.figures["decisions"] == 80
    assert trained.figures["learned_until"] == 80
    assert trained.figures["held_out"] == 20


def test_what_no_decision_is_about_keeps_its_shipped_weight() -> None:
    learned = fit(examples(100))
    for name in ("sender_same", "text_same", "number_other", "unmarked"):
        assert learned[name] == pytest.approx(WEIGHTS[name], abs=1e-3)


def test_few_decisions_move_less_than_many() -> None:
    few, many = fit(examples(FEWEST)), fit(examples(10 * FEWEST))
    assert 0 < few["soon"] - WEIGHTS["soon"] < many["soon"] - WEIGHTS["soon"]


def test_nothing_that_speaks_for_one_incident_comes_to_speak_against_it() -> None:
    learned = fit(examples(4_000, soon_is_same=False))
    assert learned["soon"] == 0
    assert learned["late"] == 0
    assert all(learned[name] * WEIGHTS[name] >= 0 for name in WEIGHTS if name not in ("bias", "untimed", "unnamed"))


@pytest.mark.parametrize("count", [0, FEWEST - 1])
def test_too_few_decisions_teach_nothing(count: int) -> None:
    with pytest.raises(TrainingRefused, match="too few decisions"):
        train(examples(count), SHIPPED)


def test_links_alone_teach_nothing() -> None:
    links = [replace(example, is_same=True) for example in examples(200)]
    with pytest.raises(TrainingRefused, match="200 links and 0 unlinks"):
        train(links, SHIPPED)


def test_weights_that_do_worse_on_the_latest_decisions_are_refused() -> None:
    turned = examples(80, soon_is_same=False, near=COPY) + examples(20, start=81, near=COPY)
    with pytest.raises(TrainingRefused, match="version 0 does better on the latest 20 decisions"):
        train(turned, SHIPPED)


def test_learning_the_same_again_makes_no_new_version() -> None:
    first = train(examples(100), SHIPPED)
    with pytest.raises(TrainingRefused, match="those of version 1"):
        train(examples(100), Weights(1, first.values, first.figures))


def test_the_curve_counts_every_pair_once_in_its_tenth() -> None:
    curve = reliability(examples(100), WEIGHTS)
    assert sum(tenth.count for tenth in curve) == 100
    assert all(tenth.low <= tenth.mean_score <= tenth.high for tenth in curve)
    assert sum(tenth.linked_share * tenth.count for tenth in curve) == pytest.approx(50)


def test_a_sure_mistake_costs_much_but_not_endlessly() -> None:
    wrong = [Example(1, replace(NEAR, distance_m=50_000.0), is_same=True)]
    assert 5 < log_loss(wrong, WEIGHTS) < 15
