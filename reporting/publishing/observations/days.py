"""The days that a period has, by the calendar of its campaign."""

from calendar import monthrange
from datetime import date, timedelta

from reporting.aggregation.period import ALL

_WEEK_MARK = "W"


def find_days(period: str) -> tuple[date, date] | None:
    """Find the first and the last day of a month, week or year; None for `all`, which has no end."""
    if period == ALL:
        return None
    year, _, part = period.partition("-")
    if not part:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if part.startswith(_WEEK_MARK):
        monday = date.fromisocalendar(int(year), int(part.removeprefix(_WEEK_MARK)), 1)
        return monday, monday + timedelta(days=6)
    month = int(part)
    return date(int(year), month, 1), date(int(year), month, monthrange(int(year), month)[1])
