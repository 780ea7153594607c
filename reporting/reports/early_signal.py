"""Early signal: more independent sources than usual on a topic in an area within a day, for moderators only.

The 28 days before are what is usual. Counts of people who write in vary more than by chance alone, so the last day is
held against a negative binomial distribution: with the mean of those days, and as uneven as that topic and area was, or
as the middle one of the campaign's busy ones, whichever is more, since a few days of one area say little about that.
A signal is a hint to look, never a figure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from sqlalchemy import Connection, insert, text

from reporting.models.desk import EarlySignal
from reporting.models.states import DISMISSED

DAYS: Final = 28  # what is usual
DAYS_LEAST: Final = 14  # since the campaign's first report: before that nothing is usual yet
SOURCES_LEAST: Final = 5
FALSE_ALARMS_MOST: Final = 0.1  # expected by chance a day, over all topics and areas of a campaign together
_BUSY: Final = 0.3  # sources a day
_PRIOR: Final = 0.5  # sources that are added to the 28 days, so that a first one is no wonder
_POISSON: Final = 1e-9  # less than this is no variance beyond that of chance

# Days end now, so that what came in this morning is not held against whole days. Each report is of its smallest area;
# all unknown senders are one source, and so are coordinated duplicates.
_COUNTS: Final = text(
    f"""
    SELECT topic_id, area_code, array_agg(sources) AS sources, array_agg(days_ago) AS days_ago FROM (
        SELECT report.topic_id, area.code AS area_code,
               floor(extract(epoch FROM now() - report.reported_at) / 86400)::int AS days_ago,
               count(DISTINCT CASE WHEN report.duplicate_burst_id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL
                                   THEN coalesce(report.contact_id, 0) ELSE 0 END) AS sources
          FROM report
          LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
         CROSS JOIN LATERAL (SELECT value AS code FROM jsonb_each_text(report.area_codes)
                              ORDER BY key::int DESC LIMIT 1) AS area
         WHERE report.campaign_id = :campaign_id AND report.topic_id IS NOT NULL AND NOT report.is_sensitive
           AND report.state NOT IN {DISMISSED} AND report.reported_at <= now()
           AND report.reported_at > now() - make_interval(days => {DAYS + 1})
         GROUP BY 1, 2, 3) AS day
     GROUP BY topic_id, area_code
    """
)
_IS_OLD_ENOUGH: Final = text(
    f"""
    SELECT EXISTS (SELECT FROM report WHERE campaign_id = :campaign_id
                      AND reported_at < now() - make_interval(days => {DAYS_LEAST}))
    """
)
_CLEAR: Final = text("DELETE FROM early_signal WHERE campaign_id = :campaign_id")


@dataclass(frozen=True, slots=True)
class Usual:
    """Mean of the sources of a day, and by how much their variance is over that of chance, in means."""

    mean: float
    over: float


def find_signals(connection: Connection, campaign_id: int) -> int:
    """Write the signals of a campaign anew; returns how many there are now."""
    connection.execute(_CLEAR, {"campaign_id": campaign_id})
    if not connection.execute(_IS_OLD_ENOUGH, {"campaign_id": campaign_id}).scalar():
        return 0
    cells = connection.execute(_COUNTS, {"campaign_id": campaign_id}).all()
    counted = [dict(zip(cell.days_ago, cell.sources, strict=True)) for cell in cells]
    before = [[by_day.get(day, 0) for day in range(1, DAYS + 1)] for by_day in counted]
    over_all = measure_over(before)
    found = []
    for cell, by_day, days in zip(cells, counted, before, strict=True):
        usual = measure_usual(days, over_all)
        sources = by_day.get(0, 0)
        if is_signal(sources, usual, len(cells)):
            found.append(
                {
                    "campaign_id": campaign_id, "topic_id": cell.topic_id, "area_code": cell.area_code,
                    "sources": sources, "usual": round(usual.mean, 2),
                }
            )  # fmt: skip
    if found:
        connection.execute(insert(EarlySignal), found)
    return len(found)


def measure_over(cells: Sequence[Sequence[int]]) -> float:
    """Measure by how much the days of a busy topic and area vary more than by chance, in means: the middle one."""
    means = [(days, sum(days) / len(days)) for days in cells]
    found = [_measure_spread(days, mean) / mean - 1 for days, mean in means if mean >= _BUSY]
    return median(found) if found else 0.0


def measure_usual(days: Sequence[int], over_all: float) -> Usual:
    """Measure what is usual from the sources of each day before, and from how uneven all of them are."""
    mean = (sum(days) + _PRIOR) / len(days)
    return Usual(mean, max(_measure_spread(days, mean) / mean - 1, over_all, 0.0))


def _measure_spread(days: Sequence[int], mean: float) -> float:
    return sum((sources - mean) ** 2 for sources in days) / (len(days) - 1)


def is_signal(sources: int, usual: Usual, cells: int) -> bool:
    """Tell whether so many sources are more than usual, where so many topics and areas are looked at."""
    return sources >= SOURCES_LEAST and tail(sources, usual) * cells <= FALSE_ALARMS_MOST


def tail(sources: int, usual: Usual) -> float:
    """Compute the probability of so many sources or more on a usual day, from the terms of all smaller numbers."""
    over = usual.over
    term = math.exp(-usual.mean if over <= _POISSON else -usual.mean / over * math.log1p(over))
    below = 0.0
    for number in range(sources):
        below += term
        term *= (usual.mean + number * over) / ((number + 1) * (1 + over))
    return max(0.0, 1.0 - below)
