"""The quality report of a release: how far its reports could be placed, how long it took, how much waits.

Its numbers are figures too. A total of the approved reports less what is shown would be what the suppressed cells hold,
and a total that moves by one says what one person did. So nothing is told that could be added up with the cells: no
total of approved reports and none of their senders. What waits and what was rejected is told in steps of twenty or
more, shares in tenths, times and distances as a rung of a ladder. Where a step begins only the campaign's seed knows:
nobody who sees a number move knows by how many.
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

# A report whose text gives no time has that of its arrival (`occurred_precision_s` is null): its lag is not known, and
# not zero.
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
_LADDER_SHIFT: Final = 0.25  # by up to a quarter a median is lifted before it takes its rung
_SUPPRESSED_DIGITS: Final = 2


class Bands:
    """Numbers told in steps. Where each begins is drawn from a seed that nobody reads: the same number of the same
    campaign and period always gets the same steps, so that asking again tells nothing more.
    """

    def __init__(self, seed: UUID, name: str, threshold: int) -> None:
        self._seed, self._name, self._threshold = seed, name, threshold

    def is_enough(self, name: str, senders: int) -> bool:
        """Whether so many people are certainly as many as the threshold; up to twice as many may be asked for."""
        return senders >= self._threshold * (1 + self._draw(f"{name}/senders"))

    def count(self, name: str, reports: int, senders: int) -> int | None:
        """The number in steps of twice the threshold, or of two digits; None where it is too small to be told."""
        if not self.is_enough(name, senders):
            return None
        shift = self._draw(name)
        lifted = reports + shift * self._threshold
        step = max(2 * self._threshold, 10 ** (len(str(int(lifted))) - 2))
        return int((reports + shift * step / 2) // step * step) or None

    def share(self, name: str, part: int, whole: int, senders: int) -> float | None:
        """The tenths that a share certainly has; None of too few people."""
        if not whole or not self.is_enough(name, senders):
            return None
        return max(int(_TENTH * part / whole - self._draw(name)), 0) / _TENTH

    def rung(self, name: str, value: Any, ladder: Sequence[int], senders: int) -> int | None:
        """The rung that a value is certainly below; None of too few people, or above the last one."""
        if value is None or not self.is_enough(name, senders):
            return None
        lifted = float(value) * (1 + _LADDER_SHIFT * self._draw(name))
        return next((rung for rung in ladder if lifted <= rung), None)

    def _draw(self, name: str) -> float:
        """A number from 0 to 1 of that name."""
        digest = hmac.digest(self._seed.bytes, f"{self._name}/{name}".encode(), hashlib.sha256)
        return int.from_bytes(digest[:4]) / 2**32


def describe_quality(
    connection: Connection, campaign_id: int, cube: Cube, period: Period, figures: list[Figure]
) -> dict[str, Any]:
    """The quality report; its keys stand in docs/releases.md. Reads the table `counted`.

    Counts come in steps, shares in tenths between 0 and 1, lags and distances as the rung that half stay below.
    `approved` and `reporters` are always None: with them the suppressed cells could be worked out.
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
    """Of the cells that are written: whoever has the file can count them."""
    written = [figure for figure in figures if figure.outcome is not Outcome.LEFT_OUT]
    if not written:
        return None
    hidden = sum(figure.outcome is Outcome.SUPPRESSED for figure in written)
    return round(hidden / len(written), _SUPPRESSED_DIGITS)
