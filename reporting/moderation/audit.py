"""Audit for a supervisor: decisions, accesses to raw words, and leases, without any words that people wrote.

Sensitive reports are left out unless the account may see them (`sees_restricted`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from reporting.models.states import ReportState

_DECISIONS = text(
    """
    SELECT decision.id, decision.decided_at, decision.kind, decision.reason, decision.report_id, report.reference,
           account.name
      FROM decision JOIN report ON report.id = decision.report_id
      LEFT JOIN account ON account.id = decision.account_id
     WHERE decision.campaign_id = :campaign_id AND decision.id < :before_id
       AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY decision.id DESC LIMIT :limit
    """
)
_LOOKS = text(
    """
    SELECT account.name, count(*) AS looks, count(DISTINCT access_log.report_id) AS reports,
        count(*) FILTER (WHERE access_log.shows_details) AS details,
        max(access_log.looked_at) AS last_at
      FROM access_log JOIN report ON report.id = access_log.report_id LEFT JOIN account
          ON account.id = access_log.account_id
     WHERE report.campaign_id = :campaign_id AND access_log.looked_at > now() - interval '7 days'
       AND (NOT report.is_sensitive OR :sees_restricted)
     GROUP BY account.id ORDER BY looks DESC LIMIT :limit
    """
)
_PARTNERS = text(
    """
    SELECT api_key.name, api_key.purpose, count(*) AS calls, sum(incidents) AS incidents, max(called_at) AS last_at
      FROM partner_access JOIN api_key ON api_key.id = partner_access.api_key_id
     WHERE partner_access.campaign_id = :campaign_id AND called_at > now() - interval '7 days'
     GROUP BY api_key.id ORDER BY calls DESC, api_key.id LIMIT :limit
    """
)
_LEASES = text(
    f"""
    SELECT report.id, report.reference, account.name, report.leased_until
      FROM report JOIN account ON account.id = report.leased_by
     WHERE report.campaign_id = :campaign_id AND report.state = '{ReportState.QUEUED}' AND report.leased_until > now()
       AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY report.leased_until LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision."""

    id: int
    decided_at: datetime
    kind: str
    reason: str | None
    report_id: int
    reference: str
    account_name: str | None


@dataclass(frozen=True, slots=True)
class AccessCount:
    """The accesses of an account to raw words in the last seven days.

    Their number, that of the reports, and how often numbers and names in the words were shown, too.
    """

    account_name: str | None
    looks: int
    reports: int
    details: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PartnerCalls:
    """How often a partner's key read incidents in the last seven days, and how many in all."""

    name: str
    purpose: str
    calls: int
    incidents: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A report that an account has leased."""

    report_id: int
    reference: str
    account_name: str
    until: datetime


def list_decisions(
    connection: Connection,
    campaign_id: int,
    *,
    before_id: int | None = None,
    limit: int = 50,
    sees_restricted: bool = False,
) -> list[DecisionLine]:
    """List decisions, newest first, one page at a time. `before_id` is the last id of the page before."""
    values = _values(campaign_id, limit, sees_restricted) | {"before_id": before_id if before_id is not None else 2**62}
    return [DecisionLine(*row) for row in connection.execute(_DECISIONS, values)]


def list_access_counts(
    connection: Connection, campaign_id: int, *, limit: int = 50, sees_restricted: bool = False
) -> list[AccessCount]:
    """List the number of accesses by account, highest first."""
    return [AccessCount(*row) for row in connection.execute(_LOOKS, _values(campaign_id, limit, sees_restricted))]


def list_partner_calls(connection: Connection, campaign_id: int, *, limit: int = 50) -> list[PartnerCalls]:
    """List the calls of partners by key, the most first."""
    rows = connection.execute(_PARTNERS, {"campaign_id": campaign_id, "limit": limit})
    return [PartnerCalls(*row) for row in rows]


def list_leases(
    connection: Connection, campaign_id: int, *, limit: int = 100, sees_restricted: bool = False
) -> list[Lease]:
    """List running leases, the one that ends first at the top."""
    return [Lease(*row) for row in connection.execute(_LEASES, _values(campaign_id, limit, sees_restricted))]


def _values(campaign_id: int, limit: int, sees_restricted: bool) -> dict[str, int]:
    return {"campaign_id": campaign_id, "limit": limit, "sees_restricted": sees_restricted}
