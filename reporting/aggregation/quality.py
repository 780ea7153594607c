"""The quality report of a release: what was asked of whom, who is unknown, how late, how sure; every number protected.

No number of it is exact: each is an estimate of a table that was measured with noise, like the figures themselves, or
is computed from published figures. docs/releases.md lists the keys; each line names the frameworks that ask for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reporting.aggregation.agreement.measure import FIRST_TOPIC, SECOND_TOPIC, VERDICTS, describe_agreement
from reporting.aggregation.cube import PEOPLE, Cube
from reporting.aggregation.dimension import NOT_APPLICABLE, TOTAL, UNKNOWN
from reporting.aggregation.estimate import Figure, select_areas, select_codes, show
from reporting.aggregation.quality_item import NOT_COUNTED, QUALITY_ITEMS, QualityItem
from reporting.disclosure.non_negative import UNITS

Estimates = Mapping[str, Mapping[str, tuple[int, float]]]  # thousandths and standard error by item and code
NOT_MEASURED: Final = "not measured"


def describe_quality(cube: Cube, figures: Sequence[Figure], estimates: Estimates) -> dict[str, Any]:
    """Build the quality report from the figures of the release and the estimates of `estimate_quality`."""
    totals = {figure.measure: figure for figure in figures if _is_total(figure)}
    people = totals.get(PEOPLE)
    return {
        "people": _describe(people),
        **{name: _describe(totals.get(name)) for name in (measure.name for measure in cube.measures) if name != PEOPLE},
        "known_share": {
            dimension.name: _known_share(figures, place, people) for place, dimension in enumerate(cube.dimensions)
        },
        "placed_share": _placed_share(figures, people),
        "shown_share": _shown_share(figures),
        **{item.name: _describe_item(item, estimates[item.name]) for item in QUALITY_ITEMS if item.name in estimates},
        **{f"people_{name}": _describe_count(estimates[name]["people"]) for name in NOT_COUNTED if name in estimates},
        "agreement_of_moderators": describe_agreement(_select_agreement(estimates)) or NOT_MEASURED,
    }


def _select_agreement(estimates: Estimates) -> dict[str, dict[str, tuple[float, float]]]:
    """Select the tables of two readers, as numbers of people with their standard errors."""
    return {
        name: {code: (number / UNITS, error) for code, (number, error) in estimates[name].items()}
        for name in (VERDICTS, FIRST_TOPIC, SECOND_TOPIC)
        if name in estimates
    }


def _is_total(figure: Figure) -> bool:
    return figure.level == 0 and all(code == TOTAL for code in figure.codes)


def _describe(figure: Figure | None) -> dict[str, Any] | None:
    return None if figure is None else _describe_count((figure.estimate, figure.error))


def _describe_count(estimate: tuple[int, float]) -> dict[str, Any]:
    return {"value": show(estimate[0]), "estimate": estimate[0] / UNITS, "standard_error": estimate[1]}


def _known_share(figures: Sequence[Figure], place: int, people: Figure | None) -> float | None:
    """Compute the share of people whose code of the dimension at a place in the cube is known."""
    counted = select_codes(figures, place)
    return _share(sum(counted[code].estimate for code in counted if code not in (UNKNOWN, NOT_APPLICABLE)), people)


def _placed_share(figures: Sequence[Figure], people: Figure | None) -> float | None:
    """Compute the share of people whose report lies in a known area of the deepest level."""
    deepest = max((figure.level for figure in figures), default=0)
    counted = select_areas(figures, deepest)
    return _share(sum(counted[code].estimate for code in counted if code != UNKNOWN), people) if deepest else None


def _share(part: int, people: Figure | None) -> float | None:
    if people is None or show(people.estimate) is None:
        return None
    return round(min(part / people.estimate, 1.0), 2)


def _shown_share(figures: Sequence[Figure]) -> float | None:
    """Compute the share of the figures that are shown; every reader of the file can count it."""
    return round(sum(figure.value is not None for figure in figures) / len(figures), 2) if figures else None


def _describe_item(item: QualityItem, estimates: Mapping[str, tuple[int, float]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "frameworks": list(item.frameworks),
        "people": {code: _describe_count(estimate) for code, estimate in estimates.items()},
    }
    if item.limits:
        described["median_below"] = _find_median(item, estimates)
    return described


def _find_median(item: QualityItem, estimates: Mapping[str, tuple[int, float]]) -> int | None:
    """Find the limit that half of the people with a known value stay below; None where it is above all limits."""
    known = [estimates[code][0] for code in item.codes if code != UNKNOWN]
    if show(sum(known)) is None:
        return None
    reached = 0
    for limit, number in zip(item.limits, known, strict=False):
        reached += number
        if 2 * reached >= sum(known):
            return limit
    return None
