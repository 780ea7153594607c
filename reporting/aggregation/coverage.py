"""Who is missing, for the quality report: ratios by group and area, and the silent areas, from published figures alone.

Ratios are computed from the noised estimates with their errors, so that they give nothing more away. Phone ownership
stands beside them: it explains, and never corrects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection

from reporting.aggregation.cube import Cube
from reporting.aggregation.estimate import Figure, select_areas, select_codes
from reporting.disclosure.non_negative import UNITS
from reporting.population.people import AREA, find_margin
from reporting.population.representation import Estimate
from reporting.population.who_is_missing import Comparison, find_missing

# The dimension of the census that tells the people of a dimension of figures.
_OF_CENSUS: Final[Mapping[str, str]] = {"sex": "sex", "age": "age", "difficulty": "disability", "urban": "urban"}
_MOST_SILENT: Final = 50  # areas that are listed, those of most people first


def describe_coverage(
    connection: Connection, campaign_id: int, cube: Cube, figures: Sequence[Figure]
) -> dict[str, Any]:
    """Describe who is missing: representation ratios by dimension and area, and the map of silence.

    A dimension whose people no census table tells is named in `not_compared`.
    """
    places = {_OF_CENSUS[each.name]: at for at, each in enumerate(cube.dimensions) if each.name in _OF_CENSUS}
    reporters = {name: _estimate_people(select_codes(figures, at)) for name, at in places.items()}
    people = find_missing(connection, campaign_id, reporters)
    described = [_describe(comparison, name) for name, comparison in people.comparisons.items()]
    silence: list[dict[str, Any]] = []
    unknown = list(people.not_compared)
    for level in cube.levels:
        areas = find_missing(connection, campaign_id, {AREA: _estimate_people(select_areas(figures, level))}, level)
        described += [_describe(comparison, f"{AREA} {level}") for comparison in areas.comparisons.values()]
        silence = [_flatten(asdict(each)) for each in areas.silent[:_MOST_SILENT]] or silence
        unknown += [f"{AREA} {level}" for _ in areas.not_compared]
    return {"representation": described, "silence": silence, "not_compared": unknown}


def find_small_areas(connection: Connection, campaign_id: int, cube: Cube) -> frozenset[str]:
    """Find the areas in which fewer people live than the floor of the cube; unknown where no census is loaded."""
    small: set[str] = set()
    for level in cube.levels:
        margin = find_margin(connection, campaign_id, AREA, level=level, first_age=0)
        small |= {code for code, people in margin.people.items() if people < cube.floor} if margin else set()
    return frozenset(small)


def _estimate_people(people: Mapping[str, Figure]) -> dict[str, Estimate]:
    return {code: Estimate(figure.estimate / UNITS, figure.error) for code, figure in people.items()}


def _describe(comparison: Comparison, name: str) -> dict[str, Any]:
    margin = comparison.margin
    return {
        "dimension": name,
        "source": margin.source,
        "year": margin.year,
        "from_age": margin.first_age,
        "groups": [_flatten(asdict(ratio)) for ratio in comparison.ratios],
    }


def _flatten(described: dict[str, Any]) -> dict[str, Any]:
    """Flatten the estimate of a group, and round what is no whole number."""
    reporters = described.pop("reporters")
    described |= {"reporters": reporters["value"], "standard_error": reporters["standard_error"]}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in described.items()}
