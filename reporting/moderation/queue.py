"""The moderation queue: leases assign reports to moderators. A lease expires, so that no report stays blocked."""

from typing import Final

from sqlalchemy import Connection, TextClause, text

from reporting.models.states import ReportState
from reporting.moderation.second_reading.hold import NOT_HELD

LEASE_S: Final = 600

# One statement locks and leases the row. Of two accounts that ask at once, the second skips the row of the first.
_HELD = text(
    f"""
    UPDATE report SET leased_until = now() + make_interval(secs => :lease_s)
     WHERE id = (SELECT id FROM report
                  WHERE campaign_id = :campaign_id AND state = '{ReportState.QUEUED}' AND is_sensitive = :is_restricted
                    AND {NOT_HELD}
                    AND leased_by = :account_id AND leased_until > now() AND id <> :after_id
                    AND (CAST(:topic_id AS bigint) IS NULL OR topic_id = :topic_id)
                  ORDER BY -urgency, reported_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
    """
)
_FREE = text(
    f"""
    UPDATE report SET leased_by = :account_id, leased_until = now() + make_interval(secs => :lease_s)
     WHERE id = (SELECT id FROM report
                  WHERE campaign_id = :campaign_id AND state = '{ReportState.QUEUED}' AND is_sensitive = :is_restricted
                    AND {NOT_HELD}
                    AND NOT EXISTS (SELECT FROM report_assignment AS taken
                                     WHERE taken.report_id = report.id
                                       AND (taken.assigned_to <> :account_id OR taken.snoozed_until > now()))
                    AND NOT EXISTS (SELECT FROM report AS passed WHERE passed.id = :after_id
                                       AND (-passed.urgency, passed.reported_at, passed.id)
                                        >= (-report.urgency, report.reported_at, report.id))
                    AND (leased_until IS NULL OR leased_until <= now())
                    AND (CAST(:topic_id AS bigint) IS NULL OR topic_id = :topic_id)
                  ORDER BY -urgency, reported_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
    """
)
_RENEW = text(
    f"""
    UPDATE report SET leased_by = :account_id, leased_until = now() + make_interval(secs => :lease_s)
     WHERE id = :report_id AND state = '{ReportState.QUEUED}'
       AND (leased_by = :account_id OR leased_until IS NULL OR leased_until <= now())
    RETURNING id
    """
)
_GIVE_BACK = text(
    """
    UPDATE report SET leased_by = NULL, leased_until = NULL WHERE id = :report_id AND leased_by = :account_id
    RETURNING id
    """
)
_BREAK = text(
    """
    UPDATE report SET leased_by = NULL, leased_until = NULL
     WHERE id = :report_id AND campaign_id = :campaign_id AND leased_by IS NOT NULL
       AND (NOT is_sensitive OR :sees_restricted)
    RETURNING id
    """
)


def assign_next(
    connection: Connection,
    campaign_id: int,
    account_id: int,
    *,
    lease_s: int = LEASE_S,
    topic_id: int | None = None,
    after_id: int = 0,
    is_restricted: bool = False,
) -> int | None:
    """Lease the next report to an account and return its id; None when the queue has nothing for it.

    A report that the account has leased already comes first, then the most urgent, and of these the oldest. With
    `after_id` (the report that is passed over) the next one after it is leased, and after the last one the first again.
    Two accounts never hold the same report. Sensitive reports have a queue of their own.
    """
    values = {"campaign_id": campaign_id, "account_id": account_id, "lease_s": lease_s, "topic_id": topic_id}
    values["is_restricted"] = is_restricted
    held = _lease(connection, _HELD, values, after_id)
    if held is not None:
        return held
    found = _lease(connection, _FREE, values, after_id)
    if found is None and after_id:
        found = _lease(connection, _FREE, values, 0)
    return found


def renew(connection: Connection, report_id: int, account_id: int, *, lease_s: int = LEASE_S) -> bool:
    """Take or renew the lease of a queued report. Returns False when another account holds it or it is decided."""
    values = {"report_id": report_id, "account_id": account_id, "lease_s": lease_s}
    return connection.execute(_RENEW, values).first() is not None


def give_back(connection: Connection, report_id: int, account_id: int) -> bool:
    """End the account's own lease. Returns False when the account does not hold it (any more)."""
    return connection.execute(_GIVE_BACK, {"report_id": report_id, "account_id": account_id}).first() is not None


def break_lease(connection: Connection, campaign_id: int, report_id: int, *, sees_restricted: bool = False) -> bool:
    """End another account's lease, as a supervisor. Returns False when there was none."""
    values = {"report_id": report_id, "campaign_id": campaign_id, "sees_restricted": sees_restricted}
    return connection.execute(_BREAK, values).first() is not None


def _lease(connection: Connection, statement: TextClause, values: dict[str, int | None], after_id: int) -> int | None:
    found = connection.execute(statement, {**values, "after_id": after_id}).scalar()
    return None if found is None else int(found)
