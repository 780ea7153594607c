"""Cubes that can be released: dimensions, measures, and the threshold of distinct senders for publishing a figure."""

from dataclasses import dataclass
from typing import Final

from reporting.aggregation.errors import UnknownCube

REPORTS: Final = "reports"
INCIDENTS: Final = "incidents"

NORMAL: Final = "A"  # SDMX CL_OBS_STATUS: a normal value
SUPPRESSED: Final = "Q"  # SDMX CL_OBS_STATUS: missing, suppressed


@dataclass(frozen=True, slots=True)
class Cube:
    """A table of counts. The dimensions are area, topic and month; `threshold` counts distinct senders.

    No dimension has a value for "all": a total published beside its parts would reveal a suppressed part by
    subtraction.
    """

    name: str
    measures: tuple[str, ...]
    threshold: int


CUBES: Final = {cube.name: cube for cube in (Cube("incidents", (REPORTS, INCIDENTS), threshold=10),)}


def get_cube(name: str) -> Cube:
    """Get the cube of a name. Raises UnknownCube."""
    if name not in CUBES:
        raise UnknownCube(f"there is no cube {name!r}; there is: {', '.join(sorted(CUBES))}")
    return CUBES[name]
