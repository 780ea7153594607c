"""Small cubes by chance: areas of two levels, two or three dimensions, few people, and what is published of them."""

from dataclasses import dataclass

import numpy as np

from reporting.disclosure.adjustment import Estimate, adjust
from reporting.disclosure.budget import compute_deviations
from reporting.disclosure.noise import Noise
from reporting.disclosure.non_negative import fit_inner_table
from reporting.disclosure.tables import AreaTree, Integers, Shape, Table


@dataclass
class SmallCube:
    """A shape, the inner cells of its people, and the tables that are measured."""

    shape: Shape
    cells: Integers
    tables: list[Table]

    @property
    def inner(self) -> Table:
        """The inner table."""
        return Table(self.shape.areas.depth, tuple(self.shape.sizes))

    def count_cells(self, table: Table) -> int:
        """How many cells a table has."""
        return int(np.prod(self.shape.of(table)))

    def count(self, table: Table) -> Integers:
        """The true counts of a table."""
        cells, counts = np.unique(self.cells, return_counts=True)
        return self.shape.sum_up(counts, table, cells)

    def measure(
        self, secret: bytes, build: str, strength: float = 0.7
    ) -> tuple[dict[Table, Integers], dict[Table, float]]:
        """The measured tables and the deviations of their noise."""
        deviations = compute_deviations({table: self.count(table).size for table in self.tables}, strength)
        noise = Noise(secret, build)
        measured = {}
        for table in self.tables:
            true = self.count(table)
            drawn = noise.draw([f"{table.name}:{cell}" for cell in range(true.size)], deviations[table])
            measured[table] = true + drawn.reshape(true.shape)
        return measured, deviations

    def publish(
        self, secret: bytes, build: str, strength: float = 0.7
    ) -> tuple[dict[Table, Integers], dict[Table, Estimate]]:
        """The published estimates in thousandths, and what least squares made before."""
        measured, deviations = self.measure(secret, build, strength)
        adjusted = adjust(self.shape, measured, deviations)
        values = {table: each.values for table, each in adjusted.tables.items()}
        inner = fit_inner_table(self.shape, values, adjusted.inner)
        published = {table: self.shape.sum_table(inner, self.inner, table) for table in adjusted.tables}
        return published, dict(adjusted.tables)


def make_small_cube(chance: np.random.Generator, people: int | None = None) -> SmallCube:
    """A cube by chance, with every cross of its dimensions at every level, or only the crosses of two."""
    provinces = int(chance.integers(1, 4))
    parents = np.sort(np.concatenate([np.arange(provinces), chance.integers(0, provinces, int(chance.integers(0, 6)))]))
    tree = AreaTree((np.zeros(provinces, dtype=np.int64), parents.astype(np.int64)))
    sizes = {name: int(chance.integers(2, 5)) for name in ("topic", "sex", "age")[: int(chance.integers(2, 4))]}
    shape = Shape(tree, sizes)
    number = int(chance.integers(0, 400)) if people is None else people
    weights = chance.dirichlet(np.full(len(parents), 0.6))
    areas = chance.choice(len(parents), number, p=weights)
    codes = [chance.choice(size, number, p=chance.dirichlet(np.full(size, 0.7))) for size in sizes.values()]
    most = 2 if chance.random() < 0.5 else len(sizes)
    inner = Table(tree.depth, tuple(sizes))
    crosses = {table.dimensions for table in shape.list_margins_of([inner]) if len(table.dimensions) <= most}
    tables = [Table(level, cross) for level in range(tree.depth + 1) for cross in sorted(crosses)]
    return SmallCube(shape, shape.pack(areas, codes), tables)
