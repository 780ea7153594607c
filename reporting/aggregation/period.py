"""Periods of releases: a month, a week, a year, or everything, with their limits in the campaign's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from reporting.aggregation.errors import BadPeriod
from reporting.models.states import ReportState

ALL: Final = "all"
MONTH: Final = "month"
WEEK: Final = "week"  # of ISO 8601: from Monday
_FORM: Final = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?:-(?P<month>0[1-9]|1[0-2])|-W(?P<week>[0-5]\d))?")

# A loose index scan: jumps from month to month by an index instead of reading every report.
_MONTHS = text(
    f"""
    WITH RECURSIVE month AS (
         SELECT max(occurred_at) AS latest FROM report
          WHERE campaign_id = :campaign_id AND state = '{ReportState.APPROVED}' AND NOT is_sensitive
          UNION ALL
         SELECT (SELECT max(occurred_at) FROM report
                  WHERE campaign_id = :campaign_id AND state = '{ReportState.APPROVED}' AND NOT is_sensitive
                    AND occurred_at < date_trunc('month', month.latest, :timezone))
           FROM month WHERE latest IS NOT NULL)
    SELECT to_char(latest AT TIME ZONE :timezone, 'YYYY-MM') FROM month WHERE latest IS NOT NULL ORDER BY latest DESC
    """
)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole months or weeks: `start` is included, `end` is not; None is open-ended. Both are in UTC."""

    name: str
    start: datetime | None
    end: datetime | None

    @property
    def unit(self) -> str | None:
        """Return `month` or `week` for a period that is counted, None for one that is a sum of such periods."""
        return None if "-" not in self.name else WEEK if "W" in self.name else MONTH

    def is_open(self, at: datetime) -> bool:
        """Return whether the period is not over at `at`, so that more reports can fall into it."""
        return self.end is None or self.end > at


def read_period(text: str, timezone: str, at: datetime) -> Period:
    """Parse a period (`2026-11`, `2026-W44`, `2026` or `all`) in the named time zone. Raises BadPeriod.

    A period that begins after `at` is refused: there is nothing to count, and it is most often a typing error.
    """
    if text == ALL:
        return Period(ALL, None, None)
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadPeriod(
            f"{text!r} is no period: write a month like 2026-11, a week like 2026-W44, a year like 2026, or all"
        )
    year, month = int(match["year"]), match["month"]
    if match["week"]:
        start, end = _limit_week(year, int(match["week"]), timezone)
    else:
        start = _first_of(year, int(month or 1), timezone)
        after = (year + 1, 1) if month is None else _month_after(year, int(month))
        end = _first_of(*after, timezone)
    if start > at:
        raise BadPeriod(f"the period {text} has not begun")
    return Period(text, start, end)


def _limit_week(year: int, week: int, timezone: str) -> tuple[datetime, datetime]:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        raise BadPeriod(f"the year {year} has no week {week}") from None
    days = (monday, monday + timedelta(days=7))
    first, last = (datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC) for day in days)
    return first, last


def _month_after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _first_of(year: int, month: int, timezone: str) -> datetime:
    return datetime(year, month, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def list_months(connection: Connection, campaign_id: int, timezone: str) -> list[str]:
    """List the months (`YYYY-MM`) in which approved reports happened, latest first."""
    return list(connection.execute(_MONTHS, {"campaign_id": campaign_id, "timezone": timezone}).scalars())
