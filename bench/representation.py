"""Whether the left out are named, and nobody else: `python -m bench.representation [--json FILE]`, data as elsewhere.

Senders are drawn from Kenya's census of 2019 (47 counties, age, sex) with a bias that is put in: women 0.6, children
under 15 0.05, people of 65 and older 0.25, and each county by a lognormal of its own, anew in each of 100 worlds. The
53 groups are 47 counties and two sexes, of the people of 15 and older, and the four ages of all. A group is put in as
left out where it is women, 65+, 0-14 or a county whose true ratio is below 0.5; a name is false where the true ratio is
0.8 or more. `limit` is the worst world there is: half of the counties have a true ratio of 0.8 exactly.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.scratch import parse_arguments, report, shared_data
from reporting.population.raking import rake
from reporting.population.representation import (
    LEFT_OUT_BELOW,
    Estimate,
    Group,
    Verdict,
    Z,
    compare_groups,
    map_of_silence,
)

WORLDS = 100
QUICK_WORLDS = 10
SENDERS = (20_000, 2_000)
NOISE = 4.9  # standard deviation of a measured cell in the trials of the figures
AGES = ((0, 15), (15, 25), (25, 65), (65, 200))
CHILDREN, YOUNG = 0, 1
SEXES = ("F", "M")
_AGE_BIAS = np.array([0.05, 1.0, 1.0, 0.25])
_SEX_BIAS = np.array([0.6, 1.0])
_COUNTY_SPREAD = 0.5  # of the logarithm
_SEVERE = 0.5

Cells = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dimension:
    """The groups of one dimension: people, true ratios, and which cells of the population are its universe."""

    name: str
    axis: int
    first_age: int

    def sum_up(self, cells: Cells) -> Cells:
        """Sum cells (county, age, sex) to the groups."""
        within = cells[:, self.first_age :, :]
        return within.sum(axis=tuple(axis for axis in range(3) if axis != self.axis))


DIMENSIONS = (Dimension("county", 0, YOUNG), Dimension("sex", 2, YOUNG), Dimension("age", 1, CHILDREN))


@dataclass(frozen=True, slots=True)
class World:
    """A population and the chance of each cell to have the next sender."""

    people: Cells
    chances: Cells

    def true_ratios(self, dimension: Dimension) -> Cells:
        """Ratios that an endless number of senders would show."""
        told, living = dimension.sum_up(self.chances), dimension.sum_up(self.people)
        return told / told.sum() / (living / living.sum())


def read_people(path: Path) -> tuple[list[str], Cells]:
    """Read the counties and their people as (county, age, sex)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counties = sorted({row["area"] for row in rows})
    people = np.zeros((len(counties), len(AGES), len(SEXES)))
    for row in rows:
        age = next(place for place, (low, high) in enumerate(AGES) if low <= int(row["age"]) < high)
        people[counties.index(row["area"]), age, SEXES.index(row["sex"])] += int(row["value"])
    return counties, people


def make_world(people: Cells, random: np.random.Generator) -> World:
    """Draw the counties' biases and make the chances of the cells."""
    county = np.exp(random.normal(0, _COUNTY_SPREAD, len(people)))
    weights = people * county[:, None, None] * _AGE_BIAS[None, :, None] * _SEX_BIAS[None, None, :]
    return World(people, weights / weights.sum())


def make_limit_world(people: Cells, random: np.random.Generator) -> World:
    """Make the world in which half of the counties have a ratio of 0.8 exactly, and nobody else is left out."""
    living = people[:, YOUNG:, :].sum(axis=(1, 2)) / people[:, YOUNG:, :].sum()
    limit = np.zeros(len(people), dtype=bool)
    limit[random.permutation(len(people))[: len(people) // 2]] = True
    rest = (1 - LEFT_OUT_BELOW * living[limit].sum()) / living[~limit].sum()
    weights = people * np.where(limit, LEFT_OUT_BELOW, rest)[:, None, None]
    return World(people, weights / weights.sum())


def draw(world: World, senders: int, random: np.random.Generator) -> Cells:
    """Draw senders: how many of each cell."""
    return random.multinomial(senders, world.chances.ravel()).reshape(world.people.shape).astype(float)


def _groups(
    dimension: Dimension, world: World, cells: Cells, noise: float, random: np.random.Generator
) -> Sequence[Group]:
    told = dimension.sum_up(cells)
    told = told + random.normal(0, noise, len(told)) if noise else told
    living = dimension.sum_up(world.people)
    counted = zip(told, living, strict=True)
    return [
        Group(f"{dimension.name} {place}", Estimate(float(value), noise), int(people))
        for place, (value, people) in enumerate(counted)
    ]


def _judge_world(
    world: World, cells: Cells, noise: float, z: float, random: np.random.Generator
) -> Iterator[tuple[str, bool, bool, bool]]:
    """Yield (dimension, was put in as left out, true ratio is 0.8 or more, is named) of each group."""
    for dimension in DIMENSIONS:
        true = world.true_ratios(dimension)
        ratios = compare_groups(_groups(dimension, world, cells, noise, random), z=z)
        for found, real in zip(ratios, true, strict=True):
            is_put_in = real < (_SEVERE if dimension.name == "county" else LEFT_OUT_BELOW)
            is_fair = real >= LEFT_OUT_BELOW - 1e-9
            yield dimension.name, bool(is_put_in), bool(is_fair), found.verdict is Verdict.LEFT_OUT


def measure(
    people: Cells, senders: int, noise: float = 0.0, z: float = Z, *, is_limit: bool = False, worlds: int = WORLDS
) -> dict[str, Any]:
    """Judge some worlds; returns how many of the left out were named, and how many others."""
    make = make_limit_world if is_limit else make_world
    put_in, named, falses = 0, 0, []
    missed: dict[str, int] = {}
    for seed in range(worlds):
        random = np.random.default_rng(seed)
        world = make(people, random)
        judged = list(_judge_world(world, draw(world, senders, random), noise, z, random))
        put_in += sum(was for _, was, _, _ in judged)
        named += sum(was and is_named for _, was, _, is_named in judged)
        falses.append(sum(is_fair and is_named for _, _, is_fair, is_named in judged))
        for name, was, _, is_named in judged:
            missed[name] = missed.get(name, 0) + (was and not is_named)
    return {
        "put_in": put_in, "named": named, "missed_by_dimension": missed,
        "false_mean": round(float(np.mean(falses)), 3), "false_most": max(falses),
        "worlds_with_more_than_1_false": sum(each > 1 for each in falses),
    }  # fmt: skip


def measure_silence(people: Cells, senders: int) -> dict[str, Any]:
    """Show one world: its silent cells (county, age, sex) with their people, and what raking would do."""
    random = np.random.default_rng(0)
    world = make_world(people, random)
    cells = draw(world, senders, random)
    flat = zip(cells.ravel(), people.ravel(), strict=True)
    silent = map_of_silence(
        [Group(str(place), Estimate(float(told)), int(living)) for place, (told, living) in enumerate(flat)]
    )
    empty = [area for area in silent if area.silence == "none"]
    adults, living = cells[:, YOUNG:, :], people[:, YOUNG:, :]
    whole = rake(cells, {axis: Dimension("", axis, CHILDREN).sum_up(people) for axis in range(3)})
    older = rake(adults, {axis: living.sum(axis=tuple(each for each in range(3) if each != axis)) for axis in range(3)})
    return {
        "empty_cells": len(empty), "people_in_them": sum(area.people for area in empty),
        "raking_all_ages": _show(whole), "raking_15_and_older": _show(older),
    }  # fmt: skip


def z_for_groups(count: int, z: float = Z) -> float:
    """Return the z by which of `count` groups none is named by error as seldom as one group alone would be with `z`.

    Bonferroni's correction. It costs small groups their name, and is for a sentence that must hold for all groups at
    once.
    """
    return -NormalDist().inv_cdf(NormalDist().cdf(-z) / max(count, 1))


def _show(raking: Any) -> dict[str, Any]:
    return {
        "refusal": raking.refusal, "rounds": raking.rounds,
        "design_effect": raking.design_effect and round(raking.design_effect, 2),
        "effective": raking.effective and round(raking.effective),
        "largest": raking.largest and round(raking.largest, 1),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures."""
    arguments = parse_arguments(argv, __doc__ or "")
    worlds = QUICK_WORLDS if arguments.quick else WORLDS
    counties, people = read_people(shared_data() / "kenya" / "population_adm1_sex_age.csv")
    groups = len(counties) + len(SEXES) + len(AGES)
    corrected = z_for_groups(groups)
    figures: dict[str, Any] = {"groups": groups, "worlds": worlds}
    for senders in SENDERS:
        figures[f"{senders}"] = {
            "plain": measure(people, senders, worlds=worlds),
            "bonferroni": measure(people, senders, z=corrected, worlds=worlds),
            "noised": measure(people, senders, NOISE, worlds=worlds),
            "limit": measure(people, senders, is_limit=True, worlds=worlds),
            "limit_noised": measure(people, senders, NOISE, is_limit=True, worlds=worlds),
            "limit_bonferroni": measure(people, senders, z=corrected, is_limit=True, worlds=worlds),
            "one_world": measure_silence(people, senders),
        }
    report(figures, arguments.json)


if __name__ == "__main__":
    main()
