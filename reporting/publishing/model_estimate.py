"""Model-based estimates of a release: shares as they would be if the reporters were like the people of the census.

Reporters are weighted to the census by raking (`population/raking.py`). It is post-processing: only the published,
noised figures of a release and the people of its comparison with the census are read, so that nothing more is given
away. It is never the default: it takes the reporters of a group for like those of the group who did not report.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from reporting.aggregation.cube import PEOPLE, ROUNDED_TO
from reporting.aggregation.dimension import NOT_APPLICABLE, TOTAL, UNKNOWN
from reporting.disclosure.non_negative import UNITS
from reporting.population.age import WIDE
from reporting.population.raking import RakingRefusal, rake
from reporting.publishing.cell_queries import list_cells
from reporting.publishing.release_info import ReleaseInfo

_CENSUS: Final[Mapping[str, str]] = {"sex": "sex", "age": "age", "difficulty": "disability", "urban": "urban"}
_CHILDREN: Final = WIDE[0].code  # who seldom report themselves: the model is of those of 15 and older
_MOST_ROUNDS: Final = 500  # a visitor waits; a fit that takes longer has next to no solution
_COUNTRY: Final = 0
_Z: Final = 1.96
_Floats = NDArray[np.float64]
_Margins = dict[str, dict[str, int]]  # people by dimension of the release and code
_Cells = tuple[Sequence[str], _Floats, _Floats]  # codes of the last axis, people, standard errors


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people with its interval (95 of 100), from 0 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One category: its share of all reporters whose category is known, and the model-based one beside it."""

    code: str
    reported: Share
    weighted: Share


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """The shares of the categories of a dimension, weighted by others, or the reason why there are none.

    Of an answer to a form it is the one share of those who gave it, of all who answered.
    """

    dimension: str
    weighted_by: Sequence[str]  # dimensions of the release
    lines: Sequence[ShareLine] = ()
    refusal: RakingRefusal | None = None
    design_effect: float | None = None
    reporters: int = 0  # who are known by all groups
    effective: int = 0  # of a random sample that would tell as much


def find_model_estimate(connection: Connection, release: ReleaseInfo, measure: str) -> ModelEstimate | None:
    """Estimate the shares of the whole country: of an answer, else of the first dimension that is no census group.

    None of other measures than people, and where nothing is counted together with a group that the census tells. Of the
    tables that have one, that is taken which is weighted by most groups; where it is refused, the next one.
    """
    dimension, _, code = measure.partition("=")
    if not release.has_noise or not (code or measure == PEOPLE):
        return None
    margins = _read_margins(release)
    if not code:
        dimension = next((each.name for each in release.dimensions if each.name not in _CENSUS), "")
    refused: ModelEstimate | None = None
    for by in _list_crosses(release, margins, dimension, is_measure=bool(code)):
        whole, cells = (
            _read_answers(connection, release, measure, each, margins)
            if code
            else _read_categories(connection, release, dimension, each, margins)
            for each in ((), by)
        )
        found = _estimate(dimension, by, whole, cells, margins)
        if found.refusal is None:
            return found
        refused = refused or found
    return refused


def _list_crosses(
    release: ReleaseInfo, margins: Mapping[str, Any], dimension: str, *, is_measure: bool
) -> list[tuple[str, ...]]:
    """List by which dimensions the figures can be weighted, most first."""
    names = [each.name for each in release.dimensions if each.name in margins and each.name != dimension]
    tables = (table.split("/")[1:] for table in release.policy["tables"])
    crosses = {tuple(name for name in names if name in table) for table in tables if is_measure or dimension in table}
    return sorted(filter(None, crosses), key=lambda cross: (-len(cross), cross))


def _read_margins(release: ReleaseInfo) -> _Margins:
    """Read the people of each group of the census by dimension of the release; of ages those who can report."""
    compared = {each["dimension"]: each["groups"] for each in release.quality.get("representation", ())}
    return {
        name: {group["code"]: group["people"] for group in compared[census] if group["code"] != _CHILDREN}
        for name, census in _CENSUS.items()
        if census in compared
    }


def _estimate(dimension: str, by: tuple[str, ...], whole: _Cells, cells: _Cells, margins: _Margins) -> ModelEstimate:
    """Estimate the shares of the categories of the last axis; `whole` has them of everybody, without groups.

    Of an answer only the first one's is told.
    """
    told, counts, errors = cells
    reporters = counts.sum(axis=-1)
    people = {axis: np.array(list(margins[name].values()), float) for axis, name in enumerate(by)}
    if _has_silent_group(reporters, np.sqrt((errors**2).sum(axis=-1))):
        return ModelEstimate(dimension, by, refusal=RakingRefusal.EMPTY_GROUP)
    raked = rake(reporters, people, rounds=_MOST_ROUNDS)
    if raked.weights is None:
        return ModelEstimate(dimension, by, refusal=raked.refusal, design_effect=raked.design_effect)
    reported = _share(whole[1], whole[2], np.ones(()))
    weighted = _share(counts, errors, raked.weights)
    lines = [ShareLine(*line) for line in zip(told, reported, weighted, strict=False)]
    return ModelEstimate(
        dimension, by, sorted(lines, key=lambda line: -line.reported.value), None, raked.design_effect,
        _round(float(reporters.sum())), _round(raked.effective or 0.0),
    )  # fmt: skip


def _read_categories(
    connection: Connection, release: ReleaseInfo, dimension: str, by: tuple[str, ...], margins: _Margins
) -> _Cells:
    """Read the people of each category of a dimension whose category is known, by the groups."""
    codes = next(each.codes for each in release.dimensions if each.name == dimension)
    told = [code for code in codes if code not in (UNKNOWN, NOT_APPLICABLE)]
    return told, *_read_cells(
        connection, release, PEOPLE, (*by, dimension), [*(list(margins[name]) for name in by), told]
    )


def _read_answers(
    connection: Connection, release: ReleaseInfo, measure: str, by: tuple[str, ...], margins: _Margins
) -> _Cells:
    """Read the people who gave an answer and those who gave another one, by the groups."""
    question, _, code = measure.partition("=")
    axes = [list(margins[name]) for name in by]
    gave, gave_errors = _read_cells(connection, release, measure, by, axes)
    answered, errors = _read_cells(connection, release, question, by, axes)
    others = np.clip(answered - gave, 0, None)
    return [code], np.stack([gave, others], axis=-1), np.stack([gave_errors, np.hypot(errors, gave_errors)], axis=-1)


def _read_cells(
    connection: Connection, release: ReleaseInfo, measure: str, crossed: Sequence[str], codes: Sequence[Sequence[str]]
) -> tuple[_Floats, _Floats]:
    """Read the figures of the whole country by the crossed dimensions, with their standard errors."""
    names = [dimension.name for dimension in release.dimensions]
    asked = [None if name in crossed else TOTAL for name in names]
    cells = {
        tuple(row.codes[names.index(name)] for name in crossed): row
        for row in list_cells(connection, release, measure, asked, level=_COUNTRY, area_code=TOTAL)
    }
    found = [cells[each] for each in product(*codes)]
    shape = tuple(map(len, codes))
    counts = np.array([row.estimate / UNITS for row in found]).reshape(shape)
    return counts, np.array([row.standard_error for row in found], float).reshape(shape)


def _has_silent_group(reporters: _Floats, errors: _Floats) -> bool:
    """Tell whether a group has no more reporters than the noise alone can show: weights would blow up the noise."""
    for axis in range(reporters.ndim):
        others = tuple(each for each in range(reporters.ndim) if each != axis)
        if (reporters.sum(axis=others) <= _Z * np.sqrt((errors**2).sum(axis=others))).any():
            return True
    return False


def _round(people: float) -> int:
    return ROUNDED_TO * round(people / ROUNDED_TO)


def _share(counts: _Floats, errors: _Floats, weights: _Floats) -> Iterator[Share]:
    """Compute the weighted share of each category of the last axis, with the interval of noise and of chance.

    The variance is that of a ratio by linearisation, with the weights as given: each cell varies as a count of people
    who report by chance (Poisson), and by its noise.
    """
    whole = float((weights[..., None] * counts).sum())
    for place in range(counts.shape[-1]):
        value = float((weights * counts[..., place]).sum()) / whole
        slope = weights[..., None] * (np.eye(counts.shape[-1])[place] - value) / whole
        error = sqrt(float((slope**2 * (counts + errors**2)).sum()))
        yield Share(value, max(value - _Z * error, 0.0), min(value + _Z * error, 1.0))
