"""The moderation queue: leases assign reports to moderators. A lease expires, so that no report stays blocked.

What is handed out is decided in one place, by the desk (`desk/lease.py`): the queue is its list of all that waits.
"""

from sqlalchemy import Connection, text

from reporting.models.states import ReportState
from reporting.moderation.desk.filters import Filters
from reporting.moderation.desk.lease import LEASE_S, lease_first
from reporting.moderation.desk.listing import Order, find_cursor

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
    filters = Filters(topic=None if topic_id is None else str(topic_id), is_restricted=is_restricted)
    after = find_cursor(connection, after_id) if after_id else None
    return lease_first(
        connection, campaign_id, account_id, filters, order=Order.URGENT, after=after, sees_restricted=is_restricted,
        lease_s=lease_s,
    )  # fmt: skip


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
