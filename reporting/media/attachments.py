"""Attachments: rows of pictures and recordings, with their source, their state and their message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from channels.base.items import MediaReference
from reporting.crypto.details import seal_without_media, unseal_details
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.media.storage import find_upload_key, make_key
from reporting.models.media import Media
from reporting.models.message import Message
from reporting.models.states import MediaState, MessageState

MOST_PER_MESSAGE: Final = 10
TOO_MANY: Final = "too_many"
INTERRUPTED: Final = "interrupted"  # an attempt began, and its worker died before it ended
MAX_TRIES: Final = 8  # over about a day
# After this time an attempt that has not ended is taken for dead with its worker.
_LEASE: Final = timedelta(minutes=10)
_TYPE_LONGEST: Final = 100

_CLAIM = text(
    f"""
    UPDATE media SET attempts = media.attempts + 1, error = 'interrupted', retry_at = now() + :lease,
           key = coalesce(media.key, :key), thumbnail_key = coalesce(media.thumbnail_key, :thumbnail_key)
      FROM message
     WHERE message.id = media.message_id
       AND media.id = (SELECT id FROM media WHERE state = '{MediaState.WAITING}'
                          AND (retry_at IS NULL OR retry_at <= now())
                        ORDER BY attempts, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING media.id, media.message_id, message.channel, media.source_encrypted, media.attempts, media.key,
              media.thumbnail_key
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed file to download. Its keys are stored before, so that everything in the media store has a row."""

    id: int
    message_id: int
    channel: str
    source_encrypted: bytes
    attempts: int
    key: str
    thumbnail_key: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The stored file. `width` and `height` in pixels are those of a picture, which alone has a thumbnail."""

    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


def add_media(
    connection: Connection, pseudonyms: Pseudonyms, found: Iterable[tuple[int, Sequence[MediaReference]]]
) -> int:
    """Add the files of messages by message id, for download by a worker; return how many rows are new.

    May be called again for the same message. From the eleventh file on, the rest of a message is refused in one row.
    """
    rows = [
        _make_row(pseudonyms, message_id, number, media)
        for message_id, references in found
        for number, media in enumerate(references[: MOST_PER_MESSAGE + 1])
    ]
    if not rows:
        return 0
    statement = insert(Media).values(rows).on_conflict_do_nothing(index_elements=[Media.message_id, Media.number])
    new = connection.execute(statement.returning(Media.id)).all()
    _move_sources(connection, pseudonyms, {row["message_id"] for row in rows})
    return len(new)


def _move_sources(connection: Connection, pseudonyms: Pseudonyms, message_ids: set[int]) -> None:
    """Move the download URLs out of the message's details; from now on they stand in the files' rows only."""
    query = select(Message.id, Message.details_encrypted).where(Message.id.in_(message_ids))
    for message_id, sealed in connection.execute(query).all():
        values = {"details_encrypted": seal_without_media(pseudonyms, sealed)}
        connection.execute(update(Message).where(Message.id == message_id).values(values))


def _make_row(pseudonyms: Pseudonyms, message_id: int, number: int, media: MediaReference) -> dict[str, Any]:
    is_kept = number < MOST_PER_MESSAGE
    said = (media.content_type or "").replace("\x00", "")[:_TYPE_LONGEST]
    return {
        "message_id": message_id,
        "number": number,
        "source_encrypted": pseudonyms.seal(media.url.encode("utf-8", "replace")) if is_kept else None,
        "content_type": said.encode("utf-8", "replace").decode() or None,
        "state": MediaState.WAITING if is_kept else MediaState.REFUSED,
        "error": None if is_kept else TOO_MANY,
    }


def claim_media(connection: Connection) -> Claimed | None:
    """Claim the next file that is due for one attempt; commit at once, so that no other worker claims it."""
    values = {"lease": _LEASE, "key": make_key(), "thumbnail_key": make_key()}
    row = connection.execute(_CLAIM, values).first()
    return Claimed(*row) if row is not None else None


def record_stored(connection: Connection, media_id: int, kept: Kept) -> bool:
    """Record that a file is in the media store and delete its source URL; False if it was erased meanwhile."""
    values: dict[str, Any] = {
        "content_type": kept.content_type, "size_bytes": kept.size_bytes, "width": kept.width, "height": kept.height,
    }  # fmt: skip
    if kept.width is None:
        values["thumbnail_key"] = None
    return _end(
        connection, media_id, state=MediaState.STORED, error=None, source_encrypted=None, retry_at=None, **values
    )


def record_refused(connection: Connection, media_id: int, reason: str) -> bool:
    """Record that a file is not kept; pages show a moderator the reason in words."""
    return _end(connection, media_id, state=MediaState.REFUSED, error=reason, source_encrypted=None, retry_at=None)


def record_failed(connection: Connection, media_id: int, reason: str) -> bool:
    """Record that a file is given up after the last attempt. Its source stays, so that an operator can retry."""
    return _end(connection, media_id, state=MediaState.FAILED, error=reason, retry_at=None)


def postpone_media(connection: Connection, media_id: int, reason: str, wait: timedelta) -> bool:
    """Record a failed attempt; the next one is due after `wait`."""
    due = text("now() + :wait").bindparams(wait=wait)
    return _end(connection, media_id, error=reason, retry_at=due)


def give_back_media(connection: Connection, media_ids: Sequence[int], reason: str, wait: timedelta) -> None:
    """Undo attempts that failed for no fault of the files; they are due again after `wait`."""
    statement = (
        update(Media)
        .where(Media.id.in_(media_ids), Media.state == MediaState.WAITING, Media.attempts > 0)
        .values(attempts=Media.attempts - 1, error=reason, retry_at=text("now() + :wait").bindparams(wait=wait))
    )
    connection.execute(statement)


def count_media(connection: Connection) -> list[tuple[str, str | None, int]]:
    """Count files by state and reason."""
    query = select(Media.state, Media.error, func.count()).group_by(Media.state, Media.error)
    return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(Media.state, Media.error))]


def retry_failed(connection: Connection) -> int:
    """Make all failed files due again; return how many."""
    statement = (
        update(Media)
        .where(Media.state == MediaState.FAILED, Media.source_encrypted.is_not(None))
        .values(state=MediaState.WAITING, attempts=0, error=None, retry_at=None)
    )
    return connection.execute(statement).rowcount


def _end(connection: Connection, media_id: int, **values: Any) -> bool:
    """Store the result of an attempt, unless the file was erased meanwhile."""
    statement = update(Media).where(Media.id == media_id, Media.state == MediaState.WAITING).values(**values)
    return connection.execute(statement).rowcount > 0


def delete_media(connection: Connection, message_ids: Sequence[int]) -> int:
    """Erase the files of these messages, in the caller's transaction; return how many.

    After the commit they are shown to nobody. A worker then removes them from the media store, as soon as it is
    available.
    """
    statement = (
        update(Media)
        .where(Media.message_id.in_(message_ids), Media.state != MediaState.ERASED)
        .values(state=MediaState.ERASED, source_encrypted=None, content_type=None, error=None, retry_at=None)
    )
    return connection.execute(statement).rowcount


def list_erased(connection: Connection, most: int) -> list[Row[Any]]:
    """List erased files to remove from the media store, locked for this transaction."""
    query = (
        select(Media.id, Media.key, Media.thumbnail_key)
        .where(text(f"media.state = '{MediaState.ERASED}'"))
        .order_by(Media.id)
    )
    return list(connection.execute(query.limit(most).with_for_update(skip_locked=True)))


def list_awaited_uploads(connection: Connection, pseudonyms: Pseudonyms) -> set[str]:
    """List the media store's keys of uploads that still have to be processed."""
    is_open = Media.state.in_((MediaState.WAITING, MediaState.FAILED))
    rows = connection.execute(select(Media.source_encrypted).where(is_open, Media.source_encrypted.is_not(None)))
    sources = [pseudonyms.unseal(sealed) for sealed in rows.scalars() if sealed is not None]
    is_unread = Message.state.in_((MessageState.RECEIVED, MessageState.SET_ASIDE))
    rows = connection.execute(
        select(Message.details_encrypted).where(is_unread, Message.details_encrypted.is_not(None))
    )
    sources += [media.url for sealed in rows.scalars() for media in unseal_details(pseudonyms, sealed).media]
    return {key for key in map(find_upload_key, sources) if key is not None}
