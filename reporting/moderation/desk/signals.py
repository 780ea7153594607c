"""The early signals that a job found for a campaign, as the desk shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

SHOWN_MOST: Final = 5
_LIST: Final = text(
    """
    SELECT topic.code, topic.name, early_signal.area_code, coalesce(area.name, early_signal.area_code) AS area,
           early_signal.sources, early_signal.usual, early_signal.found_at
      FROM early_signal
      JOIN topic ON topic.id = early_signal.topic_id
      LEFT JOIN LATERAL (SELECT name FROM area WHERE area.campaign_id = early_signal.campaign_id
                            AND area.code = early_signal.area_code ORDER BY level DESC LIMIT 1) AS area ON true
     WHERE early_signal.campaign_id = :campaign_id
     ORDER BY early_signal.sources / early_signal.usual DESC, early_signal.id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Signal:
    """More sources than usual within a day; `usual` is the mean of the four weeks before."""

    topic: str
    topic_names: dict[str, Any]
    area_code: str
    area: str
    sources: int
    usual: float
    found_at: datetime


def list_signals(connection: Connection, campaign_id: int) -> list[Signal]:
    """List the strongest signals of a campaign first, SHOWN_MOST at most."""
    return [Signal(*row) for row in connection.execute(_LIST, {"campaign_id": campaign_id, "most": SHOWN_MOST})]
