"""Cubes: what is counted of a campaign, by which dimensions, in which tables, and how strongly it is protected.

A cube is data in the campaign's definition (`settings.cubes`, by name). A campaign that defines none has the cube
`incidents`: people and incidents by area and topic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import sqrt
from typing import Any, Final

from reporting.aggregation.dimension import UNKNOWN, CodeContext, Dimension, get_dimension, list_choices
from reporting.aggregation.errors import CubeError, UnknownCube
from reporting.aggregation.period import MONTH
from reporting.campaigns.cube_use import CUBES, DEFAULT_CUBE
from reporting.disclosure.budget import MOST_REPORTS, STRENGTHS
from reporting.disclosure.tables import COUNTRY, Table

PEOPLE: Final = "people"
REPORTS: Final = "reports"
INCIDENTS: Final = "incidents"
NORMAL: Final = "A"  # SDMX CL_OBS_STATUS: a normal value
SUPPRESSED: Final = "Q"  # SDMX CL_OBS_STATUS: missing, suppressed
FREE: Final = "F"  # SDMX CL_CONF_STATUS: free for publication
CONFIDENTIAL: Final = "C"  # SDMX CL_CONF_STATUS: confidential

FEWEST_SHOWN: Final = 10  # people; smaller figures are shown as confidential
ROUNDED_TO: Final = 5
MOST_TABLES: Final = 12
_SENSITIVITY: Final = "moderate"
_FLOOR: Final = 1_000  # people; areas of fewer are not counted apart
_SETTLING_DAYS: Final = 30
_REVISION_DAYS: Final = 180
# How much one person can change the counts of a table: reports are capped, and an incident that several people report
# counts where the first of them counts, so that it may move from one cell to another.
_CHANGES: Final = {PEOPLE: 1.0, REPORTS: float(MOST_REPORTS), INCIDENTS: sqrt(2)}
_SHARES: Final = {PEOPLE: 4.0, REPORTS: 1.0, INCIDENTS: 1.0}  # of the squared strength, before they are scaled to 1
_ANSWER_SHARE: Final = 2.0
_QUALITY_SHARE: Final = 1.0
_ANSWER: Final = "answer:"
_SENSITIVE_DIMENSIONS: Final = 2  # at most, crossed in a table of a cube of high sensitivity
_TOPIC: Final = "topic"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted in each cell.

    `change` is the most by which one person changes a table, `share` the part of the squared strength it may spend.
    """

    name: str
    change: float
    share: float


@dataclass(frozen=True)
class Cube:
    """A cube of a campaign. `levels` are the levels of areas below the country; `crosses` the crossed dimensions."""

    name: str
    dimensions: tuple[Dimension, ...]
    codes: Mapping[str, tuple[str, ...]]  # by dimension; the last one is `_U`
    levels: tuple[int, ...]
    crosses: tuple[tuple[str, ...], ...]
    measures: tuple[Measure, ...]
    quality_share: float  # of the squared strength, for the quality report
    sensitivity: str = _SENSITIVITY
    period: str = MONTH  # what is drawn at once: a month, or a week in an emergency
    floor: int = _FLOOR
    settling_days: int = _SETTLING_DAYS
    revision_days: int = _REVISION_DAYS

    @property
    def strength(self) -> float:
        """The parameter mu that a month of the cube spends."""
        return STRENGTHS[self.sensitivity]

    @property
    def cost(self) -> float:
        """The squared strength: what a draw spends of the campaign's budget (`ledger.py`)."""
        return self.strength**2

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables that are measured: each cross at each level, with levels counted from 0 (the country)."""
        return tuple(Table(level, cross) for level in range(len(self.levels) + 1) for cross in self.crosses)

    @property
    def sizes(self) -> dict[str, int]:
        """The number of codes of each dimension, in order."""
        return {dimension.name: len(self.codes[dimension.name]) for dimension in self.dimensions}


def list_cubes(settings: Mapping[str, Any]) -> list[str]:
    """List the names of the cubes of a campaign."""
    return sorted(_read_definitions(settings))


def read_strengths(settings: Mapping[str, Any]) -> dict[str, tuple[float, str]]:
    """Read the strength and the period (`month` or `week`) of each cube of a campaign, without checking the rest."""
    return {
        name: (STRENGTHS[each.get("sensitivity", _SENSITIVITY)], each.get("period", MONTH))
        for name, each in _read_definitions(settings).items()
    }


def get_cube(name: str, settings: Mapping[str, Any], context: CodeContext, loaded_levels: Sequence[int]) -> Cube:
    """Get a cube of a campaign. Raises UnknownCube, UnknownDimension, CubeError."""
    definitions = _read_definitions(settings)
    if name not in definitions:
        raise UnknownCube(f"there is no cube {name!r}; there is: {', '.join(sorted(definitions))}")
    definition = definitions[name]
    dimensions = tuple(get_dimension(each) for each in definition.get("dimensions", [_TOPIC]))
    names = tuple(dimension.name for dimension in dimensions)
    sensitivity = definition.get("sensitivity", _SENSITIVITY)
    context = replace(context, sensitivity=sensitivity)
    levels = _choose_levels(name, definition, sensitivity, loaded_levels)
    measures, quality_share = _read_measures(definition, context)
    cube = Cube(
        name=name,
        dimensions=dimensions,
        codes={dimension.name: (*dimension.list_codes(context), UNKNOWN) for dimension in dimensions},
        levels=levels,
        crosses=_read_crosses(name, names, definition, len(levels)),
        measures=measures,
        quality_share=quality_share,
        sensitivity=sensitivity,
        period=definition.get("period", MONTH),
        floor=definition.get("floor", _FLOOR),
        settling_days=definition.get("settling_days", _SETTLING_DAYS),
        revision_days=definition.get("revision_days", _REVISION_DAYS),
    )
    _check(cube)
    return cube


def _read_definitions(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return dict(settings.get(CUBES) or {DEFAULT_CUBE: {"dimensions": [_TOPIC], "measures": [PEOPLE, INCIDENTS]}})


def _choose_levels(
    name: str, definition: Mapping[str, Any], sensitivity: str, loaded_levels: Sequence[int]
) -> tuple[int, ...]:
    """Choose the area levels: those of the definition, else 1 and 2 as far as they are loaded."""
    asked = definition.get("levels")
    if asked is None:
        asked = [level for level in (1, 2) if level in loaded_levels]
        if sensitivity == "high":
            asked = asked[:1]
        if sensitivity == "severe":
            asked = []
    for level in asked:
        if level not in loaded_levels:
            raise CubeError(
                f"cube {name!r}: no boundaries of level {level} are loaded: flask areas load FILE --level {level} ..."
            )
    return tuple(sorted(asked))


def _read_crosses(
    name: str, names: tuple[str, ...], definition: Mapping[str, Any], levels: int
) -> tuple[tuple[str, ...], ...]:
    """Read the crossed dimensions, each in the order of the cube; without a definition each dimension and each pair.

    The totals are always among them. Pairs are left out, the last ones first, where there would be too many tables.
    """
    if "tables" in definition:
        crosses = [tuple(each for each in names if each in cross) for cross in definition["tables"]]
        for cross, asked in zip(crosses, definition["tables"], strict=True):
            if len(cross) != len(set(asked)):
                raise CubeError(f"cube {name!r}: the table {', '.join(asked)} has a dimension that the cube lacks")
        return tuple(dict.fromkeys(((), *crosses)))
    crosses = [(), *((each,) for each in names), *combinations(names, 2)]
    return tuple(crosses[: max(1 + len(names), MOST_TABLES // (levels + 1))])


def _read_measures(definition: Mapping[str, Any], context: CodeContext) -> tuple[tuple[Measure, ...], float]:
    """Read the measures, and the share of the quality report.

    An answer (`answer:form.question=code`) is counted as those who gave it and all who answered.
    """
    found: list[tuple[str, float, float]] = []
    for name in dict.fromkeys((PEOPLE, *definition.get("measures", ()))):
        if name in _CHANGES:
            found.append((name, _CHANGES[name], _SHARES[name]))
            continue
        where, _, code = name.removeprefix(_ANSWER).partition("=")
        form, _, question = where.partition(".")
        if not name.startswith(_ANSWER) or code not in list_choices(context.conversation, form, question):
            known = ", ".join((*_CHANGES, "answer:FORM.QUESTION=CODE"))
            raise CubeError(f"there is no measure {name!r}; there is: {known}")
        answered = f"{_ANSWER}{form}.{question}"
        found += [(answered, 1.0, _ANSWER_SHARE), (name, 1.0, _ANSWER_SHARE)]
    unique = {name: (change, share) for name, change, share in found}
    whole = sum(share for _, share in unique.values()) + _QUALITY_SHARE
    measures = tuple(Measure(name, change, share / whole) for name, (change, share) in unique.items())
    return measures, _QUALITY_SHARE / whole


def _check(cube: Cube) -> None:
    if len(cube.tables) > MOST_TABLES:
        raise CubeError(
            f"cube {cube.name!r} has {len(cube.tables)} tables (crosses times levels, with the country): at most"
            f" {MOST_TABLES}, since each makes all of them less exact"
        )
    if list(cube.levels) != list(range(cube.levels[0], cube.levels[-1] + 1) if cube.levels else []):
        raise CubeError(f"cube {cube.name!r}: the levels of areas follow each other, such as 1, 2")
    if cube.sensitivity in ("high", "severe"):
        if any(len(cross) > _SENSITIVE_DIMENSIONS for cross in cube.crosses):
            raise CubeError(f"cube {cube.name!r} is sensitive: its tables cross at most two dimensions")
        if any(level > (1 if cube.sensitivity == "high" else COUNTRY) for level in cube.levels):
            raise CubeError(
                f"cube {cube.name!r} is sensitive: of high sensitivity it has areas of level 1 at most, of severe none"
            )
