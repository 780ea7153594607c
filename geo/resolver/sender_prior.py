"""Where the sender wrote from before: of places that a text may mean alike, one near there is likelier.

People mostly tell of where they live. But they move, and they tell of others: so it is at most three times as likely,
which decides between two towns of one name and not against what the words say.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from geo.distance import squares_m2, stand
from geo.index.evidence import Array
from geo.reasons import Reason, ReasonCode
from geo.resolver.scorer import Posterior

Point = tuple[float, float]

_ODDS: Final = 3.0  # of a place where the sender wrote from before, against one far from there
_NEAR_M: Final = 10_000.0  # half of it is left so far off
_DECIDES: Final = 2.0  # odds from which on it is told as a reason
REASON: Final = Reason.of(ReasonCode.EARLIER_REPORT)


def lean(posterior: Posterior, earlier: Sequence[Point]) -> Posterior:
    """The posterior of somebody whose `earlier` reports lie at these (latitude, longitude) in degrees."""
    if not earlier:
        return posterior
    probability = posterior.probability * get_odds(posterior.lat, posterior.lon, earlier)
    return replace(posterior, probability=probability / probability.sum())


def get_odds(lat: Array, lon: Array, earlier: Sequence[Point]) -> Array:
    """How many times likelier each point is by where the sender wrote from, from 1 to 3."""
    points = np.array(earlier, dtype=np.float64)
    away_m2 = squares_m2(stand(lat, lon), stand(points[:, 0], points[:, 1])).min(axis=1)
    odds: Array = 1 + (_ODDS - 1) / (1 + away_m2 / (_NEAR_M * _NEAR_M))
    return odds


def is_near(lat: float, lon: float, earlier: Sequence[Point]) -> bool:
    """Whether a point lies where the sender wrote from before."""
    return bool(earlier) and float(get_odds(np.array([lat]), np.array([lon]), earlier)[0]) >= _DECIDES
