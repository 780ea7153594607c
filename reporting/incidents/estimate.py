"""Estimates place and time of an incident from its reports, each weighted by its certainty.

Places are weighted by 1/radius^2, and outliers far outside of their own radius lose weight (an M-estimate with the loss
of Geman and McClure 1985, by reweighted least squares from the best of all starting points). A report that is wrong by
kilometres therefore moves nothing, however certain it claims to be, as soon as two others agree.

Reports on exactly the same point count once: fifty people who name one town share one error, and their errors do not
cancel out. Times are treated as places on a line, and the result is never more precise than the most precise report,
because many who say "this morning" mean the same morning.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHARPEST_M: Final = 10.0  # smallest radius that is believed
SHARPEST_S: Final = 60.0
_METRES_PER_DEGREE: Final = 111_195.0
_DOUBT_FROM: Final = 3.0  # distance in own radii from which a place loses weight
_STEPS: Final = 25
_SAME: Final = 5  # decimals of a degree: about a metre
_SAME_COST: Final = 9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees (WGS 84) that is known to within `radius_m`."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class EstimatedTime:
    """A time that is known to within `precision_s`; with None it is the time of the report: no text states one."""

    at: datetime
    precision_s: float | None


def estimate_place(places: Sequence[Place]) -> Place | None:
    """Estimate the place that agrees with most reports; None without any.

    Its radius is that of the weighted mean, and at least so large that half of the places lie within it and their own
    radius: two precise places that contradict each other give a wide one.
    """
    told: dict[tuple[float, float], Place] = {}
    for place in sorted(places, key=lambda each: (each.radius_m, each.lat, each.lon)):
        told.setdefault((round(place.lat, _SAME), round(place.lon, _SAME)), place)
    distinct = list(told.values())
    if len(distinct) < 2:
        return distinct[0] if distinct else None
    first = distinct[0]
    east_m = _METRES_PER_DEGREE * max(0.01, math.cos(math.radians(first.lat)))
    points = np.array(
        [((_turn(each.lon - first.lon)) * east_m, (each.lat - first.lat) * _METRES_PER_DEGREE) for each in distinct]
    )
    spreads = np.array([max(SHARPEST_M, each.radius_m) for each in distinct])
    at, weights, outside_m = _settle(points, spreads)
    radius_m = max(float(1 / np.sqrt(weights.sum())), outside_m)
    lat = first.lat + float(at[1]) / _METRES_PER_DEGREE
    return Place(round(lat, 7), round(_turn(first.lon + float(at[0]) / east_m), 7), round(radius_m, 1))


def estimate_time(moments: Sequence[EstimatedTime]) -> EstimatedTime | None:
    """Estimate the time from reports that state one, else from the first report; None without any."""
    told = {each.at: each for each in sorted(moments, key=_by_precision, reverse=True) if each.precision_s is not None}
    if not told:
        return min(moments, key=lambda each: each.at, default=None)
    distinct = sorted(told.values(), key=lambda each: each.at)
    start = distinct[0].at
    points = np.array([((each.at - start).total_seconds(),) for each in distinct])
    spreads = np.array([max(SHARPEST_S, each.precision_s or 0.0) for each in distinct])
    at, weights, outside_s = _settle(points, spreads)
    heaviest_s = float(spreads[np.argmax(weights)])
    return EstimatedTime(start + timedelta(seconds=round(at[0])), round(max(heaviest_s, outside_s)))


def _by_precision(moment: EstimatedTime) -> tuple[float, datetime]:
    return (moment.precision_s or 0.0, moment.at)


def _turn(degrees: float) -> float:
    """Wrap a longitude to between -180 and 180 degrees."""
    return (degrees + 180.0) % 360.0 - 180.0


def _settle(points: Floats, spreads: Floats) -> tuple[Floats, Floats, float]:
    """Find the point that agrees with most points; also the weight of each, and the median distance outside of spread.

    `points` has one row a point, in the unit of `spreads`. Half of the points lie at most the returned distance outside
    of their own spread.
    """
    apart = np.linalg.norm(points[:, None, :] - points[None, :, :], axis=2) / spreads[None, :]
    cost = (apart**2 / (apart**2 + _DOUBT_FROM**2)).sum(axis=1)
    at = points[np.lexsort((spreads, cost.round(_SAME_COST)))[0]]
    weights = _weigh(at, points, spreads)
    for _ in range(_STEPS):
        at = (points * weights[:, None]).sum(axis=0) / weights.sum()
        weights = _weigh(at, points, spreads)
    outside = np.sort(np.maximum(0.0, np.linalg.norm(points - at, axis=1) - spreads))
    return at, weights, float(outside[len(outside) // 2])


def _weigh(at: Floats, points: Floats, spreads: Floats) -> Floats:
    apart = np.linalg.norm(points - at, axis=1) / spreads
    weights: Floats = 1 / spreads**2 / (1 + (apart / _DOUBT_FROM) ** 2) ** 2
    return weights
