"""The areas of a release as features of a map: a page at a time by code, within a box, with their figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.aggregation.dimension import TOTAL
from reporting.aggregation.simplify import DIGITS
from reporting.publishing.areas.attributes import Slice, list_attributes
from reporting.publishing.areas.level_areas import LEVEL_AREAS
from reporting.publishing.cell_queries import list_months
from reporting.publishing.observations.dictionary import MEASURE, list_codes, title_dimension
from reporting.publishing.observations.selection import join_codes
from reporting.publishing.observations.wide import name_figures
from reporting.publishing.release_info import ReleaseInfo

Box = tuple[float, float, float, float]  # west, south, east, north; west of a box over the antimeridian is the greater
EVERYWHERE: Final[Box] = (-180.0, -90.0, 180.0, 90.0)

# `wanted` are figures that an area must have. A figure that is too small to be shown is no value, and matches nothing.
_FOUND: Final = f"""
      FROM ({LEVEL_AREAS}) AS area
     WHERE ST_Intersects(geom, CASE WHEN :west <= :east THEN ST_MakeEnvelope(:west, :south, :east, :north, 4326)
                               ELSE ST_Collect(ST_MakeEnvelope(:west, :south, 180, :north, 4326),
                                               ST_MakeEnvelope(-180, :south, :east, :north, 4326)) END)
       AND (CAST(:code AS text) IS NULL OR code = :code) AND (CAST(:name AS text) IS NULL OR name = :name)
       AND (CAST(:parent AS text) IS NULL OR parent_code = :parent)
       AND NOT EXISTS (
           SELECT FROM unnest(CAST(:measures AS text[]), CAST(:slices AS text[]), CAST(:months AS text[]),
                              CAST(:values AS bigint[])) AS wanted(measure, slice, month, value)
             LEFT JOIN release_cell AS cell
                    ON cell.release_id = :release_id AND cell.slice = wanted.slice AND cell.area_level = :level
                   AND cell.area_code = area.code AND cell.month = wanted.month AND cell.measure = wanted.measure
            WHERE cell.value IS DISTINCT FROM wanted.value)"""
_PAGE: Final = text(
    f"""
    SELECT code, name, level, parent_code, ST_AsGeoJSON(ST_ForcePolygonCCW(geom), :digits) AS shape {_FOUND}
       AND code COLLATE "C" > :after
     ORDER BY code COLLATE "C" LIMIT :count
    """
)
_COUNT: Final = text(f"SELECT count(*) {_FOUND}")
_EXTENT: Final = text(
    f"""
    SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
      FROM (SELECT ST_Extent(geom) AS box FROM ({LEVEL_AREAS}) AS area) AS extent WHERE box IS NOT NULL
    """
)
_FIGURES: Final = text(
    """
    SELECT area_code, measure, codes, month, value, estimate, standard_error FROM release_cell
     WHERE release_id = :release_id AND area_level = :level AND area_code = ANY(CAST(:areas AS text[]))
       AND slice = ANY(CAST(:slices AS text[]))
    """
)


@dataclass(frozen=True, slots=True)
class FeatureFilter:
    """Which areas are asked for: in a box, with this code, name, area above, and figures by their plain names."""

    box: Box = EVERYWHERE
    code: str | None = None
    name: str | None = None
    parent: str | None = None
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AreaFeature:
    """An area with its shape (GeoJSON) and its figures by the names of `list_attributes`, None where too small."""

    code: str
    name: str
    level: int
    parent_code: str | None
    shape: Any
    figures: Mapping[str, int | float | None]


def name_attributes(connection: Connection, release: ReleaseInfo) -> dict[Slice, str]:
    """Name the figures of an area: the plain attribute of each slice."""
    return list_attributes(release, list_months(connection, release))


def title_attributes(release: ReleaseInfo, attributes: Mapping[Slice, str]) -> dict[str, str]:
    """Write what each attribute counts in words, such as `People who reported, Topic: Water`."""
    names = {(each.column, each.code): each.name for each in list_codes(release)}
    return {
        name: ", ".join(
            (
                names.get((MEASURE, measure), measure),
                *(
                    f"{title_dimension(release, dimension.name)}: {names.get((dimension.name, code), code)}"
                    for dimension, code in zip(release.dimensions, codes, strict=True)
                    if code != TOTAL
                ),
            )
        )
        for (measure, codes, _), name in attributes.items()
    }


def list_features(
    connection: Connection, release: ReleaseInfo, level: int, asked: FeatureFilter, limit: int, after: str = ""
) -> list[AreaFeature]:
    """List at most `limit` areas of a level by code (bytes), after one of them, with their figures."""
    attributes = name_attributes(connection, release)
    values = _describe(release, level, asked, attributes) | {"digits": DIGITS, "after": after, "count": limit}
    areas = connection.execute(_PAGE, values).all()
    figures: dict[str, list[Row[Any]]] = {}
    asked_for = {
        "release_id": release.id, "level": level, "areas": [area.code for area in areas],
        "slices": sorted({join_codes(codes) for _, codes, _ in attributes}),
    }  # fmt: skip
    for cell in connection.execute(_FIGURES, asked_for):
        figures.setdefault(cell.area_code, []).append(cell)
    return [
        AreaFeature(
            area.code, area.name, area.level, area.parent_code, json.loads(area.shape),
            name_figures(attributes, figures.get(area.code, ())),
        )
        for area in areas
    ]  # fmt: skip


def count_features(connection: Connection, release: ReleaseInfo, level: int, asked: FeatureFilter) -> int:
    """Count the areas of a level that are asked for."""
    attributes = name_attributes(connection, release)
    return int(connection.execute(_COUNT, _describe(release, level, asked, attributes)).scalar_one())


def find_extent(connection: Connection, release: ReleaseInfo, level: int) -> Box | None:
    """Find the box around the areas of a level; None where there are none."""
    row = connection.execute(_EXTENT, {"release_id": release.id, "level": level}).one_or_none()
    return None if row is None else (row.west, row.south, row.east, row.north)


def _describe(
    release: ReleaseInfo, level: int, asked: FeatureFilter, attributes: Mapping[Slice, str]
) -> dict[str, Any]:
    slices = {name: found for found, name in attributes.items()}
    wanted: Sequence[Slice] = [slices[name] for name in asked.figures]
    west, south, east, north = asked.box
    return {
        "release_id": release.id, "level": level, "west": west, "south": south, "east": east, "north": north,
        "code": asked.code, "name": asked.name, "parent": asked.parent,
        "measures": [measure for measure, _, _ in wanted], "slices": [join_codes(codes) for _, codes, _ in wanted],
        "months": [month for _, _, month in wanted], "values": list(asked.figures.values()),
    }  # fmt: skip
