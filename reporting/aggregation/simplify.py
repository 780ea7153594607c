"""Simplifies boundaries for phones: a country's areas in 100 to 200 kilobytes, with borders that still meet.

Neighbours are simplified together (Visvalingam-Whyatt on shared edges); one area at a time would leave gaps and
overlaps. PostGIS offers this only from 3.4 on, so GEOS is used, which is on every machine.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

VERTEX_BUDGET: Final = 9_000  # a vertex takes about 17 bytes of GeoJSON: 150 KB
DIGITS: Final = 4  # decimals of a degree: 11 m
_FIRST_TOLERANCE_DEG: Final = 0.0005  # about 50 m
_MOST_ROUNDS: Final = 12


def simplify_areas(shapes: Sequence[BaseGeometry], vertex_budget: int = VERTEX_BUDGET) -> list[MultiPolygon]:
    """Simplify areas to about `vertex_budget` vertices in total, in their order; no area is dropped.

    Exterior rings run counterclockwise (RFC 7946). Coordinates are rounded to `DIGITS` decimals of a degree.
    """
    originals = np.array(list(shapes), dtype=object)
    if not len(originals):
        return []
    light, tolerance_deg = originals, _FIRST_TOLERANCE_DEG
    for _ in range(_MOST_ROUNDS):
        if shapely.get_num_coordinates(light).sum() <= vertex_budget:
            break
        light = shapely.coverage_simplify(originals, tolerance_deg)
        tolerance_deg *= 2
    return [_tidy(new, old) for new, old in zip(light, originals, strict=True)]


def _tidy(shape: BaseGeometry, original: BaseGeometry) -> MultiPolygon:
    """Round an area and repair it; an area so small that rounding removes it keeps its original shape."""
    rounded = shapely.transform(shape, lambda points: np.round(points, DIGITS))
    polygons = list_polygons(rounded if shapely.is_valid(rounded) else shapely.make_valid(rounded))
    if not polygons:
        polygons = list_polygons(original)
    return MultiPolygon([shapely.geometry.polygon.orient(polygon, 1.0) for polygon in polygons])


def list_polygons(shape: BaseGeometry) -> list[Polygon]:
    """List the polygons of a geometry with a surface; drop lines and points that a repair leaves."""
    parts: Iterable[BaseGeometry] = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in parts if isinstance(part, Polygon) and part.area > 0]
