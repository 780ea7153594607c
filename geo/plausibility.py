"""Plausibility of points.

A point far from all areas of a campaign is most often a slip, such as swapped coordinates.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

FAR_DEG: Final = 0.5  # from every area: some 50 km

# Uses the spatial index on the areas; EXISTS stops at the first area that is near enough.
_IS_NEAR = text(
    """
    SELECT NOT EXISTS (SELECT FROM area WHERE campaign_id = :campaign_id)
        OR EXISTS (SELECT FROM area WHERE campaign_id = :campaign_id
                      AND ST_DWithin(area.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :far_deg))
    """
)
# For several points at once: those far outside all areas that lie inside one when latitude and longitude are swapped.
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
    """List the indexes of (lat, lon) points that look swapped.

    Such a point is far outside all areas of the campaign, and inside one when the two numbers are swapped.
    """
    values = {
        "campaign_id": campaign_id, "far_deg": FAR_DEG, "numbers": list(range(len(points))),
        "lats": [lat for lat, _ in points], "lons": [lon for _, lon in points],
    }  # fmt: skip
    return list(connection.execute(_LIST_EXCHANGED, values).scalars())


def is_far_outside(connection: Connection, campaign_id: int, lat: float, lon: float) -> bool:
    """Test whether a point is far outside all areas of the campaign; False where no areas are loaded."""
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "far_deg": FAR_DEG}
    return not connection.execute(_IS_NEAR, values).scalar_one()
