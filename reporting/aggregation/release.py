"""Builds a release: count, protect, and write it down; a written release never changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, text

from reporting.aggregation.agreement.measure import count_agreement, list_agreement_tables
from reporting.aggregation.area_tree import list_levels, read_areas
from reporting.aggregation.code_version import get_code_version
from reporting.aggregation.counting.count import count_month
from reporting.aggregation.coverage import describe_coverage, find_small_areas
from reporting.aggregation.cube import CONFIDENTIAL, FEWEST_SHOWN, FREE, NORMAL, ROUNDED_TO, SUPPRESSED, Cube, get_cube
from reporting.aggregation.cube_month import MonthTurn, check_turn, find_turn, list_draws
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.draft import Draft, list_changes, list_delicate
from reporting.aggregation.errors import BadPeriod, CubeError, NoSuchRelease, NothingPublished, ReleaseError
from reporting.aggregation.estimate import (
    Figure,
    estimate_month,
    estimate_quality,
    hide_small_areas,
    list_figures,
    sum_months,
)
from reporting.aggregation.ledger import describe_promise, find_refusal, lock_releases, read_ledger, record_draw
from reporting.aggregation.period import Period, read_period
from reporting.aggregation.quality import describe_quality
from reporting.aggregation.release_areas import add_areas, list_sources
from reporting.campaigns.mapping_to_dhis2 import DHIS2
from reporting.campaigns.offices import read_offices
from reporting.models.base import now
from reporting.models.campaign import Campaign, Topic
from reporting.models.release import Release, ReleaseCell

_LICENCE: Final = "CC-BY-4.0"
_ROWS_AT_A_TIME: Final = 10_000
_Key = tuple[int, str, tuple[str, ...], str]

_CELLS = text(
    "SELECT area_level, area_code, codes, measure, estimate, standard_error FROM release_cell"
    " WHERE release_id = :release_id"
)


@dataclass(frozen=True, slots=True)
class Built:
    """A finished release and how many of its cells show figures, only for the person who asked for it."""

    release_id: int
    shown: int
    suppressed: int
    is_waiting: bool = False  # for a second person


def draft_release(
    connection: Connection, campaign_id: int, cube: str, period: str, secret: bytes, *, at: datetime | None = None,
    is_rehearsal: bool = True,
) -> Draft:  # fmt: skip
    """Draft a release from the reports as they are now; `write_release` writes it in the same transaction.

    A month that must not be drawn now is drafted all the same as a rehearsal, with the reason in `refusal`; else the
    reason is raised before anything is counted: MonthOpen, MonthFrozen, BudgetSpent. Raises UnknownCube,
    UnknownDimension, CubeError, BadPeriod, NoSuchRelease (no such campaign), NothingPublished.
    """
    lock_releases(connection, campaign_id)
    campaign = _get_campaign(connection, campaign_id)
    span = read_period(period, campaign.timezone, moment := at or now())
    topics = connection.execute(select(Topic).where(Topic.campaign_id == campaign_id).order_by(Topic.id)).all()
    context = CodeContext(
        {topic.code: topic.sensitivity for topic in topics}, campaign.conversation,
        offices=tuple(read_offices(campaign.settings)),
    )  # fmt: skip
    wanted = get_cube(cube, campaign.settings, context, list_levels(connection, campaign_id))
    names = {topic.code: topic.name for topic in topics}
    if span.unit not in (None, wanted.period):
        raise BadPeriod(f"cube {cube!r} is counted by {wanted.period}: {period} is a {span.unit}")
    if span.unit:
        turn, refusal = _check_draw(connection, campaign_id, wanted, span, moment)
        if refusal is not None and not is_rehearsal:
            raise refusal
        draft = _draft_month(connection, campaign, wanted, span, secret, moment, names, turn)
        return replace(draft, refusal=refusal)
    return _draft_sum(connection, campaign, wanted, span, moment, names)


def write_release(connection: Connection, draft: Draft, *, is_waiting: bool = False) -> Built:
    """Write a draft as a release. Raises the draft's refusal."""
    if draft.refusal is not None:
        raise draft.refusal
    campaign, cube, period = draft.campaign, draft.cube, draft.period
    values = {
        "campaign_id": campaign.id,
        "campaign_slug": campaign.slug,
        "campaign_name": campaign.name,
        "cube": cube.name,
        "period": period.name,
        "version": _next_version(connection, campaign.id, cube, period),
        "policy": _describe_policy(connection, draft),
        "quality": draft.quality,
        "topics": draft.topics,
        "code_version": get_code_version(),
    }
    release_id = connection.execute(insert(Release).values(values).returning(Release.id)).scalar_one()
    for level in cube.levels:
        add_areas(connection, campaign.id, release_id, level)
    _add_cells(connection, release_id, draft.figures)
    if draft.turn is not None:
        record_draw(
            connection, campaign.id, cube, period.name, draft.turn.revision, release_id, draft.counted_sha256,
            draft.at,
        )  # fmt: skip
    return Built(release_id, draft.shown, draft.suppressed, is_waiting=is_waiting)


def _check_draw(
    connection: Connection, campaign_id: int, cube: Cube, period: Period, at: datetime
) -> tuple[MonthTurn, ReleaseError | None]:
    """Check where a month stands, and whether its draw has room in the budget; return why it must not be drawn now."""
    turn = find_turn(connection, campaign_id, cube, period, at)
    try:
        check_turn(turn, period)
    except ReleaseError as error:
        return turn, error
    return turn, find_refusal(read_ledger(connection, campaign_id), cube, period.name)


def _draft_month(
    connection: Connection, campaign: Row[Any], cube: Cube, period: Period, secret: bytes, at: datetime,
    topics: Mapping[str, Mapping[str, str]], turn: MonthTurn,
) -> Draft:  # fmt: skip
    areas = read_areas(connection, campaign.id, cube)
    counts = count_month(connection, campaign.id, cube, areas, period)
    agreement = list_agreement_tables(connection, campaign.id)
    counts.quality |= count_agreement(connection, campaign.id, period)
    build = f"{campaign.id}/{cube.name}/{period.name}/{turn.revision}"
    tables = estimate_month(cube, areas, counts, secret, build)
    small = find_small_areas(connection, campaign.id, cube)
    figures = hide_small_areas(list_figures(cube, areas, period.name, tables), small)
    quality = describe_quality(cube, figures, estimate_quality(cube, counts, secret, build, agreement))
    quality |= describe_coverage(connection, campaign.id, cube, figures)
    return Draft(
        campaign=campaign, cube=cube, areas=areas, period=period, at=at, topics=topics, figures=figures,
        changes=list_changes(connection, campaign.id, cube.name, period.name, figures),
        delicate=list_delicate(connection, campaign.id, cube, period),
        quality=quality, months=(period.name,), counted_sha256=counts.digest,
        accounts=read_ledger(connection, campaign.id).open_accounts([period.name]), turn=turn,
    )  # fmt: skip


def _draft_sum(
    connection: Connection, campaign: Row[Any], cube: Cube, period: Period, at: datetime,
    topics: Mapping[str, Mapping[str, str]],
) -> Draft:  # fmt: skip
    """Draft a year or everything: the sum of its published months. It draws nothing."""
    draws = list_draws(connection, campaign.id, cube.name, period.name)
    # Of a month and its revision the last one that is published.
    published = {draw.month: draw for draw in draws if not (draw.is_waiting or draw.is_withdrawn)}
    if not published:
        raise NothingPublished(
            f"no {cube.period} of {period.name} is published yet: publish them, and they are added up"
        )
    for month, draw in published.items():
        _check_same_tables(connection, cube, month, draw.release_id)
    months = [_read_cells(connection, draw.release_id) for draw in published.values()]
    areas = read_areas(connection, campaign.id, cube)
    small = find_small_areas(connection, campaign.id, cube)
    figures = hide_small_areas(sum_months(months, period.name), small)
    quality = describe_quality(cube, figures, {}) | describe_coverage(connection, campaign.id, cube, figures)
    return Draft(
        campaign=campaign, cube=cube, areas=areas, period=period, at=at, topics=topics, figures=figures,
        changes=list_changes(connection, campaign.id, cube.name, period.name, figures),
        delicate=(), quality=quality, months=tuple(published), counted_sha256="",
        accounts=read_ledger(connection, campaign.id).open_accounts(published),
        missing_months=tuple(dict.fromkeys(draw.month for draw in draws if draw.month not in published)),
    )  # fmt: skip


def _check_same_tables(connection: Connection, cube: Cube, month: str, release_id: int) -> None:
    """Raise CubeError where a published month has other tables than the cube has now: they would not add up."""
    policy = connection.execute(select(Release.policy).where(Release.id == release_id)).scalar_one()
    names = [dimension.name for dimension in cube.dimensions]
    same = (
        [each["name"] for each in policy["dimensions"]] == names
        and policy["area_levels"] == list(cube.levels)
        and policy["tables"] == [table.name for table in cube.tables]
        and policy["measures"] == [measure.name for measure in cube.measures]
    )
    if not same:
        raise CubeError(
            f"cube {cube.name!r} was defined otherwise when {month} was published, so that its months do not add up."
            " They stay published one by one; define the cube as it was then to add them up. A cube of another name"
            " spends of the same budget of protection"
        )


def _read_cells(connection: Connection, release_id: int) -> dict[_Key, tuple[int, float]]:
    rows = connection.execute(_CELLS, {"release_id": release_id})
    return {
        (row.area_level, row.area_code, tuple(row.codes), row.measure): (row.estimate, row.standard_error)
        for row in rows
    }


def _get_campaign(connection: Connection, campaign_id: int) -> Row[Any]:
    campaign = connection.execute(select(Campaign).where(Campaign.id == campaign_id)).one_or_none()
    if campaign is None:
        raise NoSuchRelease(f"there is no campaign {campaign_id}")
    return campaign


def _describe_policy(connection: Connection, draft: Draft) -> dict[str, Any]:
    """Describe how the figures were made and protected, for whoever reads them."""
    cube, campaign = draft.cube, draft.campaign
    return {
        "area_levels": list(cube.levels),
        "dimensions": [
            {"name": each.name, "codes": list(cube.codes[each.name]), "code_list": each.code_list}
            for each in cube.dimensions
        ],
        "questions": draft.questions,
        "tables": [table.name for table in cube.tables],
        "measures": [measure.name for measure in cube.measures],
        "unit": "person",
        "unknown_senders": "count as one person together",
        "several_cells": "a person counts in the one cell of most of their reports",
        "sensitivity": cube.sensitivity,
        "strength": cube.strength,
        **describe_promise([account.add(cube.name, draft.cost) for account in draft.accounts]),
        "threshold": FEWEST_SHOWN,
        "rounded_to": ROUNDED_TO,
        "revision": draft.turn.revision if draft.turn else None,
        "months": list(draft.months),
        "missing_months": list(draft.missing_months),
        "period": cube.period,
        "generated_months": [month for month in draft.months if month in campaign.settings.get("generated_months", ())],
        "month_of": "occurrence",
        "timezone": campaign.timezone,
        "licence": campaign.settings.get("licence", _LICENCE),
        **({DHIS2: campaign.settings[DHIS2]} if DHIS2 in campaign.settings else {}),
        "boundaries": sorted({name for level in cube.levels for name in list_sources(connection, campaign.id, level)}),
    }


def _next_version(connection: Connection, campaign_id: int, cube: Cube, period: Period) -> int:
    query = select(func.coalesce(func.max(Release.version), 0) + 1).where(
        Release.campaign_id == campaign_id, Release.cube == cube.name, Release.period == period.name
    )
    return int(connection.execute(query).scalar_one())


def _add_cells(connection: Connection, release_id: int, figures: Sequence[Figure]) -> None:
    rows = (
        {
            "release_id": release_id,
            "area_level": figure.level,
            "area_code": figure.area_code,
            "month": figure.month,
            "codes": list(figure.codes),
            "measure": figure.measure,
            "value": figure.value,
            "estimate": figure.estimate,
            "standard_error": figure.error,
            "status": NORMAL if figure.value is not None else SUPPRESSED,
            "confidentiality": FREE if figure.value is not None else CONFIDENTIAL,
        }
        for figure in figures
    )
    for piece in _cut(rows):
        connection.execute(insert(ReleaseCell), piece)


def _cut(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    piece: list[dict[str, Any]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _ROWS_AT_A_TIME:
            yield piece
            piece = []
    if piece:
        yield piece
