"""Data of the web page of a release: one slice of the cube as table and map, and one area by month and by topic.

The page holds values only, no markup and no words: templates show it in the visitor's language. Nothing is added up
here. A sum over areas or topics would mislead without the suppressed cells, and would disclose them with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from reporting.aggregation.cube import REPORTS
from reporting.models.release import ReleaseCell
from reporting.publishing.release_queries import ReleaseInfo, find_most_telling, list_areas, list_cells, list_months

MOST_CLASSES: Final = 5  # more shades cannot be told apart on a phone in the sun


@dataclass(frozen=True, slots=True)
class Selection:
    """The slice of the cube: a topic in a month, the measure on map and bars, and the area shown in detail."""

    topic: str
    month: str
    measure: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: figures by measure, None where suppressed; an empty mapping where the release has no cell.

    `share` (0 to 100) is the length of its bar, `shade` the class of its colour from 0 on.
    """

    key: str
    figures: Mapping[str, int | None]
    share: float = 0.0
    shade: int | None = None

    @property
    def is_suppressed(self) -> bool:
        """Whether every figure of the line is suppressed."""
        return bool(self.figures) and all(value is None for value in self.figures.values())

    @property
    def is_empty(self) -> bool:
        """Whether the release has no cell for the line."""
        return not self.figures


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template needs besides the release itself."""

    release: ReleaseInfo
    selection: Selection
    areas: Mapping[str, str]  # names by code
    months: Sequence[str]
    by_area: Sequence[Line]
    by_month: Sequence[Line]
    by_topic: Sequence[Line]
    classes: Sequence[tuple[int, int]]  # lowest and highest figure of each shade

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
        """The number of areas without a cell on this slice."""
        return len(self.areas) - len(self.by_area)


def read_page(connection: Connection, release: ReleaseInfo, asked: Mapping[str, str]) -> Page:
    """Read the page for the query `asked` (`topic`, `month`, `measure`, `area`). Unknown values are ignored."""
    areas = list_areas(connection, release.id)
    months = list_months(connection, release.id)
    chosen = _select(connection, release, asked, areas, months)
    slice_ = list_cells(connection, release.id, topic=chosen.topic, month=chosen.month)
    of_area = list_cells(connection, release.id, area_code=chosen.area_code)
    by_area = _collect(((cell.area_code, cell) for cell in slice_), chosen.measure)
    classes = split_classes([value for value in (line.figures.get(chosen.measure) for line in by_area) if value])
    by_month = _collect(((cell.month, cell) for cell in of_area if cell.topic == chosen.topic), chosen.measure)
    by_topic = _collect(((cell.topic, cell) for cell in of_area if cell.month == chosen.month), chosen.measure)
    return Page(
        release=release,
        selection=chosen,
        areas=areas,
        months=months,
        by_area=_rank([_shade(line, chosen.measure, classes) for line in by_area], chosen.measure, areas),
        by_month=_complete(by_month, list_months_between(months)),
        by_topic=_complete(by_topic, list(release.topics)),
        classes=classes,
    )


def list_months_between(months: Sequence[str]) -> list[str]:
    """List every month from the first to the last one: a month without reports belongs to the picture."""
    if not months:
        return []
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (months[0], months[-1]))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def split_classes(values: Sequence[int]) -> list[tuple[int, int]]:
    """Split values into up to MOST_CLASSES ranges (quantile classes). Equal values are always in one class."""
    ordered = sorted(values)
    distinct = sorted(set(ordered))
    if len(distinct) <= MOST_CLASSES:
        return [(value, value) for value in distinct]
    starts = sorted({ordered[len(ordered) * step // MOST_CLASSES] for step in range(MOST_CLASSES)})
    ends = [max(value for value in distinct if value < start) for start in starts[1:]] + [distinct[-1]]
    return list(zip(starts, ends, strict=True))


def _select(
    connection: Connection,
    release: ReleaseInfo,
    asked: Mapping[str, str],
    areas: Mapping[str, str],
    months: Sequence[str],
) -> Selection:
    measures = release.policy["measures"]
    measure = _among(asked.get("measure"), measures, REPORTS)
    telling = find_most_telling(connection, release.id, measure)
    area_code, topic, month = telling or (
        next(iter(areas), ""),
        next(iter(release.topics), ""),
        months[-1] if months else "",
    )
    topic, month = _among(asked.get("topic"), release.topics, topic), _among(asked.get("month"), months, month)
    return Selection(topic, month, measure, _among(asked.get("area"), areas, area_code))


def _among(asked: str | None, known: Iterable[str], default: str) -> str:
    return asked if asked is not None and asked in known else default


def _collect(cells: Iterable[tuple[str, ReleaseCell]], measure: str) -> list[Line]:
    figures: dict[str, dict[str, int | None]] = {}
    for key, cell in cells:
        figures.setdefault(key, {})[cell.measure] = cell.value
    highest = max((values.get(measure) or 0 for values in figures.values()), default=0)
    return [
        Line(key, values, round(100 * (values.get(measure) or 0) / highest, 1) if highest else 0.0)
        for key, values in figures.items()
    ]


def _shade(line: Line, measure: str, classes: Sequence[tuple[int, int]]) -> Line:
    value = line.figures.get(measure)
    if value is None:
        return line
    shade = next(number for number, (lowest, highest) in enumerate(classes) if lowest <= value <= highest)
    return Line(line.key, line.figures, line.share, shade)


def _rank(lines: Sequence[Line], measure: str, areas: Mapping[str, str]) -> list[Line]:
    return sorted(lines, key=lambda line: (-(line.figures.get(measure) or 0), areas[line.key], line.key))


def _complete(lines: Sequence[Line], keys: Sequence[str]) -> list[Line]:
    found = {line.key: line for line in lines}
    return [found.get(key) or Line(key, {}) for key in keys]
