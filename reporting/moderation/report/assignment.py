"""Whose a report is, and until when it is put off: how people share the work, beside the lease of who has it open.

An assigned report is handed out to nobody else, a report that is put off to nobody. Both only order the work: anybody
who may moderate can still open the report and decide on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from reporting.accounts.role import MODERATE, SAFEGUARD
from reporting.models.base import now
from reporting.models.desk import ReportAssignment
from reporting.models.states import DecisionKind, ReportState
from reporting.moderation.decision_log import OpenReport, append_decision, change_report, open_report
from reporting.moderation.errors import InputRefused

SNOOZED_LONGEST: Final = timedelta(days=365)
_LISTED: Final = 100
_COLLEAGUES = text(
    """
    SELECT account.id, account.name FROM account
     WHERE account.active AND EXISTS (
           SELECT FROM account_role JOIN role ON role.id = account_role.role_id
            WHERE account_role.account_id = account.id AND :permission = ANY(string_to_array(role.permissions, ',')))
       AND (NOT account.is_campaign_limited OR EXISTS (
            SELECT FROM account_campaign
             WHERE account_campaign.account_id = account.id AND account_campaign.campaign_id = :campaign_id))
     ORDER BY account.name, account.id
    """
)
_ASSIGNED = text(
    f"""
    SELECT report.id, report.reference, report.reported_at, taken.changed_at, changer.name AS by_name,
           taken.snoozed_until > now() AS is_snoozed, taken.snoozed_until
      FROM report_assignment AS taken
      JOIN report ON report.id = taken.report_id
      LEFT JOIN account AS changer ON changer.id = taken.changed_by
     WHERE taken.assigned_to = :account_id AND taken.campaign_id = :campaign_id
       AND report.state = '{ReportState.QUEUED}' AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY report.reported_at, report.id LIMIT :limit
    """
)
_FIND = text(
    """
    SELECT taken.assigned_to, account.name AS assigned_name,
           CASE WHEN taken.snoozed_until > now() THEN taken.snoozed_until END AS snoozed_until
      FROM report_assignment AS taken LEFT JOIN account ON account.id = taken.assigned_to
     WHERE taken.report_id = :report_id
    """
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may moderate in a campaign."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose a report is, and until when it is put off; None for nobody's, and for not at all."""

    assigned_to: int | None = None
    assigned_name: str | None = None
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssignedReport:
    """A waiting report that is assigned to an account, by whom and when."""

    id: int
    reference: str
    reported_at: datetime
    changed_at: datetime
    by_name: str | None
    is_snoozed: bool | None
    snoozed_until: datetime | None


def assign(connection: Connection, report_id: int, account_id: int, *, to_account_id: int | None) -> None:
    """Assign a report to somebody who may work on it, or to nobody.

    Raises InputRefused for an account that may not moderate in the campaign, or not see this report; ReportUnknown,
    LeaseHeldByOther.
    """
    report = open_report(connection, report_id, account_id)
    able = list_colleagues(connection, report.campaign_id, sees_restricted=report.is_sensitive)
    if to_account_id is not None and to_account_id not in {each.id for each in able}:
        raise InputRefused("assigned_to")
    if to_account_id not in (None, account_id):
        change_report(connection, report.id, leased_by=None, leased_until=None)
    _write(connection, report, account_id, assigned_to=to_account_id)
    append_decision(connection, report, account_id, DecisionKind.ASSIGN, after={"to": to_account_id})


def snooze(connection: Connection, report_id: int, account_id: int, *, until: datetime | None) -> None:
    """Put a report off until a time, or no more: it is not handed out before.

    Raises InputRefused for a time that is over or more than a year off; ReportUnknown, LeaseHeldByOther.
    """
    if until is not None and not now() < until <= now() + SNOOZED_LONGEST:
        raise InputRefused("until")
    report = open_report(connection, report_id, account_id)
    if until is not None:
        change_report(connection, report.id, leased_by=None, leased_until=None)
    _write(connection, report, account_id, snoozed_until=until)
    after = {"until": until.isoformat() if until is not None else None}
    append_decision(connection, report, account_id, DecisionKind.SNOOZE, after=after)


def find_assignment(connection: Connection, report_id: int) -> Assignment:
    """Find whose a report is and until when it is put off."""
    row = connection.execute(_FIND, {"report_id": report_id}).one_or_none()
    return Assignment() if row is None else Assignment(*row)


def list_assigned(
    connection: Connection, campaign_id: int, account_id: int, *, sees_restricted: bool
) -> list[AssignedReport]:
    """List the waiting reports that are assigned to an account, the oldest first."""
    values = {
        "campaign_id": campaign_id, "account_id": account_id, "sees_restricted": sees_restricted, "limit": _LISTED,
    }  # fmt: skip
    return [AssignedReport(*row) for row in connection.execute(_ASSIGNED, values)]


def list_colleagues(connection: Connection, campaign_id: int, *, sees_restricted: bool = False) -> Sequence[Colleague]:
    """List who may moderate in a campaign; with `sees_restricted` who may see its sensitive reports."""
    permission = SAFEGUARD if sees_restricted else MODERATE
    rows = connection.execute(_COLLEAGUES, {"campaign_id": campaign_id, "permission": permission})
    return [Colleague(*row) for row in rows]


def _write(connection: Connection, report: OpenReport, account_id: int, **changed: Any) -> None:
    """Write one of the two, and leave the other as it is."""
    values = {**changed, "changed_by": account_id, "changed_at": now()}
    row = {"report_id": report.id, "campaign_id": report.campaign_id, **values}
    statement = insert(ReportAssignment).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=[ReportAssignment.report_id], set_=values))
