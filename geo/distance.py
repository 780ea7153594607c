"""Distances on the globe, in metres, for single points and for numpy arrays."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180

Floats = NDArray[np.floating[Any]]


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Compute the great-circle distance of two points in metres (haversine formula); arguments in degrees."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def distances_m(lat: float | Floats, lon: float | Floats, lats: Floats, lons: Floats) -> Floats:
    """Compute distances in metres from one point to many, or between arrays that broadcast; arguments in degrees.

    Ranking needs thousands of distances for every text, so this is the flat (equirectangular) approximation, with the
    longitude taken the short way round the globe. The error is a few per mille below some hundred kilometres.
    """
    east = (lons - lon + 180) % 360 - 180
    north = (lats - lat) * METRES_PER_DEGREE
    metres: Floats = np.hypot(north, east * METRES_PER_DEGREE * np.cos(np.radians((lats + lat) / 2)))
    return metres


def stand(lat: Floats, lon: Floats) -> Floats:
    """Convert points in degrees to unit vectors: an array of shape (points, 3) with rows x, y, z of length 1."""
    phi, theta = np.radians(lat), np.radians(lon)
    level = np.cos(phi)
    return np.array((level * np.cos(theta), level * np.sin(theta), np.sin(phi))).T


def squares_m2(points: Floats, others: Floats) -> Floats:
    """Compute squared distances in square metres between all pairs of two sets of unit vectors from `stand`.

    Shapes: (n, 3) and (m, 3) give (n, m). The distance is the chord straight through the globe: too short by less than
    4 per mille up to 2,000 km, and good to a metre. Ranking needs thousands of them for every text, and mostly their
    squares, so no root is taken.
    """
    squares: Floats = points @ others.T
    squares -= 1.0
    squares *= -2.0 * EARTH_RADIUS_M * EARTH_RADIUS_M
    return np.maximum(squares, 0.0, out=squares)


def pick_apart(order: NDArray[np.intp], apart_m2: Floats, least_m: float, most: int) -> list[int]:
    """Select up to `most` numbers from an order so that all lie more than `least_m` metres apart.

    A number is left out when one that was picked before it is nearer. `apart_m2`: squared distances from each to each,
    in square metres.
    """
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
