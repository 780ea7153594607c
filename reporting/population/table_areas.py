"""Says which areas the rows of a table are: of the level that is loaded, of other levels, of the whole country."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.table_file.columns import Columns
from config.table_file.reader import open_table
from config.table_file.records import Tell
from reporting.population.check import Place
from reporting.population.errors import PopulationError
from reporting.population.mapping import Codes
from reporting.population.match import Area, Matcher, Matches, find_alias
from reporting.population.table import PopulationTable, ToldArea

Levels = Mapping[int, Sequence[Area]]
_ALIASES: Final = Columns(
    {"name": ("name",), "area_code": ("area_code", "code", "pcode"), "parent": ("parent",)},
    needed=("name", "area_code"),
)


@dataclass(slots=True)
class TableAreas:
    """The areas of a table: of the level, of other levels, and the rows of the whole country."""

    level: int
    areas: Sequence[Area]
    matches: Matches
    elsewhere: dict[ToldArea, Area]
    whole: list[ToldArea]

    def list_empty(self) -> list[Area]:
        """List the areas of the level that no row is of."""
        found = {area.code for area, _ in self.matches.found.values()}
        return [area for area in self.areas if area.code not in found]

    def list_figures(self, table: PopulationTable) -> dict[Place, dict[Codes, int]]:
        """List the figures of the level's areas."""
        return _gather(table, {told: (area.code, area.name) for told, (area, _) in self.matches.found.items()})

    def list_wider_figures(self, table: PopulationTable) -> dict[Place, dict[Codes, int]]:
        """List the figures of areas of other levels and of the whole country, which has no code."""
        named = {told: (area.code, area.name) for told, area in self.elsewhere.items()}
        return _gather(table, named | {told: ("", str(told)) for told in self.whole})


def match_table(table: PopulationTable, levels: Levels, level: int, aliases: Mapping[str, str]) -> TableAreas:
    """Match the areas of a table to those of a level, and what is left to those of other levels."""
    told = table.list_areas()
    whole = [each for each in told if {each.name.casefold(), each.code.casefold()} & table.mapping.whole]
    rest = [each for each in told if each not in whole]
    others = [area for each, areas in levels.items() if each != level for area in areas]
    around = [area for each, areas in levels.items() if each < level for area in areas]
    names = {name.folded for area in others for name in area.names}
    matches = Matcher(levels[level], around).match(rest, aliases, names)
    elsewhere = {
        each: area
        for each, (area, _) in Matcher(others).match(list(matches.missing), aliases).found.items()
        if find_alias(aliases, each) is None
    }
    for each in elsewhere:
        del matches.missing[each]
    return TableAreas(level, levels[level], matches, elsewhere, whole)


def _gather(table: PopulationTable, names: Mapping[ToldArea, tuple[str, str]]) -> dict[Place, dict[Codes, int]]:
    """Gather the figures by place. Raises PopulationError where two rows are the same figure under two names."""
    gathered: dict[Place, dict[Codes, int]] = defaultdict(dict)
    first: dict[Place, ToldArea] = {}
    for key, value in table.figures.items():
        if key.area in names:
            code, name = names[key.area]
            place = Place(code, name, key.year)
            if key.codes in gathered[place]:
                raise PopulationError(f"{first[place]} and {key.area} are both {name} [{code}], with the same codes")
            first.setdefault(place, key.area)
            gathered[place][key.codes] = value
    return dict(gathered)


def fold_aliases(aliases: Mapping[str, str]) -> dict[str, str]:
    """Fold the names of aliases, as `find_alias` looks for them."""
    return {name.casefold(): code for name, code in aliases.items()}


def read_aliases(path: Path, levels: Levels, tell: Tell) -> dict[str, str]:
    """Read a list of aliases; each code must be that of an area. Raises PopulationError, TableError."""
    codes = {area.code.casefold() for areas in levels.values() for area in areas}
    found: dict[str, str] = {}
    with open_table(path, _ALIASES, tell) as table:
        for row in table.rows:
            if row.is_blank:
                continue
            name, code, parent = row.get("name"), row.get("area_code"), row.get("parent")
            if not name:
                raise PopulationError(f"{path.name}: line {row.line}, column name: empty")
            if code.casefold() not in codes:
                raise PopulationError(f"{path.name}: line {row.line}, column area_code: no area has that code")
            found[f"{name}|{parent}".casefold() if parent else name.casefold()] = code
    return found
