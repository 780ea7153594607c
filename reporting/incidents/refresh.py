"""Incident refresh: after reports join, leave or change, estimates place and time again and notifies reporters.

Both estimates and the number of reports are computed from the current reports, so that an undone decision leaves no
trace. Only the `LOOKED_AT` most certain and earliest reports of an incident are read, and no more are counted, so that
large incidents cost no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, text

from reporting.incidents.estimate import EstimatedTime, Place, estimate_place, estimate_time
from reporting.incidents.updates import notify_joiners, take_back_strays
from reporting.models.states import DISMISSED, ReportState

LOOKED_AT: Final = 60  # reports of an incident that are read for its place, and for its time

# Locks the incidents, so that of two workers the second sees the first one's changes and both reports are counted.
_LOCK = text("SELECT id FROM incident WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE")
_PLACES = text(
    f"""
    SELECT wanted.id AS incident_id, ST_Y(told.point) AS lat, ST_X(told.point) AS lon, told.radius_m
      FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     CROSS JOIN LATERAL (
           SELECT point, coalesce(radius_m, 0) AS radius_m FROM report
            WHERE incident_id = wanted.id AND point IS NOT NULL AND state <> '{ReportState.REJECTED}'
            ORDER BY report.radius_m, report.id LIMIT :limit) AS told
    """
)
_MOMENTS = text(
    f"""
    SELECT wanted.id AS incident_id, told.occurred_at, told.occurred_precision_s
      FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     CROSS JOIN LATERAL (
           SELECT occurred_at, occurred_precision_s FROM report
            WHERE incident_id = wanted.id AND state NOT IN {DISMISSED}
            ORDER BY report.occurred_at, report.id LIMIT :limit) AS told
    """
)
# The linking lock is held, so no other worker can add a report to an incident that is empty here.
_DROP_EMPTY = text(
    """
    DELETE FROM incident WHERE id = ANY(CAST(:ids AS bigint[]))
       AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id)
    """
)
_PUT = text(
    f"""
    UPDATE incident SET point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), radius_m = :radius_m, occurred_at = :at,
           occurred_precision_s = :precision_s,
           report_count = (SELECT count(*) FROM (
                SELECT FROM report WHERE incident_id = :id AND state <> '{ReportState.ERASED}' LIMIT :limit) AS told)
     WHERE id = :id
    """
)


def follow(connection: Connection, incident_ids: Iterable[int], report_ids: Sequence[int]) -> None:
    """Refresh incidents after these reports joined or left one; delete those without reports.

    Incident updates that wait for senders who left are withdrawn, and joiners are sent the latest update once.
    """
    ids = sorted(set(incident_ids))
    connection.execute(_DROP_EMPTY, {"ids": ids})
    estimate_incidents(connection, ids)
    take_back_strays(connection, report_ids)
    notify_joiners(connection, ids, report_ids)


def estimate_incidents(connection: Connection, incident_ids: Iterable[int]) -> None:
    """Estimate place and time of incidents again; ids of deleted incidents are ignored."""
    ids = sorted(set(incident_ids))
    if not ids:
        return
    values = {"ids": ids, "limit": LOOKED_AT}
    connection.execute(_LOCK, {"ids": ids})
    places: dict[int, list[Place]] = defaultdict(list)
    for row in connection.execute(_PLACES, values):
        places[row.incident_id].append(Place(row.lat, row.lon, row.radius_m))
    moments: dict[int, list[EstimatedTime]] = defaultdict(list)
    for row in connection.execute(_MOMENTS, values):
        moments[row.incident_id].append(EstimatedTime(row.occurred_at, row.occurred_precision_s))
    rows = []
    for incident_id in ids:
        place, moment = estimate_place(places[incident_id]), estimate_time(moments[incident_id])
        rows.append(
            {
                "id": incident_id,
                "lat": place.lat if place else None,
                "lon": place.lon if place else None,
                "radius_m": place.radius_m if place else None,
                "at": moment.at if moment else None,
                "precision_s": moment.precision_s if moment else None,
                "limit": LOOKED_AT,
            }
        )
    connection.execute(_PUT, rows)
