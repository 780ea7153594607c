"""The current campaign of a visitor: the only one, or the one that they chose."""

from dataclasses import dataclass
from typing import Final

from flask import g, request, session
from flask_security import current_user
from sqlalchemy import Connection, select

from config.errors import RequestRefused
from reporting.accounts.account import list_bound_campaigns
from reporting.models.campaign import Campaign, CampaignAddress, Topic

_SESSION_KEY: Final = "campaign"
_MODERATORS: Final = "/moderate"


@dataclass(frozen=True, slots=True)
class Scope:
    """A campaign with the values that pages need."""

    id: int
    slug: str
    name: str
    country: str
    languages: list[str]
    timezone: str


class NoCampaign(RequestRefused):
    """There is no campaign yet."""


def list_scopes(connection: Connection) -> list[Scope]:
    """List the campaigns that may be seen here, by name: all, but on moderation pages those of the moderator."""
    query = select(
        Campaign.id, Campaign.slug, Campaign.name, Campaign.country, Campaign.languages, Campaign.timezone
    ).order_by(Campaign.name, Campaign.id)
    bound = _find_bound(connection)
    return [Scope(*row) for row in connection.execute(query) if bound is None or row.id in bound]


def _find_bound(connection: Connection) -> frozenset[int] | None:
    if not request.path.startswith(_MODERATORS) or not current_user.is_authenticated:
        return None
    if "bound" not in g:
        g.bound = list_bound_campaigns(connection, current_user.id)
    bound: frozenset[int] | None = g.bound
    return bound


class ChoiceNeeded(RequestRefused):
    """There are several campaigns, and the visitor has not chosen one."""


def get_chosen_scope(connection: Connection, *, is_remembered: bool = False) -> Scope:
    """Get the campaign that a visitor chose, or the only one.

    The choice is `?campaign=`, and with `is_remembered` that of an earlier request. Raises NoCampaign and ChoiceNeeded:
    a campaign is never guessed, because the visitor's words could go to the wrong organisation.
    """
    scopes = {scope.slug: scope for scope in list_scopes(connection)}
    if not scopes:
        raise NoCampaign
    asked = request.args.get("campaign")
    if is_remembered:
        if asked is not None and session.get(_SESSION_KEY) != asked:
            session[_SESSION_KEY] = asked
        asked = session.get(_SESSION_KEY)
    chosen = scopes.get(asked or "") or (next(iter(scopes.values())) if len(scopes) == 1 else None)
    if chosen is None:
        raise ChoiceNeeded
    g.timezone = chosen.timezone
    return chosen


def get_scope(connection: Connection) -> Scope:
    """Get the campaign of this request: `?campaign=` of this or an earlier request, else the first.

    Raises NoCampaign.
    """
    scopes = {scope.slug: scope for scope in list_scopes(connection)}
    if not scopes:
        raise NoCampaign
    asked = request.args.get("campaign", "")
    if asked in scopes and session.get(_SESSION_KEY) != asked:
        session[_SESSION_KEY] = asked
    chosen = scopes.get(session.get(_SESSION_KEY, "")) or next(iter(scopes.values()))
    g.timezone = chosen.timezone
    return chosen


def select_timezone() -> str:
    """Return the time zone of the current campaign, in which pages show times."""
    return str(g.get("timezone", "UTC"))


def find_campaign_address(connection: Connection, campaign_id: int, channel: str) -> str | None:
    """Find the campaign's own address on a channel, the first one where it has several."""
    query = (
        select(CampaignAddress.address)
        .where(CampaignAddress.campaign_id == campaign_id, CampaignAddress.channel == channel)
        .order_by(CampaignAddress.id)
    )
    return connection.execute(query.limit(1)).scalar()


def has_quiet_hours(connection: Connection, campaign_id: int) -> bool:
    """Return whether the campaign has quiet hours."""
    query = select(Campaign.conversation["quiet_hours"]).where(Campaign.id == campaign_id)
    return bool(connection.execute(query).scalar())


def find_topic_id(connection: Connection, campaign_id: int, code: str) -> int | None:
    """Find the id of a topic of the campaign."""
    query = select(Topic.id).where(Topic.campaign_id == campaign_id, Topic.code == code)
    return connection.execute(query).scalar()
