"""Loads boundary polygons from any file; invalid ones are repaired, and the counts tell what became of each."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shapely import MultiPolygon, is_valid_reason, make_valid, to_wkb
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from geo.errors import MissingColumn
from geo.gazetteer.antimeridian import cut_at_antimeridian, polygons_of
from geo.gazetteer.feature_to_place import Feature, find_shape_fault
from geo.gazetteer.formats import read_features
from geo.gazetteer.name_encoding import mend_letters
from geo.gazetteer.parse_row import find_text_fault, read_people
from geo.gazetteer.staging_table import batches, copy_rows, lock_loading, ticking, usable
from geo.search.search_index import index_names
from geo.spatial_sql import assign_area_codes, bump_names_version
from geo.text.normalise import fold_name
from geo.types import LoadCounts, Refusal

_LANGUAGE_SUFFIX: Final = re.compile(r"^(.+[_:.])([A-Za-z]{2,3}|name)$")
_URBAN: Final = frozenset(("urban", "urbain", "urbaine", "urbano", "urbana", "u", "1", "true", "yes", "mjini"))
_RURAL: Final = frozenset(("rural", "rurale", "r", "0", "2", "false", "no", "vijijini"))
_SMALLEST: Final = 1e-12  # square degrees, about a hundredth of a square metre: smaller polygons are drawing errors

_STAGE: Final = (
    """
    CREATE TEMP TABLE IF NOT EXISTS staged_area (
        line integer, code text, name text, names text[], parent_code text, population bigint, is_urban boolean,
        geom bytea) ON COMMIT DROP
    """,
    "TRUNCATE staged_area",
)
_COPY: Final = "COPY staged_area (line, code, name, names, parent_code, population, is_urban, geom) FROM STDIN"
# Features of one code are one area: the first gives its name, all of them its geometry. Where the file gives no
# parent, it is the area of the next level above that contains a point of this one.
_MERGE = text(
    """
    WITH whole AS (
        SELECT code, (array_agg(name ORDER BY line))[1] AS name,
               (SELECT names FROM staged_area AS first WHERE first.code = staged_area.code ORDER BY line LIMIT 1)
                   AS names,
               (array_agg(parent_code ORDER BY line))[1] AS parent_code, sum(population) AS population,
               bool_or(is_urban) AS is_urban,
               ST_Multi(CASE count(*) WHEN 1 THEN ST_SetSRID(ST_GeomFromWKB((array_agg(geom))[1]), 4326)
                        ELSE ST_UnaryUnion(ST_Collect(ST_SetSRID(ST_GeomFromWKB(geom), 4326) ORDER BY line)) END)
                   AS geom
          FROM staged_area GROUP BY code),
    merged AS (
        INSERT INTO area (campaign_id, level, code, name, names, parent_code, population, is_urban, source, geom)
        SELECT :campaign_id, :level, code, name, names, coalesce(parent_code, (
                   SELECT piece.code FROM area_piece AS piece
                    WHERE piece.campaign_id = :campaign_id AND piece.level < :level
                      AND ST_Intersects(piece.geom, ST_PointOnSurface(whole.geom))
                    ORDER BY piece.level DESC, piece.code LIMIT 1)),
               population, is_urban, :source, geom
          FROM whole ORDER BY code
        ON CONFLICT (campaign_id, code) DO UPDATE
           SET name = excluded.name, names = excluded.names,
               parent_code = excluded.parent_code, population = excluded.population, is_urban = excluded.is_urban,
               source = excluded.source, geom = excluded.geom
         WHERE area.level = excluded.level
           AND ((area.name, area.names, area.parent_code, area.population, area.is_urban, area.source)
               IS DISTINCT FROM (excluded.name, excluded.names, excluded.parent_code,
                                 excluded.population, excluded.is_urban, excluded.source)
            OR NOT ST_OrderingEquals(area.geom, excluded.geom))
        RETURNING xmax = 0 AS is_new)
    SELECT (SELECT count(*) FROM whole), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
    """
)
# Codes of areas of other levels: loading one of them again would overwrite that area.
_OTHER_LEVELS = text("SELECT code, level FROM area WHERE campaign_id = :campaign_id AND level <> :level")
_TAKE_OUT = text("DELETE FROM area WHERE campaign_id = :campaign_id AND level = :level")
_ORPHAN = text(
    """
    UPDATE area AS child SET parent_code = NULL
     WHERE child.campaign_id = :campaign_id AND child.parent_code IS NOT NULL
       AND NOT EXISTS (SELECT FROM area AS parent
                        WHERE parent.campaign_id = :campaign_id AND parent.code = child.parent_code)
    """
)
# Areas of deeper levels that were loaded earlier get their parents now.
_ADOPT = text(
    """
    UPDATE area SET parent_code = parent.code
      FROM (SELECT child.id, (
                SELECT piece.code FROM area_piece AS piece
                 WHERE piece.campaign_id = :campaign_id AND piece.level = :level
                   AND ST_Intersects(piece.geom, ST_PointOnSurface(child.geom)) ORDER BY piece.code LIMIT 1) AS code
              FROM area AS child
             WHERE child.campaign_id = :campaign_id AND child.parent_code IS NULL AND child.level = (
                   SELECT min(level) FROM area WHERE campaign_id = :campaign_id AND level > :level)) AS parent
     WHERE area.id = parent.id AND parent.code IS NOT NULL
    """
)


@dataclass(frozen=True, slots=True)
class AreaFields:
    """Names of the properties in a boundary file. All but code and name are optional."""

    code: str
    name: str
    parent: str | None = None
    urban: str | None = None
    population: str | None = None

    def list_named(self) -> list[str]:
        """List the properties that the file must have."""
        return [f for f in (self.code, self.name, self.parent, self.urban, self.population) if f is not None]


@dataclass(frozen=True, slots=True)
class _AreaRow:
    line: int
    code: str
    name: str
    names: list[str]
    parent_code: str | None
    population: int | None
    is_urban: bool | None
    geom: bytes


def load_areas(
    connection: Connection,
    campaign_id: int,
    path: Path,
    *,
    level: int,
    code_field: str,
    name_field: str,
    parent_field: str | None = None,
    urban_field: str | None = None,
    population_field: str | None = None,
    layer: str | None = None,
    source: str | None = None,
    tick: Callable[[int], None] | None = None,
) -> LoadCounts:
    """Add or update the areas of one level (1 is the first below the country) from GeoJSON or any format of GDAL.

    Any coordinate system is accepted. Features of one code are one area. Without `parent_field` the parent is found by
    location. `tick` is called after each feature with the number read so far. Raises SourceError when the file cannot
    be read or lacks a named field. The caller commits.
    """
    fields = AreaFields(code_field, name_field, parent_field, urban_field, population_field)
    counts = LoadCounts()
    lock_loading(connection, campaign_id)
    for statement in _STAGE:
        connection.execute(text(statement))
    found = connection.execute(_OTHER_LEVELS, {"campaign_id": campaign_id, "level": level})
    elsewhere: dict[str, int] = {row.code: row.level for row in found}
    rows = _refuse_used_codes(_read_rows(path, layer, fields, counts), elsewhere, counts)
    for batch in batches(usable(rows if tick is None else ticking(rows, tick, 1), counts)):
        copy_rows(
            connection,
            _COPY,
            ((r.line, r.code, r.name, r.names, r.parent_code, r.population, r.is_urban, r.geom) for r in batch),
        )
    values = {"campaign_id": campaign_id, "level": level, "source": source or path.stem}
    areas, counts.added, counts.changed = connection.execute(_MERGE, values).one()
    counts.unchanged = areas - counts.added - counts.changed
    if counts.added or counts.changed:
        connection.execute(_ADOPT, {"campaign_id": campaign_id, "level": level})
        assign_area_codes(connection, campaign_id)
        index_names(connection, campaign_id)
        bump_names_version(connection, campaign_id)
    return counts


def remove_areas(connection: Connection, campaign_id: int, level: int) -> int:
    """Remove all areas of one level, as after a load with the wrong level or code; returns how many there were.

    Reports keep their points; their areas are found again when boundaries are loaded. The caller commits.
    """
    lock_loading(connection, campaign_id)
    removed = connection.execute(_TAKE_OUT, {"campaign_id": campaign_id, "level": level}).rowcount
    if removed:
        connection.execute(_ORPHAN, {"campaign_id": campaign_id})
        assign_area_codes(connection, campaign_id)
        bump_names_version(connection, campaign_id)
    return removed


def repair(geometry: BaseGeometry) -> tuple[MultiPolygon | None, str | None]:
    """Repair a geometry to valid polygons between -180 and 180 degrees.

    Returns the polygons (None where there are none) and what was wrong (None where nothing was). Lines and points,
    which files mix in and repairs leave over, are dropped.
    """
    fault = None
    pieces = [piece for polygon in polygons_of(geometry) for piece in cut_at_antimeridian(polygon)]
    if not pieces:
        return None, None
    whole: BaseGeometry = MultiPolygon(pieces)
    if not whole.is_valid:
        fault = is_valid_reason(whole).split("[", 1)[0].strip().lower()
        whole = make_valid(whole, method="structure", keep_collapsed=False)
    large = [polygon for polygon in polygons_of(whole) if polygon.area > _SMALLEST]
    return (MultiPolygon(large) if large else None), fault


def _read_rows(path: Path, layer: str | None, fields: AreaFields, counts: LoadCounts) -> Iterator[_AreaRow | Refusal]:
    known: set[str] = set()
    for feature in read_features(path, layer):
        known.update(feature.properties)
        yield _row_of(feature, fields, counts)
    for field in fields.list_named():
        if field not in known:
            raise MissingColumn(path, f"no property {field}, it has {', '.join(sorted(known)) or 'none'}")


def _refuse_used_codes(
    rows: Iterator[_AreaRow | Refusal], elsewhere: Mapping[str, int], counts: LoadCounts
) -> Iterator[_AreaRow | Refusal]:
    """Refuse areas whose code is taken: by another level, or by another name in the same file."""
    first: dict[str, tuple[int, str]] = {}
    for row in rows:
        if isinstance(row, Refusal):
            yield row
            continue
        line, name = first.setdefault(row.code, (row.line, fold_name(row.name) or row.name))
        if row.code in elsewhere:
            yield Refusal(row.line, f"its code is that of an area of level {elsewhere[row.code]}, which stays as it is")
        elif line != row.line and name != (fold_name(row.name) or row.name):
            yield Refusal(row.line, f"its code is that of line {line}, which has another name")
        else:
            counts.merged += line != row.line
            yield row


def _row_of(feature: Feature, fields: AreaFields, counts: LoadCounts) -> _AreaRow | Refusal:
    cells = feature.properties
    code = _cell(cells, fields.code)
    name, remark = mend_letters(_cell(cells, fields.name))
    if remark is not None:
        counts.repair(Refusal(feature.line, remark))
    if not code or not name:
        return Refusal(feature.line, "no code or no name")
    parent = _cell(cells, fields.parent)
    reason = find_text_fault(code, name, parent) or find_shape_fault(feature.geometry)
    if reason is not None or feature.geometry is None:
        return Refusal(feature.line, reason or "no usable geometry")
    shape, fault = repair(feature.geometry)
    if shape is None:
        is_flat = any(True for _ in polygons_of(feature.geometry))
        return Refusal(feature.line, "a polygon without an area" if is_flat else "no polygon")
    if fault is not None:
        counts.repair(Refusal(feature.line, fault))
    return _AreaRow(
        feature.line, code, name, _names_in_other_languages(cells, fields.name, name),
        parent or None, read_people(_cell(cells, fields.population)),
        read_urban(_cell(cells, fields.urban)), to_wkb(shape),
    )  # fmt: skip


def read_urban(cell: str) -> bool | None:
    """Read whether a source calls an area urban; None for any other word, such as "mixed"."""
    word = cell.strip().casefold()
    return True if word in _URBAN else False if word in _RURAL else None


def _cell(properties: Mapping[str, Any], field: str | None) -> str:
    value = properties.get(field) if field is not None else None
    return "" if value is None else str(value).strip()


def _names_in_other_languages(properties: Mapping[str, Any], name_field: str, name: str) -> list[str]:
    """List the names in other languages: ADM2_FR and ADM2_HT beside ADM2_EN."""
    match = _LANGUAGE_SUFFIX.match(name_field)
    if match is None:
        return []
    same = re.compile(re.escape(match.group(1)) + r"[A-Za-z]{2,3}$")
    found = [str(value).strip() for key, value in properties.items() if same.match(key) and value]
    return [other for other in dict.fromkeys(found) if other and other != name and not find_text_fault(other)]
