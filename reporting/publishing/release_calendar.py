"""Calendar of a campaign's figures: where each month of each cube stands, and when it may be published or revised."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from reporting.aggregation.area_tree import list_levels
from reporting.aggregation.cube import get_cube, list_cubes
from reporting.aggregation.cube_month import MonthState, find_turn
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.errors import ReleaseError
from reporting.aggregation.ledger import Account, Ledger, read_ledger
from reporting.aggregation.period import MONTH, list_months, read_period
from reporting.campaigns.offices import read_offices
from reporting.models.campaign import Campaign, Topic
from reporting.reports.roll_up import read_months

WAITING: Final = "waiting"  # the last draw waits for a second person
WITHDRAWN: Final = "withdrawn"  # the last draw was withdrawn; a revision may follow


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """One month of a cube. `state` is a MonthState, WAITING or WITHDRAWN; `revision` the number of the next draw."""

    month: str
    state: str
    revision: int
    due_at: datetime | None
    release_id: int | None  # of the last draw
    can_be_drawn: bool  # now
    has_room: bool = True  # in the budget of the campaign, for a further draw
    reports: int | None = None  # approved so far, by the live roll-up; of months alone


@dataclass(frozen=True, slots=True)
class CubeCalendar:
    """The months of a cube, latest first, and the years and `all` that can be added up from published months."""

    cube: str
    months: Sequence[CalendarMonth]
    sums: Sequence[str]
    cost: float = 0.0  # what a draw spends: squared strength
    fault: ReleaseError | None = None  # why the definition of the cube cannot be used


def read_calendars(connection: Connection, campaign_id: int, at: datetime) -> list[CubeCalendar]:
    """Read the calendar of each cube of a campaign."""
    campaign = connection.execute(select(Campaign).where(Campaign.id == campaign_id)).one()
    topics = connection.execute(select(Topic).where(Topic.campaign_id == campaign_id).order_by(Topic.id)).all()
    context = CodeContext(
        {topic.code: topic.sensitivity for topic in topics}, campaign.conversation,
        offices=tuple(read_offices(campaign.settings)),
    )  # fmt: skip
    months = list_months(connection, campaign_id, campaign.timezone)
    levels = list_levels(connection, campaign_id)
    ledger, reports = read_ledger(connection, campaign_id), read_months(connection, campaign_id)
    return [
        _read_calendar(connection, campaign, name, context, levels, months, at, ledger, reports)
        for name in list_cubes(campaign.settings)
    ]  # fmt: skip


def list_weeks_of(months: Sequence[str], timezone: str, at: datetime) -> list[str]:
    """List the weeks of ISO 8601 that have begun and have a day in one of the months, latest first."""
    today = at.astimezone(ZoneInfo(timezone)).date()
    weeks = set()
    for month in months:
        first = date.fromisoformat(f"{month}-01")
        days = monthrange(first.year, first.month)[1]
        for day in (first + timedelta(days=number) for number in range(days)):
            year, week, weekday = day.isocalendar()
            if day - timedelta(days=weekday - 1) <= today:
                weeks.add(f"{year}-W{week:02}")
    return sorted(weeks, reverse=True)


def _read_calendar(
    connection: Connection, campaign: Row[Any], name: str, context: CodeContext, levels: Sequence[int],
    months: Sequence[str], at: datetime, ledger: Ledger, reports: Mapping[str, int],
) -> CubeCalendar:  # fmt: skip
    try:
        cube = get_cube(name, campaign.settings, context, levels)
    except ReleaseError as error:
        return CubeCalendar(name, (), (), fault=error)
    listed = []
    published = []
    for month in months if cube.period == MONTH else list_weeks_of(months, campaign.timezone, at):
        turn = find_turn(connection, campaign.id, cube, read_period(month, campaign.timezone, at), at)
        state: str = turn.state
        if turn.last is not None:
            if turn.last.is_waiting:
                state = WAITING
            elif turn.last.is_withdrawn:
                state = WITHDRAWN
            else:
                published.append(month)
        release_id = turn.last.release_id if turn.last is not None else None
        has_room = turn.state is MonthState.REVISED or not ledger.list_full(month, cube.cost)
        can_be_drawn = turn.state is MonthState.DUE and state != WAITING and has_room
        listed.append(
            CalendarMonth(
                month, state, turn.revision, turn.due_at, release_id, can_be_drawn, has_room, reports.get(month)
            )
        )
    years = sorted({month[:4] for month in published}, reverse=True)
    return CubeCalendar(name, listed, [*years, "all"] if years else [], cube.cost)


def read_budget(connection: Connection, campaign_id: int) -> list[Account]:
    """Read the accounts of the months and years of which something was drawn, latest first, the years before."""
    ledger = read_ledger(connection, campaign_id)
    accounts = ledger.open_accounts({draw.period for draw in ledger.draws})
    return sorted(accounts, key=lambda account: ("-" not in account.span, account.span), reverse=True)
