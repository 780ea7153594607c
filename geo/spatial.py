"""All spatial SQL of the project, in small named functions. Points are (lat, lon) in degrees, WGS 84."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text
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
