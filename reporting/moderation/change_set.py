"""Change set: what a decision changed about incidents, stored with the decision so that it can be undone exactly.

A change set holds numbers, states and the report's own pin, never words. An erasure of the report erases its part too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.incidents.refresh import follow

CHANGED: Final = "changed"  # the key in a decision's `after`

_MEMBERS = text(
    """
    SELECT report.id, report.incident_id FROM report
     WHERE report.incident_id IN (SELECT incident_id FROM report WHERE id = ANY(CAST(:ids AS bigint[])))
     ORDER BY report.id
    """
)
_INCIDENTS = text(
    """
    SELECT incident.id, incident.campaign_id, incident.topic_id, incident.created_at::text AS created_at
      FROM incident WHERE id IN (SELECT incident_id FROM report WHERE id = ANY(CAST(:ids AS bigint[])))
    """
)
_LINKS = text(
    """
    SELECT report_id, candidate_id, score, reasons, state, created_at::text AS created_at FROM link
     WHERE report_id = ANY(CAST(:ids AS bigint[])) OR candidate_id = ANY(CAST(:ids AS bigint[]))
    """
)
_CORRECTABLE = text(
    """
    SELECT encode(ST_AsEWKB(point), 'hex') AS point, radius_m, place_confidence, location_source, gazetteer_name,
           location_reasons, area_codes, alternatives, topic_id, topic_confidence FROM report WHERE id = :id
    """
)


@contextmanager
def noted(connection: Connection, report_id: int, others: Sequence[int] = ()) -> Iterator[dict[str, Any]]:
    """Record the changes that the `with` block makes, in the yielded dict, and refresh the incidents at the end.

    Recorded are the incidents and links of these reports, and the place and topic of the first report.
    """
    note: dict[str, Any] = {}
    members = connection.execute(_MEMBERS, {"ids": [report_id, *others]})
    ids = [row.id for row in members]
    before = _read_links(connection, report_id, ids)
    yield note
    after = _read_links(connection, report_id, ids)
    for part in ("incident_of", "incidents", "links", "corrected"):
        note[part] = _differences(before[part], after[part])
    for left, _ in note["incident_of"].values():  # the incident may be gone when this is undone
        row = before["incidents"][str(left)]
        note["incidents"].setdefault(str(left), [row, row])
    incidents = {*before["incident_of"].values(), *after["incident_of"].values()}
    follow(connection, incidents, ids)


def read_correctable(connection: Connection, report_id: int) -> dict[str, Any]:
    """Read the columns of a report's place and topic, which a correction changes and an undo restores."""
    return dict(connection.execute(_CORRECTABLE, {"id": report_id}).mappings().one())


def _read_links(connection: Connection, report_id: int, ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    of = connection.execute(
        text("SELECT id, incident_id FROM report WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids}
    )
    links = connection.execute(_LINKS, {"ids": ids}).mappings()
    incidents = connection.execute(_INCIDENTS, {"ids": ids}).mappings()
    return {
        "incident_of": {str(row.id): row.incident_id for row in of},
        "incidents": {str(row["id"]): dict(row) for row in incidents},
        "links": {f"{row['report_id']}-{row['candidate_id']}": dict(row) for row in links},
        "corrected": read_correctable(connection, report_id),
    }


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the pairs (before, after) by key where they differ; None where there was or is no value."""
    keys = sorted({*before, *after})
    return {key: [before.get(key), after.get(key)] for key in keys if before.get(key) != after.get(key)}
