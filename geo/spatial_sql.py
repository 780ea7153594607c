"""All spatial SQL of the project, in small named functions. Points are (lat, lon) in degrees, WGS 84."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

# A border is as wide as a tenth of a millimetre, and a point on it belongs to both sides: cut pieces have corners that
# the whole has not, and what is nobody's by the last digit must be somebody's.
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
# A place and its doubles of other sources are one, with the names of all and of the lists that name them.
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
# An area's name means its seat more often than its middle: a place of the same name inside it gives the point.
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
# A place at 0, 0 is one whose point nobody knew; older loads kept such. Of an area the box that stands at the head of
# its shape is enough (within 1e-5 degrees outwards): whole shapes cost each page with a map several times as much.
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
# A place of 300 people or more on a square kilometre is urban where its source does not say (Degree of Urbanisation,
# United Nations Statistical Commission 2020, asks that of cells of one square kilometre; here the area stands in).
_URBAN = text(
    """
    SELECT DISTINCT ON (point.n) point.n,
           coalesce(area.is_urban, area.population / nullif(ST_Area(area.geom::geography) / 1e6, 0) >= 300)
      FROM unnest(:lats, :lons) WITH ORDINALITY AS point(lat, lon, n)
      JOIN area_piece AS piece ON piece.campaign_id = :campaign_id
       AND ST_DWithin(piece.geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326), :border)
      JOIN area ON area.id = piece.area_id AND (area.is_urban IS NOT NULL OR area.population IS NOT NULL)
     ORDER BY point.n, area.level DESC, area.code
    """
).bindparams(
    bindparam("lats", type_=ARRAY(DOUBLE_PRECISION)), bindparam("lons", type_=ARRAY(DOUBLE_PRECISION)),
    bindparam("border", _BORDER_DEGREES),
)  # fmt: skip

# A circle that is twice as wide as an area, or wider, does not say that something is in there.
_KNOWN_LEVEL = text(
    """
    SELECT coalesce(max(level), -1)
      FROM area
     WHERE campaign_id = :campaign_id AND ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :border)
       AND :radius_m < 2 * sqrt(ST_Area(geom::geography) / pi())
    """
).bindparams(bindparam("border", _BORDER_DEGREES))


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
    """For each (lat, lon) the code of the area around it at every level, in one round trip; {} where there is none.

    A point on a border (within 1e-9 degrees, a tenth of a millimetre) is of the area whose code sorts first.
    """
    codes: list[dict[int, str]] = [{} for _ in points]
    if not points:
        return codes
    values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
    for number, level, code in connection.execute(_AREA_CODES, values):
        codes[number - 1][level] = code
    return codes


def list_urban(connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]) -> list[bool | None]:
    """For each (lat, lon) whether it is urban, by the smallest area that says so or has its population; else None."""
    urban: list[bool | None] = [None for _ in points]
    if points:
        values = {"campaign_id": campaign_id, "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points]}
        for number, is_urban in connection.execute(_URBAN, values):
            urban[number - 1] = is_urban
    return urban


def find_known_codes(
    connection: Connection, campaign_id: int, lat: float, lon: float, radius_m: float
) -> dict[int, str]:
    """The codes of the areas around a point that is known to `radius_m`, without those the circle is too wide for."""
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "radius_m": radius_m}
    level = int(connection.execute(_KNOWN_LEVEL, values).scalar_one())
    return keep_known_codes(list_area_codes(connection, campaign_id, [(lat, lon)])[0], level)


def keep_known_codes(codes: Mapping[int, str], level: int | None) -> dict[int, str]:
    """Of one answer of `list_area_codes` the codes down to a level; all where it is None. The point of a region that
    was named lies in some town, and nobody said that town."""
    return {depth: code for depth, code in codes.items() if level is None or depth <= level}


def get_smallest_area_code(codes: dict[int, str]) -> str | None:
    """The code at the deepest level of one answer of `list_area_codes`; None when the point is in no area."""
    return codes[max(codes)] if codes else None


def get_gazetteer_version(connection: Connection, campaign_id: int) -> int:
    """The number that grows with each change of a campaign's places, boundaries or lessons; 0 before the first."""
    query = text("SELECT version FROM gazetteer WHERE campaign_id = :campaign_id")
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar() or 0)


def get_names_version(connection: Connection, campaign_id: int) -> int:
    """The number that grows with each change of a campaign's places or boundaries, and with no lesson."""
    query = text("SELECT names_version FROM gazetteer WHERE campaign_id = :campaign_id")
    return int(connection.execute(query, {"campaign_id": campaign_id}).scalar() or 0)


def bump_names_version(connection: Connection, campaign_id: int) -> int:
    """Tell every process that places or boundaries changed; returns the new version of the gazetteer."""
    version = bump_gazetteer_version(connection, campaign_id)
    query = text("UPDATE gazetteer SET names_version = names_version + 1 WHERE campaign_id = :campaign_id")
    connection.execute(query, {"campaign_id": campaign_id})
    return version


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
