"""The random sample of decided reports that are read a second time, taken after the first decision.

Nobody who decides knows whether a report is in the sample: it is taken later, by a key that no moderator has.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from reporting.campaigns.second_reading_policy import read_second_reading
from reporting.crypto.sample_key import is_sampled
from reporting.models.second_reading import SecondReading
from reporting.models.states import DECIDED, DecisionKind, ReadingChoice, ReportState, sql_list

_LOOKED_BACK: Final = timedelta(days=7)  # a longer outage of the worker leaves decisions of that time unsampled
_DECIDED = text(
    f"""
    SELECT DISTINCT ON (decision.report_id)
           decision.report_id, decision.account_id, decision.reason, decision.decided_at, report.campaign_id,
           report.state, report.topic_id, campaign.settings
      FROM decision
      JOIN report ON report.id = decision.report_id
      JOIN campaign ON campaign.id = report.campaign_id
      LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE decision.kind IN {sql_list(DecisionKind.APPROVE, DecisionKind.REJECT)}
       AND decision.decided_at > now() - CAST(:looked_back AS interval) AND decision.account_id IS NOT NULL
       AND report.state IN {DECIDED} AND NOT report.is_sensitive AND report.purged_at IS NULL
       AND (duplicate_burst.id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM second_reading WHERE second_reading.report_id = decision.report_id)
     ORDER BY decision.report_id, decision.id DESC
    """
)
# What nobody has read yet, and nobody can: the words are gone, or the report was decided on anew.
_LAPSED = text(
    f"""
    DELETE FROM second_reading USING report
     WHERE report.id = second_reading.report_id AND second_reading.second_at IS NULL
       AND second_reading.chosen_by = '{ReadingChoice.SAMPLE}'
       AND (report.purged_at IS NOT NULL OR report.state <> second_reading.first_verdict)
    """
)


def sample_decided(connection: Connection, key: bytes) -> int:
    """Add the reports of the sample among those decided lately; return how many. Repeating it adds nothing."""
    connection.execute(_LAPSED)
    rows = [
        {
            "campaign_id": row.campaign_id, "report_id": row.report_id, "chosen_by": ReadingChoice.SAMPLE,
            "first_account_id": row.account_id, "first_verdict": ReportState(row.state), "first_reason": row.reason,
            "first_topic_id": row.topic_id, "first_at": row.decided_at,
        }
        for row in connection.execute(_DECIDED, {"looked_back": _LOOKED_BACK})
        if is_sampled(key, row.report_id, read_second_reading(row.settings).percent)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(SecondReading).on_conflict_do_nothing(), rows)
    return len(rows)
