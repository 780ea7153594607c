"""What a cube would show of an expected number of people, before a campaign starts and has any reports.

People are drawn evenly over areas and categories, and go the way of a month: noise, least squares, rounding. Real
people report from few places and about few topics, so that more of them would be shown there and fewer elsewhere.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from reporting.aggregation.area_tree import Areas, list_levels, read_areas
from reporting.aggregation.counting.shard import Counts
from reporting.aggregation.cube import PEOPLE, Cube, get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.estimate import Figure, estimate_month, list_figures, make_shape
from reporting.campaigns.offices import read_offices
from reporting.models.campaign import Campaign, Topic

_SEED = 1
_FEW = 0.1  # of the figures of a level


@dataclass(frozen=True, slots=True)
class ExpectedLevel:
    """Of one level of areas: how many figures of people would be shown, and how many there are."""

    level: int
    shown: int
    figures: int

    @property
    def is_worthless(self) -> bool:
        """Whether hardly any figure would be shown."""
        return self.shown < _FEW * self.figures


def expect(connection: Connection, campaign_id: int, name: str, people: int) -> list[ExpectedLevel]:
    """Draw a month of so many people, and count by level which figures would be shown. Raises as `get_cube` does."""
    campaign = connection.execute(select(Campaign).where(Campaign.id == campaign_id)).one()
    topics = connection.execute(select(Topic.code, Topic.sensitivity).where(Topic.campaign_id == campaign_id))
    context = CodeContext(
        {row.code: row.sensitivity for row in topics}, campaign.conversation,
        offices=tuple(read_offices(campaign.settings)),
    )  # fmt: skip
    cube = get_cube(name, campaign.settings, context, list_levels(connection, campaign_id))
    areas = read_areas(connection, campaign_id, cube)
    counts = _draw(cube, areas, people)
    tables = estimate_month(cube, areas, counts, secrets.token_bytes(32), "expected")
    figures = [figure for figure in list_figures(cube, areas, "", tables) if figure.measure == PEOPLE]
    return [_count_level(figures, level) for level in (0, *cube.levels)]


def advise(levels: Sequence[ExpectedLevel], people: int) -> str | None:
    """Advise, in one line, where a cube would show hardly anything; None where it would show something everywhere."""
    worthless = [each.level for each in levels if each.is_worthless]
    if not worthless:
        return None
    if worthless[0] == 0:
        return f"with {people} people a month this cube would show nothing: count by longer periods, or by nothing else"
    above = "the whole country" if worthless[0] == 1 else f"areas of level {worthless[0] - 1}"
    return (
        f"with {people} people a month this cube would show hardly anything of areas of level {worthless[0]}:"
        f" use {above}, fewer dimensions or longer periods"
    )


def _draw(cube: Cube, areas: Areas, people: int) -> Counts:
    """Draw people evenly over the known areas and categories, each in a cell."""
    chance = np.random.default_rng(_SEED)
    shape = make_shape(cube, areas)
    known = max(len(areas.codes[-1]) - 1, 1)
    codes = [chance.integers(0, max(size - 1, 1), people) for size in shape.sizes.values()]
    cells, counts = np.unique(shape.pack(chance.integers(0, known, people), codes), return_counts=True)
    return Counts(cells, {measure.name: counts for measure in cube.measures}, people)


def _count_level(figures: Sequence[Figure], level: int) -> ExpectedLevel:
    own = [figure for figure in figures if figure.level == level]
    return ExpectedLevel(level, sum(figure.value is not None for figure in own), len(own))
