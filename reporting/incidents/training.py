"""Training: learns match weights from moderators' decisions, with the default weights as prior.

Logistic regression with a normal prior around the default weights (MAP; Bishop, Pattern Recognition and Machine
Learning, 4.5): with few decisions the weights stay near the defaults, with many the decisions prevail. Each weight
keeps its sign, so that evidence for one incident never becomes evidence against it. scipy is used because
scikit-learn's regression supports neither such a prior nor signs. Only `flask likeness` imports this, so that no worker
needs scipy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from config.errors import UserError
from reporting.incidents.campaign_weights import Weights
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.similarity import evidence, score_of
from reporting.incidents.training_pairs import Example

FEWEST = 50  # decisions; fewer say too little about the campaign
FEWEST_EACH = 10  # of links and of unlinks
_HELD_OUT = 5  # the latest fifth of the decisions evaluates a new version
_PRIOR_SPREAD = 1.0  # standard deviation of a weight around the shipped one
_SURE = 1e-6
_SMALLEST_CHANGE = 1e-3

Floats = NDArray[np.float64]
# Weights that may have either sign: they describe missing evidence.
_FREE = {"bias", "untimed", "unnamed"}
_NAMES = [name for name in WEIGHTS if name != "unmarked"]  # a constant that is added to the bias


class TrainingRefused(UserError):
    """No new version can or should be made; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Trained:
    """New match weights and their result on held-out decisions, beside that of the version before."""

    values: Mapping[str, float]
    figures: Mapping[str, Any]


def train(examples: Sequence[Example], before: Weights) -> Trained:
    """Learn from all but the latest fifth of the decisions, and evaluate on that fifth.

    Raises TrainingRefused for too few decisions, when nothing changes, and when the version before does better.
    """
    _check_enough(examples)
    held_out = examples[-max(1, len(examples) // _HELD_OUT) :]
    learned_from = examples[: -len(held_out)]
    values = fit(learned_from)
    loss_before, loss = log_loss(held_out, before.values), log_loss(held_out, values)
    if max(abs(values[name] - before.values[name]) for name in WEIGHTS) < _SMALLEST_CHANGE:
        raise TrainingRefused(f"nothing new was learned: the weights are those of version {before.version}")
    if loss > loss_before:
        raise TrainingRefused(
            f"version {before.version} does better on the latest {len(held_out)} decisions"
            f" (log loss {loss_before:.4f}; the new weights {loss:.4f}): it stays"
        )
    return Trained(
        values,
        {
            "decisions": len(learned_from),
            "links": sum(example.is_same for example in learned_from),
            "learned_until": learned_from[-1].decision_id,
            "held_out": len(held_out),
            "log_loss": round(loss, 5),
            "log_loss_before": round(loss_before, 5),
        },
    )


def fit(examples: Sequence[Example]) -> dict[str, float]:
    """Find the most likely weights for the examples and the prior."""
    x = np.array([_make_row(example) for example in examples])
    y = np.array([float(example.is_same) for example in examples])
    prior = np.array([WEIGHTS[name] for name in _NAMES])

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = x @ weights + WEIGHTS["unmarked"]
        off = (weights - prior) / _PRIOR_SPREAD
        value = float(np.sum(np.logaddexp(0, logit) - y * logit) + 0.5 * off @ off)
        return value, x.T @ (1 / (1 + np.exp(-logit)) - y) + off / _PRIOR_SPREAD

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[_bounds(name) for name in _NAMES])
    learned = dict(zip(_NAMES, (round(float(weight), 4) for weight in found.x), strict=True))
    return {name: learned.get(name, shipped) for name, shipped in WEIGHTS.items()}


def log_loss(examples: Sequence[Example], weights: Mapping[str, float]) -> float:
    """Compute the mean log loss of the examples in nats; lower is better."""
    scores = np.clip([score_of(example.comparison, weights) for example in examples], _SURE, 1 - _SURE)
    same = np.array([example.is_same for example in examples])
    return float(-np.mean(np.log(np.where(same, scores, 1 - scores))))


def _make_row(example: Example) -> list[float]:
    found = evidence(example.comparison) | {"bias": 1.0}
    return [found.get(name, 0.0) for name in _NAMES]


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in _FREE or WEIGHTS[name] == 0:
        return None, None
    return (0.0, None) if WEIGHTS[name] > 0 else (None, 0.0)


def _check_enough(examples: Sequence[Example]) -> None:
    links = sum(example.is_same for example in examples)
    unlinks = len(examples) - links
    if len(examples) < FEWEST or min(links, unlinks) < FEWEST_EACH:
        raise TrainingRefused(
            f"too few decisions to learn from: {links} links and {unlinks} unlinks stand;"
            f" {FEWEST} are needed, {FEWEST_EACH} of each"
        )
