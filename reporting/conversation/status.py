"""What became of a report, as its sender may know it: a word and a date, nothing of what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, exists, select, text

from reporting.campaigns.offices import read_offices
from reporting.models.account import Decision
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.report import Report
from reporting.models.states import DecisionKind, ReportState, UpdateKind


class ReportProgress(StrEnum):
    """How far a report has come."""

    RECEIVED = "received"
    BEING_CHECKED = "being_checked"
    ACCEPTED = "accepted"  # approved, and in no figure that was published
    COUNTED = "counted"  # in a published figure
    NOT_USED = "not_used"
    ERASED = "erased"


class IncidentResponse(StrEnum):
    """What became of the incident of an accepted report, as its reporters were told."""

    OPEN = "open"
    PASSED = "passed"  # on to an office
    ANSWERED = "answered"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The standing of a report and when it came, in the campaign's time zone.

    `response` is what became of its incident, and `office` where it was passed on to, by its names; None before the
    report was accepted, and of a sensitive one.
    """

    reference: str
    standing: ReportProgress
    reported_at: datetime
    timezone: str
    response: IncidentResponse | None = None
    office: Mapping[str, str] | None = None


_BY_STATE = {
    ReportState.APPROVED: ReportProgress.ACCEPTED,
    ReportState.REJECTED: ReportProgress.NOT_USED,
    ReportState.ERASED: ReportProgress.ERASED,
}

# A frozen month (or week) counts the reports of it that were approved before it was frozen and are approved still.
_IS_COUNTED = text(
    f"""
    SELECT EXISTS (
        SELECT FROM report JOIN campaign ON campaign.id = report.campaign_id
          JOIN cube_month AS month ON month.campaign_id = report.campaign_id
           AND month.month IN (to_char(report.occurred_at AT TIME ZONE campaign.timezone, 'YYYY-MM'),
                               to_char(report.occurred_at AT TIME ZONE campaign.timezone, 'IYYY-"W"IW'))
          JOIN release_state AS state ON state.release_id = month.release_id
         WHERE report.id = :report_id AND NOT state.is_waiting AND state.withdrawn_at IS NULL
           AND EXISTS (SELECT FROM decision WHERE decision.report_id = report.id
                          AND decision.kind = '{DecisionKind.APPROVE}' AND decision.decided_at <= month.frozen_at))
    """
)


_RESPONSE = text(
    f"""
    SELECT (SELECT bool_or(said.kind = '{UpdateKind.SOLVED}') FROM incident_update AS said
              JOIN report AS anchor ON anchor.id = said.report_id
             WHERE anchor.incident_id = report.incident_id AND said.withdrawn_at IS NULL) AS is_solved,
           (SELECT referral.office FROM referral JOIN report AS anchor ON anchor.id = referral.report_id
             WHERE anchor.incident_id = report.incident_id AND referral.withdrawn_at IS NULL
             ORDER BY referral.id DESC LIMIT 1) AS office,
           campaign.settings
      FROM report JOIN campaign ON campaign.id = report.campaign_id WHERE report.id = :report_id
    """
)


def is_counted(connection: Connection, report_id: int) -> bool:
    """Whether a published figure counts the report."""
    return bool(connection.execute(_IS_COUNTED, {"report_id": report_id}).scalar())


def is_moved(connection: Connection, report_id: int) -> bool:
    """Whether what the report says was moved to another one that it answers."""
    query = select(exists().where(Decision.report_id == report_id, Decision.kind == DecisionKind.MOVE_ANSWER))
    return bool(connection.execute(query).scalar_one())


def find_outcome(connection: Connection, reference: str, campaign_id: int | None = None) -> Outcome | None:
    """Find the outcome of the report with that reference, of one campaign or any; None where there is none yet.

    A report in the restricted queue stays "received" for whoever finds the reference on somebody's phone.
    """
    # By way of the campaigns, which are few, so that the index on campaign and reference is used.
    query = (
        select(Report.id, Report.state, Report.is_sensitive, Report.reported_at, Report.leased_until, Campaign.timezone)
        .join(Campaign, Campaign.id == Report.campaign_id)
        .where(Report.reference == reference)
        .limit(1)
    )
    if campaign_id is not None:
        query = query.where(Campaign.id == campaign_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    standing = _BY_STATE.get(row.state)
    if standing is None:
        is_open = row.leased_until is not None and row.leased_until > now()
        standing = ReportProgress.BEING_CHECKED if is_open else ReportProgress.RECEIVED
    if standing is ReportProgress.ACCEPTED and not row.is_sensitive and is_counted(connection, row.id):
        standing = ReportProgress.COUNTED
    if standing is ReportProgress.NOT_USED and is_moved(connection, row.id):
        standing = ReportProgress.RECEIVED
    if row.is_sensitive and standing is not ReportProgress.ERASED:
        standing = ReportProgress.RECEIVED
    if row.is_sensitive or standing not in (ReportProgress.ACCEPTED, ReportProgress.COUNTED):
        return Outcome(reference, standing, row.reported_at, row.timezone)
    return Outcome(reference, standing, row.reported_at, row.timezone, *find_response(connection, row.id))


def find_response(connection: Connection, report_id: int) -> tuple[IncidentResponse, Mapping[str, str] | None]:
    """Find what became of the incident of a report, and the names of the office it was passed on to."""
    row = connection.execute(_RESPONSE, {"report_id": report_id}).one()
    office = read_offices(row.settings).get(row.office)
    if row.is_solved is None:
        return IncidentResponse.OPEN if row.office is None else IncidentResponse.PASSED, office
    return IncidentResponse.SOLVED if row.is_solved else IncidentResponse.ANSWERED, office
