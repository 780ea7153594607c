"""Parses an email message (RFC 5322 with MIME) into an inbound message.

Whatever is broken, the readable rest is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from itertools import islice
from typing import Final

from channels.base.items import InboundMessage
from channels.charset import decode, decode_header
from channels.content_ids import make_content_id
from channels.email.auth_results import is_vouched_for
from channels.email.auto_reply import Author, find_author
from channels.email.body import list_parts, read_body
from channels.email.channel import SUBJECT
from channels.email.limits import ShortHeaders, limit_parts
from channels.email.text import strip_quotes
from config.languages.load import collect

ID_LONGEST: Final = 200
_PICTURES_MOST: Final = 5
_PICTURE_LARGEST_BYTES: Final = 8 * 1024 * 1024
_SUBJECT_LONGEST: Final = 300
_ORDER_LONGEST: Final = 60  # characters
_OURS: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")
_RESULTS: Final = "authentication-results"
_OTHER_REPLY_MARKS: Final = ("aw", "sv", "antw")  # of languages that have no file
_UNREADABLE: Final = (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError, AssertionError)


@dataclass(frozen=True, slots=True)
class ReceivedEmail:
    """A parsed email message: the inbound message without its pictures, and the pictures as bytes."""

    message: InboundMessage
    pictures: tuple[bytes, ...] = ()


def read_email(raw: bytes, addresses: Sequence[str], trusted_server: str | None = None) -> ReceivedEmail:
    """Parse an email message. Never raises. `addresses` are our campaign addresses, by which the campaign is found.

    The sender is taken from the From header and is not authenticated. With `trusted_server`, the name of a mail server
    that authenticates senders, a sender that it did not authenticate counts as unknown.
    """
    try:
        return _parse_email(raw, addresses, trusted_server)
    except Exception:  # noqa: BLE001  # one message that no library can parse must not block those behind it
        words = decode(raw)
        return ReceivedEmail(
            InboundMessage(make_id(raw), None, addresses[0] if addresses else None, words, is_automatic=True)
        )


def _parse_email(raw: bytes, addresses: Sequence[str], trusted_server: str | None) -> ReceivedEmail:
    letter = message_from_bytes(limit_parts(raw), policy=ShortHeaders())
    assert isinstance(letter, EmailMessage)  # noqa: S101  # for the type checker: the policy makes this type
    subject = _read_header(letter, "Subject")[:_SUBJECT_LONGEST]
    earlier = _get(letter, "In-Reply-To").split()[:1] or _get(letter, "References").split()[-1:]
    replies_to = earlier[0][:ID_LONGEST] if earlier else None
    is_reply = replies_to is not None or subject.lower().startswith(_reply_marks())
    body = read_body(letter)
    text, below = _join(subject, strip_quotes(body, is_reply=is_reply))
    is_ours = is_reply or SUBJECT.casefold() in subject.casefold()
    author = find_author(letter, subject, _find_sender(letter) or "", is_reply=is_ours)
    message = InboundMessage(
        external_id=_get(letter, "Message-ID")[:ID_LONGEST] or make_id(raw),
        address=_find_proven_sender(letter, trusted_server),
        campaign_address=_find_campaign_address(letter, addresses),
        text=text,
        payload={"subject": subject, "body": body, "from": _read_header(letter, "From"), "date": _get(letter, "Date")},
        sent_at=_read_date(letter),
        replies_to=replies_to,
        is_automatic=author is not Author.PERSON,
        is_notice=author is Author.NOTICE,
        below=below,
    )
    return ReceivedEmail(message, tuple(islice(_list_pictures(letter), _PICTURES_MOST)))


def make_id(raw: bytes) -> str:
    """Make an id for an email message without one, or with one that another message has."""
    return make_content_id(raw)


def _get(letter: EmailMessage, name: str) -> str:
    """Return a header as one line that is safe to write anywhere; empty where there is none."""
    try:
        value = str(letter.get(name, ""))
    except _UNREADABLE:
        value = next((str(raw) for key, raw in letter.raw_items() if key.lower() == name.lower()), "")
    return " ".join(value.replace("\x00", "").encode("utf-8", "replace").decode().split())


def _find_raw(letter: EmailMessage, name: str) -> str:
    """Return a header undecoded, in one line; decoded, the name in an address could pass for an address."""
    value = next((str(raw) for key, raw in letter.raw_items() if key.lower() == name.lower()), "")
    return " ".join(value.replace("\x00", "").encode("utf-8", "replace").decode().split())


def _read_header(letter: EmailMessage, name: str) -> str:
    """Return a header decoded for people to read, in one line."""
    value = next((str(raw) for key, raw in letter.raw_items() if key.lower() == name.lower()), "")
    return " ".join(decode_header(value).replace("\x00", "").split())


def _find_proven_sender(letter: EmailMessage, trusted_server: str | None) -> str | None:
    sender = _find_sender(letter)
    if sender is None or trusted_server is None:
        return sender
    results = [str(value) for name, value in letter.raw_items() if name.lower() == _RESULTS]
    return sender if is_vouched_for(results, trusted_server, sender) else None


def _find_sender(letter: EmailMessage) -> str | None:
    for name in ("From", "Sender", "Reply-To"):
        for _, address in getaddresses([_find_raw(letter, name)]):
            if "@" in address:
                return address
    return None


def _find_campaign_address(letter: EmailMessage, addresses: Sequence[str]) -> str | None:
    """Find the campaign address that the message was sent to, else the first one."""
    ours = {address.casefold(): address for address in addresses}
    for name in _OURS:
        for _, address in getaddresses([_find_raw(letter, name)]):
            if address.casefold() in ours:
                return ours[address.casefold()]
    return addresses[0] if addresses else None


def _read_date(letter: EmailMessage) -> datetime | None:
    try:
        date = parsedate_to_datetime(_get(letter, "Date"))
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _join(subject: str, words: str) -> tuple[str, str | None]:
    """Join subject and body; also return the body alone where it may be a command or answer of its own.

    Many people put the topic into the subject and what they want into one word below it: "Kibera fire", "help". A
    subject adds nothing where it is empty, repeats the body, or is the one of our messages.
    """
    told = _strip_marks(subject)
    if not told or told.casefold() == SUBJECT.casefold() or told in words:
        return words, None
    return f"{told}\n{words}".strip(), words if 0 < len(words) <= _ORDER_LONGEST else None


def _strip_marks(subject: str) -> str:
    told, before = subject.strip(), ""
    while told != before:
        before = told
        for mark in _reply_marks():
            if told.lower().startswith(mark):
                told = told[len(mark) :].strip()
    return told


@lru_cache(maxsize=1)
def _reply_marks() -> tuple[str, ...]:
    """List the marks before the subject of a reply, with their colon."""
    return tuple(f"{mark.lower()}:" for mark in (*collect(lambda each: each.mail.reply_marks), *_OTHER_REPLY_MARKS))


def _list_pictures(letter: EmailMessage) -> Iterator[bytes]:
    for part in list_parts(letter):
        if part.get_content_maintype() == "image":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and 0 < len(data) <= _PICTURE_LARGEST_BYTES:
                yield data
