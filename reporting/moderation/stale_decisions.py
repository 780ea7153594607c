"""Stale decisions: refuse an act when others decided on the report or incident since the page was made.

The check runs after the act, which has locked the report. Decisions that other transactions made before are committed
by then and seen; later ones wait for the lock. The caller rolls its transaction back when the check raises.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from reporting.models.states import BESIDE, ReportState
from reporting.moderation.errors import DecidedMeanwhile

# Decisions without an account (by a machine) are left out: they change no state. Of many reports the last decision of
# each is read by `ix_decision_report_id`: of all together, PostgreSQL may walk every decision there is backwards.
_OTHERS = text(
    f"""
    SELECT last.kind, last.decided_at, last.name
      FROM unnest(CAST(:report_ids AS bigint[])) AS each(id)
     CROSS JOIN LATERAL (
           SELECT decision.id, decision.kind, decision.decided_at, account.name
             FROM decision JOIN account ON account.id = decision.account_id
            WHERE decision.report_id = each.id AND decision.id > :seen
              AND decision.xmin <> pg_current_xact_id()::xid AND decision.kind NOT IN {BESIDE}
            ORDER BY decision.id DESC LIMIT 1) AS last
     ORDER BY last.id DESC LIMIT 1
    """
)
_LAST = text(
    """
    SELECT coalesce(max(last.id), 0) FROM unnest(CAST(:report_ids AS bigint[])) AS each(id)
     CROSS JOIN LATERAL (SELECT max(decision.id) AS id FROM decision WHERE decision.report_id = each.id) AS last
    """
)
_OWN_BEFORE = text(
    """
    SELECT before ->> 'state' FROM decision
     WHERE report_id = :report_id AND xmin = pg_current_xact_id()::xid AND before ? 'state' ORDER BY id LIMIT 1
    """
)
# Decisions on reports that joined or left the incident count too. Sensitive reports are left out.
_OF_INCIDENT = f"""
      FROM decision JOIN report ON report.id = decision.report_id
     WHERE (decision.report_id = ANY(CAST(:report_ids AS bigint[]))
            OR (decision.before ? 'incident_id' AND decision.before ->> 'incident_id' = CAST(:incident_id AS text)))
       AND NOT report.is_sensitive AND decision.kind NOT IN {BESIDE}
"""
_LAST_OF_INCIDENT = text(f"SELECT coalesce(max(decision.id), 0) {_OF_INCIDENT}")
_OTHERS_OF_INCIDENT = text(
    f"""
    SELECT later.kind, later.decided_at, account.name
      FROM (SELECT decision.id, decision.kind, decision.decided_at, decision.account_id {_OF_INCIDENT}
               AND decision.id > :seen AND decision.xmin <> pg_current_xact_id()::xid) AS later
      JOIN account ON account.id = later.account_id ORDER BY later.id DESC LIMIT 1
    """
)
_MEMBERS = text("SELECT id FROM report WHERE incident_id = :incident_id ORDER BY id")


def list_members(connection: Connection, incident_id: int) -> list[int]:
    """List the reports of an incident before an act, which may move some of them."""
    return list(connection.execute(_MEMBERS, {"incident_id": incident_id}).scalars())


def get_last_of_incident(connection: Connection, incident_id: int) -> int:
    """Get the id of the last decision on an incident or its reports, for the forms of its page; 0 before the first."""
    values = {"incident_id": str(incident_id), "report_ids": list_members(connection, incident_id)}
    return int(connection.execute(_LAST_OF_INCIDENT, values).scalar_one())


def check_incident_meanwhile(connection: Connection, incident_id: int, report_ids: Sequence[int], seen: int) -> None:
    """Check for decisions of others on an incident or its earlier reports after decision `seen`.

    Raises DecidedMeanwhile.
    """
    values = {"incident_id": str(incident_id), "report_ids": list(report_ids), "seen": seen}
    found = connection.execute(_OTHERS_OF_INCIDENT, values).first()
    if found is not None:
        raise DecidedMeanwhile(found.kind, found.name, found.decided_at)


def get_last_decision(connection: Connection, report_id: int) -> int:
    """Get the id of the last decision on a report, for the forms of its page; 0 before the first."""
    return get_last_of_reports(connection, [report_id])


def get_last_of_reports(connection: Connection, report_ids: Sequence[int]) -> int:
    """Get the id of the last decision on any of these reports; 0 before the first."""
    return int(connection.execute(_LAST, {"report_ids": list(report_ids)}).scalar_one())


def check_meanwhile(connection: Connection, report_id: int, seen: int | None) -> None:
    """Check for decisions of others on the report after decision `seen`. Raises DecidedMeanwhile.

    With `seen` None, the report must have been waiting when this transaction decided on it.
    """
    if seen is not None:
        check_reports_meanwhile(connection, [report_id], seen)
    elif connection.execute(_OWN_BEFORE, {"report_id": report_id}).scalar() not in (None, ReportState.QUEUED):
        check_reports_meanwhile(connection, [report_id], 0)


def check_reports_meanwhile(connection: Connection, report_ids: Sequence[int], seen: int) -> None:
    """Check for decisions of others on any of these reports after decision `seen`. Raises DecidedMeanwhile."""
    found = connection.execute(_OTHERS, {"report_ids": list(report_ids), "seen": seen}).first()
    if found is not None:
        raise DecidedMeanwhile(found.kind, found.name, found.decided_at)
