"""Builds a release: count, protect, and write it down; a written release never changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, text

from reporting.aggregation.code_version import get_code_version
from reporting.aggregation.count_sql import gather_reports, list_cells, record_outcomes, remember_reports
from reporting.aggregation.cube import Cube, get_cube
from reporting.aggregation.disclosure_control import Figure, Outcome, protect
from reporting.aggregation.draft import SENSITIVE, Draft, list_changes, list_delicate
from reporting.aggregation.errors import LevelConflict, NoAreas, NoSuchRelease, ReleaseError
from reporting.aggregation.period import Period, read_period
from reporting.aggregation.quality import describe_quality
from reporting.aggregation.release_areas import add_areas, has_level, list_sources
from reporting.models.base import now
from reporting.models.campaign import Campaign, Topic
from reporting.models.release import Release, ReleaseCell

_LICENCE: Final = "CC-BY-4.0"
_LEVELS: Final = (2, 1)  # tried in this order if the campaign has no setting


@dataclass(frozen=True, slots=True)
class Built:
    """A finished release and the outcomes of its cells, only for the person who asked for it."""

    release_id: int
    shown: int
    suppressed: int
    kept: int  # published as in the release before, because fewer senders than the threshold changed them
    is_waiting: bool = False  # for a second person


def build_release(connection: Connection, campaign_id: int, cube: str, period: str) -> int:
    """Build the release of a cube for a period (`2026-11`, `2026` or `all`) and return its id. The caller commits.

    Raises UnknownCube, BadPeriod, NoSuchRelease (no such campaign), NoAreas, LevelConflict.
    """
    return make_release(connection, campaign_id, cube, period).release_id


def make_release(connection: Connection, campaign_id: int, cube: str, period: str, at: datetime | None = None) -> Built:
    """Build a release as `build_release` does, and return the outcomes of its cells. `at` is the time now, for tests.

    This needs no approval; people publish through `publication.publish`.
    """
    return write_release(connection, draft_release(connection, campaign_id, cube, period, at=at))


def draft_release(
    connection: Connection, campaign_id: int, cube: str, period: str, *, at: datetime | None = None
) -> Draft:
    """Draft a release from the reports as they are now; `write_release` writes it in the same transaction.

    Raises UnknownCube, BadPeriod, NoSuchRelease (no such campaign), NoAreas, LevelConflict.
    """
    wanted = get_cube(cube)
    campaign = _get_campaign(connection, campaign_id)
    span = read_period(period, campaign.timezone, moment := at or now())
    lock_releases(connection, campaign_id)
    level = choose_level(connection, campaign, wanted)
    if not has_level(connection, campaign_id, level):
        raise NoAreas(f"no boundaries of level {level} are loaded: flask areas load FILE --level {level} ...")
    topics = connection.execute(select(Topic).where(Topic.campaign_id == campaign_id).order_by(Topic.id)).all()
    gather_reports(connection, campaign_id, wanted, level, campaign.timezone, span)
    sensitive = {topic.code for topic in topics if topic.sensitivity in SENSITIVE}
    figures = [
        protect(cell, wanted.threshold, is_sensitive=cell.topic in sensitive)
        for cell in list_cells(connection, campaign_id, wanted)
    ]
    return Draft(
        campaign=campaign,
        cube=wanted,
        period=span,
        level=level,
        at=moment,
        topics={topic.code: topic.name for topic in topics},
        figures=figures,
        changes=list_changes(connection, campaign_id, wanted, span.name, figures),
        delicate=list_delicate(connection, topics, figures),
    )


def write_release(connection: Connection, draft: Draft, *, is_waiting: bool = False) -> Built:
    """Write a draft as a release. Reads the temporary tables `counted` and `behind`, which the draft has filled."""
    campaign, cube, period, figures = draft.campaign, draft.cube, draft.period, list(draft.figures)
    record_outcomes(connection, figures)
    values = {
        "campaign_id": campaign.id,
        "campaign_slug": campaign.slug,
        "campaign_name": campaign.name,
        "cube": cube.name,
        "period": period.name,
        "version": _next_version(connection, campaign.id, cube, period),
        "policy": _describe_policy(connection, campaign, cube, period, draft.level, draft.at),
        "quality": describe_quality(connection, campaign.id, cube, period, figures),
        "topics": draft.topics,
        "code_version": get_code_version(),
    }
    release_id = connection.execute(insert(Release).values(values).returning(Release.id)).scalar_one()
    add_areas(connection, campaign.id, release_id, draft.level)
    _add_cells(connection, release_id, figures)
    remember_reports(connection, release_id)
    return Built(release_id, draft.shown, draft.suppressed, draft.kept, is_waiting=is_waiting)


def lock_releases(connection: Connection, campaign_id: int) -> None:
    """Take the advisory lock of a campaign's releases: they are made one by one, each compared with earlier ones."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('release'), CAST(:id AS integer))"), {"id": campaign_id}
    )


def choose_level(connection: Connection, campaign: Row[Any], cube: Cube) -> int:
    """Choose the area level of the count: the campaign's setting, else that of earlier releases, else 2 or 1.

    The deeper of the levels 2 and 1 that is loaded counts. Raises LevelConflict when earlier releases are at another
    level than the setting, NoAreas when nothing is loaded, ReleaseError for an invalid setting.
    """
    before = connection.execute(
        select(Release.policy["area_level"].as_integer())
        .where(Release.campaign_id == campaign.id, Release.cube == cube.name)
        .order_by(Release.id.desc())
        .limit(1)
    ).scalar()
    asked = campaign.settings.get("release_level")
    if asked is not None and not (isinstance(asked, int) and asked > 0):
        raise ReleaseError(f"the campaign's setting release_level must be a number from 1 on, not {asked!r}")
    if asked is not None and before is not None and asked != before:
        raise LevelConflict(f"earlier releases are at area level {before}: those of level {asked} could be subtracted")
    chosen = asked or before
    if chosen is not None:
        return int(chosen)
    for level in _LEVELS:
        if has_level(connection, campaign.id, level):
            return level
    raise NoAreas("no boundaries are loaded: flask areas load FILE --level 1 ...")


def _get_campaign(connection: Connection, campaign_id: int) -> Row[Any]:
    campaign = connection.execute(select(Campaign).where(Campaign.id == campaign_id)).one_or_none()
    if campaign is None:
        raise NoSuchRelease(f"there is no campaign {campaign_id}")
    return campaign


def _describe_policy(
    connection: Connection, campaign: Row[Any], cube: Cube, period: Period, level: int, at: datetime
) -> dict[str, Any]:
    return {
        "area_level": level,
        "measures": list(cube.measures),
        "threshold": cube.threshold,
        "threshold_unit": "distinct senders",
        "unknown_senders": "count as one sender together",
        "month_of": "occurrence",
        "timezone": campaign.timezone,
        "margins": "none",
        "small_changes": "kept as before",
        "sensitive_topics": "small cells left out",
        "provisional": period.is_open(at),
        "licence": campaign.settings.get("licence", _LICENCE),
        "boundaries": list_sources(connection, campaign.id, level),
    }


def _next_version(connection: Connection, campaign_id: int, cube: Cube, period: Period) -> int:
    query = select(func.coalesce(func.max(Release.version), 0) + 1).where(
        Release.campaign_id == campaign_id, Release.cube == cube.name, Release.period == period.name
    )
    return int(connection.execute(query).scalar_one())


def _add_cells(connection: Connection, release_id: int, figures: list[Figure]) -> None:
    rows = [
        {
            "release_id": release_id,
            "area_code": figure.area_code,
            "topic": figure.topic,
            "month": figure.month,
            "measure": measure,
            "value": value,
            "status": figure.status,
        }
        for figure in figures
        if figure.outcome is not Outcome.LEFT_OUT
        for measure, value in figure.values.items()
    ]
    if rows:
        connection.execute(insert(ReleaseCell), rows)
