"""What others decided on a report or an incident since somebody looked at it: an act that was meant for another state
does not happen.

Looked for after the act, which has locked the report: what another transaction decided before is committed by then and
seen, and one that comes later waits. The caller's transaction is rolled back with the act.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from reporting.models.report import QUEUED
from reporting.moderation.errors import DecidedMeanwhile

# Of a machine's own doing nobody need be told: it decides on no state.
_OTHERS = text(
    """
    SELECT decision.kind, decision.decided_at, account.name FROM decision JOIN account
        ON account.id = decision.account_id
     WHERE decision.report_id = :report_id AND decision.id > :seen AND decision.xmin <> pg_current_xact_id()::xid
     ORDER BY decision.id DESC LIMIT 1
    """
)
_LAST = text("SELECT coalesce(max(id), 0) FROM decision WHERE report_id = :report_id")
_OWN_BEFORE = text(
    """
    SELECT before ->> 'state' FROM decision
     WHERE report_id = :report_id AND xmin = pg_current_xact_id()::xid AND before ? 'state' ORDER BY id LIMIT 1
    """
)
# What came to the incident and went from it meanwhile counts as well; of restricted reports nobody is told.
_OF_INCIDENT = """
      FROM decision JOIN report ON report.id = decision.report_id
     WHERE (decision.report_id = ANY(CAST(:report_ids AS bigint[]))
            OR (decision.before ? 'incident_id' AND decision.before ->> 'incident_id' = CAST(:incident_id AS text)))
       AND NOT report.is_sensitive
"""
_LAST_OF_INCIDENT = text(f"SELECT coalesce(max(decision.id), 0) {_OF_INCIDENT}")
_OTHERS_OF_INCIDENT = text(
    f"""
    SELECT later.kind, later.decided_at, account.name
      FROM (SELECT decision.id, decision.kind, decision.decided_at, decision.account_id {_OF_INCIDENT}
               AND decision.id > :seen AND decision.xmin <> pg_current_xact_id()::xid) AS later
      JOIN account ON account.id = later.account_id ORDER BY later.id DESC LIMIT 1
    """  # noqa: S608  # constants of this file
)
_MEMBERS = text("SELECT id FROM report WHERE incident_id = :incident_id ORDER BY id")


def list_members(connection: Connection, incident_id: int) -> list[int]:
    """The reports of an incident before an act, which may move some."""
    return list(connection.execute(_MEMBERS, {"incident_id": incident_id}).scalars())


def get_last_of_incident(connection: Connection, incident_id: int) -> int:
    """The number of the last decision on an incident or its reports, for the forms of its page; 0 before the first."""
    values = {"incident_id": str(incident_id), "report_ids": list_members(connection, incident_id)}
    return int(connection.execute(_LAST_OF_INCIDENT, values).scalar_one())


def check_incident_meanwhile(connection: Connection, incident_id: int, report_ids: Sequence[int], seen: int) -> None:
    """Raise DecidedMeanwhile where others decided on the incident, whose reports were these, after that decision."""
    values = {"incident_id": str(incident_id), "report_ids": list(report_ids), "seen": seen}
    found = connection.execute(_OTHERS_OF_INCIDENT, values).first()
    if found is not None:
        raise DecidedMeanwhile(found.kind, found.name, found.decided_at)


def get_last_decision(connection: Connection, report_id: int) -> int:
    """The number of the last decision on a report, for the forms of its page; 0 before the first."""
    return int(connection.execute(_LAST, {"report_id": report_id}).scalar_one())


def check_meanwhile(connection: Connection, report_id: int, seen: int | None) -> None:
    """Raise DecidedMeanwhile where others decided on the report after the decision of that number.

    Without a number (None) what this transaction decided must have been about a report that was still waiting.
    """
    if seen is not None:
        found = connection.execute(_OTHERS, {"report_id": report_id, "seen": seen}).first()
    elif connection.execute(_OWN_BEFORE, {"report_id": report_id}).scalar() in (None, QUEUED):
        return
    else:
        found = connection.execute(_OTHERS, {"report_id": report_id, "seen": 0}).first()
    if found is not None:
        raise DecidedMeanwhile(found.kind, found.name, found.decided_at)
