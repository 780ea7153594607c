"""Selection of a release's page: which slice of the figures a visitor asks for; unknown values are ignored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from reporting.aggregation.cube import PEOPLE, REPORTS
from reporting.aggregation.dimension import TOTAL, UNKNOWN
from reporting.publishing.cell_queries import find_most_telling
from reporting.publishing.release_info import ReleaseInfo

COUNTRY: Final = 0
_MEASURE, _MONTH, _AREA, _LEVEL = "measure", "month", "area", "level"  # names in the address of the page
DIMENSION_PREFIX: Final = "by."  # a dimension cannot take the name of another field so
BESIDE_PREFIX: Final = "beside."  # of the checkboxes that put the categories of a dimension side by side


@dataclass(frozen=True, slots=True)
class Selection:
    """The slice: one code of each dimension, the month, the measure, the level of the table and map, and one area."""

    codes: tuple[str, ...]  # in the order of the release's dimensions
    month: str
    measure: str
    level: int
    area_code: str
    area_level: int
    beside: tuple[int, ...] = ()  # places of the dimensions whose categories stand side by side in the table of areas

    @property
    def crossed(self) -> list[int]:
        """The places of the dimensions of which one category is chosen."""
        return [place for place, code in enumerate(self.codes) if code != TOTAL]


def select_slice(
    connection: Connection,
    release: ReleaseInfo,
    asked: Mapping[str, str],
    areas: Mapping[int, Mapping[str, str]],
    months: Sequence[str],
) -> Selection:
    """Select the slice of `asked`: `measure`, `month`, `level`, `area`, `by.<dimension>` and `beside.<dimension>`.

    Without a choice it is everything together, in the whole country, and the finest areas; a release without totals
    shows its highest figure instead.
    """
    measure = _among(asked.get(_MEASURE), release.measures, _find_first(release.measures))
    level = next((each for each in release.levels if str(each) == asked.get(_LEVEL)), release.deepest_level)
    if not release.has_noise:
        return _select_without_totals(connection, release, asked, areas, months, measure)
    codes = tuple(
        _among(asked.get(DIMENSION_PREFIX + dimension.name), dimension.codes, TOTAL) for dimension in release.dimensions
    )
    area_level, area_code = _find_area(asked.get(_AREA), areas, level)
    beside = tuple(
        place for place, dimension in enumerate(release.dimensions) if asked.get(BESIDE_PREFIX + dimension.name) == "1"
    )
    return Selection(codes, release.period, measure, level, area_code, area_level, beside)


def _select_without_totals(
    connection: Connection,
    release: ReleaseInfo,
    asked: Mapping[str, str],
    areas: Mapping[int, Mapping[str, str]],
    months: Sequence[str],
    measure: str,
) -> Selection:
    level = release.deepest_level
    names = areas.get(level, {})
    nothing = (next(iter(names), ""), next(iter(release.topics), ""), months[-1] if months else "")
    area_code, topic, month = find_most_telling(connection, release.id, measure) or nothing
    topic_asked = asked.get(DIMENSION_PREFIX + release.dimensions[0].name)
    return Selection(
        (_among(topic_asked, release.topics, topic),),
        _among(asked.get(_MONTH), months, month),
        measure,
        level,
        _among(asked.get(_AREA), names, area_code),
        level,
    )


def _find_first(measures: Sequence[str]) -> str:
    return next((each for each in (PEOPLE, REPORTS) if each in measures), measures[0])


def _find_area(asked: str | None, areas: Mapping[int, Mapping[str, str]], level: int) -> tuple[int, str]:
    """Find the level and the code of an area: at the level of the table, else at any; the country without one."""
    if asked == UNKNOWN and level != COUNTRY:
        return level, UNKNOWN
    for each in (level, *areas):
        if asked is not None and asked in areas.get(each, {}):
            return each, asked
    return COUNTRY, TOTAL


def _among(asked: str | None, known: Iterable[str], default: str) -> str:
    return asked if asked is not None and asked in known else default
