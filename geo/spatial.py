"""All spatial SQL of the project, in small named functions. Points are (lat, lon) in degrees, WGS 84."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

_AREA_CODES = text(
    """
    SELECT point.n, area.level, area.code
      FROM unnest(:lats, :lons) WITH ORDINALITY AS point(lat, lon, n)
      JOIN area ON area.campaign_id = :campaign_id
       AND ST_Intersects(area.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326))
     ORDER BY point.n, area.level, area.code DESC
    """
).bindparams(bindparam("lats", type_=ARRAY(DOUBLE_PRECISION)), bindparam("lons", type_=ARRAY(DOUBLE_PRECISION)))

# `IS DISTINCT FROM` keeps a repeated load from rewriting rows that are right already.
_ASSIGN_AREA_CODES = text(
    """
    WITH smallest AS (
        SELECT place.id, (
            SELECT area.code FROM area
             WHERE area.campaign_id = place.campaign_id AND ST_Intersects(area.geom, place.geom)
             ORDER BY area.level DESC, ST_Area(area.geom), area.code LIMIT 1) AS code
          FROM place WHERE place.campaign_id = :campaign_id)
    UPDATE place SET area_code = smallest.code FROM smallest
     WHERE smallest.id = place.id AND place.area_code IS DISTINCT FROM smallest.code
    """
)
_PLACES = text(
    """
    SELECT name, names, ST_Y(geom), ST_X(geom), radius_m, kind, coalesce(population, 0)
      FROM place WHERE campaign_id = :campaign_id ORDER BY id
    """
)
# An area's name means its seat more often than its middle: a place of the same name inside it gives the point.
_AREAS = text(
    """
    SELECT area.name, area.names, coalesce(seat.lat, ST_Y(inside.geom)), coalesce(seat.lon, ST_X(inside.geom)),
           sqrt(ST_Area(area.geom::geography) / pi()), area.level
      FROM area
     CROSS JOIN LATERAL (SELECT ST_PointOnSurface(area.geom) AS geom) AS inside
      LEFT JOIN LATERAL (
           SELECT ST_Y(place.geom) AS lat, ST_X(place.geom) AS lon FROM place
            WHERE place.campaign_id = area.campaign_id AND ST_Intersects(area.geom, place.geom)
              AND lower(place.name) = ANY (SELECT lower(n) FROM unnest(area.names || area.name) AS n)
            ORDER BY place.population DESC NULLS LAST, place.id LIMIT 1) AS seat ON true
     WHERE area.campaign_id = :campaign_id ORDER BY area.id
    """
)
_LESSONS = text(
    """
    SELECT words, ST_Y(geom), ST_X(geom), radius_m FROM lesson WHERE campaign_id = :campaign_id ORDER BY id
    """
)
_EXTENT = text(
    """
    SELECT ST_YMin(box), ST_XMin(box), ST_YMax(box), ST_XMax(box)
      FROM (SELECT coalesce((SELECT ST_Extent(geom) FROM area WHERE campaign_id = :campaign_id),
                            (SELECT ST_Extent(geom) FROM place WHERE campaign_id = :campaign_id)) AS box) AS extent
    """
)


_AREA_NAMES = text(
    """
    SELECT point.n, area.name
      FROM unnest(:lats, :lons) WITH ORDINALITY AS point(lat, lon, n)
      JOIN area ON area.campaign_id = :campaign_id
       AND ST_Intersects(area.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326))
     ORDER BY point.n, area.level DESC, area.code
    """
).bindparams(bindparam("lats", type_=ARRAY(DOUBLE_PRECISION)), bindparam("lons", type_=ARRAY(DOUBLE_PRECISION)))


def list_area_names(connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]) -> list[list[str]]:
    """For each (lat, lon) the names of the areas around it, the smallest first."""
    names: list[list[str]] = [[] for _ in points]
    if points:
        values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
        for number, name in connection.execute(_AREA_NAMES, values):
            names[number - 1].append(name)
    return names


def list_area_codes(
    connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]
) -> list[dict[int, str]]:
    """For each (lat, lon) the code of the area around it at every level, in one round trip; {} where there is none."""
    codes: list[dict[int, str]] = [{} for _ in points]
    if not points:
        return codes
    values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
    for number, level, code in connection.execute(_AREA_CODES, values):
        codes[number - 1][level] = code
    return codes


def get_smallest_area_code(codes: dict[int, str]) -> str | None:
    """The code at the deepest level of one answer of `list_area_codes`; None when the point is in no area."""
    return codes[max(codes)] if codes else None


def get_gazetteer_version(connection: Connection, campaign_id: int) -> int:
    """The number that grows with each change of a campaign's places, boundaries or lessons; 0 before the first."""
    query = text("SELECT version FROM gazetteer WHERE campaign_id = :campaign_id")
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar() or 0)


def bump_gazetteer_version(connection: Connection, campaign_id: int) -> int:
    """Tell every process that its copy in memory is old; returns the new version."""
    query = text(
        """
        INSERT INTO gazetteer (campaign_id, version) VALUES (:campaign_id, 1)
        ON CONFLICT (campaign_id) DO UPDATE SET version = gazetteer.version + 1 RETURNING version
        """
    )
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar_one())


def assign_area_codes(connection: Connection, campaign_id: int) -> int:
    """Give each place of a campaign the code of the smallest area around it; returns how many changed."""
    return connection.execute(_ASSIGN_AREA_CODES, {"campaign_id": campaign_id}).rowcount


def iterate_places(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[str, list[str], float, float, float, str, int]]:
    """(name, other names, lat, lon, radius_m, kind, population) of every place; read in pieces, never held whole."""
    yield from _iterate(connection, _PLACES, campaign_id)


def iterate_areas(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[str, list[str], float, float, float, int]]:
    """(name, other names, lat, lon, radius of a circle of the same size in metres, level) of every area."""
    yield from _iterate(connection, _AREAS, campaign_id)


def iterate_lessons(connection: Connection, campaign_id: int) -> Iterator[tuple[str, float, float, float]]:
    """(words, lat, lon, radius_m) of every lesson in the order they were taught."""
    yield from _iterate(connection, _LESSONS, campaign_id)


def find_extent(connection: Connection, campaign_id: int) -> tuple[float, float, float, float] | None:
    """(south, west, north, east) of the campaign's areas, of its places where it has no areas, None without either."""
    row = connection.execute(_EXTENT, {"campaign_id": campaign_id}).one()
    return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))


def _iterate(connection: Connection, query: TextClause, campaign_id: int) -> Iterator[Any]:
    result = connection.execute(query, {"campaign_id": campaign_id}, execution_options={"yield_per": 5_000})
    for row in result:
        yield tuple(row)
