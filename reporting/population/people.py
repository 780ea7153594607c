"""Counts the people of the groups of a dimension, from the table that tells them best.

`find_margin` gives what representation ratios and weights are compared with: of the areas of a level, or of the whole
country by sex, age or disability; of people of 15 and older where the table tells ages. The people of urban and of
rural areas are all who live in those areas, since a report is told apart by its area too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.population.age import AgeBand, read_code
from reporting.population.code_lists import OWNER, POPULATION_CODES, TOTAL
from reporting.population.mapping import Codes
from reporting.population.margin import choose_group, count_ages, count_people, list_first_ages
from reporting.population.urban import find_localities

AREA: Final = "area"
AGE: Final = "age"
URBAN: Final = "urban"
REPORTERS_FROM: Final = 15  # years: the universe of reporters
_WHOLE: Final = 0.9  # of the areas: a table of fewer is not one of the country

_TABLES: Final = text(
    """
    WITH told AS (SELECT source, year, area_level, min(method) AS method,
                         count(DISTINCT area_code) FILTER (WHERE EXISTS (
                             SELECT FROM area WHERE area.campaign_id = :campaign_id AND area.code = area_code
                                AND area.level = area_level)) AS areas
                    FROM population
                   WHERE campaign_id = :campaign_id AND (CAST(:level AS integer) IS NULL OR area_level = :level)
                   GROUP BY source, year, area_level)
    SELECT source, year, area_level, method, areas::float / greatest(1, (
               SELECT count(*) FROM area WHERE campaign_id = :campaign_id AND level = area_level)) AS coverage
      FROM told ORDER BY source, year, area_level
    """
)
_OF_TABLE: Final = """
      FROM population WHERE campaign_id = :campaign_id AND area_level = :level AND source = :source AND year = :year
"""
_BY_AREA: Final = text(
    f"SELECT area_code, sex, age, disability, phone, urban, value {_OF_TABLE} AND EXISTS (SELECT FROM area"
    " WHERE area.campaign_id = population.campaign_id AND area.code = area_code AND area.level = area_level)"
)
_OF_ALL: Final = text(
    f"SELECT '' AS area_code, sex, age, disability, phone, urban, sum(value)::bigint AS value {_OF_TABLE}"
    " GROUP BY sex, age, disability, phone, urban"
)


@dataclass(frozen=True, slots=True)
class Margin:
    """People by group of one dimension, with the table that they are from.

    `first_age` is the age of the youngest who are counted, `coverage` the share of the level's areas with a figure.
    """

    dimension: str
    people: Mapping[str, int]
    source: str
    year: int
    method: str | None
    level: int
    coverage: float
    first_age: int


def find_margin(
    connection: Connection, campaign_id: int, dimension: str, *, level: int | None = None,
    first_age: int = REPORTERS_FROM, is_of_owners: bool = False,
) -> Margin | None:  # fmt: skip
    """Find the people by group; None where no table tells them.

    Of several tables the one is taken that tells the ages asked for, or the nearest ones; then one of nearly all areas;
    then the latest. For areas `level` is needed. With `is_of_owners` only those who own a mobile phone are counted.
    """
    if dimension == URBAN:
        return _find_of_localities(connection, campaign_id, first_age, is_of_owners)
    tables = connection.execute(_TABLES, {"campaign_id": campaign_id, "level": level}).all()
    margins = [
        margin
        for table in tables
        if (margin := _read_margin(connection, campaign_id, dimension, table, first_age, is_of_owners)) is not None
    ]
    return max(
        margins,
        key=lambda each: (
            -abs(each.first_age - first_age),
            each.coverage >= _WHOLE,
            each.year,
            each.coverage,
            -each.level,
        ),
        default=None,
    )


def _find_of_localities(connection: Connection, campaign_id: int, first_age: int, is_of_owners: bool) -> Margin | None:
    """Find the people of the areas that are urban and of those that are rural; None where nothing tells both."""
    localities = find_localities(connection, campaign_id)
    margin = find_margin(
        connection, campaign_id, AREA, level=localities.level, first_age=first_age, is_of_owners=is_of_owners
    )  # fmt: skip
    if margin is None or not localities.codes:
        return None
    people: dict[str, int] = defaultdict(int)
    for area, number in margin.people.items():
        if area in localities.codes:
            people[localities.codes[area]] += number
    return replace(margin, dimension=URBAN, people=dict(people)) if people else None


def _read_margin(
    connection: Connection, campaign_id: int, dimension: str, table: Row[Any], first_age: int, is_of_owners: bool
) -> Margin | None:
    values = {
        "campaign_id": campaign_id, "level": table.area_level, "source": table.source, "year": table.year,
    }  # fmt: skip
    figures = _gather(connection.execute(_BY_AREA if dimension == AREA else _OF_ALL, values), is_of_owners)
    found = _count_groups(figures, dimension, first_age)
    if found is None:
        return None
    people, counted_from = found
    return Margin(
        dimension, people, table.source, table.year, table.method, table.area_level, table.coverage, counted_from
    )  # fmt: skip


def _gather(rows: Iterable[Row[Any]], is_of_owners: bool) -> dict[str, dict[Codes, int]]:
    """Gather the figures by area; of owners those of owners, as if they were all."""
    gathered: dict[str, dict[Codes, int]] = defaultdict(dict)
    for row in rows:
        if (row.phone == OWNER) == is_of_owners:
            phone = TOTAL if is_of_owners else row.phone
            codes = Codes(row.sex, read_code(row.age), row.disability, phone, row.urban)
            gathered[row.area_code][codes] = row.value
    return dict(gathered)


def _count_groups(
    figures: Mapping[str, Mapping[Codes, int]], dimension: str, first_age: int
) -> tuple[dict[str, int], int] | None:
    """Count the groups, of the youngest age at or above the one asked for that all have, else of all that is told."""
    if dimension == AGE:
        groups = count_ages(figures.get("", {}))
        return (groups, 0) if groups else None
    if dimension == AREA:
        parts = dict(figures)
    else:
        codes = [code for code in POPULATION_CODES[dimension] if code != TOTAL]
        parts = {code: choose_group(figures.get("", {}), dimension, code) for code in codes}
    for counted_from in list_first_ages(parts.values(), first_age):
        counted = {code: count_people(values, AgeBand(counted_from, None)) for code, values in parts.items()}
        known = {code: people for code, people in counted.items() if people is not None}
        if known and (dimension == AREA or len(known) == len(parts)):
            return known, counted_from
    return None
