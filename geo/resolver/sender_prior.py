"""The sender prior: among places a text may mean, one near the sender's earlier reports is likelier.

People mostly write about where they live. But they move, and they report about others. So such a place is at most three
times as likely: this decides between two towns of one name, and never against what the text says.
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

_ODDS: Final = 3.0  # odds of a place where the sender reported from before, against one far away
_NEAR_M: Final = 10_000.0  # distance at which half of the extra odds remains
_DECIDES: Final = 2.0  # odds from which the prior is listed as a reason
REASON: Final = Reason.of(ReasonCode.EARLIER_REPORT)


def lean(posterior: Posterior, earlier: Sequence[Point]) -> Posterior:
    """Apply the sender prior to a posterior; `earlier` reports are (latitude, longitude) in degrees."""
    if not earlier:
        return posterior
    probability = posterior.probability * get_odds(posterior.lat, posterior.lon, earlier)
    return replace(posterior, probability=probability / probability.sum())


def get_odds(lat: Array, lon: Array, earlier: Sequence[Point]) -> Array:
    """Compute how many times likelier each point is because of the sender's earlier reports, from 1 to 3."""
    points = np.array(earlier, dtype=np.float64)
    away_m2 = squares_m2(stand(lat, lon), stand(points[:, 0], points[:, 1])).min(axis=1)
    odds: Array = 1 + (_ODDS - 1) / (1 + away_m2 / (_NEAR_M * _NEAR_M))
    return odds


def is_near(lat: float, lon: float, earlier: Sequence[Point]) -> bool:
    """Tell whether a point lies near an earlier report of the sender."""
    return bool(earlier) and float(get_odds(np.array([lat]), np.array([lon]), earlier)[0]) >= _DECIDES
