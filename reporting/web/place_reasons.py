"""Why a report is thought to be there, or to be like another one, in the language of the page.

What found it wrote one English sentence a reason, from which this reads the figures and names back; a sentence of a
shape that is not known here is shown as it is.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from flask_babel import format_decimal, lazy_gettext

from reporting.web.formatting import format_distance
from reporting.web.place_types import name_kind

_WORDS = r"'(?P<words>.*)'"
_METRES = r"(?P<{0}>[\d.]+ k?m)"
_APART = _METRES.format("apart") + " apart"

# Pattern and words. Fields that end in `_m` or `_km` in the text come as distances, figures in the page's digits.
_SHAPES: Final = [
    (re.compile(pattern), words)
    for pattern, words in (
        # places
        (_WORDS + " = (?P<name>.+)", lazy_gettext("“%(words)s” is the name of %(name)s")),
        (_WORDS + " ~ (?P<name>.+)", lazy_gettext("“%(words)s” is like the name of %(name)s")),
        (
            _WORDS + r" taught once, spread " + _METRES.format("spread"),
            lazy_gettext("“%(words)s” was once placed here by a person (%(spread)s)"),
        ),
        (
            _WORDS + r" taught (?P<count>\d+) times, spread " + _METRES.format("spread"),
            lazy_gettext("“%(words)s” was placed here by people (%(count)s×, %(spread)s)"),
        ),
        (
            _WORDS + r" heard (?:once|(?P<count>\d+) times), spread " + _METRES.format("spread"),
            lazy_gettext("“%(words)s” is said around here (%(spread)s)"),
        ),
        (
            _WORDS + r" between (?P<low>\d+) and (?P<high>\d+)",
            lazy_gettext("“%(words)s” lies between %(low)s and %(high)s"),
        ),
        (_WORDS + r" near (?P<low>\d+)", lazy_gettext("“%(words)s” lies near %(low)s")),
        (r"(?P<count>\d+) taught texts like it", lazy_gettext("%(count)s placed reports have words like it")),
        (
            r"(?P<count>\d+) names were put on this point",
            lazy_gettext("%(count)s different names were put on exactly this point, for want of better"),
        ),
        ("near an earlier report of the sender", lazy_gettext("The sender reported from around here before")),
        ("somewhere in that area", lazy_gettext("Nothing smaller than this area is named")),
        ("coordinates in the text", lazy_gettext("The text gives coordinates")),
        (
            "halfway between two places",
            lazy_gettext("the text says between these two, or on the road from one to the other"),
        ),
        (_METRES.format("apart") + " from there", lazy_gettext("the text says %(apart)s from there")),
        ("on one side of there", lazy_gettext("the text says on one side of there")),
        ("beside it", lazy_gettext("the text says near it, not in it")),
        ("placed by a moderator", lazy_gettext("A moderator set the pin")),
        ("chosen by the sender", lazy_gettext("The sender chose it")),
        ("position sent by the phone", lazy_gettext("The phone sent its position")),
        (
            "position of the phone that nobody asked for",
            lazy_gettext("Where the phone was when the form was opened; nobody said that it happened there"),
        ),
        (r"answer of (?P<name>\w+): (?P<words>.+)", lazy_gettext("%(name)s answered: %(words)s")),
        # likeness
        ("place of one not known", lazy_gettext("the place of one is not known")),
        (
            _APART + r" \(both ±" + _METRES.format("near") + r"\)",
            lazy_gettext("%(apart)s apart (both %(near)s)"),
        ),
        (
            _APART + r" \(±" + _METRES.format("near") + " and ±" + _METRES.format("far") + r"\)",
            lazy_gettext("%(apart)s apart (%(near)s and %(far)s)"),
        ),
        ("time of one not known", lazy_gettext("the time of one is not known")),
        (r"(?P<count>\d+) min apart", lazy_gettext("%(count)s min apart")),
        (r"(?P<count>\d+) h apart", lazy_gettext("%(count)s h apart")),
        (r"(?P<count>\d+) days apart", lazy_gettext("%(count)s days apart")),
        ("same text", lazy_gettext("same text")),
        (r"text (?P<share>[\d.]+) alike", lazy_gettext("text alike (%(share)s)")),
        ("same topic", lazy_gettext("same topic")),
        ("other topic", lazy_gettext("other topic")),
        ("place named alike", lazy_gettext("place named alike")),
        ("same sender", lazy_gettext("same sender")),
    )
]
_FIGURE = re.compile(r"[\d.]+( k?m)?")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for people to read; `is_known` says whether it is in the language of the page."""

    text: str
    is_known: bool


def configure_place_wording(app: Flask) -> None:
    """Give templates the filters."""
    app.add_template_filter(explain, "explain")
    app.add_template_filter(find_name, "matched_name")
    app.add_template_filter(name_kind, "place_kind")


def explain(sentence: str | None) -> list[Reason]:
    """The reasons that a sentence of the place finder or of the likeness names, in its order."""
    return [_read(part) for part in (sentence or "").split("; ") if part]


def find_name(sentence: str | None) -> str:
    """The name of the gazetteer that an explanation of a place tells, empty where it tells none."""
    for part in (sentence or "").split("; "):
        for pattern, _words in _SHAPES[:2]:
            if match := pattern.fullmatch(part):
                return match["name"]
    return ""


def _read(part: str) -> Reason:
    for pattern, words in _SHAPES:
        if match := pattern.fullmatch(part):
            fields = {name: _show(name, value) for name, value in match.groupdict().items() if value is not None}
            return Reason(str(words) % fields if fields else str(words), is_known=True)
    return Reason(part, is_known=False)


def _show(name: str, value: str) -> Any:
    if name in ("words", "name") or not _FIGURE.fullmatch(value):
        return value
    figure, _, unit = value.partition(" ")
    if unit:
        distance = format_distance(float(figure) * (1_000 if unit == "km" else 1))
        # The sign goes inside of what isolates the figure, or it lands on its other side in Arabic.
        return distance if name == "apart" else distance[0] + "±" + distance[1:]
    return format_decimal(float(figure))
