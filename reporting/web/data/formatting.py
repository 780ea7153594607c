"""Formatting of figures, months and topics on the pages of releases, in the visitor's language."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone
from flask import Blueprint
from flask_babel import format_decimal, format_percent, get_locale

from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.publishing.release_queries import ReleaseInfo
from reporting.web.formatting import choose_name

_HOURS_TOLD_AS_HOURS: Final = 48
_ENGLISH_DAY: Final = "d MMMM y"  # the library's English writes the month first, as few outside one country do


def configure_data_wording(blueprint: Blueprint) -> None:
    """Give every template the filters and functions of this module."""
    blueprint.add_app_template_filter(format_decimal, "figure")
    blueprint.add_app_template_filter(format_percent, "percentage")
    blueprint.add_app_template_filter(format_lag, "lag")
    blueprint.app_context_processor(_words)


def name_topic(release: ReleaseInfo, code: str) -> str:
    """Name a topic of the release in the language of the page."""
    return choose_name(release.topics.get(code)) or code


def name_month(month: str) -> str:
    """Write a month such as `2026-11` in words."""
    year, number = month.split("-")
    return str(format_skeleton("yMMMM", date(int(year), int(number), 1), locale=get_locale()))


def name_period(period: str) -> str | None:
    """Write a period as the name of a month or a year. Returns None for `all`, which needs a translated text."""
    if period == "all":
        return None
    return name_month(period) if "-" in period else period


def name_moment(release: ReleaseInfo) -> str:
    """Write when the release was made, in the time zone of its campaign."""
    local = release.created_at.astimezone(get_timezone(release.policy["timezone"]))
    return f"{write_day(local)}, {format_time(local, 'HH:mm', locale=get_locale())}"


def name_day(release: ReleaseInfo, moment: datetime) -> str:
    """Write a day in the time zone of the release's campaign."""
    return write_day(moment.astimezone(get_timezone(release.policy["timezone"])))


def write_day(day: date) -> str:
    """Write a day with its month in words, in the order and with the small words of the page's language."""
    locale = get_locale()
    is_english = locale is None or locale.language == SOURCE_LANGUAGE
    return str(format_date(day, _ENGLISH_DAY if is_english else "long", locale=locale or SOURCE_LANGUAGE))


def format_lag(hours: float) -> str:
    """Write a span of hours in words, as minutes, hours or days."""
    threshold = _HOURS_TOLD_AS_HOURS / 24 if hours < _HOURS_TOLD_AS_HOURS else 0.85
    return str(format_timedelta(timedelta(hours=hours), threshold=threshold, locale=get_locale()))


def _words() -> dict[str, Any]:
    words = (name_topic, name_month, name_period, name_moment, name_day)
    return {word.__name__: word for word in words}
