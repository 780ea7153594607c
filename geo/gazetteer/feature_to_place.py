"""Turns named features into places: a point on the feature, and a radius that covers most of it."""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely import MultiPoint, Point, get_coordinates
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, unary_union

from geo.distance import distance_m, distances_m
from geo.gazetteer.antimeridian import put_on_globe
from geo.gazetteer.parse_row import find_text_fault, make_row, stable_id
from geo.gazetteer.place_types import kind_of_tags, kind_of_words
from geo.types import PlaceRow, Refusal

# Segments of one road are this near to each other; two roads of one name in two towns are not.
_NEAR_DEGREES: Final = 0.01
_FURTHEST: Final = (540.0, 90.000001)  # degrees; some files continue beyond the antimeridian
_STEPS: Final = 20  # pieces into which a line is cut to measure its extent
_ID_FIELDS: Final = ("@id", "osm_id", "id", "full_id", "geonameid", "source_id", "uuid", "facility_id", "globalid")
_KIND_FIELDS: Final = (
    "kind", "feature_code", "fcode", "facility_type", "fac_type", "school_type", "healthcare", "amenity", "place",
    "highway", "fclass", "type", "category",
)  # fmt: skip
_NAME_FIELDS: Final = ("name", "NAME", "Name", "name_en", "facility_name", "school_name", "nom", "NOM", "nombre")
_OTHER_NAMES: Final = re.compile(r"^(?:name[:_][\w-]+|(?:alt|old|loc|int|official|short|reg|nat)_name(?:[:_][\w-]+)?)$")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of any source; `geometry` is None where it cannot be used."""

    line: int
    properties: Mapping[str, Any]
    geometry: BaseGeometry | None


def places_of(
    features: Iterable[Feature], name_field: str | None = None, kind: str | None = None, scheme: str = ""
) -> Iterator[PlaceRow | Refusal]:
    """Iterate over the places of named features.

    Segments of one road, of one name and near each other, become one place.

    Points are yielded as they come. Lines and polygons wait in a temporary file until all were read, so that memory
    stays small.
    """
    with _Shelf() as shelf:
        for feature in features:
            name = _first(feature.properties, (name_field,) if name_field else _NAME_FIELDS)
            reason = (find_text_fault(name) or find_shape_fault(feature.geometry)) if name else "no name"
            if reason is not None or feature.geometry is None:
                yield Refusal(feature.line, reason or "no usable geometry")
            elif feature.geometry.geom_type == "Point":
                yield _place_of(name, [feature], kind, scheme)
            else:
                shelf.add(name, feature)
        for name, pieces in shelf.iterate():
            for group in _group_near(pieces):
                yield _place_of(name, group, kind, scheme)


def other_names(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """List all names beside the first: in other languages, old, local, official. Semicolons separate several names."""
    found = (str(value) for key, value in properties.items() if value and _OTHER_NAMES.match(key))
    return tuple(dict.fromkeys(name.strip() for value in found for name in value.split(";") if name.strip()))


def reach_m(geometry: BaseGeometry, point: Point) -> float | None:
    """Compute the radius in metres around a point that contains about 80 of 100 of a geometry's corners.

    For a line it is 80 of 100 of its length. None for a point, whose size is unknown.
    """
    if geometry.geom_type == "Point":
        return None
    is_line = "LineString" in geometry.geom_type and geometry.length > 0
    corners = get_coordinates(shapely.segmentize(geometry, geometry.length / _STEPS) if is_line else geometry)
    reaches = np.sort(distances_m(point.y, point.x, corners[:, 1], corners[:, 0]))
    return max(100.0, round(float(reaches[int(len(reaches) * 0.8) - 1 if len(reaches) > 1 else 0]), 1))


def point_on(geometry: BaseGeometry) -> Point:
    """Find a point on the geometry itself, near its middle."""
    if geometry.geom_type == "Point":
        return Point(geometry)
    if geometry.area > 0:
        return geometry.representative_point()
    return nearest_points(geometry, geometry.centroid)[0]


def find_shape_fault(geometry: BaseGeometry | None) -> str | None:
    """Find why a geometry cannot be used for anything; None where it can."""
    if geometry is None or geometry.is_empty:
        return "no usable geometry"
    # Checked by corner, since the bounds of a geometry ignore NaN.
    corners = get_coordinates(geometry)
    if not np.isfinite(corners).all() or (np.abs(corners) > _FURTHEST).any():
        return "coordinates that are no degrees of longitude and latitude"
    return None


def _place_of(name: str, group: list[Feature], forced: str | None, scheme: str) -> PlaceRow | Refusal:
    properties = group[0].properties
    shapes = [feature.geometry for feature in group if feature.geometry is not None]
    try:
        whole = _unite([put_on_globe(shape) for shape in shapes])
        if whole.is_empty:  # a polygon without an area: its corners still give a location
            whole = MultiPoint(np.concatenate([get_coordinates(shape) for shape in shapes]))
        point = point_on(whole)
    except GEOSException:
        return Refusal(group[0].line, "a shape that cannot be understood")
    ids = sorted(found for feature in group if (found := _first(feature.properties, _ID_FIELDS)))
    key = ids[0] if len(ids) == len(group) else stable_id(name, round(point.y, 4), round(point.x, 4))
    tags = {str(k): str(v) for k, v in properties.items() if v not in (None, "")}
    kind = forced or kind_of_tags(tags) or kind_of_words(_first(properties, _KIND_FIELDS))
    names = tuple(dict.fromkeys(other for feature in group for other in other_names(feature.properties)))
    people = _first(properties, ("population", "pop"))
    row = make_row(group[0].line, key, name, str(point.y), str(point.x), names, kind, people, scheme)
    return row if isinstance(row, Refusal) else replace(row, radius_m=reach_m(whole, point))


def _unite(shapes: list[BaseGeometry]) -> BaseGeometry:
    try:
        return unary_union(shapes) if len(shapes) > 1 else shapes[0]
    except GEOSException:  # an invalid ring among them
        return unary_union([shapely.make_valid(each) for each in shapes])


def _first(properties: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    return next((" ".join(str(properties[f]).split()) for f in fields if properties.get(f) not in (None, "")), "")


def _group_near(pieces: list[Feature]) -> list[list[Feature]]:
    """Group segments that lie near each other, each within the distance of at least one other of its group."""
    if len(pieces) == 1:
        return [pieces]
    shapes = np.array([piece.geometry for piece in pieces])
    leader = np.arange(len(pieces))

    def find(member: int) -> int:
        while leader[member] != member:
            leader[member] = leader[leader[member]]
            member = int(leader[member])
        return member

    for one, other in shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_NEAR_DEGREES).T:
        low, high = sorted((find(int(one)), find(int(other))))
        leader[high] = low
    groups: dict[int, list[Feature]] = {}
    for number, piece in enumerate(pieces):
        groups.setdefault(find(number), []).append(piece)
    return list(groups.values())


class _Shelf:
    """A temporary store on disk for lines and polygons, read back grouped by name."""

    def __enter__(self) -> "_Shelf":
        self._folder = tempfile.TemporaryDirectory()
        self._file = sqlite3.connect(Path(self._folder.name) / "shelf")
        self._file.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;")
        self._file.execute("CREATE TABLE piece (folded TEXT, name TEXT, line INTEGER, properties TEXT, shape BLOB)")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._folder.cleanup()

    def add(self, name: str, feature: Feature) -> None:
        """Store one feature, with its non-empty properties only."""
        packed = json.dumps({k: v for k, v in feature.properties.items() if v not in (None, "")}, default=str)
        row = (name.casefold(), name, feature.line, packed, shapely.to_wkb(feature.geometry))
        self._file.execute("INSERT INTO piece VALUES (?, ?, ?, ?, ?)", row)

    def iterate(self) -> Iterator[tuple[str, list[Feature]]]:
        """Iterate over the names with the features stored under each."""
        rows = self._file.execute("SELECT folded, name, line, properties, shape FROM piece ORDER BY folded, line")
        for _, same in groupby(rows, key=lambda row: row[0]):
            pieces = list(same)
            yield (
                pieces[0][1],
                [Feature(line, json.loads(held), shapely.from_wkb(wkb)) for _, _, line, held, wkb in pieces],
            )


def reach_of_box(south: float, west: float, north: float, east: float) -> float:
    """Compute the radius in metres of a bounding box: four fifths of the way from its middle to a corner."""
    middle = (south + north) / 2, (west + east) / 2
    return max(100.0, round(0.8 * distance_m(*middle, north, east), 1))
