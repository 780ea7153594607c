"""Readers of place files: guesses the form of a file and reads its rows, each a place or a refusal."""

import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Final

from config.table_file.records import Tell
from geo.errors import SourceError
from geo.gazetteer.feature_to_place import Feature, places_of
from geo.gazetteer.format_csv import guess_table, read_csv, read_pcodes
from geo.gazetteer.format_geojson import has_own_crs
from geo.gazetteer.format_geojson import read_features as read_geojson_features
from geo.gazetteer.format_geonames import DUMP_COLUMNS, read_alternate_names, read_country, read_geonames, read_world
from geo.gazetteer.format_ogr import SUFFIXES as VECTOR_SUFFIXES
from geo.gazetteer.format_ogr import list_members_of_vector
from geo.gazetteer.format_ogr import read_features as read_vector_features
from geo.gazetteer.format_osm import SUFFIXES as OSM_SUFFIXES
from geo.gazetteer.format_osm import is_overpass, read_osm, read_overpass
from geo.gazetteer.open_file import first_lines, list_members
from geo.types import NameRow, PlaceRow, Refusal

__all__ = [
    "FORMS", "LINE_FORMS", "NAME_FORMS", "guess_form", "read_country", "read_features", "read_geojson", "read_names",
    "read_places", "read_world",
]  # fmt: skip

PLACE_FORMS: Final = ("geonames", "csv", "geojson", "osm", "vector")
NAME_FORMS: Final = ("alternatenames", "pcodes")  # alternate names of loaded places and areas
FORMS: Final = (*PLACE_FORMS, *NAME_FORMS)
LINE_FORMS: Final = ("geonames", "alternatenames", "csv", "pcodes")  # about one row a line, so that progress is known
_JSON: Final = frozenset({".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson"})
_ALTERNATE: Final = re.compile(r"^\d+\t\d+\t[^\t]*\t[^\t]+(?:\t|$)")


def read_places(
    path: Path,
    form: str | None = None,
    *,
    name_field: str | None = None,
    kind: str | None = None,
    layer: str | None = None,
    tell: Tell = lambda _: None,
) -> Iterator[PlaceRow | Refusal]:
    """Read the places of a file in one of `PLACE_FORMS`; the form is guessed where it is None.

    `name_field` is the column or property of the names, `kind` the kind of all places, `layer` the layer of a file that
    has several. `tell` is called with assumptions that were made about a table. Raises SourceError for a file that
    cannot be read at all.
    """
    chosen = form or guess_form(path)
    if chosen == "geonames":
        return read_geonames(path)
    if chosen == "csv":
        return read_csv(path, name_field, kind, tell)
    if chosen == "osm":
        return read_osm(path)
    if chosen == "geojson":
        return read_overpass(path) if is_overpass(path) else read_geojson(path, name_field, kind)
    if chosen == "vector":
        return places_of(read_vector_features(path, layer), name_field, kind)
    raise SourceError(path, f"unknown format '{chosen}', known are {', '.join(sorted(FORMS))}")


def read_names(
    path: Path, form: str, known: Container[str] | None = None, tell: Tell = lambda _: None
) -> Iterator[NameRow | Refusal | None]:
    """Read alternate names in one of `NAME_FORMS`; see read_alternate_names for `known` and None."""
    return read_alternate_names(path, known) if form == "alternatenames" else read_pcodes(path, tell)


def read_geojson(path: Path, name_field: str | None = None, kind: str | None = None) -> Iterator[PlaceRow | Refusal]:
    """Read the named features of a GeoJSON file; another coordinate system is transformed to longitude and latitude."""
    return places_of(read_features(path), name_field, kind)


def read_features(path: Path, layer: str | None = None) -> Iterator[Feature]:
    """Read the features of a vector file in WGS 84. Raises SourceError for a file that is none or cannot be read."""
    form = guess_form(path)
    if form == "vector" or (form == "geojson" and has_own_crs(path)):
        return read_vector_features(path, layer)
    if form == "geojson":
        return read_geojson_features(path)
    raise SourceError(path, "no file of shapes: not JSON, no shapefile, no GeoPackage")


def guess_form(path: Path) -> str:
    """Guess the form of a file from its name and, where that is not enough, from its first lines."""
    name = path.name.lower()
    if name.endswith(OSM_SUFFIXES):
        return "osm"
    if path.suffix.lower() in VECTOR_SUFFIXES or list_members_of_vector(path):
        return "vector"
    if path.suffix.lower() in _JSON or any(Path(member).suffix.lower() in _JSON for member in list_members(path)):
        return "geojson"
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        return guess_table(path)
    first = first_lines(path)
    if first[0].lstrip().startswith("{"):
        return "geojson"
    if first[0].count("\t") >= DUMP_COLUMNS - 1 and first[0][:1].isdigit():
        return "geonames"
    if _ALTERNATE.match(first[0]) and first[0].count("\t") <= 9:
        return "alternatenames"
    return guess_table(path)
