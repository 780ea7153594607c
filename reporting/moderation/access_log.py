"""The access log: which account was shown the raw words of which report."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, text

from reporting.models.account import AccessLogEntry

_NEW = text(
    """
    INSERT INTO access_log (account_id, report_id)
    SELECT :account_id, wanted.id FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     WHERE NOT EXISTS (SELECT FROM access_log WHERE access_log.report_id = wanted.id
                          AND access_log.account_id = :account_id AND looked_at > now() - interval '1 hour'
                          AND NOT EXISTS (SELECT FROM decision WHERE decision.report_id = wanted.id
                                             AND decision.decided_at >= access_log.looked_at))
     ORDER BY wanted.id
    """
)


def record_access(
    connection: Connection, account_id: int, report_ids: Iterable[int], *, details_of: int | None = None
) -> None:
    """Append an access log entry for each of the reports, in the transaction that reads their words.

    Of the report `details_of` numbers, addresses and names in the words are shown, too.
    """
    rows = [
        {"account_id": account_id, "report_id": report_id, "shows_details": report_id == details_of}
        for report_id in sorted(set(report_ids))
    ]
    if rows:
        connection.execute(insert(AccessLogEntry), rows)


def record_new_access(connection: Connection, account_id: int, report_ids: Sequence[int]) -> None:
    """Append an entry for each report whose words this account was not shown within the last hour.

    A look after a decision is one of its own: who saw how a report was decided is not its second reader. A list is
    looked at again after every decision; an entry each time would hide the others among them.
    """
    if report_ids:
        connection.execute(_NEW, {"account_id": account_id, "ids": list(report_ids)})
