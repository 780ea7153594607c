"""Reads a letter (RFC 5322 with MIME) into a message, whatever state it is in: what can be read is kept."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice
from typing import Final

from channels.base import InboundMessage
from channels.letter_proof import is_vouched_for
from channels.letter_text import flatten_html, take_new_words

ID_LONGEST: Final = 200
_PICTURES_MOST: Final = 5
_PICTURE_LARGEST_BYTES: Final = 8 * 1024 * 1024
_SUBJECT_LONGEST: Final = 300
_FEW_WORDS: Final = 2
_OURS: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")
_RESULTS: Final = "authentication-results"
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_REPLY_MARKS: Final = ("re:", "aw:", "sv:", "rv:", "rép:", "ref:", "رد:", "antw:")
_UNREADABLE: Final = (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError, AssertionError)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter brought: the message without its pictures, and these as they came."""

    message: InboundMessage
    pictures: tuple[bytes, ...] = ()


def read_letter(raw: bytes, addresses: Sequence[str], trusted_server: str | None = None) -> Letter:
    """The message in a letter. `addresses` are ours, by which the campaign is found. Never raises.

    Who a letter is from is what it says; with the name of a mail server that checks it (`trusted_server`), what that
    server vouches for. A letter that it does not vouch for is from nobody we know.
    """
    try:
        return _read_letter(raw, addresses, trusted_server)
    except Exception:  # noqa: BLE001  # one letter that no library can take apart must not hold up those behind it
        words = raw.decode("utf-8", "replace")
        return Letter(InboundMessage(make_id(raw), None, addresses[0] if addresses else None, words, is_automatic=True))


def _read_letter(raw: bytes, addresses: Sequence[str], trusted_server: str | None) -> Letter:
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)  # noqa: S101  # for the type checker: the policy makes them
    subject = _get(letter, "Subject")[:_SUBJECT_LONGEST]
    earlier = _get(letter, "In-Reply-To").split()[:1] or _get(letter, "References").split()[-1:]
    follows = earlier[0][:ID_LONGEST] if earlier else None
    is_reply = follows is not None or subject.lower().startswith(_REPLY_MARKS)
    body = _read_body(letter)
    message = InboundMessage(
        external_id=_get(letter, "Message-ID")[:ID_LONGEST] or make_id(raw),
        party=_find_proven_sender(letter, trusted_server),
        line=_find_line(letter, addresses),
        text=_join(subject, take_new_words(body, is_reply=is_reply), is_reply=is_reply),
        payload={"subject": subject, "body": body, "from": _get(letter, "From"), "date": _get(letter, "Date")},
        sent_at=_read_date(letter),
        follows=follows,
        is_automatic=_is_automatic(letter),
    )
    return Letter(message, tuple(islice(_list_pictures(letter), _PICTURES_MOST)))


def make_id(raw: bytes) -> str:
    """An id for a letter that has none, or that of another."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _get(letter: EmailMessage, name: str) -> str:
    """A header as one line that can be written anywhere; empty where there is none."""
    try:
        value = str(letter.get(name, ""))
    except _UNREADABLE:
        value = next((str(raw) for key, raw in letter.raw_items() if key.lower() == name.lower()), "")
    return " ".join(value.replace("\x00", "").encode("utf-8", "replace").decode().split())


def _find_proven_sender(letter: EmailMessage, trusted_server: str | None) -> str | None:
    sender = _find_sender(letter)
    if sender is None or trusted_server is None:
        return sender
    results = [str(value) for name, value in letter.raw_items() if name.lower() == _RESULTS]
    return sender if is_vouched_for(results, trusted_server, sender) else None


def _find_sender(letter: EmailMessage) -> str | None:
    for name in ("From", "Sender", "Reply-To"):
        for _, address in getaddresses([_get(letter, name)]):
            if "@" in address:
                return address
    return None


def _find_line(letter: EmailMessage, addresses: Sequence[str]) -> str | None:
    """The one of our addresses that the letter was sent to, else the first."""
    ours = {address.casefold(): address for address in addresses}
    for name in _OURS:
        for _, address in getaddresses([_get(letter, name)]):
            if address.casefold() in ours:
                return ours[address.casefold()]
    return addresses[0] if addresses else None


def _read_date(letter: EmailMessage) -> datetime | None:
    try:
        date = parsedate_to_datetime(_get(letter, "Date"))
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _is_automatic(letter: EmailMessage) -> bool:
    """An absence note, a bounce, a mailing: answering it could go on for ever (RFC 3834)."""
    submitted = _get(letter, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _get(letter, "Precedence").lower() in _BULK
        or any(letter.get(name) is not None for name in ("X-Auto-Response-Suppress", "List-Id", "List-Unsubscribe"))
        or _get(letter, "Return-Path") == "<>"
        or letter.get_content_type() == "multipart/report"
    )


def _read_body(letter: EmailMessage) -> str:
    """The plain text, else that of the HTML; parts that are not as they say are read as well as they can be."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in _walk(letter):
        kind = part.get_content_type()
        if kind in texts and part.get_content_disposition() != "attachment":
            texts[kind].append(_decode(part))
    plain = "\n".join(texts["text/plain"]).strip()
    return plain or "\n\n".join(map(flatten_html, texts["text/html"])).strip()


def _walk(letter: EmailMessage) -> Iterator[EmailMessage]:
    for part in letter.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield part


def _decode(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except _UNREADABLE:
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(part.get_payload())


def _join(subject: str, words: str, *, is_reply: bool) -> str:
    """Many say in the subject what it is about. A single word stands alone: it may be STOP."""
    if is_reply or not subject or subject in words:
        return words
    if len(words.split()) == 1 and len(subject.split()) <= _FEW_WORDS:
        return words
    return f"{subject}\n{words}".strip()


def _list_pictures(letter: EmailMessage) -> Iterator[bytes]:
    for part in _walk(letter):
        if part.get_content_maintype() == "image":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and 0 < len(data) <= _PICTURE_LARGEST_BYTES:
                yield data
