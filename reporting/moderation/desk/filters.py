"""Filters of the desk: which reports of a campaign a moderator looks at, as conditions of a query.

Topic, language, channel, area and the want of a place are facets of one array (migration 0045), so that one index
serves every combination. An area is a facet of each report in it or in an area below it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, and_, cast, exists, false, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.types import Text

from reporting.models.base import inline, now
from reporting.models.desk import ReportAssignment
from reporting.models.media import Media
from reporting.models.message import Message
from reporting.models.report import Incident, Report
from reporting.models.states import MediaState, ReportState
from reporting.moderation.second_reading.hold import NOT_HELD

NONE: Final = "none"  # the value of a facet that a report lacks

_PLAN_EACH: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")
# Each typed word is the beginning of a word of the report, or with its spelling key (migration 0045) sounds like one.
_ASKED: Final = text(
    """
    SELECT string_agg('(' || quote_literal(word) || ':*' || coalesce(
           CASE WHEN :is_spelling THEN ' | ' || quote_literal(spelling_key(word)) END, '') || ')', ' & ')
      FROM unnest(fold_words(:said)) AS word
    """
)


class Holder(StrEnum):
    """Who has a report, leased or assigned: the account that asks, nobody, or another account."""

    MINE = "mine"
    NOBODY = "nobody"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that was drawn on the map, in degrees (WGS 84)."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Filters:
    """What a moderator looks for. The default is the ordinary queue.

    `topic` is a topic's id, `area` an area's code; `topic`, `language` and `place` may be NONE. `older_h` and `newer_h`
    are hours since a report was received, `cluster` the least number of reports of its incident, `sender` the id of a
    contact. With `is_spelling` words match others that sound alike.
    """

    state: str = ReportState.QUEUED
    is_restricted: bool = False
    topic: str | None = None
    area: str | None = None
    place: str | None = None
    box: Box | None = None
    language: str | None = None
    channel: str | None = None
    has_photo: bool = False
    older_h: float | None = None
    newer_h: float | None = None
    cluster: int | None = None
    holder: Holder | None = None
    sender: int | None = None
    words: str | None = None
    is_spelling: bool = False


def make_conditions(
    connection: Connection, campaign_id: int, account_id: int, filters: Filters, *, sees_restricted: bool
) -> list[ColumnElement[bool]]:
    """Make the conditions of a query of reports. Restricted reports are found only by accounts that may see them.

    The query is planned for its values in this transaction: a prepared plan for any value would not know that one topic
    is rare and another is common.
    """
    connection.execute(_PLAN_EACH)
    conditions: list[ColumnElement[bool]] = [
        Report.campaign_id == campaign_id,
        Report.state == inline(filters.state),
        Report.is_sensitive.is_(filters.is_restricted and sees_restricted),
    ]
    if filters.is_restricted and not sees_restricted:
        conditions.append(false())
    facets = _list_facets(filters)
    if facets:
        conditions.append(Report.search_facets.op("@>")(cast(facets, ARRAY(Text))))
    if filters.words:
        conditions.append(_have_words(connection, filters))
    if filters.box:
        conditions += _lie_in(filters.box)
    if filters.cluster:
        conditions.append(_has_others(campaign_id, filters.cluster))
    if filters.has_photo:
        conditions.append(Report.id.in_(_list_photographed()))
    if filters.sender is not None:
        conditions.append(Report.contact_id == filters.sender)
    return [*conditions, *_be_received(filters, now()), *_be_held(filters, account_id)]


def is_handed_out(account_id: int) -> ColumnElement[bool]:
    """Make the condition that a report may be handed out to an account.

    No verdict on it is held for a second reader, it is assigned to nobody else, and it is not put off.
    """
    is_kept = or_(ReportAssignment.assigned_to != account_id, ReportAssignment.snoozed_until > func.now())
    return and_(text(NOT_HELD), ~exists().where(ReportAssignment.report_id == Report.id, is_kept))


def _list_photographed() -> Select[int | None]:
    return (
        select(Message.report_id)
        .join(Media, Media.message_id == Message.id)
        .where(Media.state == inline(MediaState.STORED), Media.content_type.like("image/%"))
    )


def is_free() -> ColumnElement[bool]:
    """Make the condition that nobody has leased a report now."""
    return or_(Report.leased_until.is_(None), Report.leased_until <= func.now())


def _list_facets(filters: Filters) -> list[str]:
    named = {
        "topic": filters.topic, "language": filters.language, "channel": filters.channel, "area": filters.area,
        "place": filters.place,
    }  # fmt: skip
    return [f"{name}:{value}" for name, value in named.items() if value]


def _have_words(connection: Connection, filters: Filters) -> ColumnElement[bool]:
    """Have the words, or words that sound like them; signs alone are in no report.

    The query of full-text search is made first: as a part of the statement, nothing would be known of how rare it is.
    """
    asked = connection.execute(_ASKED, {"said": filters.words, "is_spelling": filters.is_spelling}).scalar()
    return Report.search_words.op("@@")(cast(literal(asked), TSQUERY)) if asked else false()


def _lie_in(box: Box) -> list[ColumnElement[bool]]:
    """Lie in the box: by the index of geographies first, and then exactly."""
    envelope = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4326)
    geography = func.geography(Report.point)
    return [geography.op("&&")(func.geography(envelope)), func.ST_Intersects(Report.point, envelope)]


def _has_others(campaign_id: int, least: int) -> ColumnElement[bool]:
    clusters = select(Incident.id).where(
        Incident.campaign_id == campaign_id, text("report_count > 1"), Incident.report_count >= least
    )
    return Report.incident_id.in_(clusters)


def _be_received(filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.older_h is not None:
        conditions.append(Report.reported_at <= at - timedelta(hours=filters.older_h))
    if filters.newer_h is not None:
        conditions.append(Report.reported_at >= at - timedelta(hours=filters.newer_h))
    return conditions


def _be_held(filters: Filters, account_id: int) -> list[ColumnElement[bool]]:
    """Be on the desk of somebody, by a lease that runs or by assignment.

    No lease of a decided report runs, so that those are found by the few assignments, without looking at each report.
    """
    is_leased = and_(Report.leased_by.is_not(None), Report.leased_until > func.now())
    assigned = select(ReportAssignment.report_id).where(ReportAssignment.assigned_to.is_not(None))
    match filters.holder:
        case None:
            return []
        case Holder.NOBODY:
            return [is_free(), ~exists(assigned.where(ReportAssignment.report_id == Report.id))]
        case Holder.MINE:
            leased = and_(is_leased, Report.leased_by == account_id)
            given = Report.id.in_(assigned.where(ReportAssignment.assigned_to == account_id))
        case Holder.OTHERS:
            leased = and_(is_leased, Report.leased_by != account_id)
            given = Report.id.in_(assigned.where(ReportAssignment.assigned_to != account_id))
    return [or_(leased, given) if filters.state == ReportState.QUEUED else given]
