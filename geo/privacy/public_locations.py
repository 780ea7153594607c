"""Public locations in the database: assigned once for each report (obfuscation.py), the same in every output."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import h3
from shapely import MultiPolygon, Polygon, to_wkb
from sqlalchemy import Connection, text

from geo.gazetteer.antimeridian import cut_at_antimeridian
from geo.privacy.obfuscation import Need, Peopled, Point, choose_area, draw_cell, find_drawn
from geo.spatial_sql import list_area_codes
from geo.tables import PublicKind

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('public_cell', :campaign_id))")
_FIND = text("SELECT kind, code FROM public_location WHERE report_id = :report_id AND campaign_id = :campaign_id")
_KEEP = text(
    """
    INSERT INTO public_location (report_id, campaign_id, kind, code) VALUES (:report_id, :campaign_id, :kind, :code)
    ON CONFLICT (report_id) DO UPDATE SET kind = excluded.kind, code = excluded.code, drawn_at = now()
    """
)
_KEEP_CELL = text(
    """
    INSERT INTO public_cell (campaign_id, cell, basis, held) VALUES (:campaign_id, :cell, :basis, :held)
    ON CONFLICT (campaign_id, cell) DO NOTHING
    """
)
# Assumes that people are spread evenly over the smallest areas with a known population.
_PEOPLE = text(
    """
    WITH cell AS (SELECT ST_SetSRID(ST_GeomFromWKB(:cell), 4326) AS geom),
    deepest AS (
        SELECT max(level) AS level FROM area WHERE campaign_id = :campaign_id AND population IS NOT NULL),
    inside AS (
        SELECT piece.area_id, sum(ST_Area(ST_Intersection(piece.geom, cell.geom)::geography)) AS m2
          FROM area_piece AS piece JOIN cell ON ST_Intersects(piece.geom, cell.geom)
          JOIN deepest ON deepest.level = piece.level
         WHERE piece.campaign_id = :campaign_id GROUP BY piece.area_id)
    SELECT coalesce(sum(area.population * inside.m2 / nullif(ST_Area(area.geom::geography), 0)), 0)
      FROM inside JOIN area ON area.id = inside.area_id
    """
)
_AROUND = text(
    """
    SELECT area.code, area.population, coalesce(
               jsonb_object_agg(child.code, child.population) FILTER (WHERE child.population IS NOT NULL), '{}')
      FROM area LEFT JOIN area AS child ON child.campaign_id = area.campaign_id AND child.parent_code = area.code
     WHERE area.campaign_id = :campaign_id AND area.code = ANY(:codes)
     GROUP BY area.id ORDER BY area.level DESC
    """
)


@dataclass(frozen=True, slots=True)
class PublicLocation:
    """A public location: an area by its code, an H3 cell by its index, or the campaign with an empty code."""

    kind: PublicKind
    code: str


def show_place(
    connection: Connection,
    campaign_id: int,
    report_id: int,
    point: Point,
    radius_m: float,
    need: Need,
    list_reporters: Callable[[str], Iterable[tuple[int, Point]]],
    *,
    as_area: bool = False,
) -> PublicLocation:
    """Return the public location of a report: assigned at the first call, the same ever after.

    It is assigned anew only where the point (lat, lon) is no longer inside it, because a moderator moved the pin.
    `list_reporters(cell)` lists who reported from a cell, as a number for each person, and where. `as_area` asks for an
    area instead of a cell. The caller commits.
    """
    connection.execute(_LOCK, {"campaign_id": campaign_id})
    kept = find_public_location(connection, campaign_id, report_id)
    if kept is not None and _holds(connection, campaign_id, kept, point):
        return kept
    drawn = (
        _draw_area(connection, campaign_id, point, need)
        if as_area
        else _draw_cell(connection, campaign_id, point, radius_m, need, list_reporters)
    )
    values = {"report_id": report_id, "campaign_id": campaign_id, "kind": drawn.kind, "code": drawn.code}
    connection.execute(_KEEP, values)
    return drawn


def find_public_location(connection: Connection, campaign_id: int, report_id: int) -> PublicLocation | None:
    """Find the assigned public location of a report; None before it was assigned."""
    row = connection.execute(_FIND, {"report_id": report_id, "campaign_id": campaign_id}).first()
    return None if row is None else PublicLocation(PublicKind(row.kind), row.code)


def estimate_people(connection: Connection, campaign_id: int, cell: str) -> float:
    """Estimate the population of an H3 cell from the areas that it overlaps; 0 where none is known."""
    ring = [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
    shape = MultiPolygon(cut_at_antimeridian(Polygon(ring)))
    return float(connection.execute(_PEOPLE, {"campaign_id": campaign_id, "cell": to_wkb(shape)}).scalar_one())


def _draw_cell(
    connection: Connection,
    campaign_id: int,
    point: Point,
    radius_m: float,
    need: Need,
    list_reporters: Callable[[str], Iterable[tuple[int, Point]]],
) -> PublicLocation:
    known = _list_drawn(connection, campaign_id)
    cell = draw_cell(
        point, radius_m, need, known, lambda index: estimate_people(connection, campaign_id, index), list_reporters
    )
    if cell is None:
        return PublicLocation(PublicKind.CAMPAIGN, "")
    if cell.index not in known:
        values = {"campaign_id": campaign_id, "cell": cell.index, "basis": cell.basis, "held": cell.held}
        connection.execute(_KEEP_CELL, values)
    return PublicLocation(PublicKind.CELL, cell.index)


def _draw_area(connection: Connection, campaign_id: int, point: Point, need: Need) -> PublicLocation:
    codes = list(list_area_codes(connection, campaign_id, [point])[0].values())
    rows = connection.execute(_AROUND, {"campaign_id": campaign_id, "codes": codes}).all()
    code = choose_area([Peopled(*row) for row in rows], need.people)
    return PublicLocation(PublicKind.CAMPAIGN, "") if code is None else PublicLocation(PublicKind.AREA, code)


def _list_drawn(connection: Connection, campaign_id: int) -> frozenset[str]:
    query = text("SELECT cell FROM public_cell WHERE campaign_id = :campaign_id")
    return frozenset(connection.execute(query, {"campaign_id": campaign_id}).scalars())


def _holds(connection: Connection, campaign_id: int, shown: PublicLocation, point: Point) -> bool:
    if shown.kind is PublicKind.CELL:
        return find_drawn(point, frozenset({shown.code})) is not None
    if shown.kind is PublicKind.AREA:
        return shown.code in list_area_codes(connection, campaign_id, [point])[0].values()
    return True
