"""Reads a population table into figures: area as the table calls it, codes, year, value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from config.table_file.errors import MissingColumns
from config.table_file.reader import Row, Table, open_table
from config.table_file.records import Tell
from config.table_file.values import read_count
from geo.text.normalise import fold_name
from reporting.population.age import AgeBand, are_tiling, list_targets, read_age
from reporting.population.errors import PopulationError
from reporting.population.mapping import AreaColumns, Codes, TableMapping, list_ready, make_tidy

_MOST: Final = 20_000_000_000  # people
_YEARS: Final = range(1900, 2201)
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "..", "-", "–"})


class ToldArea(NamedTuple):
    """An area as a table calls it; empty where it says nothing."""

    code: str
    name: str
    parent: str = ""

    def __str__(self) -> str:
        """Return what people read: the name with the parent's, else the code."""
        shown = self.name or self.code
        return f"{shown} ({self.parent})" if self.parent else shown


class Key(NamedTuple):
    """What a figure is of."""

    area: ToldArea
    codes: Codes
    year: int


@dataclass(slots=True)
class PopulationTable:
    """The figures of a table. `empty` counts cells without a value, `other_years` rows of years that were not asked."""

    mapping: TableMapping
    figures: dict[Key, int]
    lines: int = 0
    empty: int = 0
    other_years: int = 0

    def list_areas(self) -> list[ToldArea]:
        """List the areas in the order of the table."""
        return list(dict.fromkeys(key.area for key in self.figures))


def recognise(path: Path) -> TableMapping:
    """Find the mapping that a table fits: the tidy one, else a ready one. Raises PopulationError, TableError."""
    for mapping in (make_tidy(), *list_ready()):
        try:
            with open_table(path, mapping.recognised_by, lambda _: None):
                return mapping
        except MissingColumns:
            continue
    ready = ", ".join(mapping.name for mapping in list_ready())
    raise PopulationError(
        f"{path.name}: neither columns area_code or area, and value, nor one of the layouts {ready}: give --mapping"
    )


def read_table(path: Path, mapping: TableMapping, level: int | None, year: int | None, tell: Tell) -> PopulationTable:
    """Read the figures of a level, and of a year where one is asked for.

    Raises PopulationError with file, line and column, TableError where the file is no table.
    """
    areas = _choose_areas(path, mapping, level)
    read = PopulationTable(mapping, {})
    lines: dict[Key, int] = {}
    with open_table(path, mapping.columns, tell) as table:
        reader = _RowReader(path.name, mapping, areas, table, year)
        for row in table.rows:
            if row.is_blank or not reader.is_of_level(row):
                continue
            read.lines += 1
            for key, value in reader.read(row, read):
                if key in lines:
                    raise PopulationError(f"{path.name}: line {row.line}: the same area and codes as line {lines[key]}")
                lines[key] = row.line
                read.figures[key] = value
    read.figures = _sum_ages(read.figures, tell)
    if not read.figures:
        raise PopulationError(f"{path.name}: no figure in it")
    return read


def _choose_areas(path: Path, mapping: TableMapping, level: int | None) -> AreaColumns:
    for areas in mapping.areas:
        if level is None or areas.level in (None, level):
            return areas
    levels = ", ".join(map(str, mapping.list_levels()))
    raise PopulationError(f"{path.name}: the layout {mapping.name} has level {levels} and no level {level}")


class _RowReader:
    """Reads rows by a mapping; keeps what is the same for all."""

    def __init__(self, name: str, mapping: TableMapping, areas: AreaColumns, table: Table, year: int | None) -> None:
        self._name = name
        self._mapping = mapping
        self._areas = areas
        self._year = year
        if not self._has_year(table) and year is None and mapping.year is None:
            raise PopulationError(f"{name}: it has no column with the year: give --year")
        self._dimensions = {
            name: each for name, each in mapping.dimensions.items() if each.column in table.places
        }  # fmt: skip

    def _has_year(self, table: Table) -> bool:
        return self._mapping.year_column is not None and self._mapping.year_column in table.places

    def is_of_level(self, row: Row) -> bool:
        return all(row.get(column).casefold() == word.casefold() for column, word in self._areas.where.items())

    def read(self, row: Row, counts: PopulationTable) -> Iterator[tuple[Key, int]]:
        """Yield the figures of a row."""
        year = self._read_year(row)
        if year is None:
            counts.other_years += 1
            return
        area = self._read_area(row)
        told = {name: self._read_code(row, name) for name in self._dimensions}
        for column, codes in self._mapping.values.items():
            value = self._read_value(row, column)
            if value is None:
                counts.empty += 1
            else:
                yield Key(area, Codes(**{**told, **codes}), year), value

    def _read_year(self, row: Row) -> int | None:
        """Read the year; None where another one was asked for."""
        column = self._mapping.year_column
        cell = row.get(column) if column else ""
        if not cell:
            year = self._year or self._mapping.year
            if year is None:
                raise self._error(row, "year", "no year")
            return year
        if not cell.isdecimal() or int(cell) not in _YEARS:
            raise self._error(row, "year", "no year")
        return int(cell) if self._year in (None, int(cell)) else None

    def _read_area(self, row: Row) -> ToldArea:
        areas = self._areas
        code, name, parent, either = (
            row.get(column) if column else "" for column in (areas.code, areas.name, areas.parent, areas.either)
        )
        code, name = code or either or name, name or either
        if not code:
            column = areas.either or areas.name or areas.code or ""
            raise self._error(row, column, "empty")
        return ToldArea(code, name, parent)

    def _read_code(self, row: Row, name: str) -> str | AgeBand:
        dimension = self._dimensions[name]
        cell = row.get(dimension.column)
        try:
            if dimension.codes is None:
                return read_age(cell) if cell else Codes().age
            return dimension.codes[fold_name(cell)] if cell else "_T"
        except ValueError as error:
            raise self._error(row, dimension.column, str(error)) from None
        except KeyError:
            raise self._error(row, dimension.column, f"no code of {name}") from None

    def _read_value(self, row: Row, column: str) -> int | None:
        cell = row.get(column)
        if cell.casefold() in _MISSING:
            return None
        try:
            value = read_count(cell)
        except ValueError:
            raise self._error(row, column, "not a number") from None
        if not 0 <= value <= _MOST or not value.is_integer():
            raise self._error(row, column, "not a whole number of people")
        return int(value)

    def _error(self, row: Row, column: str, reason: str) -> PopulationError:
        return PopulationError(f"{self._name}: line {row.line}, column {column}: {reason}")


def _sum_ages(figures: Mapping[Key, int], tell: Tell) -> dict[Key, int]:
    """Sum ages into bands of five years, where they fill them."""
    bands = {key.codes.age for key in figures}
    targets = list_targets(bands)
    summed: dict[Key, int] = {}
    for key, value in figures.items():
        target = key._replace(codes=key.codes._replace(age=targets[key.codes.age]))
        summed[target] = summed.get(target, 0) + value
    _tell_odd(sorted(set(targets.values())), tell)
    return summed


def _tell_odd(bands: Sequence[AgeBand], tell: Tell) -> None:
    """Say which single ages stayed alone."""
    alone = [band.code for band in bands if band.high is not None and band.high - band.low < 4 and band.low < 100]
    if alone and not are_tiling(bands, Codes().age):
        tell(f"ages that fill no band of five years stay as they are: {', '.join(alone[:10])}")
