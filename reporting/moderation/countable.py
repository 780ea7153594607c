"""Countability: what a report lacks to count under an area and a topic, instead of as unknown in the figures.

A moderator is told before the approval, because a moderator expects an approved report to be counted where it belongs.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, text

from reporting.moderation.errors import ConfirmationMissing


class Lack(StrEnum):
    """The missing value for which a report counts as unknown in figures."""

    PLACE = "place"  # the place is unknown
    AREA = "area"  # its place is in no area of the level that figures are counted at, or too uncertain for one
    TOPIC = "topic"


# The area level is the deepest of the campaign's cubes (`aggregation.cube`): one that they name, or for a cube without
# levels the deeper of 2 and 1 that is loaded. Without boundaries any area is enough.
_LACKING = text(
    """
    WITH level AS (
        SELECT campaign.id AS campaign_id, greatest(
               (SELECT max(CAST(named AS int)) FROM jsonb_path_query(settings, '$.cubes.*.levels[*]') AS each(named)),
               CASE WHEN NOT jsonb_path_exists(settings, '$.cubes.*')
                         OR jsonb_path_exists(settings, '$.cubes.* ? (!exists(@.levels))')
                    THEN (SELECT max(area.level) FROM area
                           WHERE area.campaign_id = campaign.id AND area.level IN (1, 2)) END
               )::text AS level
          FROM campaign WHERE id IN (SELECT campaign_id FROM report WHERE id = ANY(CAST(:ids AS bigint[]))))
    SELECT report.id, report.point IS NOT NULL AS has_place, report.topic_id IS NOT NULL AS has_topic,
           CASE WHEN level.level IS NULL THEN report.area_codes <> '{}' ELSE report.area_codes ? level.level END
               AS has_area
      FROM report JOIN level USING (campaign_id)
     WHERE report.id = ANY(CAST(:ids AS bigint[])) AND NOT report.is_sensitive ORDER BY report.id
    """
)


def list_lacks(connection: Connection, report_ids: Sequence[int]) -> dict[int, tuple[Lack, ...]]:
    """List what each report lacks, by id. Reports that lack nothing are left out.

    Sensitive reports are left out too: moderators who work on them know that no figure counts them.
    """
    lacks = {}
    for row in connection.execute(_LACKING, {"ids": list(report_ids)}):
        where = () if row.has_area else (Lack.AREA if row.has_place else Lack.PLACE,)
        what = () if row.has_topic else (Lack.TOPIC,)
        if where or what:
            lacks[row.id] = (*where, *what)
    return lacks


def check_confirmed(connection: Connection, report_ids: Sequence[int], *, is_confirmed: bool) -> None:
    """Check that the moderator confirmed reports that would count as unknown. Raises ConfirmationMissing."""
    if not is_confirmed and list_lacks(connection, report_ids):
        raise ConfirmationMissing
