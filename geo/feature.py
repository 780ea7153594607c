"""Named lines and polygons become places: a point on them and a radius that says how far they reach."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from shapely import MultiPoint, Point, get_coordinates
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from geo.distance import distance_m
from geo.value import PlaceRow

Named = tuple[str, dict[str, Any], BaseGeometry]
# Pieces of one road follow each other; two roads of one name in two towns do not.
_NEAR_DEGREES = 0.01


def merge_named_features(
    named: Iterable[Named], id_fields: tuple[str, ...], kind_fields: tuple[str, ...]
) -> Iterator[PlaceRow]:
    """One place for every name and group of near features. Points are never merged with each other."""
    by_name: dict[str, list[Named]] = defaultdict(list)
    for item in named:
        by_name[item[0].casefold()].append(item)
    for items in by_name.values():
        for group in _group_near(items):
            yield _place_of(group, id_fields, kind_fields)


def _group_near(items: list[Named]) -> list[list[Named]]:
    groups: list[list[Named]] = [[item] for item in items if item[2].geom_type == "Point"]
    shapes = [item for item in items if item[2].geom_type != "Point"]
    while shapes:
        group = [shapes.pop()]
        grown = True
        while grown:
            near = [s for s in shapes if any(s[2].dwithin(member[2], _NEAR_DEGREES) for member in group)]
            shapes = [s for s in shapes if not any(s is found for found in near)]
            group.extend(near)
            grown = bool(near)
        groups.append(group)
    return groups


def _place_of(group: list[Named], id_fields: tuple[str, ...], kind_fields: tuple[str, ...]) -> PlaceRow:
    name, properties, _ = group[0]
    whole = unary_union([geometry for _, _, geometry in group])
    point = _point_on(whole)
    own_id = next((str(properties[f]) for f in id_fields if properties.get(f)), "") if len(group) == 1 else ""
    digest = hashlib.sha256(f"{name}\x1f{point.y:.4f}\x1f{point.x:.4f}".encode()).hexdigest()[:20]
    kind = "road" if properties.get("highway") else _first(properties, kind_fields) or "place"
    names = tuple(str(v) for k, v in properties.items() if k.startswith(("name:", "alt_name", "old_name")) and v)
    return PlaceRow(own_id or digest, name, point.y, point.x, names, kind, None, _reach_m(whole, point))


def _first(properties: dict[str, Any], fields: tuple[str, ...]) -> str:
    return next((str(properties[f]).casefold() for f in fields if properties.get(f)), "")


def _point_on(geometry: BaseGeometry) -> Point:
    if geometry.geom_type == "Point":
        return Point(geometry)
    if geometry.area > 0:
        return geometry.representative_point()
    points = MultiPoint(get_coordinates(geometry))
    centre = geometry.centroid
    return min(points.geoms, key=lambda point: point.distance(centre))


def _reach_m(geometry: BaseGeometry, point: Point) -> float | None:
    """The distance that holds about 80 of 100 of its corners; None for a point, whose size nobody knows."""
    if geometry.geom_type == "Point":
        return None
    reaches = sorted(distance_m(point.y, point.x, y, x) for x, y in get_coordinates(geometry))
    return max(100.0, round(reaches[int(len(reaches) * 0.8) - 1 if len(reaches) > 1 else 0], 1))
