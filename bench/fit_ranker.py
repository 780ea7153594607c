"""Fits the ranker of geo/resolver/ranker.py: a small network that spreads belief over the candidates of a text.

The loss is the cross-entropy between that and where the truth lay, by Adam in batches, with features left out at
random.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.resolver.features import FEATURES, MOST
from geo.resolver.model import RankerWeights

_UNITS = 16
_EPOCHS = 12
_BATCH = 64
_RATE = 3e-3
_DECAY = 0.1
_LEFT_OUT = 0.2
_LEAK = np.float32(0.1)
_CLIP = 5.0

Array = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Asking:
    """The features of a text's candidates (rows), how right each is (sum 1), and how much the text counts."""

    features: Array
    truth: Array
    weight: float


def weigh_distances(away_m: Array) -> Array:
    """How right candidates are that lie so far from the truth, sum 1: sharp below 500 m, with a foot of 3 km."""
    right = np.square(1 / (1 + np.square(away_m / 500))) + 0.04 * np.square(1 / (1 + np.square(away_m / 3_000))) + 1e-5
    weighed: Array = right / right.sum()
    return weighed


def fit_ranker(askings: Sequence[Asking]) -> RankerWeights:
    """Fit the ranker's weights; the same examples give the same weights."""
    rows = np.concatenate([asking.features for asking in askings])
    middle, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    shape = (len(askings), MOST)
    features = np.zeros((*shape, FEATURES), dtype=np.float32)
    truth, is_there = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=bool)
    for number, asking in enumerate(askings):
        count = len(asking.features)
        features[number, :count] = np.clip((asking.features - middle) / scale, -_CLIP, _CLIP)
        truth[number, :count] = asking.truth
        is_there[number, :count] = True
    weight = np.array([asking.weight for asking in askings], dtype=np.float32)
    network = _Network(np.random.default_rng(0))
    network.learn(features, truth, is_there, weight)
    hidden, offset, output, straight = (values.astype(np.float64) for values in network.values)
    return RankerWeights(middle, scale, hidden, offset, output, straight)


class _Network:
    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self.values: list[Floats] = [
            random.normal(0, FEATURES**-0.5, (FEATURES, _UNITS)).astype(np.float32),
            np.zeros(_UNITS, dtype=np.float32),
            random.normal(0, 0.3 * _UNITS**-0.5, _UNITS).astype(np.float32),
            random.normal(0, 0.01, FEATURES).astype(np.float32),
        ]
        self._mean = [np.zeros_like(values) for values in self.values]
        self._square = [np.zeros_like(values) for values in self.values]
        self._steps = 0

    def learn(self, features: Floats, truth: Floats, is_there: NDArray[np.bool_], weight: Floats) -> None:
        steps = _EPOCHS * (len(features) // _BATCH + 1)
        for _ in range(_EPOCHS):
            order = self._random.permutation(len(features))
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                done = self._steps / steps
                rate = _RATE * min(1.0, 10 * done + 0.05) * (0.5 + 0.5 * np.cos(np.pi * min(done, 1.0)))
                slopes = self._slopes(features[batch], truth[batch], is_there[batch], weight[batch])
                self._step(slopes, rate)

    def _slopes(
        self, features: Floats, truth: Floats, is_there: NDArray[np.bool_], weight: Floats
    ) -> list[NDArray[np.float32]]:
        hidden, offset, output, straight = self.values
        kept = self._random.random((len(features), 1, FEATURES)) > _LEFT_OUT
        features = features * (kept / (1 - _LEFT_OUT)).astype(np.float32)
        inner = features @ hidden + offset
        active = np.maximum(inner, _LEAK * inner)
        score = np.where(is_there, active @ output + features @ straight, -1e9)
        belief = np.exp(score - score.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
        wrong = np.where(is_there, (belief - truth) * weight[:, None], 0).astype(np.float32)
        back = (wrong[..., None] * output * np.where(inner > 0, np.float32(1), _LEAK)).reshape(-1, _UNITS)
        flat, flat_wrong = features.reshape(-1, FEATURES), wrong.ravel()
        slopes = [flat.T @ back, back.sum(axis=0), active.reshape(-1, _UNITS).T @ flat_wrong, flat.T @ flat_wrong]
        return [slope / len(features) for slope in slopes]

    def _step(self, slopes: list[Floats], rate: float) -> None:
        self._steps += 1
        for number, slope in enumerate(slopes):
            mean = self._mean[number] = 0.9 * self._mean[number] + 0.1 * slope
            square = self._square[number] = 0.999 * self._square[number] + 0.001 * slope**2
            change = mean / (1 - 0.9**self._steps) / (np.sqrt(square / (1 - 0.999**self._steps)) + 1e-8)
            decay = 0.0 if number == 1 else _DECAY
            self.values[number] = (self.values[number] - rate * (change + decay * self.values[number])).astype(
                np.float32
            )
