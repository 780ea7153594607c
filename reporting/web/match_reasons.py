"""Reasons why two reports are linked, worded in the language of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from flask_babel import format_decimal, gettext, lazy_gettext

from reporting.incidents.reasons import count_gap, is_same_radius
from reporting.web.formatting import format_distance, format_uncertainty

_PLAIN: Final = {
    "place_unknown": lazy_gettext("the place of one is not known"),
    "time_unknown": lazy_gettext("the time of one is not known"),
    "text_same": lazy_gettext("same text"),
    "two_languages": lazy_gettext("texts in two languages"),
    "topic_same": lazy_gettext("same topic"),
    "topic_other": lazy_gettext("other topic"),
    "named_alike": lazy_gettext("place named alike"),
    "sender_same": lazy_gettext("same sender"),
}
_GAPS: Final = {
    "min": lazy_gettext("%(count)s min apart"),
    "h": lazy_gettext("%(count)s h apart"),
    "days": lazy_gettext("%(count)s days apart"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as text; `is_known` says whether it is in the language of the page."""

    text: str
    is_known: bool


def configure_match_wording(app: Flask) -> None:
    """Give templates the filter `match_reasons`."""
    app.add_template_filter(word_similarity, "match_reasons")


def word_similarity(stored: Mapping[str, Any]) -> list[Reason]:
    """Word a stored reason. A reason that an earlier version stored without a code is shown unchanged, in English."""
    code, values = stored.get("code"), stored.get("values", {})
    if code in _PLAIN:
        return [Reason(str(_PLAIN[code]), is_known=True)]
    if code == "apart":
        return [Reason(_word_apart(values["apart_m"], values["near_m"], values["far_m"]), is_known=True)]
    if code == "gap":
        count, unit = count_gap(values["gap_s"])
        return [Reason(str(_GAPS[unit]) % {"count": format_decimal(int(count))}, is_known=True)]
    if code == "text_alike":
        return [Reason(gettext("text alike (%(share)s)", share=format_decimal(values["share"])), is_known=True)]
    if "text" in stored:
        return [Reason(stored["text"], is_known=False)]
    return [Reason(gettext("by a person"), is_known=True)]


def _word_apart(apart_m: float, near_m: float, far_m: float) -> str:
    apart, near, far = format_distance(apart_m), format_uncertainty(near_m), format_uncertainty(far_m)
    if is_same_radius(near_m, far_m):
        return str(gettext("%(apart)s apart (both %(near)s)", apart=apart, near=near))
    return str(gettext("%(apart)s apart (%(near)s and %(far)s)", apart=apart, near=near, far=far))
