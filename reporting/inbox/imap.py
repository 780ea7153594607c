"""Fetches email messages by IMAP: every unseen one is stored and committed before it is marked as seen."""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from channels.base.gateway import MailboxAccess
from channels.base.items import InboundMessage, MediaReference
from channels.email.message import ReceivedEmail, make_id, read_email
from config.errors import Unavailable
from config.logging import describe
from reporting.inbox.lookup import find_stored
from reporting.inbox.store import MAX_TEXT_CHARACTERS, clean_text
from reporting.media.storage import MediaStore, MediaStoreUnavailable, keep_upload

_log = structlog.get_logger()

_TIMEOUT_S: Final = 30
_MOST: Final = 200  # email messages of one run; the next run continues
_LETTER_LARGEST_BYTES: Final = 30 * 1024 * 1024  # of a larger email message only the beginning, which has the text


class MailboxUnavailable(Unavailable):
    """The mail server is unavailable or refuses the login; the code names the failed step, never the server's words."""


@dataclass(frozen=True, slots=True)
class MailFetch:
    """Fetches the mailbox of the channel of that name. `keep` commits before it returns."""

    channel: str
    access: MailboxAccess
    engine: Engine
    keep: Callable[[InboundMessage], None]
    store: MediaStore
    spell_id: Callable[[str], str] = str  # converts an id to its stored form

    def run(self) -> int:
        """Store the unseen email messages, oldest first; return how many. Raises MailboxUnavailable.

        An email message that was stored but could not be marked as seen is read again the next time and changes
        nothing.
        """
        count = 0
        with _open(self.access) as box:
            for uid in _list_unseen(box)[:_MOST]:
                raw = _fetch(box, uid)
                if raw is None:
                    continue  # somebody deleted it meanwhile
                self._keep(raw, read_email(raw, self.access.addresses, self.access.trusted_server))
                _check(box.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"), "store")
                count += 1
        return count

    def _keep(self, raw: bytes, letter: ReceivedEmail) -> None:
        message = letter.message
        known = self._find_text(self.spell_id(message.external_id))
        # A message that was erased or purged is still known by its id and is not stored again.
        if known and known != clean_text(message.text)[:MAX_TEXT_CHARACTERS]:
            # Another text under a known Message-ID: a broken program, or an attempt to suppress another's message.
            message, known = replace(message, external_id=make_id(raw)), None
        media = self._keep_pictures(letter.pictures) if known is None else ()
        self.keep(replace(message, media=media))

    def _keep_pictures(self, pictures: Sequence[bytes]) -> tuple[MediaReference, ...]:
        """Store the pictures in the media store; none if it is unavailable.

        The text counts more than the pictures, which then stay in the mailbox.
        """
        try:
            return tuple(keep_upload(self.store, picture) for picture in pictures)
        except (MediaStoreUnavailable, OSError) as error:
            _log.error("attachment_not_stored", channel=self.channel, error=describe(error))
            return ()

    def _find_text(self, external_id: str) -> str | None:
        with self.engine.connect() as connection:
            found = find_stored(connection, self.channel, external_id)
        return None if found is None else found.text


@contextmanager
def _open(access: MailboxAccess) -> Iterator[imaplib.IMAP4]:
    """Connect, log in and select the folder; every failure of the server is raised as MailboxUnavailable."""
    box: imaplib.IMAP4 | None = None
    try:
        box = _connect(access)
        box.login(access.user, access.password)
        _check(box.select(_quote(access.folder)), "select")
        yield box
    except (imaplib.IMAP4.error, OSError, EOFError) as error:
        _log.warning("mailbox_unavailable", error=describe(error))
        raise MailboxUnavailable(type(error).__name__) from None
    finally:
        if box is not None:
            with suppress(imaplib.IMAP4.error, OSError, EOFError):
                box.logout()


def _connect(access: MailboxAccess) -> imaplib.IMAP4:
    if access.is_tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(access.host, access.port, ssl_context=context, timeout=_TIMEOUT_S)
    return imaplib.IMAP4(access.host, access.port, timeout=_TIMEOUT_S)


def _quote(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list_unseen(box: imaplib.IMAP4) -> list[str]:
    found = _check(box.uid("SEARCH", "UNSEEN"), "search")
    return sorted((uid.decode() for uid in (found[0] or b"").split()), key=int)


def _fetch(box: imaplib.IMAP4, uid: str) -> bytes | None:
    """Fetch an email message without marking it as seen (PEEK)."""
    answer = _check(box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{_LETTER_LARGEST_BYTES}>)"), "fetch")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)


def _check(answer: tuple[str, Any], step: str) -> Any:
    status, data = answer
    if status != "OK":
        raise MailboxUnavailable(step)
    return data
