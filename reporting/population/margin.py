"""Sums figures to totals: over the codes of other dimensions and over bands of age, where the parts are all there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from reporting.population.age import WIDE, AgeBand
from reporting.population.code_lists import POPULATION_CODES, TOTAL
from reporting.population.mapping import Codes

_OLD: Final = 84  # years: a table that ends there or later has everybody


def count_people(values: Mapping[Codes, int], band: AgeBand) -> int | None:
    """Count the people of a band over all other codes; None where the figures do not tell them."""
    by_age = _sum_others(values)
    bands = cover(set(by_age), band.low, band.high)
    return None if bands is None else sum(by_age[each] for each in bands)


def count_ages(values: Mapping[Codes, int]) -> dict[str, int]:
    """Count the people of the four wide bands; empty where one of them is not told."""
    counted = {band.code: count_people(values, band) for band in WIDE}
    known = {code: people for code, people in counted.items() if people is not None}
    return known if len(known) == len(counted) else {}


def cover(bands: Collection[AgeBand], low: int, high: int | None) -> list[AgeBand] | None:
    """Choose bands that cover the ages from `low` to `high`, each once; None where none do.

    A band that reaches the end at once is preferred. Without an end the last band may be one that ends at 84 or later,
    if the table has none beyond.
    """
    if high is not None and low > high:
        return []
    oldest = max((band.high for band in bands if band.high is not None), default=0)
    is_open = any(band.high is None for band in bands)
    if high is None and not is_open and low > oldest >= _OLD:
        return []
    fitting = sorted((band for band in bands if band.low == low), reverse=True)
    for band in fitting:
        if band.high is None:
            if high is None:
                return [band]
        elif (rest := cover(bands, band.high + 1, high)) is not None:
            return [band, *rest]
    return None


def choose_group(values: Mapping[Codes, int], dimension: str, code: str) -> dict[Codes, int]:
    """Choose the figures of one group, as if it were all."""
    return {
        Codes(**{**codes._asdict(), dimension: TOTAL}): value
        for codes, value in values.items()
        if getattr(codes, dimension) == code
    }


def list_first_ages(parts: Iterable[Mapping[Codes, int]], first_age: int) -> Sequence[int]:
    """List the ages to begin with, the one asked for first, then by nearness: a table of people of 5 and older."""
    starts = {codes.age.low for values in parts for codes in values}
    return sorted(starts | {first_age}, key=lambda age: (abs(age - first_age), age))


def _sum_others(values: Mapping[Codes, int]) -> dict[AgeBand, int]:
    """Sum over all dimensions but age."""
    for name, parts in POPULATION_CODES.items():
        values = _sum_over(values, name, [part for part in parts if part != TOTAL])
    return {codes.age: value for codes, value in values.items()}


def _sum_over(values: Mapping[Codes, int], name: str, parts: Collection[str]) -> dict[Codes, int]:
    """Take the totals of a dimension where they are given, else sum its parts where all are there."""
    grouped: dict[Codes, dict[str, int]] = defaultdict(dict)
    for codes, value in values.items():
        grouped[Codes(**{**codes._asdict(), name: TOTAL})][getattr(codes, name)] = value
    summed = {}
    for codes, by_code in grouped.items():
        if TOTAL in by_code:
            summed[codes] = by_code[TOTAL]
        elif all(part in by_code for part in parts):
            summed[codes] = sum(by_code[part] for part in parts)
    return summed
