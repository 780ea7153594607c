"""Public location: where a single report may be shown outside of the moderation area, obfuscated once for all outputs.

Every output that shows a single report takes its place from this module, so that all outputs agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import h3
from sqlalchemy import Connection, Row, text

from geo.privacy.obfuscation import FINEST, Need, Point, locate_cell
from geo.privacy.public_locations import PublicLocation, find_public_location, show_place
from geo.tables import PublicKind
from reporting.aggregation.counting.unit import JOIN_SENDER, SENDER
from reporting.campaigns import location_privacy
from reporting.campaigns.location_privacy import read_location_privacy
from reporting.models.states import ReportState

_RADIUS_UNKNOWN_M: Final = 1_000.0
_DECIMALS: Final = 4  # of a degree, for the middle of a cell, which is no secret

# Only approved reports, and never a sensitive one: the mere fact that somebody reported from a place may harm.
_REPORT = text(
    f"""
    SELECT report.id, ST_Y(report.point) AS lat, ST_X(report.point) AS lon, report.radius_m, report.purged_at,
           campaign.settings
      FROM report JOIN campaign ON campaign.id = report.campaign_id
     WHERE report.campaign_id = :campaign_id AND report.reference = :reference
       AND report.state = '{ReportState.APPROVED}' AND NOT report.is_sensitive
    """
)
_REPORTERS = text(
    f"""
    SELECT {SENDER} AS sender, ST_Y(report.point) AS lat, ST_X(report.point) AS lon
      FROM report {JOIN_SENDER}
     WHERE report.campaign_id = :campaign_id AND report.state = '{ReportState.APPROVED}' AND NOT report.is_sensitive
       AND ST_DWithin(report.point::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :reach_m)
    """
)
_AREA = text("SELECT name FROM area WHERE campaign_id = :campaign_id AND code = :code ORDER BY level DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A public location: an area, a cell, or no more than the campaign.

    An area has a name. A cell has its middle in degrees and the circle around it in metres.
    """

    kind: PublicKind
    code: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: int | None = None


def find_public_place(connection: Connection, campaign_id: int, reference: str) -> PublicPlace | None:
    """Find the public location of the report with that reference; None where it must not be shown.

    The first call chooses the location and stores it, so that later calls give the same one. The caller commits.
    """
    row = connection.execute(_REPORT, {"campaign_id": campaign_id, "reference": reference}).first()
    if row is None:
        return None
    shown = _show(connection, campaign_id, row)
    return None if shown is None else _describe(connection, campaign_id, shown)


def list_reporters(connection: Connection, campaign_id: int, cell: str) -> Iterator[tuple[int, Point]]:
    """List the senders who reported from an H3 cell: a number that is one person's, and the point of the report.

    All unknown senders count as one person.
    """
    lat, lon, reach_m = locate_cell(cell)
    values = {"campaign_id": campaign_id, "lat": lat, "lon": lon}
    # An H3 child cell may lie a little outside of the edge of its parent, so the search radius is larger than the cell.
    for row in connection.execute(_REPORTERS, {**values, "reach_m": 1.5 * reach_m}):
        finest = h3.latlng_to_cell(row.lat, row.lon, FINEST)
        if h3.cell_to_parent(finest, h3.get_resolution(cell)) == cell:
            yield row.sender, (row.lat, row.lon)


def _show(connection: Connection, campaign_id: int, row: Row[Any]) -> PublicLocation | None:
    kept = find_public_location(connection, campaign_id, row.id)
    # Retention replaces the exact point. The stored public location stays: a new one would be drawn around the coarse
    # point.
    if row.lat is None or (row.purged_at is not None and kept is not None):
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
    if shown.kind is PublicKind.CELL:
        lat, lon, radius_m = locate_cell(shown.code)
        return PublicPlace(
            PublicKind.CELL, shown.code, "", round(lat, _DECIMALS), round(lon, _DECIMALS), round(radius_m)
        )
    if shown.kind is PublicKind.AREA:
        name = connection.execute(_AREA, {"campaign_id": campaign_id, "code": shown.code}).scalar()
        return PublicPlace(PublicKind.AREA, shown.code, name or "")
    return PublicPlace(shown.kind, "")
