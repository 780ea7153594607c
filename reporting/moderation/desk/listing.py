"""The list of the desk: the reports that filters find, a page at a time by key, each with the beginning of its words.

A page begins behind the last report of the page before (its time and id), so that the thousandth page costs no more
than the first. Reading it shows words, so the access is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, literal, select, text, tuple_

from reporting.models.report import Report
from reporting.models.states import MediaState
from reporting.moderation.access_log import record_new_access
from reporting.moderation.desk.filters import Filters, make_conditions

PAGE_SIZE: Final = 30
COUNTED_MOST: Final = 1_000  # more are "1,000 and more": counting all of a million takes too long
_LINES: Final = text(
    f"""
    SELECT report.id, report.reference, report.state, report.reported_at, left(report.text, 240) AS words,
           report.language, topic.name AS topic_names,
           report.urgency, report.urgency_reasons,
           coalesce(report.gazetteer_name,
                    (SELECT area.name FROM area WHERE area.campaign_id = report.campaign_id
                        AND area.code IN (SELECT value FROM jsonb_each_text(report.area_codes))
                      ORDER BY area.level DESC LIMIT 1)) AS place,
           incident.report_count AS reports,
           EXISTS (SELECT FROM message JOIN media ON media.message_id = message.id
                    WHERE message.report_id = report.id AND media.state = '{MediaState.STORED}'
                      AND media.content_type LIKE 'image/%') AS has_photo,
           holder.name AS holder, coalesce(holder.id = :account_id, false) AS is_mine
      FROM report
      JOIN incident ON incident.id = report.incident_id
      LEFT JOIN topic ON topic.id = report.topic_id
      LEFT JOIN report_assignment AS given ON given.report_id = report.id
      LEFT JOIN account AS holder ON holder.id = coalesce(
           CASE WHEN report.leased_until > now() THEN report.leased_by END, given.assigned_to)
     WHERE report.id = ANY(CAST(:ids AS bigint[]))
    """
)


class Order(StrEnum):
    """The order of the list. Another one is added here and in `_ORDERS`, and nowhere else."""

    URGENT = "urgent"  # and within the same urgency the oldest
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last report of a page: the page after it begins behind it."""

    at: datetime
    report_id: int
    urgency: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A report in the list.

    `reports` is the number of reports of its incident, `holder` the name of who has it, by a lease or by assignment.
    """

    id: int
    reference: str
    state: str
    reported_at: datetime
    words: str
    language: str | None
    topic_names: dict[str, Any] | None
    urgency: int
    urgency_reasons: list[str]
    place: str | None
    reports: int
    has_photo: bool
    holder: str | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `after` is the cursor of the next page, None on the last one."""

    lines: list[Line]
    after: Cursor | None


_KEY: Final = (Report.reported_at, Report.id)
_LEAST_URGENT: Final = -Report.urgency  # as the index has it, so that all of the order goes one way
_ORDERS: Final[dict[Order, tuple[ColumnElement[Any], ...]]] = {
    Order.URGENT: (_LEAST_URGENT.asc(), Report.reported_at.asc(), Report.id.asc()),
    Order.OLDEST: (Report.reported_at.asc(), Report.id.asc()),
    Order.NEWEST: (Report.reported_at.desc(), Report.id.desc()),
}


def list_lines(
    connection: Connection,
    campaign_id: int,
    account_id: int,
    filters: Filters,
    *,
    order: Order = Order.OLDEST,
    after: Cursor | None = None,
    sees_restricted: bool = False,
) -> Page:
    """List a page of reports, and record that this account saw the beginning of their words."""
    conditions = make_conditions(connection, campaign_id, account_id, filters, sees_restricted=sees_restricted)
    if after is not None:
        conditions.append(be_behind(after, order))
    query = select(Report.id).where(*conditions).order_by(*_ORDERS[order]).limit(PAGE_SIZE + 1)
    report_ids = list(connection.execute(query).scalars())
    has_more, report_ids = len(report_ids) > PAGE_SIZE, report_ids[:PAGE_SIZE]
    lines = _read_lines(connection, report_ids, account_id)
    record_new_access(connection, account_id, report_ids)
    last = lines[-1] if has_more else None
    return Page(lines, Cursor(last.reported_at, last.id, last.urgency) if last else None)


def get_line(connection: Connection, report_id: int, account_id: int) -> Line | None:
    """Get the line of one report as it is now, for a list in which it was decided on. The caller checked the right."""
    return next(iter(_read_lines(connection, [report_id], account_id)), None)


def find_cursor(connection: Connection, report_id: int) -> Cursor | None:
    """Find the place of a report in the list; None where it is gone."""
    query = select(Report.reported_at, Report.id, Report.urgency).where(Report.id == report_id)
    row = connection.execute(query).first()
    return Cursor(*row) if row else None


def be_behind(after: Cursor, order: Order) -> ColumnElement[bool]:
    """Make the condition that a report comes behind the cursor in this order."""
    key, last = tuple_(*_KEY), tuple_(literal(after.at), literal(after.report_id))
    if order is Order.URGENT:
        return tuple_(_LEAST_URGENT, *_KEY) > tuple_(literal(-after.urgency), *last)
    return key > last if order is Order.OLDEST else key < last


def sort(order: Order) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of an order, for a query that takes the next report."""
    return _ORDERS[order]


def count_lines(
    connection: Connection, campaign_id: int, account_id: int, filters: Filters, *, sees_restricted: bool = False
) -> int:
    """Count what filters find, up to one more than COUNTED_MOST."""
    conditions = make_conditions(connection, campaign_id, account_id, filters, sees_restricted=sees_restricted)
    found = select(literal(1)).select_from(Report).where(*conditions).limit(COUNTED_MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def _read_lines(connection: Connection, report_ids: Sequence[int], account_id: int) -> list[Line]:
    rows = {row.id: row for row in connection.execute(_LINES, {"ids": list(report_ids), "account_id": account_id})}
    return [Line(*rows[report_id]) for report_id in report_ids if report_id in rows]
