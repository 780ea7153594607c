"""Evidence: what one mention in a text says about where it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points that some words may mean. All arrays have one value a point.

    `share` is how likely each is among them (they sum to 1), `scale_m` how far around it the truth may lie, `doubt`
    the chance that the words meant none of them, `strength` how much it counts beside other mentions.
    """

    lat: Array
    lon: Array
    scale_m: Array
    share: Array
    doubt: float
    strength: float
    label: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    start: int
    end: int


def mix(first: Evidence, second: Evidence, weight: float) -> Evidence:
    """Two sources about the same words as one evidence; `weight` is the share of the first."""
    return Evidence(
        np.concatenate([first.lat, second.lat]),
        np.concatenate([first.lon, second.lon]),
        np.concatenate([first.scale_m, second.scale_m]),
        np.concatenate([first.share * weight, second.share * (1 - weight)]),
        min(first.doubt, second.doubt),
        max(first.strength, second.strength),
        f"{first.label}; {second.label}",
        first.names + second.names,
        first.kinds + second.kinds,
        first.start,
        first.end,
    )
