"""The decision log: lock a report for a decision, change it and append the decision, in the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, text, update

from reporting.accounts.role import SAFEGUARD
from reporting.incidents.lock import lock_linking_of
from reporting.models.account import Decision
from reporting.models.report import Report
from reporting.moderation.errors import LeaseHeldByOther, ReportUnknown

_MAY_SEE = text(
    """
    SELECT EXISTS (SELECT FROM role JOIN account_role ON account_role.role_id = role.id
                    WHERE account_role.account_id = :account_id
                      AND :permission = ANY(string_to_array(role.permissions, ',')))
    """
)


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report that is locked for the rest of the transaction; degrees in WGS 84, metres."""

    id: int
    campaign_id: int
    state: str
    text: str
    topic_id: int | None
    contact_id: int | None
    message_id: int | None
    incident_id: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    area_codes: dict[str, Any]
    is_sensitive: bool


def open_report(
    connection: Connection, report_id: int, account_id: int, *, moves_links: bool = False, is_beside: bool = False
) -> OpenReport:
    """Lock a report that this account may decide on. With `moves_links` the linking lock is taken first.

    `is_beside`: for what stands beside the report and changes nothing of it, whoever has its lease.

    Raises ReportUnknown, also for a sensitive report that this account may not see, or LeaseHeldByOther while another
    account's lease runs.
    """
    if moves_links:
        lock_linking_of(connection, report_id)
    is_others = and_(Report.leased_by.is_not(None), Report.leased_by != account_id, Report.leased_until > func.now())
    query = (
        select(
            Report.id, Report.campaign_id, Report.state, Report.text, Report.topic_id, Report.contact_id,
            Report.message_id, Report.incident_id, func.ST_Y(Report.point).label("lat"),
            func.ST_X(Report.point).label("lon"), Report.radius_m, Report.area_codes, Report.is_sensitive,
            func.coalesce(is_others, False).label("is_others"),
        )
        .where(Report.id == report_id)
        .with_for_update(key_share=True)  # a worker that only links to the report need not wait
    )  # fmt: skip
    row = connection.execute(query).first()
    if row is None or (row.is_sensitive and not may_see_restricted(connection, account_id)):
        raise ReportUnknown
    values = dict(row._mapping)
    if values.pop("is_others") and not is_beside:
        raise LeaseHeldByOther
    return OpenReport(**values)


def change_report(connection: Connection, report_id: int, **values: Any) -> None:
    """Set columns of a report."""
    connection.execute(update(Report).where(Report.id == report_id).values(**values))


def append_decision(
    connection: Connection,
    report: OpenReport,
    account_id: int,
    kind: str,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Append a decision with its changes, and return its id."""
    values = {
        "campaign_id": report.campaign_id,
        "report_id": report.id,
        "account_id": account_id,
        "kind": kind,
        "reason": reason,
        "before": before or {},
        "after": after or {},
    }
    return int(connection.execute(insert(Decision).values(values).returning(Decision.id)).scalar_one())


def may_see_restricted(connection: Connection, account_id: int) -> bool:
    """Return whether one of the account's roles has the permission to see sensitive reports."""
    return bool(connection.execute(_MAY_SEE, {"account_id": account_id, "permission": SAFEGUARD}).scalar())


def is_restricted(connection: Connection, report_id: int) -> bool:
    """Return whether the report is sensitive."""
    return bool(connection.execute(select(Report.is_sensitive).where(Report.id == report_id)).scalar())


def is_in_campaign(connection: Connection, report_id: int, campaign_id: int, *, sees_restricted: bool = False) -> bool:
    """Return whether the campaign has such a report. A sensitive one counts only where `sees_restricted`."""
    query = select(Report.is_sensitive).where(Report.id == report_id, Report.campaign_id == campaign_id)
    is_sensitive = connection.execute(query).scalar()
    return is_sensitive is not None and (sees_restricted or not is_sensitive)
