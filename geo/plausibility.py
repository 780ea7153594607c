"""Whether a point lies far from everywhere that a campaign knows: most often a slip, such as two numbers exchanged."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

FAR_DEG: Final = 0.5  # from every area: some 50 km

# By the indexes on the shapes themselves; the first area that is near enough ends the look.
_IS_NEAR = text(
    """
    SELECT NOT EXISTS (SELECT FROM area WHERE campaign_id = :campaign_id)
        OR EXISTS (SELECT FROM area WHERE campaign_id = :campaign_id
                      AND ST_DWithin(area.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :far_deg))
    """
)
# Of several points at once: those far outside whose two numbers are a point inside when they are exchanged.
_LIST_EXCHANGED = text(
    """
    SELECT number FROM unnest(CAST(:numbers AS integer[]), CAST(:lats AS float[]), CAST(:lons AS float[]))
                       AS given (number, lat, lon)
     WHERE abs(lon) <= 90
       AND NOT EXISTS (SELECT FROM area_piece AS piece WHERE piece.campaign_id = :campaign_id
                          AND ST_DWithin(piece.geom, ST_SetSRID(ST_MakePoint(lon, lat), 4326), :far_deg))
       AND EXISTS (SELECT FROM area_piece AS piece WHERE piece.campaign_id = :campaign_id
                      AND ST_DWithin(piece.geom, ST_SetSRID(ST_MakePoint(lat, lon), 4326), :far_deg))
     ORDER BY number
    """
)
EXCHANGED: Final = "far outside the campaign's areas: latitude and longitude look exchanged"


def list_exchanged(connection: Connection, campaign_id: int, points: Sequence[tuple[float, float]]) -> list[int]:
    """The indexes of the (lat, lon) that lie far outside all areas of the campaign, and in them the other way round."""
    values = {
        "campaign_id": campaign_id, "far_deg": FAR_DEG, "numbers": list(range(len(points))),
        "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points],
    }  # fmt: skip
    return list(connection.execute(_LIST_EXCHANGED, values).scalars())


def is_far_outside(connection: Connection, campaign_id: int, lat: float, lon: float) -> bool:
    """Whether the point is far outside all areas of the campaign; False where none are loaded."""
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "far_deg": FAR_DEG}
    return not connection.execute(_IS_NEAR, values).scalar_one()
