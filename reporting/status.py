"""Counts of a campaign by which an operator sees that nothing is lost."""

from sqlalchemy import Connection, text

from geo.types import GUESS_BELOW
from reporting.models.states import UNSENT, Direction, LinkState, MessageState, ReportState

_COUNTS = text(
    f"""
    SELECT
      (SELECT count(*) FROM message
        WHERE direction = '{Direction.INBOUND}' AND (campaign_id = :id OR campaign_id IS NULL)) AS messages,
      (SELECT count(*) FROM report WHERE campaign_id = :id) AS reports,
      (SELECT count(*) FROM report WHERE campaign_id = :id AND point IS NOT NULL
         AND place_confidence >= :sure) AS located,
      (SELECT count(*) FROM report r WHERE campaign_id = :id AND EXISTS
         (SELECT 1 FROM link l WHERE l.report_id = r.id AND l.state = '{LinkState.LINKED}')) AS linked,
      (SELECT count(*) FROM report WHERE campaign_id = :id AND state = '{ReportState.QUEUED}') AS waiting,
      (SELECT count(*) FROM message WHERE state = '{MessageState.SET_ASIDE}'
         AND (campaign_id = :id OR campaign_id IS NULL)) AS set_aside,
      (SELECT count(*) FROM message WHERE state = '{MessageState.RECEIVED}'
         AND (campaign_id = :id OR campaign_id IS NULL)) AS unprocessed,
      (SELECT count(*) FROM message WHERE state IN {UNSENT} AND campaign_id = :id) AS outbox
    """
)


def count_status(connection: Connection, campaign_id: int) -> dict[str, int]:
    """Count the messages and reports of a campaign by their state.

    The keys are messages, reports, located (better than guessed), linked, waiting, set_aside, unprocessed, outbox.

    Messages whose address belongs to no campaign are counted with every campaign, so that they are noticed.
    """
    return dict(connection.execute(_COUNTS, {"id": campaign_id, "sure": GUESS_BELOW}).mappings().one())
