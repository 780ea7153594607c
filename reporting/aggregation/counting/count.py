"""Counts approved reports of a month: people, reports and incidents by inner cell, each person in one cell.

The unit is the person (`unit.py` says who that is where one phone speaks for many): all reports without a known sender
count as one person, because they cannot be told apart and one person could fill a cell alone.
"""

from typing import Final

from sqlalchemy import Connection, text

from channels.built_in.capabilities import OPEN_FORMS
from reporting.aggregation.area_tree import Areas
from reporting.aggregation.counting.row_stream import read_rows
from reporting.aggregation.counting.shard import Counts, add_shards, count_shards
from reporting.aggregation.counting.unit import JOIN_UNIT, UNIT
from reporting.aggregation.cube import Cube
from reporting.aggregation.period import Period
from reporting.aggregation.quality_item import list_items
from reporting.models.states import ReportState

_STATES: Final = text(
    f"""
    SELECT report.state, count(DISTINCT {UNIT}) AS people
      FROM report {JOIN_UNIT.format(":open_forms")}
     WHERE report.campaign_id = :campaign AND report.state IN ('{ReportState.QUEUED}', '{ReportState.REJECTED}')
       AND NOT report.is_sensitive AND report.occurred_at >= :start AND report.occurred_at < :end
     GROUP BY report.state
    """
)


def count_month(connection: Connection, campaign_id: int, cube: Cube, areas: Areas, period: Period) -> Counts:
    """Count the approved reports whose event lies in a month."""
    answers = [measure.name for measure in cube.measures if measure.name.startswith("answer:")]
    pieces = read_rows(connection, campaign_id, cube, areas, period, answers)
    counts = add_shards(count_shards(pieces, list_items(cube.sizes), answers), answers)
    counts.quality |= count_states(connection, campaign_id, period)
    return counts


def count_states(connection: Connection, campaign_id: int, period: Period) -> dict[str, dict[str, int]]:
    """Count the people with reports of the period that wait or were rejected."""
    rows = connection.execute(
        _STATES, {"campaign": campaign_id, "start": period.start, "end": period.end, "open_forms": OPEN_FORMS}
    )
    return {row.state: {"people": row.people} for row in rows}
