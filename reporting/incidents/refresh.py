"""What follows when reports come to an incident, leave it or change: its best place and time, and who is told what.

Both are worked out from the reports as they are then, so that an act that is undone leaves no trace in them. However
many reports an incident has, only the most certain and the earliest are looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, text

from reporting.incidents.estimate import EstimatedTime, Place, estimate_place, estimate_time
from reporting.incidents.updates import notify_joiners, take_back_strays

LOOKED_AT: Final = 60  # reports of an incident that its place and its time are estimated from

# Who estimates second sees what the first has changed: without this each would count without the other's report.
_LOCK = text("SELECT id FROM incident WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE")
_PLACES = text(
    """
    SELECT wanted.id AS incident_id, ST_Y(told.point) AS lat, ST_X(told.point) AS lon, told.radius_m
      FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     CROSS JOIN LATERAL (
           SELECT point, coalesce(radius_m, 0) AS radius_m FROM report
            WHERE incident_id = wanted.id AND point IS NOT NULL AND state <> 'rejected'
            ORDER BY report.radius_m, report.id LIMIT :limit) AS told
    """
)
_MOMENTS = text(
    """
    SELECT wanted.id AS incident_id, told.occurred_at, told.occurred_precision_s
      FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     CROSS JOIN LATERAL (
           SELECT occurred_at, occurred_precision_s FROM report
            WHERE incident_id = wanted.id AND state NOT IN ('rejected', 'erased')
            ORDER BY report.occurred_at, report.id LIMIT :limit) AS told
    """
)
# Whoever moves links has the turn, so nobody is about to bring a report to an incident that the last one has left.
_DROP_EMPTY = text(
    """
    DELETE FROM incident WHERE id = ANY(CAST(:ids AS bigint[]))
       AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id)
    """
)
_PUT = text(
    """
    UPDATE incident SET point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), radius_m = :radius_m, occurred_at = :at,
           occurred_precision_s = :precision_s WHERE id = :id
    """
)


def follow(connection: Connection, incident_ids: Iterable[int], report_ids: Sequence[int]) -> None:
    """Bring incidents up to date after these reports came to one of them or left one; one without reports goes.

    Texts that wait for somebody who is no reporter of it any more are taken back, and who has come is told the last
    update once.
    """
    ids = sorted(set(incident_ids))
    connection.execute(_DROP_EMPTY, {"ids": ids})
    estimate_incidents(connection, ids)
    take_back_strays(connection, report_ids)
    notify_joiners(connection, ids, report_ids)


def estimate_incidents(connection: Connection, incident_ids: Iterable[int]) -> None:
    """Estimate place and time of incidents anew; ids of incidents that are gone are passed over."""
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
            }
        )
    connection.execute(_PUT, rows)
