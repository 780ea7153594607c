"""Bulk actions on an incident: decide on every waiting report at once, and send one update to all reporters.

Each report gets its own decision, so that a single one can be changed later. Each sender is notified once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, insert, select, text, update

from reporting.incidents.corroboration import dismiss_duplicates
from reporting.incidents.lock import lock_linking
from reporting.incidents.refresh import estimate_incidents
from reporting.incidents.updates import find_current, notify_current
from reporting.models.account import Decision
from reporting.models.incident import DuplicateBurst, IncidentUpdate
from reporting.models.report import Report
from reporting.models.states import DISMISSED, DecisionKind, ReportState, UpdateKind
from reporting.moderation.countable import check_confirmed, list_lacks
from reporting.moderation.decision_log import OpenReport, append_decision, open_report
from reporting.moderation.decisions import NOTE_LONGEST, REJECT_REASONS, REPLY_LONGEST
from reporting.moderation.errors import ChangeRefused, IncidentUnknown, InputRefused, LeaseHeldByOther
from reporting.moderation.incident.status_notices import send_status_notices

DECIDED_MOST: Final = 1_000  # reports in one act
_KINDS: Final[Mapping[str, str]] = {
    ReportState.APPROVED: DecisionKind.APPROVE,
    ReportState.REJECTED: DecisionKind.REJECT,
    ReportState.QUEUED: DecisionKind.REOPEN,
}

_WAITING = text(
    f"""
    SELECT report.id, coalesce(report.leased_by <> :account_id AND report.leased_until > now(), false) AS is_others
      FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.incident_id = :incident_id AND report.campaign_id = :campaign_id
       AND report.state = '{ReportState.QUEUED}'
       AND NOT report.is_sensitive AND (CAST(:newest AS bigint) IS NULL OR report.id <= :newest)
       AND (duplicate_burst.id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL) = :are_copies
     ORDER BY report.id LIMIT :limit FOR NO KEY UPDATE OF report
    """
)
# The report under which an update is logged: one without another moderator's lease, where there is one.
_ANCHOR = text(
    f"""
    SELECT id FROM report
     WHERE incident_id = :incident_id AND campaign_id = :campaign_id AND NOT is_sensitive
       AND state NOT IN {DISMISSED}
     ORDER BY coalesce(leased_by <> :account_id AND leased_until > now(), false), duplicate_burst_id IS NOT NULL,
         id LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class Decided:
    """The number of reports decided on, and the number left alone because other moderators hold their lease."""

    reports: int
    held: int


def decide_all(
    connection: Connection,
    campaign_id: int,
    incident_id: int,
    account_id: int,
    *,
    state: str,
    reason: str | None = None,
    note: str = "",
    are_copies: bool = False,
    is_confirmed: bool = True,
    newest: int | None = None,
) -> Decided:
    """Approve or reject the waiting reports of an incident, at most DECIDED_MOST.

    These are the independent reports, or with `are_copies` the duplicates of one text, whose senders are not notified.
    Reports after `newest`, the last one that the moderator saw, stay in the queue.

    Raises InputRefused for another state or a rejection without one of REJECT_REASONS, ChangeRefused when nothing
    waits, LeaseHeldByOther when others hold the leases of all that wait, ConfirmationMissing when reports to be
    approved would be in no figure and this was not confirmed.
    """
    if state not in (ReportState.APPROVED, ReportState.REJECTED):
        raise InputRefused("state")
    if state == ReportState.REJECTED and reason not in REJECT_REASONS:
        raise InputRefused("reason")
    if len(note) > NOTE_LONGEST:
        raise InputRefused("note")
    values = {"incident_id": incident_id, "campaign_id": campaign_id, "account_id": account_id, "limit": DECIDED_MOST}
    lock_linking(connection, campaign_id)
    rows = connection.execute(_WAITING, values | {"are_copies": are_copies, "newest": newest}).all()
    ids = [row.id for row in rows if not row.is_others]
    if not ids:
        raise LeaseHeldByOther if rows else ChangeRefused
    if state == ReportState.APPROVED:
        check_confirmed(connection, ids, is_confirmed=is_confirmed)
    set_state(
        connection, campaign_id, incident_id, account_id, ids, before=ReportState.QUEUED, state=state,
        reason=reason if state == ReportState.REJECTED else None, note=note.strip(),
    )  # fmt: skip
    estimate_incidents(connection, [incident_id])
    if not are_copies:
        send_status_notices(connection, ids, state)
    return Decided(len(ids), len(rows) - len(ids))


def set_state(
    connection: Connection, campaign_id: int, incident_id: int, account_id: int, report_ids: Sequence[int], *,
    before: str, state: str, reason: str | None = None, note: str = "",
) -> list[int]:  # fmt: skip
    """Give reports of an incident a state, each with a decision of its own; return the ids of the decisions.

    The caller has locked the reports, and checked that the change is allowed.
    """
    of_them = update(Report).where(Report.id.in_(report_ids))
    connection.execute(of_them.values(state=state, leased_by=None, leased_until=None))
    decision = {
        "campaign_id": campaign_id, "account_id": account_id, "kind": _KINDS[state], "reason": reason,
        "before": {"state": before},
        "after": {"state": state, "together": incident_id, **({"note": note} if note else {})},
    }  # fmt: skip
    decisions = [decision | {"report_id": report_id} for report_id in report_ids]
    return list(connection.execute(insert(Decision).returning(Decision.id), decisions).scalars())


def notify_all(
    connection: Connection,
    campaign_id: int,
    incident_id: int,
    account_id: int,
    *,
    texts: Mapping[str, str],
    kind: str = UpdateKind.OWN_WORDS,
    reaches_copies: bool = False,
    is_urgent: bool = False,
) -> int:
    """Send an incident update to all reporters of an incident, each in their language of `texts`.

    Returns how many are sent now.

    Where the update equals the current one, only reporters who did not get it are notified: a second press of the
    button notifies nobody twice. Reporters who join the incident later get the last update. The update respects quiet
    hours unless `is_urgent`.

    Raises InputRefused for texts that are empty or too long, IncidentUnknown.
    """
    words = {} if kind == UpdateKind.SOLVED else {code: said.strip() for code, said in texts.items() if said.strip()}
    if kind not in tuple(UpdateKind) or (kind == UpdateKind.OWN_WORDS and not words):
        raise InputRefused("text")
    if any(len(said) > REPLY_LONGEST for said in words.values()):
        raise InputRefused("text")
    report = open_anchor(connection, campaign_id, incident_id, account_id)
    current = find_current(connection, incident_id)
    if current is not None and (current.kind, current.texts) == (kind, words):
        if reaches_copies and not current.reaches_copies:
            widened = update(IncidentUpdate).where(IncidentUpdate.id == current.id).values(reaches_copies=True)
            connection.execute(widened)
        return notify_current(connection, incident_id, respects_quiet_hours=not is_urgent)
    row = {
        "campaign_id": campaign_id, "report_id": report.id, "kind": kind, "texts": words,
        "reaches_copies": reaches_copies,
    }  # fmt: skip
    update_id = connection.execute(insert(IncidentUpdate).values(row).returning(IncidentUpdate.id)).scalar_one()
    told = notify_current(connection, incident_id, respects_quiet_hours=not is_urgent)
    append_decision(connection, report, account_id, DecisionKind.TELL, after={"update_id": update_id, "told": told})
    return told


def count_duplicates(
    connection: Connection, campaign_id: int, incident_id: int, account_id: int, *, burst_id: int
) -> None:
    """Count the coordinated duplicates of one text as independent sources after all.

    Raises ChangeRefused when they count already or are not of the incident, IncidentUnknown.
    """
    report = open_anchor(connection, campaign_id, incident_id, account_id)
    is_here = select(Report.id).where(Report.incident_id == incident_id, Report.duplicate_burst_id == burst_id).limit(1)
    is_open = select(DuplicateBurst.id).where(
        DuplicateBurst.id == burst_id, DuplicateBurst.campaign_id == campaign_id, DuplicateBurst.dismissed_at.is_(None)
    )
    if any(connection.execute(query).first() is None for query in (is_here, is_open)):
        raise ChangeRefused
    dismiss_duplicates(connection, burst_id, is_dismissed=True)
    append_decision(connection, report, account_id, DecisionKind.COUNT_DUPLICATES, after={"wave_id": burst_id})


def count_lacking(connection: Connection, incident_id: int) -> Mapping[bool, int]:
    """Count the waiting reports that would be in no figure: independent ones (False) and duplicates (True)."""
    query = text(
        f"""
        SELECT report.id, duplicate_burst.id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL AS are_copies
          FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
         WHERE report.incident_id = :incident_id AND report.state = '{ReportState.QUEUED}' AND NOT report.is_sensitive
         ORDER BY report.id LIMIT :limit
        """
    )
    rows = connection.execute(query, {"incident_id": incident_id, "limit": 2 * DECIDED_MOST}).all()
    lacking = list_lacks(connection, [row.id for row in rows])
    return Counter(row.are_copies for row in rows if row.id in lacking)


def find_newest(connection: Connection, incident_id: int) -> int:
    """Find the id of the last report of an incident; 0 without one."""
    query = text("SELECT coalesce(max(id), 0) FROM report WHERE incident_id = :incident_id")
    return int(connection.execute(query, {"incident_id": incident_id}).scalar_one())


def count_waiting(connection: Connection, incident_id: int) -> Mapping[bool, int]:
    """Count the reports that wait for a decision: independent ones (False) and duplicates (True)."""
    query = text(
        f"""
        SELECT duplicate_burst.id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL AS are_copies,
            count(*) AS reports
          FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
         WHERE report.incident_id = :incident_id AND report.state = '{ReportState.QUEUED}' AND NOT report.is_sensitive
         GROUP BY 1
        """
    )
    return {row.are_copies: row.reports for row in connection.execute(query, {"incident_id": incident_id})}


def open_anchor(connection: Connection, campaign_id: int, incident_id: int, account_id: int) -> OpenReport:
    """Lock the report that stands for the incident in the decision log, after the linking lock.

    Raises IncidentUnknown.
    """
    values: dict[str, Any] = {"incident_id": incident_id, "campaign_id": campaign_id, "account_id": account_id}
    lock_linking(connection, campaign_id)
    anchor_id = connection.execute(_ANCHOR, values).scalar()
    if anchor_id is None:
        raise IncidentUnknown
    return open_report(connection, anchor_id, account_id)
