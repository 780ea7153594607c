"""The audit chain: a keyed hash over each row of the decision log and the access log, and over everything before it.

A job appends rows some time after they were written, under a lock that only such jobs take, so that whoever decides
waits for nothing. Rows of parallel transactions are committed in another order than their ids: the chain has an order
of its own, in which a late row with a low id comes later. docs/adr/0024 says what the chain does not show.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, text

from config.errors import UserError
from reporting.models.account import AuditChainLink
from reporting.models.states import ChainedLog, ReportState

_AT_ONCE: Final = 20_000  # rows of each log in one job
_PAGE: Final = 5_000
_LATE: Final = 100_000  # ids behind the last one; a row that comes later than that is found as one without a link
_LOCK: Final = 0x61756469  # of advisory locks: the chain's own
_NOTHING: Final = b""
_SEPARATOR: Final = "\x1f"
# Of a decision, what an erasure leaves is hashed apart from what it takes away: the reason and the changes. The changes
# of other reports (`changed`) are not in it, since each of these may be erased for itself.
_CORE: Final = """
    concat_ws(chr(31), log.id, log.campaign_id, log.report_id, coalesce(log.account_id::text, ''), log.kind,
              to_char(log.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'))
"""
_CONTENT: Final = """
    concat_ws(chr(31), coalesce(log.reason, ''), log.before::text, (log.after - 'changed')::text)
"""
_ACCESS: Final = """
    concat_ws(chr(31), log.id, log.account_id, log.report_id,
              to_char(log.looked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
              CASE WHEN log.shows_details THEN 'details' END)
"""
_NEW_DECISIONS = text(
    f"""
    SELECT log.id, log.campaign_id, {_CORE} AS core, {_CONTENT} AS content FROM decision AS log
     WHERE log.id > (SELECT coalesce(max(row_id), 0) - {_LATE} FROM audit_chain
                      WHERE log_name = '{ChainedLog.DECISION}')
       AND NOT EXISTS (SELECT FROM audit_chain
                        WHERE audit_chain.log_name = '{ChainedLog.DECISION}' AND audit_chain.row_id = log.id)
     ORDER BY log.id LIMIT {_AT_ONCE}
    """
)
_NEW_ACCESSES = text(
    f"""
    SELECT log.id, CAST(NULL AS bigint) AS campaign_id, {_ACCESS} AS core, '' AS content FROM access_log AS log
     WHERE log.id > (SELECT coalesce(max(row_id), 0) - {_LATE} FROM audit_chain
                      WHERE log_name = '{ChainedLog.ACCESS_LOG}')
       AND NOT EXISTS (SELECT FROM audit_chain
                        WHERE audit_chain.log_name = '{ChainedLog.ACCESS_LOG}' AND audit_chain.row_id = log.id)
     ORDER BY log.id LIMIT {_AT_ONCE}
    """
)
_LAST = text("SELECT position, digest FROM audit_chain ORDER BY position DESC LIMIT 1")
_DECISIONS = f"""
    SELECT log.id, {_CORE} AS core, {_CONTENT} AS content,
           report.state = '{ReportState.ERASED}' OR report.purged_at IS NOT NULL AS is_reduced
      FROM decision AS log LEFT JOIN report ON report.id = log.report_id
"""
_CHAIN = text(
    f"""
    SELECT chain.position, chain.log_name, chain.row_id, chain.campaign_id, chain.row_digest, chain.content_digest,
           chain.digest, coalesce(decided.core, looked.core) AS core, coalesce(decided.content, '') AS content,
           coalesce(decided.is_reduced, false) AS is_reduced,
           chain.campaign_id IS NOT NULL AND campaign.id IS NULL AS is_of_deleted
      FROM (SELECT * FROM audit_chain WHERE position > :after ORDER BY position LIMIT {_PAGE}) AS chain
      LEFT JOIN LATERAL ({_DECISIONS} WHERE log.id = chain.row_id) AS decided
             ON chain.log_name = '{ChainedLog.DECISION}'
      LEFT JOIN LATERAL (SELECT {_ACCESS} AS core FROM access_log AS log WHERE log.id = chain.row_id) AS looked
             ON chain.log_name = '{ChainedLog.ACCESS_LOG}'
      LEFT JOIN campaign ON campaign.id = chain.campaign_id
     ORDER BY chain.position
    """
)
# What was written long ago and has no link: the job does not run, or somebody wrote a row afterwards.
_UNCHAINED = text(
    f"""
    SELECT log_name, id FROM (
        SELECT '{ChainedLog.DECISION}' AS log_name, id, decided_at AS at FROM decision
        UNION ALL SELECT '{ChainedLog.ACCESS_LOG}', id, looked_at FROM access_log) AS log
     WHERE at < now() - interval '1 day'
       AND NOT EXISTS (SELECT FROM audit_chain
                        WHERE audit_chain.log_name = log.log_name AND audit_chain.row_id = log.id)
     ORDER BY at, id LIMIT 1
    """
)


class AuditBroken(UserError):
    """The audit chain does not hold; the message names the first row that is not what it was."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain: its position, from 1, and its digest."""

    position: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found: rows by log, those that were reduced with their report, those of deleted campaigns."""

    rows: dict[str, int]
    reduced: int
    deleted: int
    head: ChainHead | None


def append_to_chain(connection: Connection, key: bytes) -> ChainHead | None:
    """Append new rows of both logs, and return the new end; None where there are none or another job is at it."""
    if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one():
        return None
    last = connection.execute(_LAST).one_or_none()
    head = ChainHead(last.position, bytes(last.digest)) if last is not None else ChainHead(0, _NOTHING)
    before, links = head, []
    for name, query in ((ChainedLog.DECISION, _NEW_DECISIONS), (ChainedLog.ACCESS_LOG, _NEW_ACCESSES)):
        for row in connection.execute(query):
            link = {
                "position": head.position + 1, "log_name": name, "row_id": row.id, "campaign_id": row.campaign_id,
                "row_digest": _hash(key, "row", row.core), "content_digest": _hash(key, "content", row.content),
            }  # fmt: skip
            head = ChainHead(head.position + 1, _link(key, head.digest, link))
            links.append(link | {"digest": head.digest})
    if links:
        connection.execute(insert(AuditChainLink), links)
    return head if head != before else None


def verify_chain(connection: Connection, key: bytes, noted: ChainHead | None = None) -> ChainReport:
    """Verify every link and the row that it stands for, and that an end that was noted before is still in the chain.

    Raises AuditBroken with the first row that is not what it was, is gone, or was never chained.
    """
    head, rows, reduced, deleted = ChainHead(0, _NOTHING), dict.fromkeys(map(str, ChainedLog), 0), 0, 0
    for link in _iterate(connection):
        name = f"{link.log_name} {link.row_id}"
        if link.position != head.position + 1:
            raise AuditBroken(f"the chain has no position {head.position + 1}: links were deleted before {name}")
        if not hmac.compare_digest(bytes(link.digest), _link(key, head.digest, link._mapping)):
            raise AuditBroken(f"position {link.position} of the chain was changed: {name}")
        head = ChainHead(link.position, bytes(link.digest))
        if noted is not None and noted.position == head.position and noted.digest != head.digest:
            raise AuditBroken(
                f"position {head.position} of the chain is not the one that was noted: it was written anew"
            )
        rows[link.log_name] += 1
        if link.core is None:
            if not link.is_of_deleted:
                raise AuditBroken(f"{name} is gone")
            deleted += 1
        else:
            reduced += _check_row(key, link, name)
    if noted is not None and noted.position > head.position:
        raise AuditBroken(f"the chain ends at {head.position}, before the noted {noted.position}: its end was cut off")
    if (unchained := connection.execute(_UNCHAINED).one_or_none()) is not None:
        raise AuditBroken(f"{unchained.log_name} {unchained.id} is a day old and has no link in the chain")
    return ChainReport(rows, reduced, deleted, head if head.position else None)


def _check_row(key: bytes, link: Row[Any], name: str) -> bool:
    """Check a row against its link; return whether its content went with the words of its report."""
    if not hmac.compare_digest(bytes(link.row_digest), _hash(key, "row", link.core)):
        raise AuditBroken(f"{name} was changed")
    if hmac.compare_digest(bytes(link.content_digest), _hash(key, "content", link.content)):
        return False
    if not link.is_reduced:
        raise AuditBroken(f"the reason or the changes of {name} were changed")
    return True


def _iterate(connection: Connection) -> Iterator[Row[Any]]:
    after = 0
    while rows := connection.execute(_CHAIN, {"after": after}).all():
        yield from rows
        after = rows[-1].position


def _link(key: bytes, before: bytes, link: Any) -> bytes:
    """Compute the digest of a link from the one before it."""
    names = [str(link[each]) for each in ("position", "log_name", "row_id", "campaign_id")]
    said = _SEPARATOR.join(names).encode()
    return hmac.digest(key, before + bytes(link["row_digest"]) + bytes(link["content_digest"]) + said, "sha256")


def _hash(key: bytes, purpose: str, said: str) -> bytes:
    return hmac.digest(key, _SEPARATOR.join((purpose, said)).encode(), "sha256")
