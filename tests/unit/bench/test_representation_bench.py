"""The groups that a trial leaves out are named by the product's own functions, and nobody else."""

import os
from pathlib import Path

import numpy as np
import pytest

from bench.representation import NOISE, Cells, make_world, measure, read_people
from tests.child import ROOT

_FILE = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data/kenya/population_adm1_sex_age.csv"
_needs_census = pytest.mark.skipif(not _FILE.is_file(), reason="the census of Kenya is not beside this checkout")


@pytest.fixture(scope="module")
def people() -> Cells:
    return read_people(_FILE)[1]


@_needs_census
def test_the_census_is_read_whole(people: Cells) -> None:
    assert people.shape == (47, 4, 2)
    assert 47_000_000 < people.sum() < 47_600_000


@_needs_census
@pytest.mark.parametrize(("noise", "least"), [(0.0, 1.0), (NOISE, 0.99)])
def test_of_20_000_senders_all_groups_put_in_are_named_and_at_most_one_other(
    people: Cells, noise: float, least: float
) -> None:
    found = measure(people, 20_000, noise, worlds=20)
    assert found["put_in"] > 60
    assert found["named"] >= least * found["put_in"]
    assert found["false_most"] <= 1


def test_a_world_is_biased_as_it_says() -> None:
    people = np.full((2, 4, 2), 100.0)
    world = make_world(people, np.random.default_rng(0))
    women, men = world.chances.sum(axis=(0, 1))
    assert women / men == pytest.approx(0.6)
    assert world.chances.sum() == pytest.approx(1)
