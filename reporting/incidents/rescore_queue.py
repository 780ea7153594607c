"""The rescore queue: reports whose links have to be scored again, because evidence under them has changed.

One row for each report, so that a report that was queued twice is scored once, and interrupted work continues.
Sensitive, rejected and erased reports are not queued, nor those whose text was purged: there is nothing to compare.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.report import SPACETIME
from reporting.models.states import ACTIVE, LinkState

_NEIGHBOURS: Final = 60  # nearest reports of a corrected one that may now be of its incident
_OPEN: Final = f"NOT {{0}}.is_sensitive AND {{0}}.state IN {ACTIVE} AND {{0}}.purged_at IS NULL"

_MARK = f"""
    INSERT INTO rescore_queue (report_id, campaign_id)
    SELECT later.id, later.campaign_id
      FROM (SELECT * FROM report WHERE id = ANY(CAST(:ids AS bigint[]))) AS r
     CROSS JOIN LATERAL ({{found}}) AS every
      JOIN report later ON later.id = every.id
     WHERE later.id > :after_id AND {_OPEN.format("later")}
    ON CONFLICT (report_id) DO NOTHING
"""
_FOLLOWING: Final = (
    f"SELECT link.report_id AS id FROM link WHERE link.candidate_id = r.id"
    f" AND link.state IN ('{LinkState.LINKED}', '{LinkState.SUGGESTED}')"
    " AND link.report_id <> ALL(CAST(:ids AS bigint[]))"
)
_NEAR: Final = f"""
    SELECT near.id FROM (
        SELECT n.id, n.campaign_id FROM report n WHERE n.point IS NOT NULL AND r.point IS NOT NULL
         ORDER BY {SPACETIME.format("n.")} <<->> {SPACETIME.format("r.")} LIMIT {_NEIGHBOURS}) near
     WHERE near.id > r.id AND near.campaign_id = r.campaign_id
"""
_MARK_AFFECTED = text(_MARK.format(found=f"{_FOLLOWING} UNION {_NEAR}"))
_MARK_FOLLOWING = text(_MARK.format(found=_FOLLOWING))
_MARK_ALL = text(
    f"""
    INSERT INTO rescore_queue (report_id, campaign_id)
    SELECT id, campaign_id FROM report WHERE campaign_id = :campaign_id AND {_OPEN.format("report")}
    ON CONFLICT (report_id) DO NOTHING
    """
)
_COUNT_FOLLOWING = text(
    f"""
    SELECT count(DISTINCT later.id) FROM unnest(CAST(:ids AS bigint[])) AS r(id)
     CROSS JOIN LATERAL ({_FOLLOWING}) AS every JOIN report later ON later.id = every.id
     WHERE {_OPEN.format("later")}
    """
)
_COUNT = text("SELECT count(*) FROM rescore_queue WHERE campaign_id = :campaign_id")
# Skips reports that are locked by a moderator's decision; these stay queued.
_TAKE = text(
    f"""
    WITH taken AS (
        SELECT report.id, {_OPEN.format("report")} AS is_open
          FROM rescore_queue JOIN report ON report.id = rescore_queue.report_id
         WHERE rescore_queue.campaign_id = :campaign_id AND report.id > :after_id
         ORDER BY rescore_queue.report_id LIMIT :limit FOR UPDATE OF rescore_queue, report SKIP LOCKED),
    done AS (DELETE FROM rescore_queue WHERE report_id IN (SELECT id FROM taken))
    SELECT id, is_open FROM taken ORDER BY id
    """
)
_CAMPAIGNS = text("SELECT DISTINCT campaign_id FROM rescore_queue ORDER BY campaign_id")


def mark_affected(connection: Connection, report_ids: Sequence[int]) -> None:
    """Queue later reports whose links rest on these, or that may now match their corrected place or topic."""
    connection.execute(_MARK_AFFECTED, {"ids": list(report_ids), "after_id": 0})


def mark_following(connection: Connection, report_ids: Iterable[int], *, after_id: int) -> None:
    """Queue other reports with ids above `after_id` that are linked to these, which have moved to another incident."""
    connection.execute(_MARK_FOLLOWING, {"ids": list(report_ids), "after_id": after_id})


def count_following(connection: Connection, report_ids: Iterable[int]) -> int:
    """Count the reports that `mark_following` would queue, including those queued already."""
    return int(connection.execute(_COUNT_FOLLOWING, {"ids": list(report_ids)}).scalar_one())


def mark_all(connection: Connection, campaign_id: int) -> int:
    """Queue every report of a campaign; return how many were not queued yet."""
    return connection.execute(_MARK_ALL, {"campaign_id": campaign_id}).rowcount


def count_rescores(connection: Connection, campaign_id: int) -> int:
    """Count the queued reports of a campaign."""
    return int(connection.execute(_COUNT, {"campaign_id": campaign_id}).scalar_one())


def claim_rescores(connection: Connection, campaign_id: int, *, limit: int, after_id: int = 0) -> tuple[list[int], int]:
    """Claim queued reports, earliest first; return the ids to score, and the last id claimed (0 if none).

    The reports are locked until the end of the transaction, whose commit removes them from the queue.
    """
    values = {"campaign_id": campaign_id, "limit": limit, "after_id": after_id}
    rows = connection.execute(_TAKE, values).all()
    return [row.id for row in rows if row.is_open], max((row.id for row in rows), default=0)


def list_campaigns_to_rescore(connection: Connection) -> list[int]:
    """List the ids of campaigns with queued reports."""
    return list(connection.execute(_CAMPAIGNS).scalars())
