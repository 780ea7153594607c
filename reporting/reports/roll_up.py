"""Reads and folds the live roll-up: how many approved reports each month has so far, for moderators.

The trigger `report_rolled_up` adds a row in the transaction of each decision, whichever way a report was changed, so
that the sum equals a count from scratch at every moment. Adding rows instead of changing one lets no moderator wait for
another, and two decisions on many reports at once cannot deadlock. Folding keeps the rows few.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

_MONTHS = text(
    """
    SELECT to_char(month, 'YYYY-MM') AS month, sum(reports) AS reports FROM roll_up
     WHERE campaign_id = :campaign_id GROUP BY roll_up.month HAVING sum(reports) <> 0
    """
)
_CELLS = text(
    """
    SELECT area_codes ->> :level AS area, topic_id, sum(reports) AS reports FROM roll_up
     WHERE campaign_id = :campaign_id AND month = to_date(:month, 'YYYY-MM')
     GROUP BY 1, 2 HAVING sum(reports) <> 0
    """
)
_TURN = text("SELECT pg_try_advisory_xact_lock(hashtextextended('roll-up', 0))")
# Only rows of a month, area and topic that changed are touched. One that is added meanwhile is not seen, and stays for
# the next time.
_FOLD = text(
    """
    WITH changed AS (
        SELECT DISTINCT campaign_id, month, area_codes, topic_id FROM roll_up WHERE NOT is_folded
    ), gone AS (
        DELETE FROM roll_up USING changed
         WHERE roll_up.campaign_id = changed.campaign_id AND roll_up.month = changed.month
           AND roll_up.area_codes = changed.area_codes AND roll_up.topic_id IS NOT DISTINCT FROM changed.topic_id
        RETURNING roll_up.*
    )
    INSERT INTO roll_up (campaign_id, month, area_codes, topic_id, reports, is_folded)
    SELECT campaign_id, month, area_codes, topic_id, sum(reports), true FROM gone
     GROUP BY campaign_id, month, area_codes, topic_id HAVING sum(reports) <> 0
    """
)


def read_months(connection: Connection, campaign_id: int) -> dict[str, int]:
    """Read the number of approved reports by month (`YYYY-MM`)."""
    rows = connection.execute(_MONTHS, {"campaign_id": campaign_id})
    return {row.month: row.reports for row in rows}


def read_cells(
    connection: Connection, campaign_id: int, month: str, level: int
) -> Mapping[tuple[str | None, int | None], int]:
    """Read the number of approved reports of a month by area of a level and topic; None is unknown."""
    values = {"campaign_id": campaign_id, "month": month, "level": str(level)}
    return {(row.area, row.topic_id): row.reports for row in connection.execute(_CELLS, values)}


def fold_roll_up(connection: Connection) -> None:
    """Fold the rows of each month, area and topic that changed into one, and drop those whose sum is nothing.

    Does nothing while another fold has not ended.
    """
    if connection.execute(_TURN).scalar():
        connection.execute(_FOLD)
