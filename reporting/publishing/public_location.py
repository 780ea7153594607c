"""Where a single report is said to be, outside of the moderation area: drawn once for every output.

Whatever shows a single report takes its place from here and from nowhere else, so that all of them say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import h3
from sqlalchemy import Connection, Row, text

from geo.privacy.obfuscation import FINEST, Need, Point, locate_cell
from geo.privacy.public_locations import AREA, CELL, PublicLocation, find_public_location, show_place
from reporting.aggregation.count_sql import SENDER, UNKNOWN_SENDER
from reporting.campaigns import location_privacy
from reporting.campaigns.location_privacy import read_location_privacy

_RADIUS_UNKNOWN_M: Final = 1_000.0
_DECIMALS: Final = 4  # of a degree: of the middle of a cell, which is no secret

# Only what a moderator approved, and never what is delicate: that somebody spoke of it somewhere may harm by itself.
_REPORT = text(
    """
    SELECT report.id, ST_Y(report.point) AS lat, ST_X(report.point) AS lon, report.radius_m, report.minimised_at,
           campaign.settings
      FROM report JOIN campaign ON campaign.id = report.campaign_id
     WHERE report.campaign_id = :campaign_id AND report.reference = :reference
       AND report.state = 'approved' AND NOT report.is_sensitive
    """
)
_REPORTERS = text(
    f"""
    SELECT {SENDER} AS sender, ST_Y(report.point) AS lat, ST_X(report.point) AS lon
      FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.campaign_id = :campaign_id AND report.state = 'approved' AND NOT report.is_sensitive
       AND ST_DWithin(report.point::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :reach_m)
    """  # noqa: S608  # a constant of reporting/aggregation/count_sql.py
)
_AREA = text("SELECT name FROM area WHERE campaign_id = :campaign_id AND code = :code ORDER BY level DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """What may be said: an area with its name, a cell with its middle in degrees and the circle around it in metres,
    or no more than the campaign."""

    kind: str
    code: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: int | None = None


def find_public_place(connection: Connection, campaign_id: int, reference: str) -> PublicPlace | None:
    """What may be said of where the report with that reference is; None where it may not be said at all.

    The first call draws it and stores it, so that it stays the same ever after; the caller commits.
    """
    row = connection.execute(_REPORT, {"campaign_id": campaign_id, "reference": reference}).first()
    if row is None:
        return None
    shown = _show(connection, campaign_id, row)
    return None if shown is None else _describe(connection, campaign_id, shown)


def list_reporters(connection: Connection, campaign_id: int, cell: str) -> Iterator[tuple[int, Point]]:
    """Who reported from an H3 cell, by a number that is one person's, and where; all who are unknown count as one."""
    lat, lon, reach_m = locate_cell(cell)
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon, "unknown_sender": UNKNOWN_SENDER}
    # What belongs to a cell by descent may lie a little outside of its edge.
    for row in connection.execute(_REPORTERS, {**values, "reach_m": 1.5 * reach_m}):
        finest = h3.latlng_to_cell(row.lat, row.lon, FINEST)
        if h3.cell_to_parent(finest, h3.get_resolution(cell)) == cell:
            yield row.sender, (row.lat, row.lon)


def _show(connection: Connection, campaign_id: int, row: Row[Any]) -> PublicLocation | None:
    kept = find_public_location(connection, campaign_id, row.id)
    # The exact point goes with age; what was shown stays, or it would be drawn again around what is left.
    if row.lat is None or (row.minimised_at is not None and kept is not None):
        return kept
    privacy = read_location_privacy(row.settings)
    return show_place(
        connection,
        campaign_id,
        row.id,
        (row.lat, row.lon),
        row.radius_m or _RADIUS_UNKNOWN_M,
        Need(privacy.people, privacy.reporters),
        lambda cell: list_reporters(connection, campaign_id, cell),
        as_area=privacy.shape == location_privacy.AREA,
    )


def _describe(connection: Connection, campaign_id: int, shown: PublicLocation) -> PublicPlace:
    if shown.kind == CELL:
        lat, lon, radius_m = locate_cell(shown.code)
        return PublicPlace(CELL, shown.code, "", round(lat, _DECIMALS), round(lon, _DECIMALS), round(radius_m))
    if shown.kind == AREA:
        name = connection.execute(_AREA, {"campaign_id": campaign_id, "code": shown.code}).scalar()
        return PublicPlace(AREA, shown.code, name or "")
    return PublicPlace(shown.kind, "")
