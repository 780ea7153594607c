"""Chart of a figure over time with its interval, drawn by leather as SVG that the style sheet of the page colours."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from xml.etree import ElementTree as ET

import leather
from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale
from leather import theme
from leather.shapes.base import Shape
from markupsafe import Markup

from reporting.languages.spoken import SOURCE_LANGUAGE
from reporting.publishing.release_page import Line

WIDTH: Final = 480  # units; a phone shows it at little more than half of that
HEIGHT: Final = 230
_MOST_LETTERS: Final = 34  # below the axis; more cannot be read on a phone
_LONG_NUMBER: Final = re.compile(r"(\d+\.\d)\d+")
_COLOURS: Final = frozenset({"fill", "stroke", "stroke-width", "font-family", "font-size"})  # left to the style sheet

theme.margin = 0.03
theme.tick_font_char_width = 9


class _Interval(Shape):  # type: ignore[misc]
    """A line with a dot for each figure, in the band of its interval; it is interrupted where no figure is shown."""

    def validate_series(self, series: Any) -> None:
        """Accept every series: it is made here."""

    def to_svg(self, width: float, height: float, x_scale: Any, y_scale: Any, series: Any, _palette: Any) -> ET.Element:
        """Draw the runs of figures that follow each other."""
        group = ET.Element("g", {"class": "series"})
        run: list[tuple[float, float, float, float]] = []
        for datum in [*series.data(), None]:
            if datum is not None and datum.y is not None:
                low, high = (y_scale.project(end, height, 0) for end in datum.row[2:4])
                run.append((x_scale.project(datum.x, 0, width), y_scale.project(datum.y, height, 0), low, high))
            elif run:
                _draw_run(group, run)
                run = []
        return group


def draw_trend(lines: Sequence[Line], *, is_rtl: bool) -> Markup | None:
    """Draw the months (or weeks) in order as the inside of an SVG; None where fewer than two have a figure.

    Time runs in the direction of the page's script.
    """
    if sum(line.value is not None for line in lines) < 2:
        return None
    rows = [
        (place, line.value, _end(line, -1), _end(line, 1)) for place, line in enumerate(lines, start=1)
    ]  # a zero would be drawn as an axis
    places = [row[0] for row in rows]
    names = _name_ticks([line.key for line in lines])
    chart = leather.Chart()
    chart.add_series(leather.Series(rows), _Interval())
    chart.set_x_scale(leather.Ordinal(places[::-1] if is_rtl else places))
    chart.set_y_scale(leather.Linear(0, max(row[3] or 1 for row in rows)))
    chart.add_x_axis(ticks=places, tick_formatter=lambda value, _place, _count: names[int(value) - 1])
    chart.add_y_axis(tick_formatter=lambda value, _place, _count: format_decimal(value))
    drawn = chart.to_svg_group(WIDTH, HEIGHT)
    drawn.remove(drawn[0])  # the background
    for element in drawn.iter():
        for name in _COLOURS & element.attrib.keys():
            del element.attrib[name]
    written = ET.tostring(drawn, encoding="unicode")
    return Markup(_LONG_NUMBER.sub(r"\1", written))  # noqa: S704  # ElementTree has escaped what stands in it


def _draw_run(group: ET.Element, run: Sequence[tuple[float, float, float, float]]) -> None:
    highs = [f"{x},{high}" for x, _, _, high in run]
    lows = [f"{x},{low}" for x, _, low, _ in run]
    ET.SubElement(group, "polygon", {"class": "interval", "points": " ".join([*highs, *lows[::-1]])})
    ET.SubElement(group, "polyline", {"class": "line", "points": " ".join(f"{x},{y}" for x, y, _, _ in run)})
    for x, y, low, high in run:
        ET.SubElement(group, "path", {"class": "whisker", "d": f"M{x},{low}V{high}"})
        ET.SubElement(group, "circle", {"class": "dot", "cx": str(x), "cy": str(y), "r": "4"})


def _end(line: Line, sign: int) -> int | None:
    """Return the lower or upper end of the interval."""
    return None if line.value is None else max(line.value + sign * (line.error or 0), 0)


def _name_ticks(months: Sequence[str]) -> list[str]:
    """Name the first month and each n-th one after it, as many as fit."""
    names = [_name_tick(month) for month in months]
    most = max(2, _MOST_LETTERS // (max(map(len, names)) + 1))
    every = -(-len(names) // most)
    return [name if place % every == 0 else "" for place, name in enumerate(names)]


def _name_tick(month: str) -> str:
    if "W" in month:
        return month[5:]
    locale = get_locale() or SOURCE_LANGUAGE
    return str(format_skeleton("MMM", date(int(month[:4]), int(month[5:]), 1), locale=locale))
