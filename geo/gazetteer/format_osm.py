"""Named things of OpenStreetMap extracts as they are downloaded (.osm.pbf, .osm, .osm.bz2, .osm.gz)."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import osmium
from osmium import osm
from osmium.filter import IdFilter, KeyFilter
from shapely import LineString, Point, Polygon

from geo.errors import SourceError
from geo.gazetteer.antimeridian import wrap
from geo.gazetteer.feature_to_place import Feature, other_names, places_of, reach_of_box
from geo.gazetteer.open_file import describe
from geo.gazetteer.parse_row import make_row
from geo.gazetteer.place_types import kind_of_tags
from geo.types import PlaceRow, Refusal

SCHEME: Final = "osm"
SUFFIXES: Final = (".pbf", ".osm", ".osm.bz2", ".osm.gz", ".osm.xml")
# Where the points of a file are kept while its lines are read: in memory for a town, on disk for a country.
_IN_MEMORY_BYTES: Final = 64_000_000


@dataclass(slots=True)
class _Relation:
    """A named relation: what it is, what it is made of, and how far its members reach."""

    id: int
    tags: dict[str, str]
    kind: str
    ways: list[int]
    label: int | None  # the node that the mappers took for its middle
    middle: tuple[float, float] | None = None
    box: list[float] = field(default_factory=list)  # south, west, north, east

    def reach(self, lat: float, lon: float) -> None:
        """Make room for a point. Longitudes count on over the 180th meridian, from the first."""
        if not self.box:
            self.box = [lat, lon, lat, lon]
        south, west, north, east = self.box
        lon += 360 * round((west - lon) / 360)
        self.box = [min(south, lat), min(west, lon), max(north, lat), max(east, lon)]


def read_osm(path: Path) -> Iterator[PlaceRow | Refusal]:
    """Named places, streets, and what people gather at, with their names in all languages: nodes as they are, ways
    by a point on them, relations by their label or the middle of their members, both with how far they reach.

    Raises SourceError for a file that cannot be read.
    """
    if not path.is_file():
        raise SourceError(path, "no such file or directory")
    with tempfile.TemporaryDirectory() as folder:
        storage = "flex_mem"
        if path.stat().st_size > _IN_MEMORY_BYTES:
            storage = f"sparse_file_array,{folder}/locations"
        try:
            relations = _find_relations(path)
            _measure(path, relations, storage)
            yield from places_of(_iterate_features(path, storage), scheme=SCHEME)
        except (RuntimeError, OSError) as error:
            raise SourceError(path, f"cannot be read: {describe(error)}") from error
    for relation in relations:
        row = _place_of(relation)
        if row is not None:
            yield row


def _iterate_features(path: Path, storage: str) -> Iterator[Feature]:
    named = osmium.FileProcessor(path, osm.NODE | osm.WAY).with_locations(storage).with_filter(KeyFilter("name"))
    for number, thing in enumerate(named, 1):
        tags = _tags(thing)
        kind = kind_of_tags(tags)
        if kind is not None:
            yield Feature(number, tags | {"@id": f"{thing.type_str()}{thing.id}"}, _shape_of(thing, kind))


def _shape_of(thing: Any, kind: str) -> Point | LineString | Polygon | None:
    if thing.is_node():
        return Point(thing.location.lon, thing.location.lat) if thing.location.valid() else None
    # At the edge of an extract some of a way's nodes may be outside.
    corners = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
    if len(corners) < 2:
        return Point(corners[0]) if corners else None
    return Polygon(corners) if kind != "road" and len(corners) > 3 and thing.is_closed() else LineString(corners)


def _find_relations(path: Path) -> list[_Relation]:
    """The named relations; their members come in a file before them, so that they take a pass of their own."""
    found = []
    things: Iterable[Any] = osmium.FileProcessor(path, osm.RELATION).with_filter(KeyFilter("name"))
    for thing in things:
        tags = _tags(thing)
        kind = kind_of_tags(tags)
        if kind is not None:
            ways = [member.ref for member in thing.members if member.type == "w"]
            nodes = [member for member in thing.members if member.type == "n"]
            label = next((node.ref for role in ("label", "admin_centre") for node in nodes if node.role == role), None)
            found.append(_Relation(thing.id, tags, kind, ways, label))
    return found


def _measure(path: Path, relations: list[_Relation], storage: str) -> None:
    by_way: dict[int, list[_Relation]] = {}
    by_node: dict[int, list[_Relation]] = {}
    for relation in relations:
        for way in relation.ways:
            by_way.setdefault(way, []).append(relation)
        if relation.label is not None:
            by_node.setdefault(relation.label, []).append(relation)
    if not relations:
        return
    for thing in _list_members(path, storage, by_way, by_node):
        if thing.is_node():
            for relation in by_node.get(thing.id, ()):
                relation.middle = thing.location.lat, thing.location.lon
            continue
        corners = [(node.lat, node.lon) for node in thing.nodes if node.location.valid()]
        for relation in by_way.get(thing.id, ()):
            for lat, lon in corners:
                relation.reach(lat, lon)


def _list_members(path: Path, storage: str, ways: Iterable[int], nodes: Iterable[int]) -> Iterator[Any]:
    members = osmium.FileProcessor(path, osm.NODE | osm.WAY).with_locations(storage)
    for ids, entity in ((ways, osm.WAY), (nodes, osm.NODE)):
        chosen = IdFilter(ids)
        chosen.enable_for(entity)
        members.with_filter(chosen)
    return iter(members)


def _place_of(relation: _Relation) -> PlaceRow | Refusal | None:
    if not relation.box and relation.middle is None:
        return None  # its members are not in this extract
    box = relation.box or [*(relation.middle or ()), *(relation.middle or ())]
    lat, lon = relation.middle or ((box[0] + box[2]) / 2, wrap((box[1] + box[3]) / 2))
    tags = relation.tags
    row = make_row(
        relation.id, f"r{relation.id}", tags["name"], str(lat), str(lon), other_names(tags), relation.kind,
        tags.get("population", ""), SCHEME,
    )  # fmt: skip
    if isinstance(row, Refusal) or not relation.box:
        return row
    return replace(row, radius_m=reach_of_box(box[0], box[1], box[2], box[3]))


def _tags(thing: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in thing.tags}
