"""Loads a population table: matches its areas, checks its sums, replaces what its source had of that level and year."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from config.table_file.records import Tell
from geo.gazetteer.staging_table import copy_rows, lock_loading
from reporting.population.age import read_code
from reporting.population.areas import list_areas
from reporting.population.check import Difference, Figures, Place, check_levels, check_parts
from reporting.population.code_lists import TOTAL
from reporting.population.errors import AnotherTable, PopulationError, UnmatchedAreas
from reporting.population.mapping import Codes, TableMapping, read_mapping
from reporting.population.match import Area, Matcher, Matches
from reporting.population.table import PopulationTable, ToldArea, read_table, recognise
from reporting.population.table_areas import Levels, TableAreas, fold_aliases, match_table, read_aliases

_COPY: Final = (
    "COPY population (campaign_id, area_code, area_level, sex, age, disability, phone, urban, year, value, source,"
    " method) FROM STDIN"
)
_OF_SOURCE: Final = "campaign_id = :campaign_id AND area_level = :level AND source = :source AND year = ANY(:years)"
_REMOVE: Final = text(f"DELETE FROM population WHERE {_OF_SOURCE}")
_SHAPES: Final = text(
    f"""
    SELECT DISTINCT sex <> '{TOTAL}', age <> '{TOTAL}', disability <> '{TOTAL}', phone <> '{TOTAL}', urban <> '{TOTAL}'
      FROM population
     WHERE {_OF_SOURCE}
    """
)
_OTHER_LEVELS: Final = text(
    """
    SELECT population.source, population.area_code, population.area_level, area.name, population.sex, population.age,
           population.disability, population.phone, population.urban, population.year, population.value
      FROM population JOIN area ON area.campaign_id = population.campaign_id AND area.code = population.area_code
     WHERE population.campaign_id = :campaign_id AND population.area_level <> :level AND population.year = ANY(:years)
     ORDER BY population.area_level, population.source
    """
)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What an operator says of a table; None: as the mapping or the table says."""

    level: int | None = None
    year: int | None = None
    source: str | None = None
    method: str | None = None
    mapping: Path | None = None
    aliases: Path | None = None
    is_strict: bool = False
    is_replacing: bool = False


@dataclass(slots=True)
class LoadReport:
    """What a load did: the matches, the areas of other levels in the table, what does not add up, the counts."""

    layout: str
    level: int
    source: str
    matches: Matches
    other_levels: list[ToldArea]
    without_figure: list[Area]
    differences: list[Difference] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def load_population(
    connection: Connection, campaign_id: int, path: Path, options: LoadOptions, tell: Tell
) -> LoadReport:
    """Load the figures of one level. Raises PopulationError, TableError; then nothing is stored. The caller commits."""
    lock_loading(connection, campaign_id)
    levels = list_areas(connection, campaign_id)
    if not levels:
        raise PopulationError("no boundaries are loaded: flask --app wsgi areas load")
    mapping = recognise(path) if options.mapping is None else read_mapping(options.mapping)
    aliases = fold_aliases(mapping.aliases) | (read_aliases(options.aliases, levels, tell) if options.aliases else {})
    asked = _choose_level(options.level, mapping, levels)
    table = read_table(path, mapping, asked, options.year, tell)
    level = asked if asked is not None else _find_level(table, levels, aliases)
    matched = match_table(table, levels, level, aliases)
    _refuse_unmatched(path, matched, is_strict=options.is_strict)
    figures = matched.list_figures(table)
    differences = list(_check(connection, campaign_id, table, matched, figures, levels))
    source = options.source or mapping.source or path.stem
    values = {
        "campaign_id": campaign_id, "level": level, "source": source, "method": options.method or mapping.method,
        "years": sorted({place.year for place in figures}),
    }  # fmt: skip
    if not options.is_replacing:
        _refuse_another_table(connection, values, figures)
    stored, replaced = _store(connection, values, figures)
    counts = {
        "rows": table.lines, "figures": stored, "replaced": replaced, "empty_cells": table.empty,
        "rows_of_other_years": table.other_years,
    }  # fmt: skip
    wider = [*matched.elsewhere, *matched.whole]
    return LoadReport(
        mapping.name, level, source, matched.matches, wider, matched.list_empty(), differences, counts
    )  # fmt: skip


def _find_level(table: PopulationTable, levels: Levels, aliases: Mapping[str, str]) -> int:
    """Find the level of which most areas of the table are."""
    told = table.list_areas()
    return max(levels, key=lambda level: (len(Matcher(levels[level]).match(told, aliases).found), -level))


def _store(connection: Connection, values: Mapping[str, Any], figures: Figures) -> tuple[int, int]:
    """Replace what a source had of a level and years; returns how many figures are stored, and were replaced."""
    replaced = connection.execute(_REMOVE, values).rowcount
    rows = [
        (values["campaign_id"], place.code, values["level"], *_to_row(codes), place.year, value, values["source"],
         values["method"])
        for place, by_codes in figures.items()
        for codes, value in by_codes.items()
    ]  # fmt: skip
    copy_rows(connection, _COPY, rows)
    return len(rows), replaced


def _choose_level(asked: int | None, mapping: TableMapping, levels: Mapping[int, Any]) -> int | None:
    """Return the level asked for, else the first that mapping and boundaries have; None: to be told by the names."""
    if asked is not None and asked not in levels:
        raise PopulationError(f"no boundaries of level {asked} are loaded: there are {', '.join(map(str, levels))}")
    if asked is None and mapping.list_levels():
        return next((each for each in mapping.list_levels() if each in levels), mapping.list_levels()[0])
    return asked


def _refuse_unmatched(path: Path, matched: TableAreas, *, is_strict: bool) -> None:
    missing = list(matched.matches.missing)
    shown = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
    if not matched.matches.found:
        what = f": {shown}" if shown else ""
        raise UnmatchedAreas(f"{path.name}: none of its names is an area of level {matched.level}{what}")
    if is_strict and missing:
        raise UnmatchedAreas(f"{path.name}: {len(missing)} match no area of level {matched.level}: {shown}")


def _refuse_another_table(connection: Connection, values: Mapping[str, Any], figures: Figures) -> None:
    """Refuse to replace a table that is broken down otherwise: two tables of one census need two names."""
    stored = {tuple(row) for row in connection.execute(_SHAPES, values)}
    ours = {tuple(code != TOTAL for code in _to_row(codes)) for by_codes in figures.values() for codes in by_codes}
    if stored and stored != ours:
        raise AnotherTable(
            f"another table is stored as {values['source']!r}, broken down otherwise: give this one its own --source,"
            " or --replace the stored one"
        )


def _check(
    connection: Connection,
    campaign_id: int,
    table: PopulationTable,
    matched: TableAreas,
    figures: Figures,
    levels: Levels,
) -> Iterator[Difference]:
    """Yield what does not add up: within the table, and with what each source has of other levels."""
    yield from check_parts(figures)
    yield from check_levels(matched.list_wider_figures(table), figures, matched.areas)
    values = {"campaign_id": campaign_id, "level": matched.level, "years": sorted({place.year for place in figures})}
    stored: dict[tuple[int, str], dict[Place, dict[Codes, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in connection.execute(_OTHER_LEVELS, values):
        codes = Codes(row.sex, read_code(row.age), row.disability, row.phone, row.urban)
        stored[row.area_level, row.source][Place(row.area_code, row.name, row.year)][codes] = row.value
    for (level, _), others in stored.items():
        if level < matched.level:
            yield from check_levels(others, figures, matched.areas)
        else:
            yield from check_levels(figures, others, levels.get(level, ()))


def _to_row(codes: Codes) -> tuple[str, str, str, str, str]:
    return codes.sex, codes.age.code, codes.disability, codes.phone, codes.urban
