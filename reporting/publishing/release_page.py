"""Data of the web page of a release: one figure in words, a slice as table and map, and one area by every dimension.

The page holds values only, no markup and no words: templates show it in the visitor's language. Nothing is added up
here; every total is a figure of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any, Final

from sqlalchemy import Connection, Row

from reporting.aggregation.dimension import TOTAL, UNKNOWN
from reporting.publishing.areas.map_shapes import MapShapes, read_map_shapes
from reporting.publishing.cell_queries import list_areas, list_cells, list_months, list_published_months
from reporting.publishing.model_estimate import ModelEstimate, find_model_estimate
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_selection import COUNTRY, Selection, select_slice

MOST_CLASSES: Final = 5  # more shades cannot be told apart on a phone in the sun
_NORMAL_95: Final = 1.96  # standard errors within which 95 of 100 values lie


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: a figure, None where it is too small to be shown, or no figure at all (`is_empty`).

    `error` is what to give or take with a confidence of 95 of 100. `share` (0 to 100) is the length of its bar,
    `give_or_take` (the same) how far the interval reaches on both sides of its end, `shade` the class of its colour.
    """

    key: str
    value: int | None = None
    error: int | None = None
    is_empty: bool = False
    share: float = 0.0
    give_or_take: float = 0.0
    shade: int | None = None
    release_id: int | None = None  # where the line is of another release

    @property
    def is_suppressed(self) -> bool:
        """Whether there is a figure that is too small to be shown."""
        return not self.is_empty and self.value is None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One area by the codes of a dimension. `others` are the places of the other dimensions with a chosen category.

    Where those are not counted together with this dimension, `is_of_all` says that the lines are of all of them.
    """

    place: int  # of the dimension
    lines: Sequence[Line]
    others: Sequence[int]
    is_of_all: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """The categories of a dimension side by side: of each area a line for each code; no lines where not counted so."""

    place: int  # of the dimension
    codes: Sequence[str]
    lines: Mapping[tuple[str, str], Line]  # by area and code

    def get_line(self, area_code: str, code: str) -> Line:
        """Return the line of an area and code, an empty one where there is no figure."""
        return self.lines.get((area_code, code)) or Line(code, is_empty=True)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template needs besides the release itself."""

    release: ReleaseInfo
    selection: Selection
    areas: Mapping[int, Mapping[str, str]]  # names by level and code
    months: Sequence[str]
    total: Line | None  # the chosen figure of the whole country; None where the choices are not counted together
    answered: Line | None  # of an answer: all who answered its question
    by_area: Sequence[Line]
    by_month: Sequence[Line]
    breakdowns: Sequence[Breakdown]
    classes: Sequence[tuple[int, int]]  # lowest and highest figure of each shade
    answered_by_area: Mapping[str, int | None]  # of an answer: the figures of all who answered its question
    model_estimate: ModelEstimate | None  # never read instead of the figures
    shapes: MapShapes | None  # the outlines of the areas of the table
    beside: Sequence[Beside]

    @property
    def answer_share(self) -> float | None:
        """The share of those who answered the question that gave this answer; None where either is too small."""
        if self.total is None or self.answered is None:
            return None
        return _divide(self.total.value, self.answered.value)

    def share_of_area(self, line: Line) -> float | None:
        """Return the same share of an area; None where either is too small."""
        return _divide(line.value, self.answered_by_area.get(line.key))

    @property
    def shown_areas(self) -> list[Line]:
        """The areas with a figure on this slice, highest first."""
        return [line for line in self.by_area if not line.is_suppressed]

    @property
    def suppressed_areas(self) -> list[Line]:
        """The areas whose figures on this slice are suppressed."""
        return [line for line in self.by_area if line.is_suppressed]

    @property
    def empty_areas(self) -> int:
        """The number of areas without a cell on this slice; only in releases that do not count every area."""
        known = sum(line.key != UNKNOWN for line in self.by_area)
        return 0 if self.release.has_noise else len(self.areas.get(self.selection.level, {})) - known

    def name_area(self, level: int, code: str) -> str:
        """Name an area: by its name at that level, or above where it has no areas below it; empty if it has none."""
        for each in range(level, COUNTRY, -1):
            if code in self.areas.get(each, {}):
                return self.areas[each][code]
        return ""


def read_page(connection: Connection, release: ReleaseInfo, asked: Mapping[str, str]) -> Page:
    """Read the page for the query `asked` (see `select_slice`)."""
    areas = list_areas(connection, release.id)
    months = list_months(connection, release)
    chosen = select_slice(connection, release, asked, areas, months)
    cells = list_cells(
        connection, release, chosen.measure, chosen.codes, level=chosen.level, month=chosen.month
    )  # fmt: skip
    by_area = make_lines((cell.area_code, cell) for cell in cells)
    classes = split_classes([line.value for line in by_area if line.value and line.key != UNKNOWN])
    page = Page(
        release=release,
        selection=chosen,
        areas=areas,
        months=months,
        total=_find_total(connection, release, chosen, chosen.measure),
        answered=_find_answered(connection, release, chosen),
        by_area=[_shade(line, classes) for line in by_area],
        by_month=_read_months(connection, release, chosen, months),
        breakdowns=[_break_down(connection, release, chosen, place) for place in range(len(release.dimensions))],
        classes=classes,
        answered_by_area=_read_answered(connection, release, chosen),
        model_estimate=find_model_estimate(connection, release, chosen.measure),
        shapes=read_map_shapes(connection, release.id, chosen.level) if chosen.level else None,
        beside=[_put_side_by_side(connection, release, chosen, place) for place in chosen.beside],
    )
    ranked = sorted(page.by_area, key=lambda line: _rank(line, page.name_area(chosen.level, line.key)))
    return replace(page, by_area=ranked)


def make_lines(cells: Iterable[tuple[str, Row[Any]]]) -> list[Line]:
    """Make a line of each cell, with bars that are as long as their share of the highest one but the total."""
    found = [Line(key, cell.value, round_error(cell.standard_error)) for key, cell in cells]
    return scale_bars(found)


def scale_bars(lines: Sequence[Line]) -> list[Line]:
    """Scale the bars of lines to the highest end of an interval but the total's, whose bar would shorten all others."""
    highest = max(((line.value or 0) + (line.error or 0) for line in lines if line.key != TOTAL), default=0)
    return [
        replace(
            line,
            share=_compute_share(line.value, highest, line.key),
            give_or_take=_compute_share(line.error if line.value else None, highest, line.key),
        )
        for line in lines
    ]


def round_error(standard_error: float | None) -> int | None:
    """Round what to give or take (95 of 100 times) up to whole people; None where no error is known."""
    return None if standard_error is None else ceil(_NORMAL_95 * standard_error)


def list_months_between(months: Sequence[str]) -> list[str]:
    """List every month or week from the first to the last one: one without figures belongs to the picture."""
    if not months:
        return []
    if "W" in months[0]:
        return list(_list_weeks(months[0], months[-1]))
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (months[0], months[-1]))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _list_weeks(first: str, last: str) -> Iterator[str]:
    monday, end = (date.fromisocalendar(int(week[:4]), int(week[6:]), 1) for week in (first, last))
    while monday <= end:
        year, number, _ = monday.isocalendar()
        yield f"{year}-W{number:02}"
        monday += timedelta(days=7)


def split_classes(values: Sequence[int]) -> list[tuple[int, int]]:
    """Split values into up to MOST_CLASSES ranges (quantile classes). Equal values are always in one class."""
    ordered = sorted(values)
    distinct = sorted(set(ordered))
    if len(distinct) <= MOST_CLASSES:
        return [(value, value) for value in distinct]
    starts = sorted({ordered[len(ordered) * step // MOST_CLASSES] for step in range(MOST_CLASSES)})
    ends = [max(value for value in distinct if value < start) for start in starts[1:]] + [distinct[-1]]
    return list(zip(starts, ends, strict=True))


def _find_answered(connection: Connection, release: ReleaseInfo, chosen: Selection) -> Line | None:
    """Find how many answered the question of which the measure counts one answer; None of any other measure."""
    question, is_answer, _ = chosen.measure.partition("=")
    return _find_total(connection, release, chosen, question) if is_answer else None


def _read_answered(connection: Connection, release: ReleaseInfo, chosen: Selection) -> dict[str, int | None]:
    """Read by area how many answered the question of which the measure counts one answer; empty of any other."""
    question, is_answer, _ = chosen.measure.partition("=")
    if not is_answer:
        return {}
    cells = list_cells(connection, release, question, chosen.codes, level=chosen.level, month=chosen.month)
    return {cell.area_code: cell.value for cell in cells}


def _divide(part: int | None, whole: int | None) -> float | None:
    return min(part / whole, 1.0) if part and whole else None


def _find_total(connection: Connection, release: ReleaseInfo, chosen: Selection, measure: str) -> Line | None:
    if not release.has_noise:
        return None
    cells = list_cells(connection, release, measure, chosen.codes, level=COUNTRY, month=chosen.month)
    return make_lines((TOTAL, cell) for cell in cells)[0] if cells else None


def _read_months(
    connection: Connection, release: ReleaseInfo, chosen: Selection, months: Sequence[str]
) -> Sequence[Line]:
    """Read the chosen figure of the chosen area month by month; a release without totals has its own months."""
    if not release.has_noise:
        cells = list_cells(
            connection, release, chosen.measure, chosen.codes, level=chosen.level, area_code=chosen.area_code
        )
        return complete(make_lines((cell.month, cell) for cell in cells), list_months_between(months))
    rows = list_published_months(connection, release, chosen.measure, chosen.codes, chosen.area_level, chosen.area_code)
    lines = scale_bars(
        [Line(row.month, row.value, round_error(row.standard_error), release_id=row.release_id) for row in rows]
    )
    return complete(lines, list_months_between([line.key for line in lines]))


def _break_down(connection: Connection, release: ReleaseInfo, chosen: Selection, place: int) -> Breakdown:
    names = [dimension.name for dimension in release.dimensions]
    others = [each for each in chosen.crossed if each != place]
    is_counted = release.is_counted(chosen.area_level, [names[place], *(names[other] for other in others)])
    codes: list[str | None] = [
        None if each == place else code if is_counted else TOTAL for each, code in enumerate(chosen.codes)
    ]
    cells = list_cells(
        connection, release, chosen.measure, codes, level=chosen.area_level, area_code=chosen.area_code,
        month=chosen.month,
    )  # fmt: skip
    keys = [*([TOTAL] if release.has_noise else []), *release.dimensions[place].codes]
    lines = complete(make_lines((cell.codes[place], cell) for cell in cells), keys)
    return Breakdown(place, lines, others, is_of_all=not is_counted)


def _put_side_by_side(connection: Connection, release: ReleaseInfo, chosen: Selection, place: int) -> Beside:
    names = [dimension.name for dimension in release.dimensions]
    codes: list[str | None] = [None if each == place else code for each, code in enumerate(chosen.codes)]
    crossed = {names[place], *(names[other] for other in chosen.crossed)}
    if not release.is_counted(chosen.level, crossed):
        return Beside(place, (), {})
    cells = list_cells(connection, release, chosen.measure, codes, level=chosen.level, month=chosen.month)
    lines = {
        (cell.area_code, cell.codes[place]): Line(cell.codes[place], cell.value, round_error(cell.standard_error))
        for cell in cells
    }
    return Beside(place, release.dimensions[place].codes, lines)


def complete(lines: Sequence[Line], keys: Sequence[str]) -> list[Line]:
    """Put lines into the order of `keys`, with an empty line where there is none."""
    found = {line.key: line for line in lines}
    return [found.get(key) or Line(key, is_empty=True) for key in keys]


def _compute_share(value: int | None, highest: int, key: str) -> float:
    return round(100 * value / highest, 1) if value and highest and key != TOTAL else 0.0


def _shade(line: Line, classes: Sequence[tuple[int, int]]) -> Line:
    if line.value is None or line.key == UNKNOWN:
        return line
    shade = next(number for number, (lowest, highest) in enumerate(classes) if lowest <= line.value <= highest)
    return replace(line, shade=shade)


def _rank(line: Line, name: str) -> tuple[bool, int, str, str]:
    """Rank the highest figure first, and the unknown area last."""
    return line.key == UNKNOWN, -(line.value or 0), name, line.key
