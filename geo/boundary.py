"""Loading boundary polygons. Invalid ones are repaired and counted; the counts say what happened to each."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapely import MultiPolygon, make_valid, to_wkb
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from geo.error import MissingColumn
from geo.search_index import index_names
from geo.source import list_features
from geo.spatial import assign_area_codes, bump_gazetteer_version
from geo.value import LoadCounts, Refusal

_LANGUAGE_SUFFIX = re.compile(r"^(.+[_:.])([A-Za-z]{2,3}|name)$")
_MERGE = text(
    """
    INSERT INTO area (campaign_id, level, code, name, names, parent_code, source, geom)
    VALUES (:campaign_id, :level, :code, :name, :names, :parent_code, :source,
            ST_Multi(ST_GeomFromWKB(:geom, 4326)))
    ON CONFLICT (campaign_id, code) DO UPDATE
       SET level = excluded.level, name = excluded.name, names = excluded.names,
           parent_code = excluded.parent_code, source = excluded.source, geom = excluded.geom
     WHERE (area.level, area.name, area.names, area.parent_code, area.source)
           IS DISTINCT FROM (excluded.level, excluded.name, excluded.names, excluded.parent_code, excluded.source)
        OR NOT ST_OrderingEquals(area.geom, excluded.geom)
    RETURNING xmax = 0
    """
)


def load_areas(
    connection: Connection,
    campaign_id: int,
    path: Path,
    *,
    level: int,
    code_field: str,
    name_field: str,
    parent_field: str | None = None,
    source: str | None = None,
) -> LoadCounts:
    """Add or refresh the areas of one level (1 is the first below the country) from a GeoJSON in WGS 84.

    Features of one code are one area. Raises SourceError when the file is no GeoJSON or lacks a named field. The
    caller commits.
    """
    features = list_features(path)
    wanted = [field for field in (code_field, name_field, parent_field) if field]
    _check_fields(path, features, wanted)
    counts = LoadCounts()
    merged: dict[str, dict[str, Any]] = {}
    for line, feature in enumerate(features, 1):
        counts.read += 1
        _collect(merged, feature, line, wanted, counts)
    for code, values in merged.items():
        row = values | {"code": code, "geom": to_wkb(MultiPolygon(values["polygons"]))}
        row.pop("polygons")
        row |= {"campaign_id": campaign_id, "level": level, "source": source or path.stem}
        _count(connection.execute(_MERGE, row).scalar(), counts)
    if counts.added or counts.changed:
        assign_area_codes(connection, campaign_id)
        index_names(connection, campaign_id)
        bump_gazetteer_version(connection, campaign_id)
    return counts


def _count(is_new: bool | None, counts: LoadCounts) -> None:
    if is_new is None:
        counts.unchanged += 1
    elif is_new:
        counts.added += 1
    else:
        counts.changed += 1


def _check_fields(path: Path, features: list[dict[str, Any]], wanted: list[str]) -> None:
    known = {key for feature in features for key in feature.get("properties") or {}}
    for field in wanted:
        if field not in known:
            raise MissingColumn(path, f"no property {field}, it has {', '.join(sorted(known)) or 'none'}")


def _collect(
    merged: dict[str, dict[str, Any]], feature: dict[str, Any], line: int, wanted: list[str], counts: LoadCounts
) -> None:
    properties = feature.get("properties") or {}
    code, name = (str(properties.get(field) or "").strip() for field in wanted[:2])
    if not code or not name:
        counts.refuse(Refusal(line, "no code or no name"))
        return
    try:
        geometry = shape(feature.get("geometry"))
    except (ShapelyError, GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError):
        counts.refuse(Refusal(line, "no usable geometry"))
        return
    polygons, was_invalid = _repair(geometry)
    if not polygons:
        counts.refuse(Refusal(line, "no polygon"))
        return
    counts.repaired += was_invalid
    parent = str(properties.get(wanted[2]) or "").strip() if len(wanted) > 2 else ""
    names = _names_in_other_languages(properties, wanted[1], name)
    area = merged.setdefault(code, {"name": name, "names": names, "parent_code": parent or None, "polygons": []})
    area["polygons"].extend(polygons)


def _repair(geometry: BaseGeometry) -> tuple[list[Polygon], bool]:
    """Its polygons, made valid; lines and points that a repair leaves over are dropped."""
    was_invalid = not geometry.is_valid
    if was_invalid:
        geometry = make_valid(geometry)
    pieces = list(geometry.geoms) if hasattr(geometry, "geoms") else [geometry]
    polygons: list[Polygon] = []
    for piece in pieces:
        inner = list(piece.geoms) if isinstance(piece, MultiPolygon) else [piece]
        polygons.extend(part for part in inner if isinstance(part, Polygon) and not part.is_empty)
    return polygons, was_invalid


def _names_in_other_languages(properties: Mapping[str, Any], name_field: str, name: str) -> list[str]:
    """ADM2_EN stands beside ADM2_FR and ADM2_HT: names of the same thing in other languages."""
    match = _LANGUAGE_SUFFIX.match(name_field)
    if match is None:
        return []
    same = re.compile(re.escape(match.group(1)) + r"[A-Za-z]{2,3}$")
    found = [str(value).strip() for key, value in properties.items() if same.match(key) and value]
    return [other for other in dict.fromkeys(found) if other and other != name]
