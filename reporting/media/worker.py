"""The worker of the media queue: downloads due files, stores sanitised copies, removes erased and orphan files."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from channels.base.gateway import MediaAccess
from config.logging import describe
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database, is_outage
from reporting.media.attachments import (
    INTERRUPTED,
    MAX_TRIES,
    Claimed,
    Kept,
    claim_media,
    give_back_media,
    list_awaited_uploads,
    list_erased,
    postpone_media,
    record_failed,
    record_refused,
    record_stored,
)
from reporting.media.content_type import PICTURES, RECORDINGS, Kind, find_kind
from reporting.media.download import Fetcher
from reporting.media.sanitise import CONTENT_TYPE, CleanPicture, DecoderDied, PictureRefused, clean_picture_apart
from reporting.media.storage import MediaStore, MediaStoreUnavailable, find_upload_key, list_uploads
from reporting.media.url_guard import MediaRefused, MediaUnavailable
from reporting.models.base import now
from reporting.models.media import Media
from reporting.models.states import MediaState

_log = structlog.get_logger()
_ended = Counter("baraza_media_total", "Tries to keep a picture or a recording by how they ended", ["outcome"])

KIND: Final = "kind"
VIDEO: Final = "video"
HEIC: Final = "heic"
CRASHED: Final = "crashed"
ERASED_MEANWHILE: Final = "erased"
POSTPONED: Final = "postponed"

STORE: Final = "store"
DATABASE: Final = "database"

_OUTAGE_WAIT: Final = timedelta(minutes=1)
_MAX_CRASHES: Final = 3
_FIRST_WAIT_S: Final = 30
_LONGEST_WAIT_S: Final = 6 * 3600
_WAIT_FACTOR: Final = 4
_REMOVED_AT_ONCE: Final = 20
_UPLOAD_LIFE: Final = timedelta(days=1)


_interrupted: set[int] = set()  # attempts of this process that an outage ended and that are not given back yet


@dataclass(frozen=True, slots=True)
class MediaWork:
    """Downloads and removes media files. `access` holds for each channel from where its media may come."""

    database: Database
    pseudonyms: Pseudonyms
    store: MediaStore
    fetcher: Fetcher
    access: Mapping[str, MediaAccess]
    clean: Callable[[bytes], CleanPicture] = clean_picture_apart

    def work(self, budget_s: float) -> int:
        """Process files until none is due or the budget in seconds is spent; return how many attempts were made.

        Raises DBAPIError in an outage of the database. An attempt whose worker died is over after ten minutes.
        """
        started, count = time.monotonic(), 0
        self._give_back()
        while time.monotonic() - started < budget_s:
            with self.database.begin() as connection:
                claimed = claim_media(connection)
            if claimed is None:
                break
            _ended.labels(self._try_or_give_back(claimed)).inc()
            count += 1
        return count

    def _try_or_give_back(self, claimed: Claimed) -> str:
        """Process one file; return the outcome. An attempt that an outage of the database ended does not count.

        Raises DBAPIError while the outage lasts; the next call of `work` then gives the attempt back.
        """
        try:
            return self._try(claimed)
        except Exception as error:
            if not is_outage(error):
                raise
            _interrupted.add(claimed.id)
            _log.warning("media_deferred", media_id=claimed.id, error=describe(error))
            with suppress(DBAPIError):
                self._give_back()
            if _interrupted:
                raise
            return POSTPONED

    def _give_back(self) -> None:
        if _interrupted:
            with self.database.begin() as connection:
                give_back_media(connection, list(_interrupted), DATABASE, _OUTAGE_WAIT)
            _interrupted.clear()

    def _try(self, claimed: Claimed) -> str:
        """Process one file; return the outcome."""
        if claimed.attempts > MAX_TRIES:
            return self._fail(claimed, INTERRUPTED)
        source = self.pseudonyms.unseal(claimed.source_encrypted)
        try:
            data = self.fetcher.fetch(source, self.access.get(claimed.channel), self.store)
            kept = self._keep(claimed, data)
        except (MediaRefused, PictureRefused) as refusal:
            return self._refuse(claimed, source, refusal.reason)
        except DecoderDied:
            return self._postpone(claimed, CRASHED, _MAX_CRASHES)
        except MediaUnavailable as error:
            return self._postpone(claimed, error.reason, MAX_TRIES)
        except MediaStoreUnavailable as error:
            _log.warning("media_store_unavailable", media_id=claimed.id, error=describe(error.__cause__ or error))
            return self._wait_for_store(claimed)
        with self.database.begin() as connection:
            is_there = record_stored(connection, claimed.id, kept)
        if not is_there:
            self._remove(claimed.key, claimed.thumbnail_key)
        self._drop_upload(source)
        return MediaState.STORED if is_there else ERASED_MEANWHILE

    def _keep(self, claimed: Claimed, data: bytes) -> Kept:
        """Store a picture or a recording. Raises MediaRefused for every other type of file."""
        kind = find_kind(data)
        if kind in RECORDINGS:
            self.store.put(claimed.key, data)
            return Kept(kind.value, len(data))
        if kind not in PICTURES:
            raise MediaRefused({Kind.VIDEO: VIDEO, Kind.HEIC: HEIC}.get(kind, KIND))
        picture = self.clean(data)
        self.store.put(claimed.key, picture.data)
        self.store.put(claimed.thumbnail_key, picture.thumbnail)
        return Kept(CONTENT_TYPE, len(picture.data), picture.width, picture.height)

    def _refuse(self, claimed: Claimed, source: str, reason: str) -> str:
        self._remove(claimed.key, claimed.thumbnail_key)  # an earlier attempt may have stored it before it died
        with self.database.begin() as connection:
            record_refused(connection, claimed.id, reason)
        self._drop_upload(source)
        _log.info("media_refused", media_id=claimed.id, reason=reason)
        return MediaState.REFUSED

    def _wait_for_store(self, claimed: Claimed) -> str:
        """Give the attempt back, because an unavailable or full media store is not the file's fault."""
        with self.database.begin() as connection:
            give_back_media(connection, [claimed.id], STORE, _OUTAGE_WAIT)
        return POSTPONED

    def _postpone(self, claimed: Claimed, reason: str, most: int) -> str:
        if claimed.attempts >= most:
            return self._fail(claimed, reason)
        wait_s = min(_FIRST_WAIT_S * _WAIT_FACTOR ** (claimed.attempts - 1), _LONGEST_WAIT_S)
        with self.database.begin() as connection:
            postpone_media(connection, claimed.id, reason, timedelta(seconds=wait_s))
        _log.warning("media_postponed", media_id=claimed.id, reason=reason)
        return POSTPONED

    def _fail(self, claimed: Claimed, reason: str) -> str:
        with self.database.begin() as connection:
            record_failed(connection, claimed.id, reason)
        _log.error("media_failed", media_id=claimed.id, reason=reason)
        return MediaState.FAILED

    def remove_erased(self) -> int:
        """Remove erased files from the media store, then their rows; return how many.

        If the media store is unavailable, the next call continues.
        """
        count = 0
        while True:
            with self.database.begin() as connection:
                rows = list_erased(connection, _REMOVED_AT_ONCE)
                try:
                    for row in rows:
                        self._remove_now(row.key, row.thumbnail_key)
                except MediaStoreUnavailable as error:
                    _log.warning("media_not_removed", error=describe(error.__cause__ or error))
                    return count
                connection.execute(delete(Media).where(Media.id.in_([row.id for row in rows])))
            count += len(rows)
            if len(rows) < _REMOVED_AT_ONCE:
                return count

    def sweep_uploads(self) -> int:
        """Remove uploads older than a day that no message waits for; return how many.

        Raises MediaStoreUnavailable.
        """
        old = list(list_uploads(self.store, now() - _UPLOAD_LIFE))
        if not old:
            return 0
        with self.database.begin() as connection:
            awaited = list_awaited_uploads(connection, self.pseudonyms)
        unclaimed = [key for key in old if key not in awaited]
        for key in unclaimed:
            self.store.delete(key)
        return len(unclaimed)

    def _drop_upload(self, source: str) -> None:
        """Delete the upload of a processed file; if that fails now, the sweep deletes it later."""
        self._remove(find_upload_key(source))

    def _remove(self, *keys: str | None) -> None:
        try:
            self._remove_now(*keys)
        except MediaStoreUnavailable as error:
            _log.warning("media_not_removed", error=describe(error.__cause__ or error))

    def _remove_now(self, *keys: str | None) -> None:
        for key in keys:
            if key is not None:
                self.store.delete(key)
