"""What an act changed about incidents, noted with its decision so that it can be undone exactly.

A note holds numbers, states and the report's own pin, never words: what of it is about the report is erased with it.
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
    """Note in the dict that is handed out, when the block ends, what it changed about these reports' incidents and
    links and about the place and topic of the first. Then the incidents are brought up to date.
    """
    note: dict[str, Any] = {}
    members = connection.execute(_MEMBERS, {"ids": [report_id, *others]})
    ids = [row.id for row in members]
    before = _look(connection, report_id, ids)
    yield note
    after = _look(connection, report_id, ids)
    for part in ("incident_of", "incidents", "links", "corrected"):
        note[part] = _differences(before[part], after[part])
    for left, _ in note["incident_of"].values():  # it may be gone by the time that this is taken back
        row = before["incidents"][str(left)]
        note["incidents"].setdefault(str(left), [row, row])
    incidents = {*before["incident_of"].values(), *after["incident_of"].values()}
    follow(connection, incidents, ids)


def read_correctable(connection: Connection, report_id: int) -> dict[str, Any]:
    """Read the columns of a report's place and topic, which a correction changes and an undo puts back."""
    return dict(connection.execute(_CORRECTABLE, {"id": report_id}).mappings().one())


def _look(connection: Connection, report_id: int, ids: Sequence[int]) -> dict[str, dict[str, Any]]:
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
    """By key what was and what is, where they differ; None where there was or is nothing."""
    keys = sorted({*before, *after})
    return {key: [before.get(key), after.get(key)] for key in keys if before.get(key) != after.get(key)}
