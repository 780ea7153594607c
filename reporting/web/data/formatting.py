"""Formatting of figures, months and topics on the pages of releases, in the visitor's language."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone
from flask import Blueprint
from flask_babel import format_decimal, format_percent, get_locale, gettext

from reporting.aggregation.dimension import TOTAL
from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.population.raking import DESIGN_EFFECT_LIMIT
from reporting.publishing.release_info import TOPIC, ReleaseInfo
from reporting.publishing.release_selection import BESIDE_PREFIX, DIMENSION_PREFIX, Selection
from reporting.web.data import wording
from reporting.web.data.trend_chart import draw_trend

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
    return wording.name_code(release, TOPIC, code)


def name_month(month: str) -> str:
    """Write a month such as `2026-11` or a week such as `2026-W44` in words; a year or `all` as it is."""
    if "-" not in month:
        return name_period(month) or str(gettext("all months"))
    year, number = month.split("-")
    if number.startswith("W"):
        monday = date.fromisocalendar(int(year), int(number.removeprefix("W")), 1)
        return str(gettext("the week from %(date)s", date=write_day(monday)))
    return str(format_skeleton("yMMMM", date(int(year), int(number), 1), locale=get_locale()))


def name_period(period: str) -> str | None:
    """Name a month, a week or a year in words. Returns None for `all`, which needs a translated text."""
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


def link_slice(selection: Selection, release: ReleaseInfo, **changed: Any) -> str:
    """Write the address of another slice of the page, short: only what differs from the page without a choice."""
    values = {"measure": selection.measure, "level": selection.level, "area": selection.area_code, **changed}
    defaults = {"measure": release.measures[0], "level": release.deepest_level, "area": TOTAL}
    if not release.has_noise:
        values["month"] = changed.get("month", selection.month)
    for place, dimension in enumerate(release.dimensions):
        values.setdefault(DIMENSION_PREFIX + dimension.name, selection.codes[place])
        defaults[DIMENSION_PREFIX + dimension.name] = TOTAL
    values |= {BESIDE_PREFIX + release.dimensions[place].name: "1" for place in selection.beside}
    query = {name: value for name, value in values.items() if value != defaults.get(name)}
    return "?" + urlencode(query)


def _words() -> dict[str, Any]:
    words = (
        name_topic, name_month, name_period, name_moment, name_day, wording.name_dimension, wording.name_code,
        wording.name_measure, wording.name_level, wording.name_line, wording.name_part, wording.say_total, write_day,
        link_slice, draw_trend, wording.name_group, wording.name_verdict, wording.say_refusal, wording.shorten_measure,
    )  # fmt: skip
    return {word.__name__: word for word in words} | {"design_effect_limit": DESIGN_EFFECT_LIMIT}
