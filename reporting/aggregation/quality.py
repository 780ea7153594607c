"""The quality report of a release: how much stands behind it, how much of that could be placed, how long it took.

Its numbers are figures too. Whoever knows how many reports were approved and adds up what is shown learns how many
stand in the suppressed cells: so a number is given only when the groups it would lay open are empty or of as many
senders as the threshold. Otherwise it is None, and the page says why.
"""

from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.aggregation.counting import SENDER, UNKNOWN_SENDER
from reporting.aggregation.cube import Cube
from reporting.aggregation.period import Period
from reporting.aggregation.protection import Figure, Outcome
from reporting.moderation.decision import APPROVE

# What no figure shows, in the three parts that the shares below would tell apart. `small` are the suppressed cells and
# what came or went since a figure that was kept.
_UNSHOWN = text(
    """
    WITH displayed AS (
        SELECT area_code, topic, month, report_id, sender
          FROM behind JOIN outcome USING (area_code, topic, month) WHERE outcome = 'kept'
         UNION ALL
        SELECT area_code, topic, month, report_id, sender
          FROM counted JOIN outcome USING (area_code, topic, month) WHERE outcome IN ('fresh', 'same')),
    unshown AS (
        SELECT coalesce(counted.sender, displayed.sender) AS sender,
               CASE WHEN displayed.sender IS NULL AND counted.area_code IS NULL THEN 'unplaced'
                    WHEN displayed.sender IS NULL AND counted.topic IS NULL THEN 'without_topic'
                    ELSE 'small' END AS part
          FROM counted FULL JOIN displayed USING (area_code, topic, month, report_id)
         WHERE counted.sender IS NULL OR displayed.sender IS NULL)
    SELECT count(DISTINCT sender) AS together,
           count(DISTINCT sender) FILTER (WHERE part = 'unplaced') AS unplaced,
           count(DISTINCT sender) FILTER (WHERE part = 'without_topic') AS without_topic,
           count(DISTINCT sender) FILTER (WHERE part = 'small') AS small
      FROM unshown
    """
)

_TOTALS = text(
    """
    SELECT count(*) AS approved, count(DISTINCT sender) AS senders,
           avg((area_code IS NOT NULL)::int) AS placed_share, avg((topic IS NOT NULL)::int) AS topic_share,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY radius_m) FILTER (WHERE area_code IS NOT NULL) AS radius_m,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM reported_at - occurred_at)) / 3600
               AS report_lag_h
      FROM counted
    """
)

_DECISION_LAG = text(
    """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first.decided_at - reported_at)) / 3600
               AS lag_h, count(DISTINCT sender) AS senders
      FROM counted JOIN (SELECT report_id, min(decided_at) AS decided_at FROM decision
                          WHERE campaign_id = :campaign_id AND kind = :approve GROUP BY report_id) AS first
             USING (report_id)
    """
)

_OTHERS = text(
    f"""
    SELECT report.state, count(*) AS reports, count(DISTINCT {SENDER}) AS senders
      FROM report LEFT JOIN copy_wave ON copy_wave.id = report.copy_wave_id
     WHERE report.campaign_id = :campaign_id AND report.state IN ('queued', 'rejected') AND NOT report.is_sensitive
       AND (CAST(:start AS timestamptz) IS NULL OR occurred_at >= :start)
       AND (CAST(:end AS timestamptz) IS NULL OR occurred_at < :end)
     GROUP BY report.state
    """  # noqa: S608  # a constant of `counting.py`
)

_SHARE_DIGITS: Final = 2
_RADIUS_STEP_M: Final = 100


def describe_quality(
    connection: Connection, campaign_id: int, cube: Cube, period: Period, figures: list[Figure]
) -> dict[str, Any]:
    """The quality report; its keys stand in docs/releases.md. Reads the tables `counted`, `behind` and `outcome`.

    `approved`, `rejected`, `waiting` and `reporters` are counts, shares lie between 0 and 1, lags are medians in hours.
    """
    keys = {"campaign_id": campaign_id, "unknown_sender": UNKNOWN_SENDER}
    unshown = connection.execute(_UNSHOWN).one()
    totals = connection.execute(_TOTALS).one()
    lag = connection.execute(_DECISION_LAG, {"campaign_id": campaign_id, "approve": APPROVE}).one()
    others = {row.state: row for row in connection.execute(_OTHERS, keys | {"start": period.start, "end": period.end})}

    def is_safe(*senders: int) -> bool:
        return all(count == 0 or count >= cube.threshold for count in senders)

    def count_state(state: str) -> int | None:
        row = others.get(state)
        return 0 if row is None else row.reports if is_safe(row.senders) else None

    parts_are_safe = is_safe(unshown.unplaced, unshown.without_topic, unshown.small)
    enough = totals.senders >= cube.threshold
    return {
        "approved": totals.approved if is_safe(unshown.together, totals.senders) else None,
        "rejected": count_state("rejected"),
        "waiting": count_state("queued"),
        "reporters": totals.senders if is_safe(unshown.together, totals.senders) else None,
        "placed_share": _share(totals.placed_share) if parts_are_safe and enough else None,
        "topic_share": _share(totals.topic_share) if parts_are_safe and enough else None,
        "suppressed_share": _suppressed_share(figures),
        "radius_median_m": _step(totals.radius_m, _RADIUS_STEP_M) if enough else None,
        "report_lag_median_h": _hours(totals.report_lag_h) if enough else None,
        "decision_lag_median_h": _hours(lag.lag_h) if lag.senders >= cube.threshold else None,
    }


def _suppressed_share(figures: list[Figure]) -> float | None:
    written = [figure for figure in figures if figure.outcome is not Outcome.LEFT_OUT]
    if not written:
        return None
    return _share(sum(figure.outcome is Outcome.SUPPRESSED for figure in written) / len(written))


def _share(value: Any) -> float | None:
    return None if value is None else round(float(value), _SHARE_DIGITS)


def _hours(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)


def _step(value: Any, step: int) -> int | None:
    return None if value is None else round(float(value) / step) * step
