"""Lists and removes the population tables of a campaign."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.population.code_lists import TOTAL
from reporting.population.errors import PopulationError

_LIST: Final = text(
    f"""
    SELECT source, year, area_level AS level, min(method) AS method, count(DISTINCT area_code) AS areas,
           count(*) AS figures, bool_or(sex <> '{TOTAL}') AS sex, bool_or(age <> '{TOTAL}') AS age,
           bool_or(disability <> '{TOTAL}') AS disability, bool_or(phone <> '{TOTAL}') AS phone,
           bool_or(urban <> '{TOTAL}') AS urban
      FROM population WHERE campaign_id = :campaign_id GROUP BY source, year, area_level
     ORDER BY source, year, area_level
    """
)
_REMOVE: Final = text(
    """
    DELETE FROM population WHERE campaign_id = :campaign_id AND source = :source
       AND (CAST(:level AS integer) IS NULL OR area_level = :level)
       AND (CAST(:year AS integer) IS NULL OR year = :year)
    """
)


def list_tables(connection: Connection, campaign_id: int) -> Sequence[Row[Any]]:
    """List the tables by source, year and level: method, areas, figures, and which dimensions they break down."""
    return connection.execute(_LIST, {"campaign_id": campaign_id}).all()


def remove_table(connection: Connection, campaign_id: int, source: str, level: int | None, year: int | None) -> int:
    """Remove a source's figures, of a level and year where they are given; returns how many. Raises PopulationError."""
    values = {"campaign_id": campaign_id, "source": source, "level": level, "year": year}
    removed = connection.execute(_REMOVE, values).rowcount
    if not removed:
        known = list(dict.fromkeys(row.source for row in list_tables(connection, campaign_id)))
        raise PopulationError(f"nothing is stored of that source; there is: {', '.join(known) or 'none'}")
    return removed
