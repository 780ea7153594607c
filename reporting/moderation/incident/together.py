"""One key for an incident: approve a report with all of its incident that wait, and undo all of it at once.

Left alone is what somebody else has: reports that another account reads or is assigned to, and those that are put off.
The reports are those that the page named, at most TOGETHER_MOST, so that its cost does not grow with the incident.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.incidents.lock import lock_linking
from reporting.incidents.refresh import estimate_incidents
from reporting.models.states import BESIDE, DecisionKind, ReportState
from reporting.moderation.bulk import set_state
from reporting.moderation.countable import check_confirmed, list_lacks
from reporting.moderation.errors import ChangeRefused, LeaseHeldByOther
from reporting.moderation.incident.status_notices import send_status_notices
from reporting.moderation.stale_decisions import check_reports_meanwhile, get_last_of_reports

TOGETHER_MOST: Final = 200  # reports in one act
_LOOKED_AT_MOST: Final = 1_000  # waiting reports of the incident, copies of one text among them


class LeftOut(StrEnum):
    """Why a report of the incident that waits is left alone."""

    READ = "read"  # another account's lease runs
    ASSIGNED = "assigned"  # to another account
    PUT_OFF = "put_off"


# The inner query ends after a number of rows of `ix_report_incident_waiting`, however many the incident has. The report
# that is read is decided on whoever it is assigned to, as by its own button; only a lease of another account keeps it.
_WAITING: Final = f"""
    SELECT report.id,
           CASE WHEN report.leased_by <> :account_id AND report.leased_until > now() THEN '{LeftOut.READ}'
                WHEN report.id = :report_id THEN NULL
                WHEN taken.assigned_to <> :account_id THEN '{LeftOut.ASSIGNED}'
                WHEN taken.snoozed_until > now() THEN '{LeftOut.PUT_OFF}' END AS left_out
      FROM report
      LEFT JOIN report_assignment AS taken ON taken.report_id = report.id
      LEFT JOIN duplicate_burst AS burst ON burst.id = report.duplicate_burst_id
     WHERE report.id = ANY(ARRAY(
               SELECT id FROM report
                WHERE incident_id = :incident_id AND state = '{ReportState.QUEUED}' AND NOT is_sensitive
                ORDER BY id LIMIT {_LOOKED_AT_MOST}) || CAST(:report_id AS bigint))
       AND report.campaign_id = :campaign_id AND report.incident_id = :incident_id
       AND report.state = '{ReportState.QUEUED}' AND NOT report.is_sensitive
       AND (burst.id IS NULL OR burst.dismissed_at IS NOT NULL)
     ORDER BY report.id
"""
_FIND: Final = text(_WAITING)
_LOCK: Final = text(f"{_WAITING} FOR NO KEY UPDATE OF report")
_INCIDENT: Final = text("SELECT incident_id FROM report WHERE id = :report_id AND campaign_id = :campaign_id")
# The approvals of one act, and whether somebody decided on the report since.
_APPROVALS: Final = text(
    f"""
    SELECT decision.report_id, report.incident_id,
           report.state <> '{ReportState.APPROVED}' OR report.is_sensitive OR EXISTS (
               SELECT FROM decision AS later WHERE later.report_id = decision.report_id AND later.id > decision.id
                  AND later.kind NOT IN {BESIDE}) AS is_changed
      FROM decision JOIN report ON report.id = decision.report_id
     WHERE decision.id BETWEEN :first AND :last AND decision.campaign_id = :campaign_id
       AND decision.account_id = :account_id AND decision.kind = '{DecisionKind.APPROVE}'
       AND decision.after ->> 'together' = CAST(:incident_id AS text)
     ORDER BY report.id FOR NO KEY UPDATE OF report
    """
)


@dataclass(frozen=True, slots=True)
class Together:
    """What one key approves: the reports, and the last decision on them; `lacking` would count as unknown."""

    report_ids: Sequence[int]
    lacking: int
    seen: int


@dataclass(frozen=True, slots=True)
class ApprovedTogether:
    """How many reports were approved, how many left alone and why, and the first and last of their decisions."""

    reports: int
    left_out: Mapping[str, int]
    incident_id: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reopened:
    """How many reports wait again, and how many stay as they are, because somebody decided on them since."""

    reports: int
    changed: int


def find_together(connection: Connection, campaign_id: int, report_id: int, account_id: int) -> Together | None:
    """Find the reports that may be approved with this one; None where it would be alone.

    None, too, for a report that does not wait, is restricted, or is a copy of a text that many sent.
    """
    _incident_id, rows = _list_waiting(connection, campaign_id, report_id, account_id)
    free = [row.id for row in rows if row.left_out is None]
    if report_id not in free or len(free) < 2:
        return None
    chosen = [report_id, *(each for each in free if each != report_id)][:TOGETHER_MOST]
    seen = get_last_of_reports(connection, chosen)
    return Together(chosen, len(list_lacks(connection, chosen)), seen)


def approve_together(
    connection: Connection, campaign_id: int, report_id: int, account_id: int, *,
    report_ids: AbstractSet[int], seen: int, is_confirmed: bool = True,
) -> ApprovedTogether:  # fmt: skip
    """Approve those of `report_ids` that wait in the incident of a report and that nobody else has.

    Raises LeaseHeldByOther while somebody else reads the report, ChangeRefused where it does not wait any more,
    DecidedMeanwhile where others decided on one of the reports after decision `seen`, and ConfirmationMissing when
    reports would count as unknown in figures and this was not confirmed.
    """
    lock_linking(connection, campaign_id)
    incident_id, rows = _list_waiting(connection, campaign_id, report_id, account_id, locks=True)
    ids = [row.id for row in rows if row.left_out is None and row.id in report_ids]
    check_reports_meanwhile(connection, [report_id, *ids], seen)
    if report_id not in ids:
        is_read = any(row.id == report_id and row.left_out is not None for row in rows)
        raise LeaseHeldByOther if is_read else ChangeRefused
    check_confirmed(connection, ids, is_confirmed=is_confirmed)
    decided = set_state(
        connection, campaign_id, incident_id, account_id, ids, before=ReportState.QUEUED, state=ReportState.APPROVED
    )
    estimate_incidents(connection, [incident_id])
    send_status_notices(connection, ids, ReportState.APPROVED)
    left_out = Counter(row.left_out for row in rows if row.left_out is not None)
    return ApprovedTogether(len(ids), left_out, incident_id, min(decided), max(decided))


def reopen_together(
    connection: Connection, campaign_id: int, incident_id: int, account_id: int, *, first: int, last: int
) -> Reopened:
    """Put the reports that this account approved together back into the queue, but for those decided on since.

    `first` and `last` are the ids of the first and the last decision of the act. Raises ChangeRefused where nothing of
    it can be taken back.
    """
    lock_linking(connection, campaign_id)
    values = {
        "campaign_id": campaign_id, "incident_id": incident_id, "account_id": account_id, "first": first, "last": last,
    }  # fmt: skip
    rows = connection.execute(_APPROVALS, values).all()
    ids = [row.report_id for row in rows if not row.is_changed]
    if not ids:
        raise ChangeRefused
    set_state(
        connection, campaign_id, incident_id, account_id, ids, before=ReportState.APPROVED, state=ReportState.QUEUED
    )
    estimate_incidents(connection, sorted({row.incident_id for row in rows}))
    send_status_notices(connection, ids, ReportState.QUEUED)
    return Reopened(len(ids), len(rows) - len(ids))


def _list_waiting(
    connection: Connection, campaign_id: int, report_id: int, account_id: int, *, locks: bool = False
) -> tuple[int, Sequence[Row[Any]]]:
    """List what waits in the incident of a report, with the reason why it is left alone. Raises ChangeRefused."""
    values = {"report_id": report_id, "campaign_id": campaign_id, "account_id": account_id}
    incident_id = connection.execute(_INCIDENT, values).scalar()
    if incident_id is None:
        raise ChangeRefused
    rows = connection.execute(_LOCK if locks else _FIND, values | {"incident_id": incident_id}).all()
    return int(incident_id), rows
