"""How the pages of releases write figures, months and topics in the visitor's language."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta, get_timezone
from flask import Blueprint
from flask_babel import format_decimal, format_percent, get_locale

from reporting.publishing.release_queries import ReleaseInfo
from reporting.web.formatting import choose_name

_HOURS_TOLD_AS_HOURS: Final = 48


def configure_data_wording(blueprint: Blueprint) -> None:
    """Give every template the filters and functions of this module."""
    blueprint.add_app_template_filter(format_decimal, "figure")
    blueprint.add_app_template_filter(format_percent, "percentage")
    blueprint.add_app_template_filter(format_lag, "lag")
    blueprint.app_context_processor(_words)


def name_topic(release: ReleaseInfo, code: str) -> str:
    """The name of a topic of the release in the language of the page."""
    return choose_name(release.topics.get(code)) or code


def name_month(month: str) -> str:
    """`2026-11` as people write it."""
    year, number = month.split("-")
    return str(format_skeleton("yMMMM", date(int(year), int(number), 1), locale=get_locale()))


def name_period(period: str) -> str | None:
    """A month's name, a year, or None for everything, which only a translated text can say."""
    if period == "all":
        return None
    return name_month(period) if "-" in period else period


def name_moment(release: ReleaseInfo) -> str:
    """When the release was made, by the clocks of its campaign."""
    timezone = get_timezone(release.policy["timezone"])
    return str(format_datetime(release.created_at, "d MMMM y, HH:mm", tzinfo=timezone, locale=get_locale()))


def name_day(release: ReleaseInfo, moment: datetime) -> str:
    """A day by the clocks of the release's campaign."""
    local = moment.astimezone(get_timezone(release.policy["timezone"]))
    return str(format_date(local, "d MMMM y", locale=get_locale()))


def format_lag(hours: float) -> str:
    """A span of hours in words: minutes, hours or days, whichever says it best."""
    threshold = _HOURS_TOLD_AS_HOURS / 24 if hours < _HOURS_TOLD_AS_HOURS else 0.85
    return str(format_timedelta(timedelta(hours=hours), threshold=threshold, locale=get_locale()))


def _words() -> dict[str, Any]:
    words = (name_topic, name_month, name_period, name_moment, name_day)
    return {word.__name__: word for word in words}
