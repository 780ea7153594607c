"""The quality report of a release: how many reports have a location, how long decisions took, how many wait.

These numbers need disclosure control too. The total of approved reports minus the published figures would be the
content of the suppressed cells, and a total that changes by one reveals one person. So no number is published that
could be combined with the cells: neither the total of approved reports nor of their senders. Waiting and rejected
reports are rounded to steps of twenty or more, shares to tenths, times and distances to the rungs of a ladder. Only the
campaign's secret seed knows where a step begins, so that nobody can tell by how much a number really moved.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from reporting.aggregation.count_sql import SENDER, UNKNOWN_SENDER
from reporting.aggregation.cube import REPORTS, Cube
from reporting.aggregation.disclosure_control import Figure, Outcome
from reporting.aggregation.period import Period
from reporting.models.campaign import Campaign
from reporting.moderation.decisions import APPROVE

# A report whose text gives no time has the time of its arrival (`occurred_precision_s` is null): its lag is unknown
# instead of zero.
_TOTALS = text(
    """
    SELECT count(DISTINCT sender) AS senders, count(*) AS reports,
           count(*) FILTER (WHERE area_code IS NOT NULL) AS placed, count(topic) AS with_topic,
           count(DISTINCT sender) FILTER (WHERE area_code IS NOT NULL) AS placed_senders,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY radius_m) FILTER (WHERE area_code IS NOT NULL) AS radius_m,
           count(*) FILTER (WHERE gives_time) AS timed,
           count(DISTINCT sender) FILTER (WHERE gives_time) AS timed_senders,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM reported_at - occurred_at), 0))
               FILTER (WHERE gives_time) / 3600 AS report_lag_h
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
      FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.campaign_id = :campaign_id AND report.state IN ('queued', 'rejected') AND NOT report.is_sensitive
       AND (CAST(:start AS timestamptz) IS NULL OR occurred_at >= :start)
       AND (CAST(:end AS timestamptz) IS NULL OR occurred_at < :end)
     GROUP BY report.state
    """  # noqa: S608  # a constant of `count_sql.py`
)

_TENTH: Final = 10
_RADII_M: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_LAGS_H: Final = (1, 3, 6, 12, 24, 48, 96, 168, 336, 720, 1_440, 2_880, 8_760)
_LADDER_SHIFT: Final = 0.25  # a median is raised by up to a quarter before it is rounded to a rung
_SUPPRESSED_DIGITS: Final = 2


class Bands:
    """Rounds numbers to steps whose offsets are drawn from a secret seed.

    The same number of the same campaign and period always gets the same step, so that asking again reveals nothing
    more.
    """

    def __init__(self, seed: UUID, name: str, threshold: int) -> None:
        self._seed, self._name, self._threshold = seed, name, threshold

    def is_enough(self, name: str, senders: int) -> bool:
        """Return whether the senders surely reach the threshold; up to twice the threshold may be required."""
        return senders >= self._threshold * (1 + self._draw(f"{name}/senders"))

    def count(self, name: str, reports: int, senders: int) -> int | None:
        """Round a count to steps of twice the threshold, or to two digits; None where it is too small to publish."""
        if not self.is_enough(name, senders):
            return None
        shift = self._draw(name)
        lifted = reports + shift * self._threshold
        step = max(2 * self._threshold, 10 ** (len(str(int(lifted))) - 2))
        return int((reports + shift * step / 2) // step * step) or None

    def share(self, name: str, part: int, whole: int, senders: int) -> float | None:
        """Round a share down to tenths, from 0 to 1; None for too few senders."""
        if not whole or not self.is_enough(name, senders):
            return None
        return max(int(_TENTH * part / whole - self._draw(name)), 0) / _TENTH

    def rung(self, name: str, value: Any, ladder: Sequence[int], senders: int) -> int | None:
        """Return the rung of the ladder that a value is surely below; None for too few senders, or above all rungs."""
        if value is None or not self.is_enough(name, senders):
            return None
        lifted = float(value) * (1 + _LADDER_SHIFT * self._draw(name))
        return next((rung for rung in ladder if lifted <= rung), None)

    def _draw(self, name: str) -> float:
        """Draw the number from 0 to 1 that belongs to a name; always the same for one seed."""
        digest = hmac.digest(self._seed.bytes, f"{self._name}/{name}".encode(), hashlib.sha256)
        return int.from_bytes(digest[:4]) / 2**32


def describe_quality(
    connection: Connection, campaign_id: int, cube: Cube, period: Period, figures: list[Figure]
) -> dict[str, Any]:
    """Build the quality report; docs/releases.md lists its keys. Reads the temporary table `counted`.

    Counts are rounded to steps, shares to tenths between 0 and 1; lags and distances are the rung above the median.
    `approved` and `reporters` are always None, because the suppressed cells could be computed from them.
    """
    seed = connection.execute(select(Campaign.release_seed).where(Campaign.id == campaign_id)).scalar_one()
    bands = Bands(seed, f"{cube.name}/{period.name}", cube.threshold)
    keys = {"campaign_id": campaign_id, "unknown_sender": UNKNOWN_SENDER, "start": period.start, "end": period.end}
    totals = connection.execute(_TOTALS).one()
    lag = connection.execute(_DECISION_LAG, {"campaign_id": campaign_id, "approve": APPROVE}).one()
    others = {row.state: row for row in connection.execute(_OTHERS, keys)}

    def count_state(state: str) -> int | None:
        return bands.count(state, others[state].reports, others[state].senders) if state in others else None

    def share(name: str, part: int) -> float | None:
        return bands.share(name, part, totals.reports, totals.senders)

    return {
        "approved": None,
        "reporters": None,
        "shown_reports": sum(figure.values[REPORTS] or 0 for figure in figures),
        "rejected": count_state("rejected"),
        "waiting": count_state("queued"),
        "placed_share": share("placed", totals.placed),
        "topic_share": share("topic", totals.with_topic),
        "suppressed_share": _suppressed_share(figures),
        "radius_median_m": bands.rung("radius", totals.radius_m, _RADII_M, totals.placed_senders),
        "report_lag_median_h": bands.rung("report_lag", totals.report_lag_h, _LAGS_H, totals.timed_senders),
        "report_lag_known_share": share("timed", totals.timed),
        "decision_lag_median_h": bands.rung("decision_lag", lag.lag_h, _LAGS_H, lag.senders),
    }


def _suppressed_share(figures: list[Figure]) -> float | None:
    """Return the suppressed share of the written cells, which every reader of the file can count too."""
    written = [figure for figure in figures if figure.outcome is not Outcome.LEFT_OUT]
    if not written:
        return None
    hidden = sum(figure.outcome is Outcome.SUPPRESSED for figure in written)
    return round(hidden / len(written), _SUPPRESSED_DIGITS)
