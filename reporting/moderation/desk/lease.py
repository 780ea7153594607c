"""The next report of a list: the first one that nobody has, leased to the account that asks.

This is the one way to hand out reports, on the desk and in the queue. A report is leased ahead while its forerunner is
decided, so that it is on the screen at once. Two accounts never get the same one: the row is locked, and who comes
second skips it.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.moderation.desk.filters import Filters, is_free, is_handed_out, make_conditions
from reporting.moderation.desk.listing import Cursor, Order, be_behind, sort

LEASE_S: Final = 600


def lease_next(
    connection: Connection,
    campaign_id: int,
    account_id: int,
    filters: Filters,
    *,
    order: Order = Order.OLDEST,
    after: Cursor | None = None,
    sees_restricted: bool = False,
    lease_s: int = LEASE_S,
) -> int | None:
    """Lease the report behind `after`, or behind the last one the first of the list; None when nothing is left.

    A report that the account has leased already comes in its turn. Filters of a list of decided reports find nothing.
    """
    if filters.state != ReportState.QUEUED:
        return None
    conditions = make_conditions(connection, campaign_id, account_id, filters, sees_restricted=sees_restricted)
    conditions += [or_(Report.leased_by == account_id, is_free()), is_handed_out(account_id)]
    if after is None:
        return _lease(connection, account_id, conditions, order, lease_s)
    behind = _lease(connection, account_id, [*conditions, be_behind(after, order)], order, lease_s)
    if behind is not None:
        return behind
    return _lease(connection, account_id, [*conditions, Report.id != after.report_id], order, lease_s)


def lease_first(
    connection: Connection,
    campaign_id: int,
    account_id: int,
    filters: Filters,
    *,
    order: Order = Order.OLDEST,
    after: Cursor | None = None,
    sees_restricted: bool = False,
    lease_s: int = LEASE_S,
) -> int | None:
    """Lease what the account holds already in this list, or the first report that nobody has.

    The report `after` is passed over: one that is held comes all the same, else the one behind it.
    """
    held = make_conditions(connection, campaign_id, account_id, filters, sees_restricted=sees_restricted)
    held += [Report.leased_by == account_id, Report.leased_until > func.now(), is_handed_out(account_id)]
    held += [Report.id != after.report_id] if after else []
    found = _lease(connection, account_id, held, order, lease_s) if filters.state == ReportState.QUEUED else None
    if found is not None:
        return found
    return lease_next(
        connection, campaign_id, account_id, filters, order=order, after=after, sees_restricted=sees_restricted,
        lease_s=lease_s,
    )  # fmt: skip


def _lease(
    connection: Connection, account_id: int, conditions: list[ColumnElement[bool]], order: Order, lease_s: int
) -> int | None:
    chosen = (
        select(Report.id)
        .where(*conditions)
        .order_by(*sort(order))
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    statement = (
        update(Report)
        .where(Report.id == chosen)
        .values(leased_by=account_id, leased_until=func.now() + timedelta(seconds=lease_s))
        .returning(Report.id)
    )
    found = connection.execute(statement).scalar()
    return None if found is None else int(found)
