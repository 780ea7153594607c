"""Deletion of a campaign with everything that people sent to it; files in the media store are deleted first."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from reporting.campaigns.campaign import CampaignError
from reporting.media.storage import MediaStore, MediaStoreUnavailable

# From here on nothing new can be stored for the campaign.
_LOCK = text("SELECT id FROM campaign WHERE id = :id FOR UPDATE")
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
    """Counts of what a campaign holds."""

    messages: int
    reports: int
    releases: int


def count_content(connection: Connection, campaign_id: int) -> CampaignContent:
    """Count what a deletion of the campaign would delete."""
    return CampaignContent(*connection.execute(_COUNTS, {"id": campaign_id}).one())


def delete_campaign(
    connection: Connection, campaign_id: int, store: MediaStore, tick: Callable[[int], None]
) -> tuple[CampaignContent, int]:
    """Delete a campaign with all that belongs to it. Returns the counts of its content and of the deleted files.

    `tick` is called with the number of deleted files. The caller's transaction belongs to the owner of the schema.
    Raises CampaignError where the media store does not answer: then nothing is deleted from the database, and the
    deletion of files can be repeated.
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
