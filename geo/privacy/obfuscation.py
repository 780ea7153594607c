"""Where a report is said to be outside the moderation area: no nearer than where enough people live or report from.

A place leaves as an area or as a cell of H3 (Uber's hexagons: each cell has one parent seven times as large). A cell
is grown from fine to coarse until it holds at least K people or K reporters, is drawn once, and is never drawn finer
again. What falls into a drawn cell later takes that cell. A cell that is drawn around finer ones stands only for the
ground that they leave, so only that ground counts: who knows every cell can tell nobody apart by taking one from the
other. The method of growing until k are inside is k-anonymity of location (Gruteser and Grunwald, MobiSys 2003).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import h3

FINEST: Final = 9  # resolution of H3: about 0.1 km2
COARSEST: Final = 2  # about 86,800 km2; where that holds too few, only the campaign is told
PEOPLE: Final = "people"
REPORTERS: Final = "reporters"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Need:
    """How many a cell must hold: either is enough, and 0 says that this way is not open."""

    people: int = 1_000
    reporters: int = 10

    def __post_init__(self) -> None:
        if self.people < 0 or self.reporters < 0 or not self.people + self.reporters:
            raise ValueError("a cell must hold somebody")


@dataclass(frozen=True, slots=True)
class Cell:
    """A drawn cell: its index, of whom it held enough, and how many when it was drawn."""

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
    """The cell that stands for a point (lat, lon in degrees), None where none holds enough.

    A cell of `drawn` around the point is taken as it is, with `held` 0; else one is grown, no finer than the place is
    known (`radius_m`). `count_people` estimates who lives in a cell; `list_reporters` gives the reporters in a cell
    with where each was, one of them any number of times.
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
    """The finest drawn cell that a point is of; None where there is none.

    A point is of the cell that its finest cell descends from: hexagons do not fill a larger one to its edge, and only
    by descent does everything belong to one cell of each size.
    """
    if not drawn:
        return None
    finest = h3.latlng_to_cell(*point, FINEST)
    ancestors = (h3.cell_to_parent(finest, resolution) for resolution in range(FINEST, COARSEST - 1, -1))
    return next((index for index in ancestors if index in drawn), None)


def locate_cell(index: str) -> tuple[float, float, float]:
    """(lat, lon, radius in metres) of the circle around a cell: what a map shows."""
    lat, lon = h3.cell_to_latlng(index)
    reach_km = max(h3.great_circle_distance((lat, lon), corner, unit="km") for corner in h3.cell_to_boundary(index))
    return lat, lon, 1_000 * reach_km


def _start(radius_m: float) -> int:
    """The finest resolution whose cells are no smaller than the place is known."""
    for resolution in range(FINEST, COARSEST, -1):
        if 1_000 * h3.average_hexagon_edge_length(resolution, unit="km") >= radius_m:
            return resolution
    return COARSEST


def _is_inside(cell: str, index: str) -> bool:
    resolution = h3.get_resolution(index)
    return bool(h3.get_resolution(cell) > resolution and h3.cell_to_parent(cell, resolution) == index)


def _outermost(cells: Collection[str]) -> list[str]:
    """Those that lie in no other of them."""
    return [cell for cell in cells if not any(_is_inside(cell, other) for other in cells)]


@dataclass(frozen=True, slots=True)
class Peopled:
    """An area around a point: its code, its people, and how many live in each area right below it."""

    code: str
    people: int | None
    below: Mapping[str, int]


def choose_area(around: Sequence[Peopled], least_people: int) -> str | None:
    """Of the areas around a point, the smallest first, the first that holds enough; None where none does.

    An area above those that are shown by themselves stands for what they leave, so that must be enough too. Areas
    whose people nobody counted are passed over; a level is counted whole or not at all.
    """
    for area in around:
        if area.people is None or area.people < least_people:
            continue
        shown = sum(people for people in area.below.values() if people >= least_people)
        if area.people - shown >= least_people:
            return area.code
    return None
