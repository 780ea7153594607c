"""Tables of counts: which dimensions they cross, at which level of areas, and how the areas form a tree.

A table is a set of dimensions at one area level; its margins are the tables with fewer dimensions or a higher level.
All tables of a cube are sums of one inner table of persons, so the true counts are additive.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COUNTRY: Final = 0  # the level of the root: everything in one area


@dataclass(frozen=True, slots=True, order=True)
class Table:
    """One table: an area level (0 is the whole country) and the names of its dimensions, in the order of the cube."""

    level: int
    dimensions: tuple[str, ...] = ()

    def list_margins(self) -> list["Table"]:
        """List the margins that are one step coarser: one dimension less, or one area level up."""
        fewer = [Table(self.level, _without(self.dimensions, name)) for name in self.dimensions]
        return [*fewer, *([Table(self.level - 1, self.dimensions)] if self.level > COUNTRY else [])]

    @property
    def name(self) -> str:
        """The name of the table, such as `2/topic/sex`; part of the key of its noise, so it never changes."""
        return "/".join((str(self.level), *self.dimensions))


@dataclass(frozen=True)
class AreaTree:
    """The tree of areas: for each level from 1 on, the index of each area's parent in the level above.

    Every area above the deepest level has at least one child, so that each level covers the whole country.
    """

    parents: tuple[Integers, ...]

    @property
    def depth(self) -> int:
        """The deepest level."""
        return len(self.parents)

    def count(self, level: int) -> int:
        """Count the areas of a level."""
        return 1 if level == COUNTRY else len(self.parents[level - 1])

    def lift(self, values: Floats | Integers, level: int) -> Floats:
        """Sum values by area of a level (first axis) to the level above."""
        summed = np.zeros((self.count(level - 1), *values.shape[1:]), dtype=values.dtype)
        np.add.at(summed, self.parents[level - 1], values)
        return summed

    def spread(self, values: Floats, level: int) -> Floats:
        """Repeat values of the level above for each area of a level."""
        repeated: Floats = values[self.parents[level - 1]]
        return repeated

    def count_siblings(self, level: int) -> Floats:
        """Count, for each area of a level, the areas with the same parent, itself included."""
        return np.bincount(self.parents[level - 1], minlength=self.count(level - 1))[self.parents[level - 1]].astype(
            float
        )


@dataclass(frozen=True)
class Shape:
    """What the tables of a cube have in common: the area tree, and how many categories each dimension has, in order."""

    areas: AreaTree
    sizes: Mapping[str, int]

    def of(self, table: Table) -> tuple[int, ...]:
        """Return the shape of a table's array: areas first, then the dimensions in the order of the cube."""
        return (self.areas.count(table.level), *(self.sizes[name] for name in table.dimensions))

    def axis(self, table: Table, dimension: str) -> int:
        """Return the axis of a dimension in a table's array."""
        return 1 + table.dimensions.index(dimension)

    def list_margins_of(self, tables: Iterable[Table]) -> list[Table]:
        """List tables and all their margins down to the total of the country, each after its own margins."""
        found: set[Table] = set()
        for table in tables:
            for count in range(len(table.dimensions) + 1):
                for names in combinations(table.dimensions, count):
                    found.update(Table(level, names) for level in range(table.level + 1))
        return sorted(found, key=lambda table: (len(table.dimensions), table.level, table.dimensions))

    def sum_up(self, counts: Integers, table: Table, cells: Integers) -> Integers:
        """Sum the counts of inner cells (their packed numbers in `cells`) to a table."""
        index = self._project(cells, table)
        summed = np.bincount(index, weights=counts, minlength=int(np.prod(self.of(table))))
        return np.rint(summed).astype(np.int64).reshape(self.of(table))

    def _project(self, cells: Integers, table: Table) -> Integers:
        codes = self.unpack(cells)
        area = codes[0]
        for level in range(self.areas.depth, table.level, -1):
            area = self.areas.parents[level - 1][area] if level > COUNTRY else area
        index = area
        for name, code in zip(self.sizes, codes[1:], strict=True):
            if name in table.dimensions:
                index = index * self.sizes[name] + code
        return index

    def sum_table(self, values: Floats | Integers, table: Table, margin: Table) -> Any:
        """Sum a table to one of its margins, which has fewer dimensions or a higher area level."""
        others = tuple(self.axis(table, name) for name in table.dimensions if name not in margin.dimensions)
        summed = values.sum(axis=others) if others else values
        for level in range(table.level, margin.level, -1):
            summed = self.areas.lift(summed, level)
        return summed

    def spread_table(self, values: Floats, margin: Table, table: Table) -> Floats:
        """Repeat the values of a margin along the dimensions and levels that the table has more (for broadcasting)."""
        for level in range(margin.level + 1, table.level + 1):
            values = self.areas.spread(values, level)
        for name in table.dimensions:
            if name not in margin.dimensions:
                values = np.expand_dims(values, self.axis(table, name))
        return values

    def pack(self, area: Integers, codes: Sequence[Integers]) -> Integers:
        """Pack the deepest area and the codes of every dimension (in order) into one number for each inner cell."""
        cells = area.astype(np.int64)
        for size, code in zip(self.sizes.values(), codes, strict=True):
            cells = cells * size + code
        return cells

    def unpack(self, cells: Integers) -> list[Integers]:
        """Unpack inner cells into the area and the codes of every dimension."""
        codes: list[Integers] = []
        for size in reversed(list(self.sizes.values())):
            cells, code = np.divmod(cells, size)
            codes.append(code)
        return [cells, *reversed(codes)]


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)
