"""Referrals: a moderator passes an incident on to an office of the campaign's definition."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, text, update

from reporting.campaigns.offices import read_offices
from reporting.models.campaign import Campaign
from reporting.models.incident import Referral
from reporting.models.states import DecisionKind
from reporting.moderation.bulk import open_anchor
from reporting.moderation.decision_log import append_decision
from reporting.moderation.errors import InputRefused

_CURRENT = text(
    """
    SELECT referral.office FROM referral JOIN report AS anchor ON anchor.id = referral.report_id
     WHERE anchor.incident_id = :incident_id AND referral.withdrawn_at IS NULL ORDER BY referral.id DESC LIMIT 1
    """
)


def list_offices(connection: Connection, campaign_id: int) -> Mapping[str, Mapping[str, str]]:
    """List the offices of a campaign by code, with their names by language."""
    settings = connection.execute(select(Campaign.settings).where(Campaign.id == campaign_id)).scalar_one()
    return read_offices(settings)


def find_office(connection: Connection, incident_id: int) -> str | None:
    """Find the code of the office to which an incident was passed on last; None where to none."""
    return connection.execute(_CURRENT, {"incident_id": incident_id}).scalar()


def refer(connection: Connection, campaign_id: int, incident_id: int, account_id: int, *, office: str) -> bool:
    """Pass an incident on to an office; False where it is there already.

    Nobody is told by it: whoever passes it on speaks with the office, and the reporters are told with an update. Raises
    InputRefused for an office that the campaign does not have, IncidentUnknown.
    """
    if office not in list_offices(connection, campaign_id):
        raise InputRefused("office")
    report = open_anchor(connection, campaign_id, incident_id, account_id)
    if find_office(connection, incident_id) == office:
        return False
    row = {"campaign_id": campaign_id, "report_id": report.id, "office": office}
    referral_id = connection.execute(insert(Referral).values(row).returning(Referral.id)).scalar_one()
    after = {"referral_id": referral_id, "office": office}
    append_decision(connection, report, account_id, DecisionKind.REFER, after=after)
    return True


def withdraw_referral(connection: Connection, referral_id: int) -> bool:
    """Withdraw a referral, so that the one before it holds again; False where it was withdrawn before."""
    standing = (Referral.id == referral_id) & Referral.withdrawn_at.is_(None)
    return bool(connection.execute(update(Referral).where(standing).values(withdrawn_at=func.now())).rowcount)


def is_standing(connection: Connection, referral_id: int) -> bool:
    """Tell whether a referral was not withdrawn."""
    query = select(Referral.id).where(Referral.id == referral_id, Referral.withdrawn_at.is_(None))
    return connection.execute(query).first() is not None
