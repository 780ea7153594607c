"""Rakes counts of reporters to the margins of a population, and refuses where the weights would be fiction.

Raking is model-based: it takes the reporters of a group for like those of the group who did not report. It is never the
default. Where few stand for many, the design effect says how little the weighted figures rest on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

DESIGN_EFFECT_LIMIT: Final = 3.0
_ROUNDS: Final = 5_000
_NEAR: Final = 1e-8  # of the population's size: margins are met to this
_Array = NDArray[np.float64]


class RakingRefusal(StrEnum):
    """Why there are no weights."""

    NO_REPORTERS = "no_reporters"
    EMPTY_GROUP = "empty_group"  # people live there and nobody reports: no weight reaches them
    NO_SOLUTION = "no_solution"  # no weights meet all margins at once
    DESIGN_EFFECT = "design_effect"  # a few reporters would stand for very many


@dataclass(frozen=True, slots=True)
class Raking:
    """Weights of the cells and how much they cost; `weights` is None where `refusal` says why.

    A weight is how many people a reporter of the cell stands for, 0 in a cell without reporters. `largest` is the
    largest weight as a multiple of the mean weight, `effective` the number of reporters of a random sample that would
    tell as much.
    """

    weights: _Array | None
    refusal: RakingRefusal | None
    design_effect: float | None = None
    effective: float | None = None
    largest: float | None = None
    rounds: int = 0


def design_effect(counts: _Array, weights: _Array) -> float:
    """Return Kish's design effect of weighting, n * sum(w^2) / sum(w)^2 over the reporters (Kish 1965)."""
    total = float((counts * weights).sum())
    return float(counts.sum() * (counts * weights**2).sum() / total**2)


def rake(
    counts: _Array, margins: Mapping[int, _Array], limit: float = DESIGN_EFFECT_LIMIT, rounds: int = _ROUNDS
) -> Raking:
    """Find weights by iterative proportional fitting (Deming and Stephan 1940), or the reason why there are none.

    `counts` has an axis for each dimension and the reporters (or their estimates) of each cell; `margins` the people
    of each group of an axis; `rounds` bounds the work. Margins of several axes must add up to one population: they are
    scaled to the first one's. Raises ValueError where a margin has not the shape of its axis.
    """
    reporters = np.clip(np.asarray(counts, dtype=np.float64), 0, None)
    targets = _scale(reporters, margins)
    if not reporters.sum() or not targets:
        return Raking(None, RakingRefusal.NO_REPORTERS)
    if any(((_sum_to(reporters, axis) == 0) & (people > 0)).any() for axis, people in targets.items()):
        return Raking(None, RakingRefusal.EMPTY_GROUP)
    fitted, done = _fit(reporters, targets, rounds)
    if fitted is None:
        return Raking(None, RakingRefusal.NO_SOLUTION, rounds=done)
    weights = np.divide(fitted, reporters, out=np.zeros_like(fitted), where=reporters > 0)
    effect = design_effect(reporters, weights)
    mean = float(fitted.sum() / reporters.sum())
    is_refused = effect >= limit
    return Raking(
        None if is_refused else weights, RakingRefusal.DESIGN_EFFECT if is_refused else None, effect,
        float(reporters.sum()) / effect, float(weights.max()) / mean, done,
    )  # fmt: skip


def _scale(counts: _Array, margins: Mapping[int, _Array]) -> dict[int, _Array]:
    targets = {axis: np.asarray(people, dtype=np.float64) for axis, people in margins.items()}
    for axis, people in targets.items():
        if people.shape != (counts.shape[axis],):
            raise ValueError(f"the margin of axis {axis} has {people.shape} values for {counts.shape[axis]} groups")
        if (people < 0).any() or not people.sum():
            raise ValueError(f"the margin of axis {axis} has no people")
    size = next((people.sum() for people in targets.values()), 0.0)
    return {axis: people * (size / people.sum()) for axis, people in targets.items()}


def _fit(counts: _Array, targets: Mapping[int, _Array], rounds: int) -> tuple[_Array | None, int]:
    """Scale the cells to each margin in turn until all are met; None where they never are. Returns the rounds too."""
    fitted = counts.copy()
    size = next(iter(targets.values())).sum()
    for done in range(rounds):
        for axis, people in targets.items():
            found = _sum_to(fitted, axis)
            factors = np.divide(people, found, out=np.zeros_like(people), where=found > 0)
            fitted *= factors.reshape([-1 if each == axis else 1 for each in range(fitted.ndim)])
        gap = max(float(np.abs(_sum_to(fitted, axis) - people).max()) for axis, people in targets.items())
        if gap <= _NEAR * size:
            return fitted, done + 1
    return None, rounds


def _sum_to(cells: _Array, axis: int) -> _Array:
    result: _Array = cells.sum(axis=tuple(each for each in range(cells.ndim) if each != axis))
    return result
