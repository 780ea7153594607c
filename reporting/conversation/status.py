"""What became of a report, as its sender may know it: a word and a date, nothing of what it says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, exists, select, text

from reporting.models.account import Decision
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.report import APPROVED, ERASED, REJECTED, Report


class ReportProgress(StrEnum):
    """How far a report has come."""

    RECEIVED = "received"
    BEING_CHECKED = "being_checked"
    ACCEPTED = "accepted"  # approved, and in no figure that was published
    COUNTED = "counted"  # in a published figure
    NOT_USED = "not_used"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The standing of a report and when it came, in the campaign's time zone."""

    reference: str
    standing: ReportProgress
    reported_at: datetime
    timezone: str


_BY_STATE = {APPROVED: ReportProgress.ACCEPTED, REJECTED: ReportProgress.NOT_USED, ERASED: ReportProgress.ERASED}

# A figure shows the reports of the published release that made it anew last.
_IS_COUNTED = text(
    """
    WITH open AS (SELECT release_id FROM release_state WHERE NOT is_waiting AND withdrawn_at IS NULL)
    SELECT EXISTS (
        SELECT FROM release_cell_report AS member JOIN release ON release.id = member.release_id
         WHERE member.report_id = :report_id AND release.id IN (SELECT release_id FROM open)
           AND NOT EXISTS (
               SELECT FROM release AS later JOIN release_cell_report AS other ON other.release_id = later.id
                WHERE later.campaign_id = release.campaign_id AND later.cube = release.cube AND later.id > release.id
                  AND (other.area_code, other.topic, other.month) = (member.area_code, member.topic, member.month)
                  AND later.id IN (SELECT release_id FROM open)))
    """
)


def is_counted(connection: Connection, report_id: int) -> bool:
    """Whether a published figure counts the report."""
    return bool(connection.execute(_IS_COUNTED, {"report_id": report_id}).scalar())


def is_moved(connection: Connection, report_id: int) -> bool:
    """Whether what the report says was moved to another one that it answers."""
    query = select(exists().where(Decision.report_id == report_id, Decision.kind == "move_answer"))
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
    return Outcome(reference, standing, row.reported_at, row.timezone)
