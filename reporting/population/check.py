"""Checks figures of a population against each other: totals against parts, areas against the areas around them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reporting.population.age import AgeBand, are_tiling
from reporting.population.code_lists import POPULATION_CODES, TOTAL
from reporting.population.mapping import Codes
from reporting.population.match import Area

TOLERATED: Final = 0.005  # of the total: not stated, rounded


@dataclass(frozen=True, slots=True)
class Place:
    """An area's figure in a year: the code of the area, what people call it, the year."""

    code: str
    name: str
    year: int


Figures = Mapping[Place, Mapping[Codes, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A total that is not the sum of its parts; `parts` says which."""

    place: Place
    codes: Codes
    parts: str
    total: int
    summed: int

    def __str__(self) -> str:
        """Return one line."""
        told = [f"{name} {value}" for name, value in name_codes(self.codes).items()]
        which = f", {', '.join(told)}" if told else ""
        share = (self.summed - self.total) / self.total if self.total else 1.0
        code = f" [{self.place.code}]" if self.place.code else ""
        return (
            f"{self.place.name}{code} {self.place.year}{which}: {self.total:,} in all,"
            f" {self.summed:,} as the sum of {self.parts} ({share:+.1%})"
        )


def name_codes(codes: Codes) -> dict[str, str]:
    """Map the dimensions that are broken down to their codes, as they are stored."""
    values = codes._asdict() | {"age": codes.age.code}
    return {name: value for name, value in values.items() if value != TOTAL}


def check_parts(figures: Figures) -> Iterator[Difference]:
    """Yield the totals that differ from the sum of their parts, where the figures have all parts."""
    for place, values in figures.items():
        for codes, total in values.items():
            for name, parts in POPULATION_CODES.items():
                if getattr(codes, name) == TOTAL:
                    found = [values.get(_put(codes, name, part)) for part in parts if part != TOTAL]
                    yield from _differ(place, codes, name, total, found)
            bands = _list_parts(codes, values)
            yield from _differ(place, codes, "ages", total, [values[codes._replace(age=band)] for band in bands])


def check_levels(whole: Figures, parts: Figures, areas: Collection[Area]) -> Iterator[Difference]:
    """Yield the figures of areas that differ from the sum over the areas of a lower level within them.

    `areas` are those of the lower level; a whole without a code is the country. How many lack a figure is told.
    """
    by_ancestor: dict[str, list[Area]] = defaultdict(list)
    for area in areas:
        for code in ("", *area.ancestors):
            by_ancestor[code].append(area)
    for place, values in whole.items():
        within = by_ancestor[place.code]
        counted = [parts.get(Place(area.code, area.name, place.year), {}) for area in within]
        told = sum(1 for each in counted if each)
        if not told:
            continue
        missing = f", {len(within) - told} without a figure" if told < len(within) else ""
        for codes, total in values.items():
            sums = [each[codes] for each in counted if codes in each]
            if sums:
                yield from _differ(place, codes, f"{len(within)} areas{missing}", total, list(sums))


def _differ(place: Place, codes: Codes, parts: str, total: int, values: Collection[int | None]) -> Iterator[Difference]:
    """Yield the difference between a total and the sum of its parts, if all are there and it is worth telling."""
    known = [value for value in values if value is not None]
    if known and len(known) == len(values) and abs(sum(known) - total) > TOLERATED * total:
        yield Difference(place, codes, parts, total, sum(known))


def _put(codes: Codes, name: str, code: str) -> Codes:
    """Replace the code of a dimension other than age."""
    return Codes(**{**codes._asdict(), name: code})


def _list_parts(codes: Codes, values: Mapping[Codes, int]) -> list[AgeBand]:
    """List the narrowest bands within a band, if they cover it."""
    within = [
        each.age for each in values if each._replace(age=codes.age) == codes and codes.age.holds(each.age)
        and each.age != codes.age
    ]  # fmt: skip
    finest = [band for band in within if not any(band != other and band.holds(other) for other in within)]
    return finest if are_tiling(finest, codes.age) else []
