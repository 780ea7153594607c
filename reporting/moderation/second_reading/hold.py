"""The first reader's verdict on a sensitive report: it is held until a second reader, who does not see it, agrees."""

from typing import Final

from sqlalchemy import Connection, delete, insert, select, text

from reporting.accounts.role import SAFEGUARD
from reporting.campaigns.second_reading_policy import read_second_reading
from reporting.models.campaign import Campaign
from reporting.models.second_reading import SecondReading
from reporting.models.states import DecisionKind, ReadingChoice, ReportState
from reporting.moderation.decision_log import OpenReport, append_decision, change_report
from reporting.moderation.errors import ReadingOpen

# SQL condition: no verdict on the report is held, so that it may be handed out for a first reading.
NOT_HELD: Final = f"""
    NOT EXISTS (SELECT FROM second_reading AS held
                 WHERE held.report_id = report.id AND held.settled_at IS NULL
                   AND held.chosen_by = '{ReadingChoice.SENSITIVE}')
"""
_HELD = text(
    f"""
    SELECT EXISTS (SELECT FROM second_reading WHERE report_id = :report_id AND settled_at IS NULL
                      AND chosen_by = '{ReadingChoice.SENSITIVE}')
    """
)

# Held verdicts for which no further active account may read the report: for a second reader, then for a third.
_STUCK = text(
    f"""
    SELECT DISTINCT campaign.slug FROM second_reading JOIN campaign ON campaign.id = second_reading.campaign_id
     WHERE second_reading.settled_at IS NULL AND second_reading.chosen_by = '{ReadingChoice.SENSITIVE}'
       AND NOT EXISTS (
           SELECT FROM account
             JOIN account_role ON account_role.account_id = account.id
             JOIN role ON role.id = account_role.role_id
            WHERE account.active AND :permission = ANY(string_to_array(role.permissions, ','))
              AND account.id IS DISTINCT FROM second_reading.first_account_id
              AND account.id IS DISTINCT FROM second_reading.second_account_id
              AND (NOT account.is_campaign_limited OR EXISTS (
                   SELECT FROM account_campaign WHERE account_campaign.account_id = account.id
                      AND account_campaign.campaign_id = campaign.id)))
     ORDER BY campaign.slug
    """
)


def hold_verdict(
    connection: Connection, report: OpenReport, account_id: int, verdict: ReportState, *, reason: str | None = None,
    note: str = "",
) -> bool:  # fmt: skip
    """Hold a verdict on a sensitive report; return False where it counts at once. Raises ReadingOpen.

    The decision log says that it was read, and not what was decided: the second reader may look at it.
    """
    if not report.is_sensitive or not _needs_two(connection, report.campaign_id):
        return False
    if is_held(connection, report.id):
        raise ReadingOpen
    connection.execute(delete(SecondReading).where(SecondReading.report_id == report.id))  # of an earlier decision
    row = {
        "campaign_id": report.campaign_id, "report_id": report.id, "chosen_by": ReadingChoice.SENSITIVE,
        "first_account_id": account_id, "first_verdict": verdict, "first_reason": reason, "first_note": note or None,
        "first_topic_id": report.topic_id,
    }  # fmt: skip
    connection.execute(insert(SecondReading).values(row))
    change_report(connection, report.id, leased_by=None, leased_until=None)
    append_decision(connection, report, account_id, DecisionKind.FIRST_READING)
    return True


def is_held(connection: Connection, report_id: int) -> bool:
    """Return whether a verdict on the report is held."""
    return bool(connection.execute(_HELD, {"report_id": report_id}).scalar())


def list_stuck_campaigns(connection: Connection) -> list[str]:
    """List the campaigns in which a held verdict waits for a person who is not there."""
    return list(connection.execute(_STUCK, {"permission": SAFEGUARD}).scalars())


def drop_held(connection: Connection, report_id: int) -> None:
    """Drop the held verdict on a report that is sensitive no more."""
    is_open = SecondReading.settled_at.is_(None) & (SecondReading.chosen_by == ReadingChoice.SENSITIVE)
    connection.execute(delete(SecondReading).where(SecondReading.report_id == report_id, is_open))


def _needs_two(connection: Connection, campaign_id: int) -> bool:
    settings = connection.execute(select(Campaign.settings).where(Campaign.id == campaign_id)).scalar_one()
    return read_second_reading(settings).sensitive
