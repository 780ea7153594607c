"""Areas with their figures side by side, for map files: one plain attribute a figure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from reporting.disclosure.non_negative import UNITS
from reporting.publishing.areas.attributes import Slice
from reporting.publishing.observations.source import Source
from reporting.publishing.release_info import Cell

ESTIMATE, ERROR = "_estimate", "_standard_error"


@dataclass(frozen=True, slots=True)
class WideArea:
    """One of the finest areas. `figures` are by the names of `list_attributes`, None where they are too small."""

    code: str
    name: str
    level: int
    shape: Any  # GeoJSON
    figures: dict[str, int | float | None]


def stream_wide(source: Source) -> Iterator[WideArea]:
    """Stream the finest areas with their figures, ordered by code; the unknown area has no shape and is left out.

    Each figure with an estimate has `..._estimate` and `..._standard_error` beside it.
    """
    by_area = groupby(source.stream_cells(source.release.deepest_level), key=lambda cell: cell.area_code)
    code, cells = next(by_area, (None, iter(())))
    for area_code, name, level, shape in source.stream_areas():
        while code is not None and code < area_code:
            code, cells = next(by_area, (None, iter(())))
        figures = name_figures(source.attributes, cells) if code == area_code else {}
        yield WideArea(area_code, name, level, shape, figures)


def name_figures(attributes: Mapping[Slice, str], cells: Iterable[Cell | Row[Any]]) -> dict[str, int | float | None]:
    """Name the figures of an area by their plain attributes; those without one are left out."""
    listed: dict[str, int | float | None] = {}
    for cell in cells:
        name = attributes.get((cell.measure, tuple(cell.codes), cell.month))
        if name is None:
            continue
        listed[name] = cell.value
        if cell.estimate is not None:
            listed |= {name + ESTIMATE: cell.estimate / UNITS, name + ERROR: cell.standard_error}
    return listed
