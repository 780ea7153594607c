"""The rows of pictures and recordings: where each is to be fetched, what became of it, whose message it came with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from channels.base import MediaReference
from reporting.crypto.details import seal_without_media, unseal_details
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.media.storage import find_upload_key, make_key
from reporting.models.media import ERASED, FAILED, REFUSED, STORED, WAITING, Media
from reporting.models.message import RECEIVED, SET_ASIDE, Message

MOST_PER_MESSAGE: Final = 10
TOO_MANY: Final = "too_many"
INTERRUPTED: Final = "interrupted"  # a try began and nobody heard how it ended
MAX_TRIES: Final = 8  # over about a day
# A try that is not over after this time died with its worker.
_LEASE: Final = timedelta(minutes=10)
_TYPE_LONGEST: Final = 100

_CLAIM = text(
    """
    UPDATE media SET attempts = media.attempts + 1, error = 'interrupted', retry_at = now() + :lease,
           key = coalesce(media.key, :key), thumbnail_key = coalesce(media.thumbnail_key, :thumbnail_key)
      FROM message
     WHERE message.id = media.message_id
       AND media.id = (SELECT id FROM media WHERE state = 'waiting' AND (retry_at IS NULL OR retry_at <= now())
                        ORDER BY attempts, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING media.id, media.message_id, message.channel, media.source_sealed, media.attempts, media.key,
              media.thumbnail_key
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file to be fetched. The keys were written down before, so that nothing in the store is ever without a row."""

    id: int
    message_id: int
    channel: str
    source_sealed: bytes
    attempts: int
    key: str
    thumbnail_key: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored. `width` and `height` in pixels are those of a picture, which alone has a thumbnail."""

    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


def add_media(
    connection: Connection, pseudonyms: Pseudonyms, found: Iterable[tuple[int, Sequence[MediaReference]]]
) -> int:
    """Add the files of messages by message id, to be fetched by a worker; returns how many rows are new.

    May be called again for the same message. Beyond the tenth file of a message the rest is refused in one row.
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
    """Where a file is to be had stands in its own row from now on, and goes from there once it is stored."""
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
        "source_sealed": pseudonyms.seal(media.url.encode("utf-8", "replace")) if is_kept else None,
        "content_type": said.encode("utf-8", "replace").decode() or None,
        "state": WAITING if is_kept else REFUSED,
        "error": None if is_kept else TOO_MANY,
    }


def claim_media(connection: Connection) -> Claimed | None:
    """Begin a try of the next file that is due; committed at once it is nobody else's while the try lasts."""
    values = {"lease": _LEASE, "key": make_key(), "thumbnail_key": make_key()}
    row = connection.execute(_CLAIM, values).first()
    return Claimed(*row) if row is not None else None


def record_stored(connection: Connection, media_id: int, kept: Kept) -> bool:
    """The bytes are in the store, and where they came from is forgotten; False when it was erased meanwhile."""
    values: dict[str, Any] = {
        "content_type": kept.content_type, "size_bytes": kept.size_bytes, "width": kept.width, "height": kept.height,
    }  # fmt: skip
    if kept.width is None:
        values["thumbnail_key"] = None
    return _end(connection, media_id, state=STORED, error=None, source_sealed=None, retry_at=None, **values)


def record_refused(connection: Connection, media_id: int, reason: str) -> bool:
    """It is not kept, for a reason that a moderator reads in words."""
    return _end(connection, media_id, state=REFUSED, error=reason, source_sealed=None, retry_at=None)


def record_failed(connection: Connection, media_id: int, reason: str) -> bool:
    """It was tried often enough. Where it is to be had is still known, so an operator can let it be tried again."""
    return _end(connection, media_id, state=FAILED, error=reason, retry_at=None)


def postpone_media(connection: Connection, media_id: int, reason: str, wait: timedelta) -> bool:
    """It did not come this time."""
    due = text("now() + :wait").bindparams(wait=wait)
    return _end(connection, media_id, error=reason, retry_at=due)


def give_back_media(connection: Connection, media_ids: Sequence[int], reason: str, wait: timedelta) -> None:
    """Tries that ended for no reason of the files': they count as none, and come again after `wait`."""
    statement = (
        update(Media)
        .where(Media.id.in_(media_ids), Media.state == WAITING, Media.attempts > 0)
        .values(attempts=Media.attempts - 1, error=reason, retry_at=text("now() + :wait").bindparams(wait=wait))
    )
    connection.execute(statement)


def count_media(connection: Connection) -> list[tuple[str, str | None, int]]:
    """How many files there are by state and reason."""
    query = select(Media.state, Media.error, func.count()).group_by(Media.state, Media.error)
    return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(Media.state, Media.error))]


def retry_failed(connection: Connection) -> int:
    """Let everything that failed be tried again; returns how many."""
    statement = (
        update(Media)
        .where(Media.state == FAILED, Media.source_sealed.is_not(None))
        .values(state=WAITING, attempts=0, error=None, retry_at=None)
    )
    return connection.execute(statement).rowcount


def _end(connection: Connection, media_id: int, **values: Any) -> bool:
    """Write down how a try ended, unless the file was erased meanwhile."""
    statement = update(Media).where(Media.id == media_id, Media.state == WAITING).values(**values)
    return connection.execute(statement).rowcount > 0


def delete_media(connection: Connection, message_ids: Sequence[int]) -> int:
    """Erase the files of these messages, in the caller's transaction; returns how many.

    From its commit on nobody is shown them. A worker then removes them from the store, however long that is away.
    """
    statement = (
        update(Media)
        .where(Media.message_id.in_(message_ids), Media.state != ERASED)
        .values(state=ERASED, source_sealed=None, content_type=None, error=None, retry_at=None)
    )
    return connection.execute(statement).rowcount


def list_erased(connection: Connection, most: int) -> list[Row[Any]]:
    """Files to remove from the store, locked for this transaction."""
    query = select(Media.id, Media.key, Media.thumbnail_key).where(text("media.state = 'erased'")).order_by(Media.id)
    return list(connection.execute(query.limit(most).with_for_update(skip_locked=True)))


def list_awaited_uploads(connection: Connection, pseudonyms: Pseudonyms) -> set[str]:
    """The store's keys of uploads that are still to be worked on."""
    is_open = Media.state.in_((WAITING, FAILED))
    rows = connection.execute(select(Media.source_sealed).where(is_open, Media.source_sealed.is_not(None)))
    sources = [pseudonyms.unseal(sealed) for sealed in rows.scalars() if sealed is not None]
    is_unread = Message.state.in_((RECEIVED, SET_ASIDE))
    rows = connection.execute(
        select(Message.details_encrypted).where(is_unread, Message.details_encrypted.is_not(None))
    )
    sources += [media.url for sealed in rows.scalars() for media in unseal_details(pseudonyms, sealed).media]
    return {key for key in map(find_upload_key, sources) if key is not None}
