"""Queries for the figures and areas of a published release; large results come row by row.

The connection belongs to the public database role. Nothing is added up here: every sum is a figure of its own.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, text

from reporting.aggregation.cube import PEOPLE
from reporting.aggregation.dimension import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from reporting.models.release import ReleaseArea, ReleaseCell
from reporting.publishing.observations.selection import join_codes
from reporting.publishing.release_info import Cell, ReleaseInfo

_ROWS_AT_A_TIME: Final = 1_000
_RESERVED: Final = (UNKNOWN, OTHER, NOT_APPLICABLE)  # codes that a dimension may have without listing them

# Names are added by us: a join of so many rows, which the statistics do not know yet, is planned as if there were one.
_CELLS: Final = text(
    """
    SELECT area_code, area_level, month, codes, measure, value, estimate, standard_error, status, confidentiality
      FROM release_cell
     WHERE release_id = :release_id AND area_level >= :from_level
       AND (CAST(:measure AS text) IS NULL OR measure = :measure)
     ORDER BY area_level, area_code COLLATE "C", codes COLLATE "C", month COLLATE "C", measure COLLATE "C"
    """
)
# The newest release of each month (or week) of a cube that is neither waiting nor withdrawn, with the same dimensions.
_BY_MONTH: Final = text(
    """
    SELECT DISTINCT ON (release.period) release.period AS month, release.id AS release_id, cell.value,
           cell.standard_error
      FROM release JOIN release_state AS state ON state.release_id = release.id
      JOIN release_cell AS cell ON cell.release_id = release.id AND cell.month = release.period
     WHERE release.campaign_slug = :campaign AND release.cube = :cube AND release.period LIKE '____-%'
       AND NOT state.is_waiting AND state.withdrawn_at IS NULL
       AND jsonb_path_query_array(release.policy, '$.dimensions[*].name') = CAST(:dimensions AS jsonb)
       AND cell.area_level = :level AND cell.area_code = :area_code AND cell.slice = :slice
       AND cell.measure = :measure
     ORDER BY release.period, release.id DESC
    """
)
_ERRORS: Final = text(
    """
    SELECT area_level, percentile_cont(0.5) WITHIN GROUP (ORDER BY standard_error) AS error FROM release_cell
     WHERE release_id = :release_id AND measure = :measure AND standard_error IS NOT NULL GROUP BY area_level
    """
)


def count_cells(connection: Connection, release_id: int) -> int:
    """Count the figures of a release."""
    query = select(func.count()).select_from(ReleaseCell).where(ReleaseCell.release_id == release_id)
    return int(connection.execute(query).scalar_one())


def stream_cells(
    connection: Connection, release_id: int, from_level: int = 0, measure: str | None = None
) -> Iterator[Cell]:
    """Stream the figures of a release from a level of areas on, by level, area, codes, month and measure (bytes).

    With a measure, those of that one alone.
    """
    names = list_areas(connection, release_id)
    # An area without areas below it stands at the next level too, where only its own level has its name.
    above = {code: name for level in names for code, name in names[level].items()}
    query = _CELLS.execution_options(stream_results=True, yield_per=_ROWS_AT_A_TIME)
    for row in connection.execute(query, {"release_id": release_id, "from_level": from_level, "measure": measure}):
        area_code, level, month, codes, *figure = row  # by place: a million rows are read so
        name = names.get(level, above).get(area_code) or above.get(area_code, "")
        yield Cell(area_code, level, name, month, tuple(codes), *figure)


def list_areas(connection: Connection, release_id: int) -> dict[int, dict[str, str]]:
    """List the names of a release's areas by level and code, ordered by name."""
    query = select(ReleaseArea.level, ReleaseArea.code, ReleaseArea.name).where(ReleaseArea.release_id == release_id)
    found: dict[int, dict[str, str]] = {}
    for row in connection.execute(query.order_by(ReleaseArea.level, ReleaseArea.name, ReleaseArea.code)):
        found.setdefault(row.level, {})[row.code] = row.name
    return found


def list_months(connection: Connection, release: ReleaseInfo) -> list[str]:
    """List the months of a release's figures, in order: its own period, and several in an earlier release."""
    if release.has_noise:
        return [release.period]
    query = select(ReleaseCell.month).where(ReleaseCell.release_id == release.id).distinct()
    return sorted(connection.execute(query).scalars())


def list_cells(
    connection: Connection,
    release: ReleaseInfo,
    measure: str,
    codes: Sequence[str | None],
    *,
    level: int,
    area_code: str | None = None,
    month: str | None = None,
) -> list[Row[Any]]:
    """List the figures of a slice at a level of areas; None in place of a code, area or month stands for each."""
    cell = ReleaseCell
    conditions = [
        column == wanted for column, wanted in ((cell.area_code, area_code), (cell.month, month)) if wanted is not None
    ]
    query = select(cell.area_code, cell.month, cell.codes, cell.value, cell.estimate, cell.standard_error).where(
        cell.release_id == release.id, cell.measure == measure, cell.area_level == level, *conditions,
        cell.slice.in_(_list_slices(release, codes)),
    )  # fmt: skip
    return list(connection.execute(query.order_by(cell.area_code, cell.codes, cell.month)))


def _list_slices(release: ReleaseInfo, codes: Sequence[str | None]) -> list[str]:
    """List the slices that codes stand for, None in place of one for each code that the dimension can have."""
    choices = [
        {TOTAL, *dimension.codes, *_RESERVED} if code is None else {code}
        for dimension, code in zip(release.dimensions, codes, strict=True)
    ]
    return sorted(map(join_codes, product(*choices)))


def list_published_months(
    connection: Connection, release: ReleaseInfo, measure: str, codes: Sequence[str], level: int, area_code: str
) -> list[Row[Any]]:
    """List one figure over the published months of the release's cube: month, release, value and standard error."""
    values = {
        "campaign": release.campaign_slug, "cube": release.cube, "measure": measure, "slice": join_codes(tuple(codes)),
        "level": level, "area_code": area_code,
        "dimensions": json.dumps([dimension.name for dimension in release.dimensions]),
    }  # fmt: skip
    return list(connection.execute(_BY_MONTH, values))


def list_errors(connection: Connection, release_id: int) -> dict[int, float]:
    """List the median standard error of the figures of people by level of areas; empty where none is known."""
    rows = connection.execute(_ERRORS, {"release_id": release_id, "measure": PEOPLE})
    return {row.area_level: round(row.error, 1) for row in rows}


def find_most_telling(connection: Connection, release_id: int, measure: str) -> tuple[str, str, str] | None:
    """Find area, first code and month of the highest figure in the latest month, of a release without totals.

    Returns None for a release without figures.
    """
    cell = ReleaseCell
    query = (
        select(cell.area_code, cell.codes, cell.month)
        .where(cell.release_id == release_id, cell.measure == measure, cell.value.is_not(None))
        .order_by(cell.month.desc(), cell.value.desc(), cell.area_code, cell.codes)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.area_code, row.codes[0], row.month)
