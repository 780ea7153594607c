"""The access log: which account was shown the raw words of which report."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert

from reporting.models.account import AccessLogEntry


def record_access(connection: Connection, account_id: int, report_ids: Iterable[int]) -> None:
    """Append an access log entry for each of the reports, in the transaction that reads their words."""
    rows = [{"account_id": account_id, "report_id": report_id} for report_id in sorted(set(report_ids))]
    if rows:
        connection.execute(insert(AccessLogEntry), rows)
