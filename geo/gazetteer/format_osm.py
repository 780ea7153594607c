"""Reads named features of OpenStreetMap: extracts (.osm.pbf, .osm, .osm.bz2, .osm.gz) and the JSON of Overpass."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import osmium
from osmium import osm
from osmium.filter import IdFilter, KeyFilter
from shapely import LineString, Point, Polygon, box

from geo.errors import SourceError
from geo.gazetteer.antimeridian import wrap
from geo.gazetteer.feature_to_place import Feature, other_names, places_of, reach_of_box
from geo.gazetteer.format_geojson import read_documents
from geo.gazetteer.open_file import describe, open_text
from geo.gazetteer.parse_row import make_row
from geo.gazetteer.place_types import kind_of_tags
from geo.types import PlaceRow, Refusal

SCHEME: Final = "osm"
SUFFIXES: Final = (".pbf", ".osm", ".osm.bz2", ".osm.gz", ".osm.xml")
# Size up to which the node locations of a file are held in memory; those of a larger one are on disk.
_IN_MEMORY_BYTES: Final = 64_000_000
_OVERPASS: Final = re.compile(r'"(elements|features)"\s*:\s*\[')
_HEAD: Final = 1 << 16  # characters of a file in which its list begins
_Degrees = tuple[float, float]  # longitude and latitude


@dataclass(slots=True)
class _Relation:
    """A named relation: its kind, its members, and the extent of these."""

    id: int
    tags: dict[str, str]
    kind: str
    ways: list[int]
    label: int | None  # the node that mappers set as its middle (role label or admin_centre)
    middle: tuple[float, float] | None = None
    box: list[float] = field(default_factory=list)  # south, west, north, east

    def reach(self, lat: float, lon: float) -> None:
        """Extend the bounding box to a point.

        Longitudes continue across the antimeridian, counted from the first point.
        """
        if not self.box:
            self.box = [lat, lon, lat, lon]
        south, west, north, east = self.box
        lon += 360 * round((west - lon) / 360)
        self.box = [min(south, lat), min(west, lon), max(north, lat), max(east, lon)]


def read_osm(path: Path) -> Iterator[PlaceRow | Refusal]:
    """Read named places, streets and other features that people refer to, with their names in all languages.

    Nodes become places as they are, ways by a point on them, relations by their label or the middle of their members;
    ways and relations get a radius. Raises SourceError for a file that cannot be read.
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
    # At the edge of an extract some nodes of a way may be missing.
    corners = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
    return _shape_of_way(corners, kind, is_closed=thing.is_closed())


def _shape_of_way(corners: Sequence[_Degrees], kind: str, *, is_closed: bool) -> Point | LineString | Polygon | None:
    if len(corners) < 2:
        return Point(corners[0]) if corners else None
    return Polygon(corners) if kind != "road" and len(corners) > 3 and is_closed else LineString(corners)


def is_overpass(path: Path) -> bool:
    """Tell whether a JSON file is an answer of Overpass. Raises SourceError for a file that cannot be read."""
    with open_text(path) as file:
        found = _OVERPASS.search(file.read(_HEAD))
    return found is not None and found[1] == "elements"


def read_overpass(path: Path) -> Iterator[PlaceRow | Refusal]:
    """Read the same features from an answer of Overpass in JSON (`out center`, `out geom`, `out body; >; out skel`).

    Relations have the middle of their bounds. Raises SourceError for a file that cannot be read.
    """
    return places_of(_iterate_elements(path), scheme=SCHEME)


def _iterate_elements(path: Path) -> Iterator[Feature]:
    nodes: dict[int, _Degrees] = {}
    waiting: list[tuple[int, dict[str, Any]]] = []  # ways whose nodes may come behind them
    for number, element in enumerate(read_documents(path, "elements"), 1):
        at = _read_degrees(element)
        if at is not None and element.get("type") == "node" and isinstance(element.get("id"), int):
            nodes[element["id"]] = at
        if _kind_of_element(element) is None:
            continue
        if "nodes" in element and not {"center", "geometry", "bounds"} & element.keys():
            waiting.append((number, element))
        else:
            yield _feature_of(number, element, nodes)
    for number, element in waiting:
        yield _feature_of(number, element, nodes)


def _kind_of_element(element: Mapping[str, Any]) -> str | None:
    """Return the kind of an element with a name; None for one that is not asked for."""
    tags = element.get("tags")
    return kind_of_tags(tags) if isinstance(tags, dict) and tags.get("name") else None


def _feature_of(number: int, element: Mapping[str, Any], nodes: Mapping[int, _Degrees]) -> Feature:
    tags = {str(name): str(value) for name, value in element["tags"].items()}
    identity = f"{str(element.get('type', ''))[:1]}{element.get('id', '')}"
    try:
        shape = _shape_of_element(element, nodes)
    except (TypeError, KeyError, ValueError, AttributeError):
        shape = None
    return Feature(number, tags | {"@id": identity}, shape)


def _shape_of_element(element: Mapping[str, Any], nodes: Mapping[int, _Degrees]) -> Point | LineString | Polygon | None:
    own = _read_degrees(element)
    if own is not None:
        return Point(own)
    corners = [at for each in element.get("geometry", ()) if each and (at := _read_degrees(each)) is not None]
    corners = corners or [nodes[each] for each in element.get("nodes", ()) if each in nodes]
    if corners:
        kind = _kind_of_element(element) or ""
        return _shape_of_way(corners, kind, is_closed=corners[0] == corners[-1])
    if bounds := element.get("bounds"):
        return box(bounds["minlon"], bounds["minlat"], bounds["maxlon"], bounds["maxlat"])
    middle = _read_degrees(element.get("center") or {})
    return None if middle is None else Point(middle)


def _read_degrees(values: Mapping[str, Any]) -> _Degrees | None:
    lat, lon = values.get("lat"), values.get("lon")
    return (float(lon), float(lat)) if isinstance(lat, int | float) and isinstance(lon, int | float) else None


def _find_relations(path: Path) -> list[_Relation]:
    """Find the named relations, in a pass of their own, since their members come before them in the file."""
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
