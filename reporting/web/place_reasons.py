"""Reasons for the location of a report: the codes of `geo.reasons`, worded in the language of the page."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask
from flask_babel import LazyString, format_decimal, lazy_gettext

from geo.reasons import Reason, ReasonCode, Value, find_value
from reporting.web.formatting import format_distance, format_uncertainty
from reporting.web.place_types import name_kind

WORDING: Final[Mapping[ReasonCode, LazyString]] = {
    ReasonCode.NAME: lazy_gettext("“%(words)s” is the name of %(name)s"),
    ReasonCode.NAME_ALIKE: lazy_gettext("“%(words)s” is like the name of %(name)s"),
    ReasonCode.TAUGHT: lazy_gettext("“%(words)s” was placed here by people (%(count)s×, %(spread_m)s)"),
    ReasonCode.HEARD: lazy_gettext("“%(words)s” is said around here (%(spread_m)s)"),
    ReasonCode.NUMBER_BETWEEN: lazy_gettext("“%(words)s” lies between %(low)s and %(high)s"),
    ReasonCode.NUMBER_NEAR: lazy_gettext("“%(words)s” lies near %(low)s"),
    ReasonCode.TEXTS_ALIKE: lazy_gettext("%(count)s placed reports have words like it"),
    ReasonCode.SHARED_POINT: lazy_gettext(
        "%(count)s different names were put on exactly this point, for want of better"
    ),
    ReasonCode.EARLIER_REPORT: lazy_gettext("The sender reported from around here before"),
    ReasonCode.IN_AREA: lazy_gettext("Nothing smaller than this area is named"),
    ReasonCode.COORDINATES: lazy_gettext("The text gives coordinates"),
    ReasonCode.HALFWAY: lazy_gettext("the text says between these two, or on the road from one to the other"),
    ReasonCode.AWAY: lazy_gettext("the text says %(away_m)s from there"),
    ReasonCode.ONE_SIDE: lazy_gettext("the text says on one side of there"),
    ReasonCode.BESIDE: lazy_gettext("the text says near it, not in it"),
    ReasonCode.PIN: lazy_gettext("A moderator set the pin"),
    ReasonCode.CHOICE: lazy_gettext("The sender chose it"),
    ReasonCode.DEVICE: lazy_gettext("The phone sent its position"),
    ReasonCode.DEVICE_UNASKED: lazy_gettext(
        "Where the phone was when the form was opened; nobody said that it happened there"
    ),
    ReasonCode.IMPORTED: lazy_gettext("It was imported with its point"),
    ReasonCode.IMPORTED_NAME: lazy_gettext("It was imported with its point, as “%(words)s”"),
    ReasonCode.GEOCODER: lazy_gettext("%(service)s answered: %(address)s"),
    ReasonCode.UNKNOWN: lazy_gettext("Why it was placed here is not known"),
}
_TAUGHT_ONCE: Final = lazy_gettext("“%(words)s” was once placed here by a person (%(spread_m)s)")
_ISOLATE: Final = "\u2068"
_END_ISOLATE: Final = "\u2069"


def configure_place_wording(app: Flask) -> None:
    """Give templates the filters."""
    app.add_template_filter(explain, "explain")
    app.add_template_filter(find_name, "matched_name")
    app.add_template_filter(name_kind, "place_kind")


def explain(reasons: Sequence[Reason]) -> list[str]:
    """Return the reasons in words, in their order."""
    return [_word(reason) for reason in reasons]


def find_name(reasons: Sequence[Reason]) -> str:
    """Return the first gazetteer name among the reasons, empty where there is none."""
    return find_value(reasons, "name") or ""


def _word(reason: Reason) -> str:
    is_once = reason.code is ReasonCode.TAUGHT and reason.values["count"] == 1
    words = _TAUGHT_ONCE if is_once else WORDING[reason.code]
    return str(words) % {name: _word_value(name, value) for name, value in reason.values.items()}


def _word_value(name: str, value: Value) -> str:
    if isinstance(value, str):
        # Isolated direction: a Latin name at the start of an Arabic sentence would make it left-to-right.
        return f"{_ISOLATE}{value}{_END_ISOLATE}"
    if name == "spread_m":
        return format_uncertainty(value)
    return format_distance(value) if name.endswith("_m") else format_decimal(value)
