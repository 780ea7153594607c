"""Tells urban areas from rural ones by where the majority of their people live.

That is how small administrative units are told apart by the degree of urbanisation of the UN (level 1, for rural ones),
here with the localities that the national census calls urban. In a mixed area some people are put on the wrong side:
`share` says how many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from reporting.population.age import AgeBand, read_code
from reporting.population.mapping import Codes
from reporting.population.margin import choose_group, count_people, list_first_ages

_URBAN, _RURAL = "U", "R"
_MAJORITY: Final = 0.5
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
class Locality:
    """Whether an area is urban (`U`) or rural (`R`), and the share of its people who live so, from 0.5 to 1."""

    code: str
    share: float


def list_localities(connection: Connection, campaign_id: int, level: int) -> Mapping[str, Locality]:
    """Tell for each area of a level whether it is urban, from the latest table that says so; empty without one."""
    values = {"campaign_id": campaign_id, "level": level, "urban": _URBAN}
    areas: dict[str, dict[Codes, int]] = {}
    for row in connection.execute(_FIGURES, values):
        codes = Codes(row.sex, read_code(row.age), row.disability, row.phone, row.urban)
        areas.setdefault(row.area_code, {})[codes] = row.value
    found = {code: _classify(figures) for code, figures in areas.items()}
    return {code: locality for code, locality in found.items() if locality is not None}


def _classify(figures: Mapping[Codes, int]) -> Locality | None:
    """Classify one area; None where its table does not tell both sides, or nobody lives there."""
    parts = [choose_group(figures, "urban", code) for code in (_URBAN, _RURAL)]
    for first_age in list_first_ages(parts, 0):
        urban, rural = (count_people(part, AgeBand(first_age, None)) for part in parts)
        if urban is not None and rural is not None and urban + rural > 0:
            share = urban / (urban + rural)
            return Locality(_URBAN, share) if share > _MAJORITY else Locality(_RURAL, 1 - share)
    return None
