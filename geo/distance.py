"""Distances on the globe, in metres, for single points and for numpy arrays."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180

Floats = NDArray[np.floating[Any]]


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def distances_m(lat: float | Floats, lon: float | Floats, lats: Floats, lons: Floats) -> Floats:
    """Distances in metres from one point to many, or between arrays that broadcast;
    good to a few per mille below some hundred kilometres.

    Ranking needs thousands of these for every text, so it uses the flat approximation with the longitude taken the
    short way round the globe.
    """
    east = (lons - lon + 180) % 360 - 180
    north = (lats - lat) * METRES_PER_DEGREE
    metres: Floats = np.hypot(north, east * METRES_PER_DEGREE * np.cos(np.radians((lats + lat) / 2)))
    return metres


def stand(lat: Floats, lon: Floats) -> Floats:
    """Points (rows) as what stands on the globe there: three coordinates each, of length 1."""
    phi, theta = np.radians(lat), np.radians(lon)
    level = np.cos(phi)
    return np.array((level * np.cos(theta), level * np.sin(theta), np.sin(phi))).T


def squares_m2(points: Floats, others: Floats) -> Floats:
    """Squared distances in square metres from each of some points (rows) to each of others (columns), both as `stand`
    gives them: straight through the globe, which is too short by less than 4 per mille up to 2,000 km, and good to a
    metre. Most of what is done with distances needs their squares, and there are thousands for every text."""
    squares: Floats = points @ others.T
    squares -= 1.0
    squares *= -2.0 * EARTH_RADIUS_M * EARTH_RADIUS_M
    return np.maximum(squares, 0.0, out=squares)


def pick_apart(order: NDArray[np.intp], apart_m2: Floats, least_m: float, most: int) -> list[int]:
    """The first `most` numbers of an order without those that lie no more than so far from one picked before;
    `apart_m2`: squared distances from each to each."""
    is_apart = apart_m2 > least_m * least_m
    is_open = np.ones(len(is_apart), dtype=bool)
    picked: list[int] = []
    for number in order.tolist():
        if is_open[number]:
            picked.append(number)
            if len(picked) == most:
                break
            is_open &= is_apart[number]
    return picked
