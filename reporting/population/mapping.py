"""Mappings: which columns of a table are areas, codes and values; the ready ones are in `config/population/`.

A tidy table, with a column for each dimension and one for the value, needs none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate

from config.table_file.columns import Columns
from reporting.population.age import ALL_AGES, AgeBand, read_code
from reporting.population.code_lists import DIMENSIONS, POPULATION_CODES, TOTAL
from reporting.population.errors import BadMapping
from reporting.population.words import FOLDER, fold_spellings, load_words, read_yaml

TIDY: Final = "tidy"
_YEARS: Final = validate.Range(1900, 2200)


class Codes(NamedTuple):
    """The codes of a figure; all people where nothing is said."""

    sex: str = TOTAL
    age: AgeBand = ALL_AGES
    disability: str = TOTAL
    phone: str = TOTAL
    urban: str = TOTAL


@dataclass(frozen=True, slots=True)
class AreaColumns:
    """Where the areas of a level stand; `level` is None where the columns hold every level's.

    Of `where` each column must hold its word, else a row is of another level. `either` holds codes or names.
    """

    level: int | None = None
    code: str | None = None
    name: str | None = None
    parent: str | None = None
    either: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DimensionColumn:
    """A column that holds codes; `codes` is by folded spelling, None for ages, which are read as they are written."""

    column: str
    codes: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How a table is read.

    `values` are the columns with figures and the codes that each adds. `columns` are those that the reader of tables
    looks for. `whole` names the rows of the whole country, `aliases` are codes of areas by what the table calls them.
    """

    name: str
    columns: Columns
    recognised_by: Columns
    areas: tuple[AreaColumns, ...]
    dimensions: Mapping[str, DimensionColumn]
    values: Mapping[str, Mapping[str, Any]]
    year_column: str | None = None
    whole: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    method: str | None = None
    year: int | None = None

    def list_levels(self) -> list[int]:
        """List the levels that the mapping names; none where its columns hold every level."""
        return [each.level for each in self.areas if each.level is not None]


class _CodesSchema(Schema):
    """Codes that a column of values adds."""

    sex = fields.String(validate=validate.OneOf(POPULATION_CODES["sex"]))
    age = fields.String()
    disability = fields.String(validate=validate.OneOf(POPULATION_CODES["disability"]))
    phone = fields.String(validate=validate.OneOf(POPULATION_CODES["phone"]))
    urban = fields.String(validate=validate.OneOf(POPULATION_CODES["urban"]))

    @post_load
    def _read_age(self, codes: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "age" not in codes:
            return codes
        try:
            return codes | {"age": read_code(codes["age"])}
        except ValueError as error:
            raise ValidationError(f"{error}: like Y15T19, Y_GE65 or _T", "age") from None


class _AreaSchema(Schema):
    level = fields.Integer(validate=validate.Range(1, 6))
    code = fields.String()
    name = fields.String()
    parent = fields.String()
    where = fields.Dict(keys=fields.String(), values=fields.String())

    @post_load
    def _check(self, area: dict[str, Any], **_: Any) -> AreaColumns:
        if not area.keys() & {"code", "name"}:
            raise ValidationError("names neither a column of codes nor one of names", "name")
        return AreaColumns(**area)


class _DimensionSchema(Schema):
    column = fields.String(required=True)
    codes = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class _MappingSchema(Schema):
    recognised_by = fields.List(fields.String(), load_default=list)
    source = fields.String()
    method = fields.String()
    year = fields.Integer(validate=_YEARS)
    year_column = fields.String()
    areas = fields.List(fields.Nested(_AreaSchema), required=True, validate=validate.Length(1))
    whole = fields.List(fields.String(), load_default=list)
    aliases = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    dimensions = fields.Dict(
        keys=fields.String(validate=validate.OneOf(DIMENSIONS)), values=fields.Nested(_DimensionSchema),
        load_default=dict,
    )  # fmt: skip
    values = fields.Dict(
        keys=fields.String(), values=fields.Nested(_CodesSchema), required=True, validate=validate.Length(1)
    )


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping from its YAML file. Raises BadMapping with the file and the key."""
    try:
        loaded: dict[str, Any] = _MappingSchema().load(read_yaml(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise BadMapping(f"{path.name}: not a YAML file") from None
    except ValidationError as error:
        raise BadMapping(f"{path.name}: {_first_fault(error.messages)}") from None
    dimensions = {name: _make_dimension(path, name, given) for name, given in loaded.pop("dimensions").items()}
    recognised_by = loaded.pop("recognised_by")
    whole = frozenset(name.casefold() for name in loaded.pop("whole"))
    areas = tuple(loaded.pop("areas"))
    used = [
        *(column for each in areas for column in (each.code, each.name, each.parent, *each.where) if column),
        *(each.column for each in dimensions.values()),
        *loaded["values"],
        *([loaded["year_column"]] if "year_column" in loaded else []),
    ]
    return TableMapping(
        path.stem, _need(used), _need(recognised_by or used), areas, dimensions, whole=whole, **loaded
    )  # fmt: skip


@cache
def list_ready() -> tuple[TableMapping, ...]:
    """List the ready mappings, by name; cached."""
    return tuple(read_mapping(path) for path in sorted(FOLDER.glob("*.yaml")) if path.name != "words.yaml")


@cache
def make_tidy() -> TableMapping:
    """Make the mapping of a tidy table; cached."""
    known = {
        "area_code": ("area_code", "pcode", "p_code", "#adm1 +code", "#adm2 +code", "#adm3 +code"),
        "area": ("area", "area_name", "#adm1 +name", "#adm2 +name", "#adm3 +name"),
        "area_name": ("area_name",),
        "parent": ("parent", "parent_name"),
        "year": ("year", "#date +year"),
        "value": ("value", "population", "#population"),
        **{name: (name,) for name in DIMENSIONS},
    }
    columns = Columns(known, needed=("value", ("area_code", "area")))
    words = load_words().codes
    return TableMapping(
        TIDY, columns, columns,
        (AreaColumns(code="area_code", name="area_name", parent="parent", either="area"),),
        {name: DimensionColumn(name, words.get(name)) for name in DIMENSIONS},
        {"value": {}}, year_column="year",
    )  # fmt: skip


def _make_dimension(path: Path, name: str, given: Mapping[str, Any]) -> DimensionColumn:
    codes = given.get("codes")
    if name == "age":
        if codes is not None:
            raise BadMapping(f"{path.name}: dimensions.age.codes: ages are read as they are written")
        return DimensionColumn(given["column"], None)
    for code in codes or ():
        if code not in POPULATION_CODES[name]:
            raise BadMapping(f"{path.name}: dimensions.{name}.codes.{code}: no code of {name}")
    return DimensionColumn(given["column"], {**load_words().codes[name], **fold_spellings(codes or {})})


def _need(names: list[str]) -> Columns:
    unique = tuple(dict.fromkeys(names))
    return Columns({name: (name,) for name in unique}, needed=unique)


def _first_fault(messages: Any, path: str = "") -> str:
    """Format the first of marshmallow's messages as one line with its place."""
    if isinstance(messages, dict):
        key, value = next(iter(messages.items()))
        shown = path if key in ("key", "value", "_schema") else f"{path}.{key}".lstrip(".")
        return _first_fault(value, shown)
    if isinstance(messages, list):
        return _first_fault(messages[0], path)
    return f"{path}: {messages}".lstrip(": ")
