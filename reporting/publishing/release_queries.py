"""Queries for published releases: small statements over three tables, used by every public output.

The connection belongs to the public database role, which can read nothing else. Functions with large results yield row
by row.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, column, select, table, text
from sqlalchemy.orm import Session

from reporting.aggregation.errors import NoSuchRelease, ReleaseWithdrawn
from reporting.aggregation.simplify import DIGITS
from reporting.models.release import Release, ReleaseArea, ReleaseCell

# Old releases have totals in their quality report, and their rows cannot be changed. The totals are not shown any more:
# the total minus the shown figures would disclose the suppressed cells.
_WITHOUT_TOTALS: Final = "shown_reports"
_TOTALS_ONCE_TOLD: Final = ("approved", "reporters", "waiting", "rejected", "placed_share", "topic_share")
_ROWS_AT_A_TIME: Final = 1_000
_LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release without its figures."""

    id: int
    campaign_slug: str
    campaign_name: str
    cube: str
    period: str
    version: int
    policy: dict[str, Any]
    quality: dict[str, Any]
    topics: dict[str, dict[str, str]]  # names by code and language
    code_version: str
    created_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None  # for the public

    @property
    def is_withdrawn(self) -> bool:
        """Whether the release was withdrawn: its figures can no longer be read."""
        return self.withdrawn_at is not None

    @property
    def is_provisional(self) -> bool:
        """Whether the release was made before its period was over."""
        return bool(self.policy.get("provisional"))

    @property
    def threshold(self) -> int:
        """The disclosure threshold: the number of distinct senders from which on a figure is shown."""
        return int(self.policy["threshold"])


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a release; `value` is None where it is suppressed."""

    area_code: str
    area_name: str
    topic: str
    month: str
    measure: str
    value: int | None
    status: str


_COLUMNS: Final = (
    Release.id, Release.campaign_slug, Release.campaign_name, Release.cube, Release.period, Release.version,
    Release.policy, Release.quality, Release.topics, Release.code_version, Release.created_at,
)  # fmt: skip
_STATE: Final = table(
    "release_state", column("release_id"), column("is_waiting"), column("withdrawn_at"), column("withdrawn_reason")
)
# A release that waits for the approval of a second person is not public; the database grants enforce the same.
_PUBLISHED: Final = (
    select(*_COLUMNS, _STATE.c.withdrawn_at, _STATE.c.withdrawn_reason)
    .join(_STATE, _STATE.c.release_id == Release.id)
    .where(~_STATE.c.is_waiting)
)

_SHAPES = text(
    """
    SELECT code, name, level, ST_AsGeoJSON(ST_ForcePolygonCCW(geom), :digits) AS shape
      FROM release_area WHERE release_id = :release_id ORDER BY code COLLATE "C"
    """
)


def get_release(connection: Connection, release_id: int) -> ReleaseInfo:
    """Get the published release of that id. Raises NoSuchRelease."""
    if release_id > _LARGEST_ID:
        raise NoSuchRelease("there is no release of so large a number")
    row = connection.execute(_PUBLISHED.where(Release.id == release_id)).one_or_none()
    if row is None:
        raise NoSuchRelease(f"there is no published release {release_id}")
    return _info(row)


def get_open_release(connection: Connection, release_id: int) -> ReleaseInfo:
    """Get the release of that id if its figures may be read. Raises NoSuchRelease, ReleaseWithdrawn."""
    release = get_release(connection, release_id)
    if release.withdrawn_at is not None:
        day = release.withdrawn_at.astimezone(UTC).date().isoformat()
        raise ReleaseWithdrawn(f"release {release_id} was withdrawn on {day}: {release.withdrawn_reason}")
    return release


def get_latest_release(connection: Connection, campaign_slug: str, cube: str) -> ReleaseInfo:
    """Get the newest release of a campaign's cube, of any period; a withdrawn release only where there is no other.

    Raises NoSuchRelease.
    """
    if "\0" in campaign_slug + cube:  # PostgreSQL refuses a text with NUL
        raise NoSuchRelease("there is no release of that name")
    query = _PUBLISHED.where(Release.campaign_slug == campaign_slug, Release.cube == cube)
    newest = query.order_by(_STATE.c.withdrawn_at.is_not(None), Release.id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None:
        raise NoSuchRelease(f"there is no release of {cube!r} in {campaign_slug!r}")
    return _info(row)


def list_releases(
    connection: Connection, campaign_slug: str | None = None, cube: str | None = None
) -> list[ReleaseInfo]:
    """List releases, newest first, including withdrawn ones. `campaign_slug` and `cube` filter where they are given."""
    query = _PUBLISHED.order_by(Release.id.desc())
    if campaign_slug is not None:
        query = query.where(Release.campaign_slug == campaign_slug)
    if cube is not None:
        query = query.where(Release.cube == cube)
    return [_info(row) for row in connection.execute(query)]


def stream_cells(connection: Connection, release_id: int) -> Iterator[Cell]:
    """Stream every figure of a release, ordered by area, topic, month and measure in byte order."""
    cell = ReleaseCell
    keys = [column.collate("C") for column in (cell.area_code, cell.topic, cell.month, cell.measure)]
    query = (
        select(cell.area_code, ReleaseArea.name, cell.topic, cell.month, cell.measure, cell.value, cell.status)
        .join(ReleaseArea, (ReleaseArea.release_id == cell.release_id) & (ReleaseArea.code == cell.area_code))
        .where(cell.release_id == release_id)
        .order_by(*keys)
    )
    result = connection.execute(query.execution_options(stream_results=True, yield_per=_ROWS_AT_A_TIME))
    return (Cell(*row) for row in result)


def stream_areas(connection: Connection, release_id: int) -> Iterator[tuple[str, str, int, Any]]:
    """Stream code, name, level and GeoJSON geometry of each area of a release, ordered by code.

    Areas without a figure are included.
    """
    query = _SHAPES.execution_options(stream_results=True, yield_per=_ROWS_AT_A_TIME)
    result = connection.execute(query, {"release_id": release_id, "digits": DIGITS})
    return ((row.code, row.name, row.level, json.loads(row.shape)) for row in result)


def list_areas(connection: Connection, release_id: int) -> dict[str, str]:
    """List the names of a release's areas by code, ordered by name."""
    query = select(ReleaseArea.code, ReleaseArea.name).where(ReleaseArea.release_id == release_id)
    return {row.code: row.name for row in connection.execute(query.order_by(ReleaseArea.name, ReleaseArea.code))}


def list_months(connection: Connection, release_id: int) -> list[str]:
    """List the months that have cells in a release, in order."""
    query = select(ReleaseCell.month).where(ReleaseCell.release_id == release_id).distinct()
    return sorted(connection.execute(query).scalars())


def list_cells(
    connection: Connection,
    release_id: int,
    *,
    area_code: str | None = None,
    topic: str | None = None,
    month: str | None = None,
) -> list[ReleaseCell]:
    """List the cells of a slice of a release's cube, a row for each measure."""
    cell = ReleaseCell
    conditions = [
        column == wanted
        for column, wanted in ((cell.area_code, area_code), (cell.topic, topic), (cell.month, month))
        if wanted is not None
    ]
    query = select(cell).where(cell.release_id == release_id, *conditions)
    with Session(connection) as session:
        found = list(session.scalars(query.order_by(cell.area_code, cell.topic, cell.month, cell.measure)))
        session.expunge_all()
    return found


def find_most_telling(connection: Connection, release_id: int, measure: str) -> tuple[str, str, str] | None:
    """Find area, topic and month of the highest figure in the latest month that has one.

    Returns None for a release without figures.
    """
    cell = ReleaseCell
    query = (
        select(cell.area_code, cell.topic, cell.month)
        .where(cell.release_id == release_id, cell.measure == measure, cell.value.is_not(None))
        .order_by(cell.month.desc(), cell.value.desc(), cell.area_code, cell.topic)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.area_code, row.topic, row.month)


def _info(row: Row[Any]) -> ReleaseInfo:
    values = dict(row._mapping)
    if _WITHOUT_TOTALS not in values["quality"]:
        values["quality"] = values["quality"] | dict.fromkeys(_TOTALS_ONCE_TOLD)
    return ReleaseInfo(**values)
