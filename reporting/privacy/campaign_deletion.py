"""The end of a campaign: everything that people sent to it goes, the pictures from their store first."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from reporting.campaigns.campaign import CampaignError
from reporting.media.storage import MediaStore, MediaStoreUnavailable

_LOCK = text("SELECT id FROM campaign WHERE id = :id FOR UPDATE")  # nothing new comes for it from here on
_COUNTS = text(
    """
    SELECT (SELECT count(*) FROM message WHERE campaign_id = :id) AS messages,
           (SELECT count(*) FROM report WHERE campaign_id = :id) AS reports,
           (SELECT count(*) FROM release WHERE campaign_id = :id) AS releases
    """
)
_KEYS = text(
    """
    SELECT unnest(ARRAY[media.key, media.thumbnail_key]) AS key
      FROM media JOIN message ON message.id = media.message_id WHERE message.campaign_id = :id
    """
)


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """What a campaign holds."""

    messages: int
    reports: int
    releases: int


def count_content(connection: Connection, campaign_id: int) -> CampaignContent:
    """What would go with the campaign."""
    return CampaignContent(*connection.execute(_COUNTS, {"id": campaign_id}).one())


def delete_campaign(
    connection: Connection, campaign_id: int, store: MediaStore, tick: Callable[[int], None]
) -> tuple[CampaignContent, int]:
    """Delete a campaign with all that belongs to it; what it held, and how many files went from the store.

    `tick` is told how many files are gone. In the caller's transaction, as the schema's owner. Raises CampaignError
    where the store does not answer: nothing of the database is gone then, and what went of the store may be done again.
    """
    connection.execute(_LOCK, {"id": campaign_id})
    content = count_content(connection, campaign_id)
    keys = [key for key in connection.execute(_KEYS, {"id": campaign_id}).scalars() if key is not None]
    for done, key in enumerate(keys, start=1):
        try:
            store.delete(key)
        except MediaStoreUnavailable:
            raise CampaignError("the media store does not answer; the campaign is still there") from None
        tick(done)
    connection.execute(text("DELETE FROM campaign WHERE id = :id"), {"id": campaign_id})
    return content, len(keys)
