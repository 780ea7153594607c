"""The areas of a cube as a tree: read from the database, with an unknown area, and without areas of too few people."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from sqlalchemy import Connection, text

from reporting.aggregation.cube import Cube
from reporting.aggregation.dimension import TOTAL, UNKNOWN
from reporting.aggregation.errors import CubeError
from reporting.disclosure.tables import AreaTree
from reporting.population.people import URBAN
from reporting.population.urban import Localities, find_localities

_AREAS: Final = text(
    "SELECT code, name, parent_code FROM area WHERE campaign_id = :campaign_id AND level = :level ORDER BY code"
)
_LEVELS: Final = text("SELECT DISTINCT level FROM area WHERE campaign_id = :campaign_id ORDER BY level")


@dataclass(frozen=True)
class Areas:
    """The areas of each level of a cube. The last of each level is the unknown area; level 0 is the country."""

    codes: tuple[tuple[str, ...], ...]  # by level, from the country down
    names: tuple[tuple[str, ...], ...]
    parents: tuple[tuple[int, ...], ...]  # by level from 1 on: the index of the parent in the level above
    localities: Localities = field(default_factory=Localities)  # of a cube that counts by them

    @cached_property
    def tree(self) -> AreaTree:
        """The tree as arrays."""
        return AreaTree(tuple(np.array(each, dtype=np.int64) for each in self.parents))

    @property
    def deepest_codes(self) -> list[str]:
        """The codes of the deepest level without the unknown area, whose index is behind them."""
        return list(self.codes[-1][:-1]) if len(self.codes) > 1 else []


def list_levels(connection: Connection, campaign_id: int) -> list[int]:
    """List the levels of which boundaries are loaded."""
    return list(connection.execute(_LEVELS, {"campaign_id": campaign_id}).scalars())


def read_areas(connection: Connection, campaign_id: int, cube: Cube) -> Areas:
    """Read the areas of a cube's levels. An area without a child at the next level is its own child there.

    Raises CubeError where the cube counts by urban and rural areas, and nothing tells them apart.
    """
    codes: list[tuple[str, ...]] = [(TOTAL,)]
    names: list[tuple[str, ...]] = [("",)]
    parents: list[tuple[int, ...]] = []
    for number, level in enumerate(cube.levels):
        rows = connection.execute(_AREAS, {"campaign_id": campaign_id, "level": level}).all()
        above = {code: index for index, code in enumerate(codes[-1])}
        unknown = len(codes[-1]) - 1
        found = [(row.code, row.name, above.get(row.parent_code or "", unknown) if number else 0) for row in rows]
        childless = set(range(unknown)) - {parent for _, _, parent in found} if number else set()
        found += [(codes[-1][index], names[-1][index], index) for index in sorted(childless)]
        found.append((UNKNOWN, "", unknown if number else 0))
        codes.append(tuple(code for code, _, _ in found))
        names.append(tuple(name for _, name, _ in found))
        parents.append(tuple(parent for _, _, parent in found))
    localities = find_localities(connection, campaign_id) if URBAN in cube.sizes else Localities()
    if URBAN in cube.sizes and not localities.codes:
        raise CubeError(
            f"cube {cube.name!r}: nothing tells which areas are urban: flask population load FILE with a column urban,"
            " or flask areas load FILE --urban-field F"
        )
    return Areas(tuple(codes), tuple(names), tuple(parents), localities)
