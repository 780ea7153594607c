"""Selection of observations: which figures of a release a program asks for, checked against the release's own codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from config.errors import RequestRefused
from reporting.aggregation.dimension import TOTAL
from reporting.publishing.release_info import ReleaseInfo

COUNTRY = 0
_SEPARATOR: Final = "|"  # as in `join_codes` of the database

Slice = tuple[str, ...]  # one code of each dimension, in the order of the release


class UnknownCode(RequestRefused):
    """A filter names what the release does not have. `field` is the filter, `known` what it may name."""

    def __init__(self, field: str, known: Sequence[str]) -> None:
        super().__init__(field)
        self.field = field
        self.known = known


@dataclass(frozen=True, slots=True)
class ObservationFilter:
    """What is asked for; an empty filter takes everything. `codes` are by dimension, `_T` being all categories."""

    areas: Sequence[str] = ()
    levels: Sequence[int] = ()
    periods: Sequence[str] = ()
    measures: Sequence[str] = ()
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def join_codes(codes: Slice) -> str:
    """Join the codes of a slice as the column `slice` has them, by which the public role reaches an index."""
    return _SEPARATOR.join(codes)


def list_levels(release: ReleaseInfo) -> tuple[int, ...]:
    """List the levels at which a release has figures, the country first."""
    return (COUNTRY, *release.levels) if release.has_noise else release.levels


def check_filter(release: ReleaseInfo, asked: ObservationFilter) -> None:
    """Check the names of a filter. Raises UnknownCode; an unknown area or period has no figures and is no error."""
    names = [dimension.name for dimension in release.dimensions]
    _check("measure", asked.measures, release.measures)
    _check("level", [str(level) for level in asked.levels], [str(level) for level in list_levels(release)])
    _check("c", list(asked.codes), names)
    for dimension in release.dimensions:
        _check(f"c[{dimension.name}]", asked.codes.get(dimension.name, ()), (TOTAL, *dimension.codes))


def list_slices(release: ReleaseInfo, asked: ObservationFilter) -> list[Slice]:
    """List the slices of a release that a filter lets through, in order.

    They follow from the release's tables: a slice has categories of the dimensions that one table crosses, and the
    totals of the others. So no query has to find out which there are.
    """
    names = [dimension.name for dimension in release.dimensions]
    if not release.has_noise:
        crosses = {tuple(names)}
    else:
        crosses = {tuple(name.split("/")[1:]) for name in release.policy["tables"]}
    found = {
        each
        for cross in crosses
        for each in product(*(_list_codes(release, place, cross, asked) for place in range(len(names))))
    }
    return sorted(found)


def _list_codes(release: ReleaseInfo, place: int, cross: Sequence[str], asked: ObservationFilter) -> list[str]:
    dimension = release.dimensions[place]
    totals = (TOTAL,) if release.has_noise else ()
    codes = (*totals, *dimension.codes) if dimension.name in cross else totals
    wanted = asked.codes.get(dimension.name)
    return [code for code in codes if wanted is None or code in wanted]


def _check(field: str, asked: Sequence[str], known: Sequence[str]) -> None:
    if not set(asked) <= set(known):
        raise UnknownCode(field, known)
