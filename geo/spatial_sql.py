"""Most spatial SQL of the gazetteer, in small named functions. Points are (lat, lon) in degrees, WGS 84."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

# Borders are a tenth of a millimetre wide, and a point on one is inside both areas. Cut pieces of an area have corners
# that the whole has not, so by rounding alone a point could otherwise fall into no area.
_BORDER_DEGREES = 1e-9
_AREA_CODES = text(
    """
    SELECT point.n, piece.level, min(piece.code)
      FROM unnest(:lats, :lons) WITH ORDINALITY AS point(lat, lon, n)
      JOIN area_piece AS piece ON piece.campaign_id = :campaign_id
       AND ST_DWithin(piece.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326), :border)
     GROUP BY point.n, piece.level
    """
).bindparams(
    bindparam("lats", type_=ARRAY(DOUBLE_PRECISION)), bindparam("lons", type_=ARRAY(DOUBLE_PRECISION)),
    bindparam("border", _BORDER_DEGREES),
)  # fmt: skip

# `IS DISTINCT FROM` keeps a repeated load from rewriting rows that are right already.
_ASSIGN_AREA_CODES = text(
    """
    WITH smallest AS (
        SELECT place.id, (
            SELECT piece.code FROM area_piece AS piece
             WHERE piece.campaign_id = place.campaign_id AND ST_DWithin(piece.geom, place.geom, :border)
             ORDER BY piece.level DESC, piece.code LIMIT 1) AS code
          FROM place WHERE place.campaign_id = :campaign_id)
    UPDATE place SET area_code = smallest.code FROM smallest
     WHERE smallest.id = place.id AND place.area_code IS DISTINCT FROM smallest.code
    """
).bindparams(bindparam("border", _BORDER_DEGREES))
# A place and its conflated doubles of other sources are one row, with the names of all and their alternate names.
_PLACES = text(
    """
    WITH listed AS (
        SELECT place_id, array_agg(name ORDER BY id) AS names FROM alternate_name
         WHERE campaign_id = :campaign_id AND place_id IS NOT NULL GROUP BY place_id),
    doubled AS (
        SELECT place.same_as_id, array_agg(other ORDER BY place.id, other) AS names, max(place.population) AS population
          FROM place LEFT JOIN listed ON listed.place_id = place.id
         CROSS JOIN unnest(place.name || place.names || coalesce(listed.names, '{}')) AS other
         WHERE place.campaign_id = :campaign_id AND place.same_as_id IS NOT NULL GROUP BY place.same_as_id)
    SELECT place.name, place.names || coalesce(listed.names, '{}') || coalesce(doubled.names, '{}'),
           ST_Y(place.geom), ST_X(place.geom), place.radius_m, place.kind,
           coalesce(greatest(place.population, doubled.population), 0)
      FROM place
      LEFT JOIN listed ON listed.place_id = place.id
      LEFT JOIN doubled ON doubled.same_as_id = place.id
     WHERE place.campaign_id = :campaign_id AND place.same_as_id IS NULL ORDER BY place.id
    """
)
# The name of an area mostly means its main town, not its middle: a place of the same name inside gives the point.
_AREAS = text(
    """
    WITH listed AS (
        SELECT area_id, array_agg(name ORDER BY id) AS names FROM alternate_name
         WHERE campaign_id = :campaign_id AND area_id IS NOT NULL GROUP BY area_id),
    named AS (
        SELECT area.*, area.names || coalesce(listed.names, '{}') AS all_names
          FROM area LEFT JOIN listed ON listed.area_id = area.id WHERE area.campaign_id = :campaign_id),
    seat AS (
        SELECT DISTINCT ON (named.id) named.id, ST_Y(place.geom) AS lat, ST_X(place.geom) AS lon
          FROM named
         CROSS JOIN LATERAL (SELECT DISTINCT lower(n) AS name FROM unnest(named.all_names || named.name) AS n) AS own
          JOIN place ON place.campaign_id = :campaign_id AND lower(place.name) = own.name
           AND place.geom && named.geom AND ST_Intersects(named.geom, place.geom)
         ORDER BY named.id, place.population DESC NULLS LAST, place.id)
    SELECT named.name, named.all_names, coalesce(seat.lat, ST_Y(inside.geom)), coalesce(seat.lon, ST_X(inside.geom)),
           sqrt(ST_Area(named.geom::geography) / pi()), named.level
      FROM named
     CROSS JOIN LATERAL (SELECT ST_PointOnSurface(named.geom) AS geom) AS inside
      LEFT JOIN seat ON seat.id = named.id
     ORDER BY named.id
    """
)
_LESSONS = text(
    """
    SELECT words, ST_Y(geom), ST_X(geom), radius_m FROM learned_placement WHERE campaign_id = :campaign_id ORDER BY id
    """
)
# A place at 0, 0 has no known point; older loads kept such places. Of an area only the bounding box is read, which is
# stored at the head of its geometry (up to 1e-5 degrees too wide): whole geometries made each map page much slower.
_EXTENT = text(
    """
    WITH extent AS MATERIALIZED (
        SELECT coalesce((SELECT ST_Extent(geom::box2d::geometry) FROM area WHERE campaign_id = :campaign_id),
                        (SELECT ST_Extent(geom) FROM place WHERE campaign_id = :campaign_id
                            AND NOT geom ~= ST_SetSRID(ST_Point(0, 0), 4326))) AS box)
    SELECT ST_YMin(box), ST_XMin(box), ST_YMax(box), ST_XMax(box) FROM extent
    """
)

_AREA_NAMES = text(
    """
    SELECT point.n, area.name
      FROM unnest(:lats, :lons) WITH ORDINALITY AS point(lat, lon, n)
     CROSS JOIN LATERAL (
           SELECT DISTINCT piece.area_id FROM area_piece AS piece
            WHERE piece.campaign_id = :campaign_id
              AND ST_DWithin(piece.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326), :border)) AS around
      JOIN area ON area.id = around.area_id
     ORDER BY point.n, area.level DESC, area.code
    """
).bindparams(
    bindparam("lats", type_=ARRAY(DOUBLE_PRECISION)), bindparam("lons", type_=ARRAY(DOUBLE_PRECISION)),
    bindparam("border", _BORDER_DEGREES),
)  # fmt: skip

# A location whose radius is twice the area's own, or more, does not say that something lies in the area.
_KNOWN_LEVEL = text(
    """
    SELECT coalesce(max(level), -1)
      FROM area
     WHERE campaign_id = :campaign_id AND ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :border)
       AND :radius_m < 2 * sqrt(ST_Area(geom::geography) / pi())
    """
).bindparams(bindparam("border", _BORDER_DEGREES))


def list_area_names(connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]) -> list[list[str]]:
    """List for each (lat, lon) the names of the areas around it, the smallest first."""
    names: list[list[str]] = [[] for _ in points]
    if points:
        values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
        for number, name in connection.execute(_AREA_NAMES, values):
            names[number - 1].append(name)
    return names


def list_area_codes(
    connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]
) -> list[dict[int, str]]:
    """List for each (lat, lon) the code of the area around it at every level; {} where there is none.

    All points take one round trip. A point on a border (within 1e-9 degrees, a tenth of a millimetre) is of the area
    whose code sorts first.
    """
    codes: list[dict[int, str]] = [{} for _ in points]
    if not points:
        return codes
    values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
    for number, level, code in connection.execute(_AREA_CODES, values):
        codes[number - 1][level] = code
    return codes


def find_known_codes(
    connection: Connection, campaign_id: int, lat: float, lon: float, radius_m: float
) -> dict[int, str]:
    """Find the codes of the areas around a point that is known to `radius_m` metres.

    Areas that are too small for that circle are left out.
    """
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "radius_m": radius_m}
    level = int(connection.execute(_KNOWN_LEVEL, values).scalar_one())
    return keep_known_codes(list_area_codes(connection, campaign_id, [(lat, lon)])[0], level)


def keep_known_codes(codes: Mapping[int, str], level: int | None) -> dict[int, str]:
    """Filter one answer of `list_area_codes` to the codes down to a level; None keeps all of them.

    Where only a region was named, its point lies in some town by chance, and nobody named that town.
    """
    return {depth: code for depth, code in codes.items() if level is None or depth <= level}


def get_smallest_area_code(codes: dict[int, str]) -> str | None:
    """Return the code at the deepest level of one answer of `list_area_codes`; None when the point is in no area."""
    return codes[max(codes)] if codes else None


def get_gazetteer_version(connection: Connection, campaign_id: int) -> int:
    """Return a campaign's gazetteer version, 0 before the first change.

    The version grows with each change of places, boundaries or learned placements.
    """
    query = text("SELECT version FROM gazetteer WHERE campaign_id = :campaign_id")
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar() or 0)


def get_names_version(connection: Connection, campaign_id: int) -> int:
    """Return a campaign's names version: grows with each change of places or boundaries, not of learned placements."""
    query = text("SELECT names_version FROM gazetteer WHERE campaign_id = :campaign_id")
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar() or 0)


def bump_names_version(connection: Connection, campaign_id: int) -> int:
    """Increase the names version, so that every process reloads places and boundaries.

    Returns the new gazetteer version.
    """
    version = bump_gazetteer_version(connection, campaign_id)
    query = text("UPDATE gazetteer SET names_version = names_version + 1 WHERE campaign_id = :campaign_id")
    connection.execute(query, {"campaign_id": campaign_id})
    return version


def bump_gazetteer_version(connection: Connection, campaign_id: int) -> int:
    """Increase the gazetteer version, so that every process reloads its copy in memory; returns the new version."""
    query = text(
        """
        INSERT INTO gazetteer (campaign_id, version) VALUES (:campaign_id, 1)
        ON CONFLICT (campaign_id) DO UPDATE SET version = gazetteer.version + 1 RETURNING version
        """
    )
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar_one())


def assign_area_codes(connection: Connection, campaign_id: int) -> int:
    """Assign to each place of a campaign the code of the smallest area around it; returns how many changed."""
    return connection.execute(_ASSIGN_AREA_CODES, {"campaign_id": campaign_id}).rowcount


def iterate_places(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[str, list[str], float, float, float, str, int]]:
    """Iterate over all places as (name, other names, lat, lon, radius_m, kind, population).

    Rows are fetched in batches, so that a large gazetteer is never in memory as a whole.
    """
    yield from _iterate(connection, _PLACES, campaign_id)


def iterate_areas(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[str, list[str], float, float, float, int]]:
    """Iterate over all areas as (name, other names, lat, lon, radius_m, level).

    The radius is of a circle of equal size.
    """
    yield from _iterate(connection, _AREAS, campaign_id)


def iterate_placements(connection: Connection, campaign_id: int) -> Iterator[tuple[str, float, float, float]]:
    """Iterate over all learned placements as (words, lat, lon, radius_m), the first learned first."""
    yield from _iterate(connection, _LESSONS, campaign_id)


def find_extent(connection: Connection, campaign_id: int) -> tuple[float, float, float, float] | None:
    """Find the bounding box (south, west, north, east) of the campaign's areas.

    Without areas the box is that of its places, and None without either.
    """
    row = connection.execute(_EXTENT, {"campaign_id": campaign_id}).one()
    return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))


def _iterate(connection: Connection, query: TextClause, campaign_id: int) -> Iterator[Any]:
    result = connection.execute(query, {"campaign_id": campaign_id}, execution_options={"yield_per": 5_000})
    for row in result:
        yield tuple(row)
