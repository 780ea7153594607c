"""Geometries across the antimeridian: cut in two at it, however a file writes them, as RFC 7946 asks (3.1.9)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import GeometryCollection, LineString, Point, Polygon, box, make_valid
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

Ring = NDArray[np.float64]


def cut_at_antimeridian(polygon: Polygon) -> list[Polygon]:
    """Cut a polygon into pieces that all lie between -180 and 180 degrees; one that does already is returned as it is.

    Some files continue beyond the antimeridian (179, 181), some jump (179, -179); an edge longer than half the globe is
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
    return [piece for window in _turn(whole) for piece in polygons_of(window)]


def put_on_globe(geometry: BaseGeometry) -> BaseGeometry:
    """Bring a geometry between -180 and 180 degrees: polygons and lines are cut at the antimeridian, points wrapped.

    A geometry that lies there already is returned as it is, and so is one that cannot be cut, a line without a length.
    """
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180 and east - west <= 180:
        return geometry
    parts = [piece for part in _parts_of(geometry) for piece in _put_part(part)]
    if not parts:
        return geometry
    return parts[0] if len(parts) == 1 else GeometryCollection(parts)


def wrap(lon: float) -> float:
    """Wrap a longitude to between -180 and 180 degrees."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def polygons_of(geometry: BaseGeometry) -> Iterator[Polygon]:
    """Iterate over the polygons in any geometry, however nested; points and lines are left out."""
    if isinstance(geometry, Polygon):
        if not geometry.is_empty:
            yield geometry
        return
    for piece in getattr(geometry, "geoms", ()):
        yield from polygons_of(piece)


def _parts_of(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    members = getattr(geometry, "geoms", None)
    if members is None:
        yield geometry
        return
    for member in members:
        yield from _parts_of(member)


def _put_part(part: BaseGeometry) -> list[BaseGeometry]:
    if isinstance(part, Polygon):
        return list(cut_at_antimeridian(part))
    if isinstance(part, Point):
        return [Point(wrap(part.x), part.y)]
    line = np.asarray(part.coords)[:, :2].copy()
    line[1:, 0] += 360 * np.cumsum(_count_jumps(line))
    return [piece for window in _turn(LineString(line)) for piece in _parts_of(window) if piece.length > 0]


def _turn(whole: BaseGeometry) -> Iterator[BaseGeometry]:
    """Split an unwrapped geometry by turns around the globe and bring each part back to the first turn."""
    west, _, east, _ = whole.bounds
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east - 180) / 360)) + 1):
        window = whole.intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90))
        yield translate(window, -360 * turn)


def _unwrap(ring: Ring) -> Ring | None:
    """Make the longitudes of a ring continuous across its jumps.

    None for a ring around a pole, which does not close so.
    """
    jumps = _count_jumps(ring)
    if not jumps.any():
        return ring
    if jumps.sum():
        return None
    turned = ring.copy()
    turned[1:, 0] += 360 * np.cumsum(jumps)
    return turned


def _count_jumps(line: Ring) -> Ring:
    """Compute for each edge the turn to add behind it: 1 where it jumps to the west, -1 to the east, else 0."""
    steps: NDArray[Any] = np.diff(line[:, 0])
    return np.where(np.abs(steps) > 180, -np.sign(steps), 0.0)


def _beside(hole: Ring, west: float, east: float) -> Ring:
    """Shift a hole by whole turns so that it lies within its shell."""
    moved = hole.copy()
    while moved[:, 0].max() > east + 1e-9 and moved[:, 0].min() - 360 >= west - 1e-9:
        moved[:, 0] -= 360
    while moved[:, 0].min() < west - 1e-9 and moved[:, 0].max() + 360 <= east + 1e-9:
        moved[:, 0] += 360
    return moved
