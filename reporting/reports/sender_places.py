"""Places of senders' recent reports: evidence to choose between places of one name (homonyms)."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, text

from reporting.extraction.place_options import SURE
from reporting.models.states import ReportState

_FARTHEST_M: Final = 10_000.0  # a location less precise than this says little about where its sender lives
# Only the last ten reports are read, so that the work for one sender is bounded.
_EARLIER: Final = text(
    f"""
    SELECT contact.id, ST_Y(last.point), ST_X(last.point)
      FROM unnest(CAST(:contact_ids AS bigint[])) AS contact(id)
     CROSS JOIN LATERAL (
           SELECT point, radius_m, place_confidence, state, is_sensitive FROM report
            WHERE report.contact_id = contact.id ORDER BY report.id DESC LIMIT 10) AS last
     WHERE last.point IS NOT NULL AND last.place_confidence >= :sure AND last.radius_m <= :farthest
       AND last.state <> '{ReportState.REJECTED}' AND NOT last.is_sensitive
    """
)


def list_earlier_points(connection: Connection, contact_ids: Collection[int]) -> dict[int, list[tuple[float, float]]]:
    """List for each contact the (latitude, longitude) of recent reports whose place is sure, newest first.

    Only a contact's last ten reports are read. Sensitive reports are left out, because a reason that is shown to
    moderators must not reveal them.
    """
    points: dict[int, list[tuple[float, float]]] = defaultdict(list)
    if contact_ids:
        values = {"contact_ids": sorted(contact_ids), "sure": SURE, "farthest": _FARTHEST_M}
        for contact_id, lat, lon in connection.execute(_EARLIER, values):
            points[contact_id].append((lat, lon))
    return points
