"""Polygons across the 180th meridian: whichever way a file writes them, cut in two at it, as RFC 7946 asks (3.1.9)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, box, make_valid
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

Ring = NDArray[np.float64]


def cut_at_antimeridian(polygon: Polygon) -> list[Polygon]:
    """The polygon in pieces that all lie between -180 and 180 degrees; itself where it does already.

    Some files count on behind the meridian (179, 181), some jump (179, -179); an edge longer than half the globe is
    such a jump. A ring around a pole closes only on the globe and is left as it is.
    """
    shell = _unwrap(np.asarray(polygon.exterior.coords)[:, :2])
    holes = [_unwrap(np.asarray(ring.coords)[:, :2]) for ring in polygon.interiors]
    if shell is None or any(hole is None for hole in holes):
        return [polygon]
    west, east = float(shell[:, 0].min()), float(shell[:, 0].max())
    if west >= -180 and east <= 180:
        return [polygon]
    middles = [_beside(hole, west, east) for hole in holes if hole is not None]
    whole: BaseGeometry = Polygon(shell, middles)
    whole = whole if whole.is_valid else make_valid(whole)
    pieces: list[Polygon] = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east - 180) / 360)) + 1):
        window = whole.intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90))
        pieces.extend(polygons_of(translate(window, -360 * turn)))
    return pieces


def polygons_of(geometry: BaseGeometry) -> Iterator[Polygon]:
    """The polygons in any geometry, however deep; points and lines are left out."""
    if isinstance(geometry, Polygon):
        if not geometry.is_empty:
            yield geometry
        return
    for piece in getattr(geometry, "geoms", ()):
        yield from polygons_of(piece)


def _unwrap(ring: Ring) -> Ring | None:
    """The ring counted on where it jumps; None for one that does not close that way, around a pole."""
    steps: NDArray[Any] = np.diff(ring[:, 0])
    jumps = np.where(np.abs(steps) > 180, -np.sign(steps), 0.0)
    if not jumps.any():
        return ring
    if jumps.sum():
        return None
    turned = ring.copy()
    turned[1:, 0] += 360 * np.cumsum(jumps)
    return turned


def _beside(hole: Ring, west: float, east: float) -> Ring:
    """A hole on the same count as its shell."""
    moved = hole.copy()
    while moved[:, 0].max() > east + 1e-9 and moved[:, 0].min() - 360 >= west - 1e-9:
        moved[:, 0] -= 360
    while moved[:, 0].min() < west - 1e-9 and moved[:, 0].max() + 360 <= east + 1e-9:
        moved[:, 0] += 360
    return moved
