"""The fitted weights of ranker, confidence and radius: `fitted.json`, written by `python -m bench.fit_places`."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from geo.index.evidence import Array

_FILE = Path(__file__).with_name("fitted.json")


@dataclass(frozen=True, slots=True)
class RankerWeights:
    """The ranker: a network with one hidden layer and a skip connection, from features to one score."""

    middle: Array  # mean of each feature in the training data
    scale: Array
    hidden: Array  # shape (features, hidden units)
    offset: Array
    output: Array
    straight: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """All fitted weights."""

    ranker: RankerWeights
    confidence: tuple[float, ...]
    radius: tuple[float, ...]


@lru_cache(maxsize=1)
def load_fitted() -> Fitted:
    """Load the weights of this version; they are read once."""
    return parse_fitted(json.loads(_FILE.read_text(encoding="utf-8")))


def parse_fitted(values: dict[str, Any]) -> Fitted:
    """Make the weights from parsed JSON."""
    ranker = {name: np.array(numbers) for name, numbers in values["ranker"].items()}
    return Fitted(RankerWeights(**ranker), tuple(values["confidence"]), tuple(values["radius"]))
