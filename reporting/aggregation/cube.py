"""The cubes that can be released: what is counted, by what, and from how many people on a figure may be shown."""

from dataclasses import dataclass
from typing import Final

from reporting.aggregation.errors import UnknownCube

REPORTS: Final = "reports"
INCIDENTS: Final = "incidents"

NORMAL: Final = "A"  # SDMX CL_OBS_STATUS: a normal value
SUPPRESSED: Final = "Q"  # SDMX CL_OBS_STATUS: missing, suppressed


@dataclass(frozen=True, slots=True)
class Cube:
    """What a release counts. The dimensions are area, topic and month; `threshold` counts distinct senders.

    There is no dimension value that means "all": a margin published beside its parts gives a suppressed part away to
    whoever subtracts.
    """

    name: str
    measures: tuple[str, ...]
    threshold: int


CUBES: Final = {cube.name: cube for cube in (Cube("incidents", (REPORTS, INCIDENTS), threshold=10),)}


def get_cube(name: str) -> Cube:
    """The cube of that name. Raises UnknownCube."""
    if name not in CUBES:
        raise UnknownCube(f"there is no cube {name!r}; there is: {', '.join(sorted(CUBES))}")
    return CUBES[name]
