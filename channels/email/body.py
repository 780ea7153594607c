"""Extracts the text of an email message from its plain and HTML parts, however broken they are."""

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from functools import lru_cache
from typing import Final

from channels.charset import decode
from channels.email.html import flatten_html
from config.languages.load import collect
from config.languages.patterns import write_patterns

_PAGES: Final = frozenset({"text/html", "text/xhtml", "text/enriched", "text/richtext", "application/xhtml+xml"})
_NO_WORDS: Final = frozenset(
    {"text/calendar", "text/css", "text/javascript", "text/vcard", "text/x-vcard", "text/directory", "text/csv",
     "text/x-amp-html", "text/rfc822-headers", "text/xml"}
)  # fmt: skip
_NOTICE_LONGEST: Final = 500  # characters
_WORD: Final = re.compile(r"\w{2,}")
_NOTHING: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]*")
_COVERED: Final = 0.5


def read_body(letter: EmailMessage) -> str:
    """Return the plain text, else the text of the HTML; broken parts are read as well as possible.

    A plain part that only says that there is HTML is skipped.
    """
    plain: list[str] = []
    pages: list[str] = []
    other: list[str] = []
    for part in list_parts(letter):
        kind = part.get_content_type()
        if not _may_have_words(part) or _is_attached(part):
            continue
        if kind in _PAGES:
            pages.append(_read_part(part, is_page=True))
        elif kind == "text/plain" or part.get_content_maintype() == "multipart":
            plain.append(_unwrap(part, _read_part(part)))
        elif kind not in _NO_WORDS:
            other.append(_read_part(part))
    words = "\n".join(plain).strip()
    if not _NOTHING.fullmatch(words) and not (pages and _is_notice(words)):
        return words
    shown = "\n\n".join(map(flatten_html, pages)).strip()
    if not _NOTHING.fullmatch(words) and not _stands_instead(words, shown):
        return words
    return shown or words or "\n".join(other).strip()


def list_parts(letter: EmailMessage) -> Iterator[EmailMessage]:
    """List the parts that contain no other parts, in their order."""
    for part in letter.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield part


def find_label(part: Message, name: str) -> str | None:
    """Find a parameter of a part's content type (`charset`, `format`); None where it is missing or invalid."""
    try:
        value = part.get_param(name)
    except (ValueError, TypeError, AttributeError, IndexError):
        return None
    if isinstance(value, tuple):
        value = value[2]
    return str(value).strip() if value else None


def _may_have_words(part: EmailMessage) -> bool:
    """Tell whether a part may hold text: a text part, or one declared as multipart without any parts."""
    return part.get_content_maintype() in ("text", "multipart") or part.get_content_type() in _PAGES


def _is_attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment"


def _read_part(part: EmailMessage, *, is_page: bool = False) -> str:
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return str(part.get_payload())
    return decode(octets, find_label(part, "charset"), is_page=is_page).replace("\r\n", "\n").replace("\x00", "")


def _unwrap(part: EmailMessage, words: str) -> str:
    """Join lines that a program has wrapped for narrow screens (format=flowed, RFC 3676)."""
    if (find_label(part, "format") or "").lower() != "flowed":
        return words
    deletes_blank = (find_label(part, "delsp") or "").lower() == "yes"
    made: list[str] = []
    flows_from: int | None = None  # quote depth of the line that continues, None where none does
    for line in words.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:]
        if said.startswith(" ") and not said[1:].startswith(">"):
            said = said[1:]
        is_flowing = said.endswith(" ") and said != "-- "
        if is_flowing and deletes_blank:
            said = said[:-1]
        if flows_from == depth and said != "-- ":
            made.append(said)
        else:
            made.append(("\n" if made else "") + (">" * depth + " " if depth else "") + said)
        flows_from = depth if is_flowing else None
    return "".join(made)


@lru_cache(maxsize=1)
def _notice() -> re.Pattern[str]:
    """Compile what a plain part says that only stands for the HTML beside it."""
    listed = write_patterns(collect(lambda language: language.mail.no_html))
    return re.compile(rf"\bx?html\b|\bmime\b|{listed}", re.IGNORECASE)


def _is_notice(words: str) -> bool:
    return len(words) <= _NOTICE_LONGEST and _notice().search(words) is not None


def _stands_instead(words: str, shown: str) -> bool:
    """Tell whether the HTML says something else than the plain text, which only refers to it."""
    said, told = set(_WORD.findall(words.lower())), set(_WORD.findall(shown.lower()))
    return bool(told) and len(said & told) < _COVERED * len(said)
