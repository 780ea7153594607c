"""Whether a point lies far from everywhere that a campaign knows: most often a slip, such as two numbers exchanged."""

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


def is_far_outside(connection: Connection, campaign_id: int, lat: float, lon: float) -> bool:
    """Whether the point is far outside all areas of the campaign; False where none are loaded."""
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "far_deg": FAR_DEG}
    return not connection.execute(_IS_NEAR, values).scalar_one()
