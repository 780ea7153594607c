"""Tells urban areas from rural ones: as their boundaries say, else by where the majority of their people live.

The majority is how the degree of urbanisation of the UN (level 1) tells small administrative units apart, here with the
localities that the national census calls urban. In a mixed area some people are put on the other side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text

from reporting.population.age import AgeBand, read_code
from reporting.population.mapping import Codes
from reporting.population.margin import choose_group, count_people, list_first_ages

URBAN_CODE, RURAL_CODE = "U", "R"  # of SDMX CL_URBANISATION
_MAJORITY: Final = 0.5
_NEARLY_ALL: Final = 0.9  # of the areas of a level
_AREAS: Final = text("SELECT level, code, is_urban FROM area WHERE campaign_id = :campaign_id")
_FIGURES: Final = text(
    """
    WITH chosen AS (SELECT source, year FROM population
                     WHERE campaign_id = :campaign_id AND area_level = :level AND urban = :urban
                     ORDER BY year DESC, source LIMIT 1)
    SELECT area_code, sex, age, disability, phone, urban, value
      FROM population JOIN chosen USING (source, year) WHERE campaign_id = :campaign_id AND area_level = :level
    """
)


@dataclass(frozen=True, slots=True)
class Localities:
    """The areas of a level that are urban (`U`) and rural (`R`), by area code; empty where nothing tells them."""

    level: int = 0
    codes: Mapping[str, str] = field(default_factory=dict)


def find_localities(connection: Connection, campaign_id: int) -> Localities:
    """Find which areas are urban, at the finest level where nearly all are known, else where most are."""
    told: dict[int, dict[str, bool | None]] = {}
    for row in connection.execute(_AREAS, {"campaign_id": campaign_id}):
        told.setdefault(row.level, {})[row.code] = row.is_urban
    known = {level: _list_level(connection, campaign_id, level, areas) for level, areas in told.items()}
    level = max(
        (level for level in known if known[level]),
        key=lambda each: (min(len(known[each]) / len(told[each]), _NEARLY_ALL), each),
        default=None,
    )
    return Localities() if level is None else Localities(level, known[level])


def _list_level(
    connection: Connection, campaign_id: int, level: int, told: Mapping[str, bool | None]
) -> dict[str, str]:
    """List the areas of a level: what the boundaries say, else the latest table that tells urban people."""
    of_census = _read_majorities(connection, campaign_id, level)
    found = {code: is_urban if is_urban is not None else of_census.get(code) for code, is_urban in told.items()}
    return {code: URBAN_CODE if is_urban else RURAL_CODE for code, is_urban in found.items() if is_urban is not None}


def _read_majorities(connection: Connection, campaign_id: int, level: int) -> dict[str, bool | None]:
    areas: dict[str, dict[Codes, int]] = {}
    for row in connection.execute(_FIGURES, {"campaign_id": campaign_id, "level": level, "urban": URBAN_CODE}):
        codes = Codes(row.sex, read_code(row.age), row.disability, row.phone, row.urban)
        areas.setdefault(row.area_code, {})[codes] = row.value
    return {code: _is_urban(figures) for code, figures in areas.items()}


def _is_urban(figures: Mapping[Codes, int]) -> bool | None:
    """Tell whether most people are urban; None where the table does not tell both sides, or nobody lives there."""
    parts = [choose_group(figures, "urban", code) for code in (URBAN_CODE, RURAL_CODE)]
    for first_age in list_first_ages(parts, 0):
        urban, rural = (count_people(part, AgeBand(first_age, None)) for part in parts)
        if urban is not None and rural is not None and urban + rural > 0:
            return urban / (urban + rural) > _MAJORITY
    return None
