"""Obfuscation of public locations: an area or cell in which at least K people live or K reporters wrote.

A public location is an area or an H3 cell (Uber's hexagons: each cell has one parent seven times as large). A cell is
grown from fine to coarse until it holds at least K people or K reporters. It is assigned once, and never replaced by a
finer one. Later reports inside an assigned cell get that cell. A cell assigned around finer ones counts only the ground
outside them, so that subtracting one cell from another singles out nobody. Growing until k are inside is k-anonymity of
location (Gruteser and Grunwald, MobiSys 2003).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import h3

FINEST: Final = 9  # resolution of H3: about 0.1 km2
COARSEST: Final = 2  # about 86,800 km2; where that holds too few, outputs show only the campaign
PEOPLE: Final = "people"
REPORTERS: Final = "reporters"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Need:
    """How many people or reporters a cell must hold: either is enough, and 0 switches that criterion off.

    Raises ValueError for negative numbers, or where both are 0.
    """

    people: int = 1_000
    reporters: int = 10

    def __post_init__(self) -> None:
        if self.people < 0 or self.reporters < 0 or not self.people + self.reporters:
            raise ValueError("a cell must hold somebody")


@dataclass(frozen=True, slots=True)
class Cell:
    """An assigned cell: its H3 index, the criterion it met, and the number when it was assigned."""

    index: str
    basis: str
    held: int


def draw_cell(
    point: Point,
    radius_m: float,
    need: Need,
    drawn: Collection[str],
    count_people: Callable[[str], float],
    list_reporters: Callable[[str], Iterable[tuple[int, Point]]],
) -> Cell | None:
    """Assign the public cell of a point (lat, lon in degrees); None where no cell holds enough.

    An already assigned cell around the point (`drawn`) is returned with `held` 0. Else a cell is grown, no finer than
    the uncertainty of the location (`radius_m`, metres). `count_people` estimates the population of a cell.
    `list_reporters` lists the reporters in a cell with their points; one reporter may occur several times.
    """
    own = find_drawn(point, drawn)
    if own is not None:
        return Cell(own, "", 0)
    finest = h3.latlng_to_cell(*point, FINEST)
    for resolution in range(_start(radius_m), COARSEST - 1, -1):
        index = h3.cell_to_parent(finest, resolution)
        inner = [cell for cell in drawn if _is_inside(cell, index)]
        people = int(count_people(index) - sum(count_people(cell) for cell in _outermost(inner)))
        if need.people and people >= need.people:
            return Cell(index, PEOPLE, people)
        if need.reporters:
            left = {who for who, where in list_reporters(index) if find_drawn(where, inner) is None}
            if len(left) >= need.reporters:
                return Cell(index, REPORTERS, len(left))
    return None


def find_drawn(point: Point, drawn: Collection[str]) -> str | None:
    """Find the finest assigned cell that contains a point; None where there is none.

    Containment is by H3 parents of the point's finest cell: hexagons do not fill a larger one exactly, and only by
    parents does every point belong to exactly one cell of each size.
    """
    if not drawn:
        return None
    finest = h3.latlng_to_cell(*point, FINEST)
    ancestors = (h3.cell_to_parent(finest, resolution) for resolution in range(FINEST, COARSEST - 1, -1))
    return next((index for index in ancestors if index in drawn), None)


def locate_cell(index: str) -> tuple[float, float, float]:
    """Return (lat, lon, radius in metres) of the circle around a cell, as maps show it."""
    lat, lon = h3.cell_to_latlng(index)
    reach_km = max(h3.great_circle_distance((lat, lon), corner, unit="km") for corner in h3.cell_to_boundary(index))
    return lat, lon, 1_000 * reach_km


def _start(radius_m: float) -> int:
    """Find the finest resolution whose cells are at least as large as the uncertainty of the location."""
    for resolution in range(FINEST, COARSEST, -1):
        if 1_000 * h3.average_hexagon_edge_length(resolution, unit="km") >= radius_m:
            return resolution
    return COARSEST


def _is_inside(cell: str, index: str) -> bool:
    resolution = h3.get_resolution(index)
    return bool(h3.get_resolution(cell) > resolution and h3.cell_to_parent(cell, resolution) == index)


def _outermost(cells: Collection[str]) -> list[str]:
    """Keep the cells that lie inside no other one of them."""
    return [cell for cell in cells if not any(_is_inside(cell, other) for other in cells)]


@dataclass(frozen=True, slots=True)
class Peopled:
    """An area around a point: its code, its population, and the population of each area one level below."""

    code: str
    people: int | None
    below: Mapping[str, int]


def choose_area(around: Sequence[Peopled], least_people: int) -> str | None:
    """Choose the smallest area around a point that holds enough people; None where none does.

    `around` begins with the smallest area. An area above such areas represents only the ground outside them, so that
    rest must hold enough people too. Areas of unknown population are skipped; a level is counted whole or not at all.
    """
    for area in around:
        if area.people is None or area.people < least_people:
            continue
        shown = sum(people for people in area.below.values() if people >= least_people)
        if area.people - shown >= least_people:
            return area.code
    return None
