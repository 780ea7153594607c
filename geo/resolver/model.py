"""The numbers in `fitted.json`, which `python -m bench.fit_places` writes: of ranker, confidence and radius."""

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
    """A network with one hidden layer and a straight way past it: features to one score."""

    middle: Array  # of each feature over all that was fitted on
    scale: Array
    hidden: Array  # features by units
    offset: Array
    output: Array
    straight: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that was fitted."""

    ranker: RankerWeights
    confidence: tuple[float, ...]
    radius: tuple[float, ...]


@lru_cache(maxsize=1)
def load_fitted() -> Fitted:
    """The numbers of this version, read once."""
    return parse_fitted(json.loads(_FILE.read_text(encoding="utf-8")))


def parse_fitted(values: dict[str, Any]) -> Fitted:
    """From what JSON holds."""
    ranker = {name: np.array(numbers) for name, numbers in values["ranker"].items()}
    return Fitted(RankerWeights(**ranker), tuple(values["confidence"]), tuple(values["radius"]))
