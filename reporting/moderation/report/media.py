"""Pictures and recordings of a report, for moderators."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.models.states import MediaState
from reporting.moderation.access_log import record_access

_LIST: Final = text(
    f"""
    SELECT media.id, media.state, media.error, media.content_type, media.width, media.height, media.size_bytes
      FROM media JOIN message ON message.id = media.message_id
     WHERE message.report_id = :report_id AND media.state <> '{MediaState.ERASED}'
     ORDER BY message.id, media.number
    """
)
_FIND: Final = text(
    f"""
    SELECT message.report_id, media.content_type, media.key, media.thumbnail_key
      FROM media
      JOIN message ON message.id = media.message_id
      JOIN report ON report.id = message.report_id
     WHERE media.id = :media_id AND media.state = '{MediaState.STORED}' AND report.campaign_id = :campaign_id
       AND (NOT report.is_sensitive OR :sees_restricted)
    """
)


@dataclass(frozen=True, slots=True)
class MediaView:
    """A media file as the report's page shows it; `error` says why it is not available. Sizes in pixels and bytes."""

    id: int
    state: str
    error: str | None
    content_type: str | None
    width: int | None
    height: int | None
    size_bytes: int | None

    @property
    def is_picture(self) -> bool:
        """Whether the file has a thumbnail."""
        return self.state == MediaState.STORED and self.width is not None

    @property
    def is_recording(self) -> bool:
        """Whether the file can be downloaded as a recording."""
        return self.state == MediaState.STORED and self.width is None


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """The keys of a media file in the store, and its content type."""

    report_id: int
    content_type: str
    key: str
    thumbnail_key: str | None


def list_media(connection: Connection, report_id: int) -> list[MediaView]:
    """List the media files of all messages of a report, in the order in which they arrived."""
    return [MediaView(*row) for row in connection.execute(_LIST, {"report_id": report_id})]


def find_media(
    connection: Connection, campaign_id: int, media_id: int, account_id: int, *, sees_restricted: bool
) -> StoredMedia | None:
    """Find a stored file of a report that this account may see, and record the access in the same transaction."""
    values: dict[str, Any] = {"media_id": media_id, "campaign_id": campaign_id, "sees_restricted": sees_restricted}
    row = connection.execute(_FIND, values).first()
    if row is None:
        return None
    record_access(connection, account_id, [row.report_id])
    return StoredMedia(*row)
