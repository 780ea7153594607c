"""Queries for published releases without their figures, used by every public output.

The connection belongs to the public database role, which can read nothing else.
"""

from datetime import UTC
from typing import Any, Final

from sqlalchemy import Connection, Row, column, distinct, func, select, table

from reporting.aggregation.errors import NoSuchRelease, ReleaseWithdrawn
from reporting.models.release import Release
from reporting.publishing.release_info import ReleaseInfo

# Old releases have totals in their quality report, and their rows cannot be changed. The totals are not shown any more:
# the total minus the shown figures would disclose the suppressed cells.
_WITHOUT_TOTALS: Final = "shown_reports"
_TOTALS_ONCE_TOLD: Final = ("approved", "reporters", "waiting", "rejected", "placed_share", "topic_share")
_LARGEST_ID: Final = 2**63 - 1


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
    connection: Connection,
    campaign_slug: str | None = None,
    cube: str | None = None,
    *,
    before_id: int | None = None,
    limit: int | None = None,
) -> list[ReleaseInfo]:
    """List releases, newest first, including withdrawn ones. `campaign_slug` and `cube` filter where they are given.

    `before_id` and `limit` page: the releases older than that one, and at most so many.
    """
    query = _PUBLISHED.order_by(Release.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(Release.id < before_id)
    if campaign_slug is not None:
        query = query.where(Release.campaign_slug == campaign_slug)
    if cube is not None:
        query = query.where(Release.cube == cube)
    return [_info(row) for row in connection.execute(query)]


def list_cubes(connection: Connection) -> list[Row[Any]]:
    """List the cubes that have releases: campaign, name, the id of the newest release and its period, the periods.

    The newest one is of those whose figures can be read; a cube whose every release was withdrawn is left out.
    """
    query = (
        select(
            Release.campaign_slug,
            func.max(Release.campaign_name).label("campaign_name"),
            Release.cube,
            func.max(Release.id).label("latest_release"),
            func.array_agg(distinct(Release.period)).label("periods"),
        )
        .join(_STATE, _STATE.c.release_id == Release.id)
        .where(~_STATE.c.is_waiting, _STATE.c.withdrawn_at.is_(None))
        .group_by(Release.campaign_slug, Release.cube)
        .order_by(Release.campaign_slug, Release.cube)
    )
    return list(connection.execute(query))


def _info(row: Row[Any]) -> ReleaseInfo:
    values = dict(row._mapping)
    if "dimensions" not in values["policy"] and _WITHOUT_TOTALS not in values["quality"]:
        values["quality"] = values["quality"] | dict.fromkeys(_TOTALS_ONCE_TOLD)
    return ReleaseInfo(**values)
