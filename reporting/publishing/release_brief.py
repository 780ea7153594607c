"""Data of the one-page brief of an area: people, incidents and the largest topic, beside the page of the release."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from reporting.aggregation.cube import INCIDENTS, PEOPLE
from reporting.aggregation.dimension import OTHER, TOTAL, UNKNOWN
from reporting.publishing.cell_queries import list_cells
from reporting.publishing.release_info import TOPIC, ReleaseInfo
from reporting.publishing.release_page import Line, Page, make_lines, read_page


@dataclass(frozen=True, slots=True)
class Brief:
    """The figures of the area: `totals` by measure, and the topic of most people, None where none is shown."""

    page: Page
    totals: Mapping[str, Line]
    topic: Line | None


def read_brief(connection: Connection, release: ReleaseInfo, asked: Mapping[str, str]) -> Brief:
    """Read the brief of the area that the query `asked` names; people are counted, of all categories together."""
    page = read_page(connection, release, {key: asked[key] for key in ("area", "level") if key in asked})
    chosen = page.selection
    totals: dict[str, Line] = {}
    for measure in (PEOPLE, INCIDENTS):
        cells = list_cells(
            connection, release, measure, [TOTAL] * len(release.dimensions), level=chosen.area_level,
            area_code=chosen.area_code, month=chosen.month,
        )  # fmt: skip
        if cells:
            [totals[measure]] = make_lines((TOTAL, cell) for cell in cells)
    return Brief(page, totals, _find_topic(page))


def _find_topic(page: Page) -> Line | None:
    names = [dimension.name for dimension in page.release.dimensions]
    lines = [
        line
        for breakdown in page.breakdowns
        if names[breakdown.place] == TOPIC
        for line in breakdown.lines
        if line.key not in (TOTAL, UNKNOWN, OTHER) and line.value
    ]
    return max(lines, key=lambda line: line.value or 0, default=None)
