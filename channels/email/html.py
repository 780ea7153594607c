"""Extracts text from HTML in one pass, linear in the length of the page whatever its tags look like.

The parser of the standard library rescans the rest of the page for each unclosed tag, so that some kilobytes of them
take seconds.
"""

import re
from collections.abc import Iterator
from typing import Final

from config.html_entities import unescape

_BLOCKS: Final = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5",
     "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul"}
)  # fmt: skip
_UNSEEN: Final = frozenset({"head", "script", "style", "template"})
_RAW: Final = frozenset({"script", "style"})  # their content holds no tags
_LONGEST: Final = 200_000  # characters of a page; the new text of a message stands above what it quotes
_TAGS_MOST: Final = 8_000  # further tags are removed without effect
_TAG: Final = re.compile(r"<(/?)([A-Za-z][^\s/<>]{0,40})")
_TAG_END: Final = re.compile(r">|=\s{0,20}([\"'])")
_ANY_TAG: Final = re.compile(r"<[^<>]*>")


def flatten_html(html: str) -> str:
    """Convert an HTML page to plain text, a line for each block; tags, styles and scripts are removed."""
    words = _Words()
    for kind, piece in _list_pieces(html[:_LONGEST]):
        words.take(kind, piece)
    lines = (" ".join(line.split()) for line in "".join(words.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Words:
    """Collects the visible text of a page."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._unseen = 0
        self._quotes = 0

    def take(self, kind: str, piece: str) -> None:
        """Add one piece: text (""), a start tag ("<") or an end tag ("/")."""
        if kind == "":
            if not self._unseen:
                self.parts.append(re.sub(r"\s+", " ", unescape(piece)))
            return
        step = 1 if kind == "<" else -1
        if piece in _UNSEEN:
            self._unseen = max(0, self._unseen + step)
        if piece == "blockquote":
            self._quotes = max(0, self._quotes + step)
        if piece in _BLOCKS:
            self.parts.append("\n" + "> " * min(self._quotes, 1))


def _list_pieces(html: str) -> Iterator[tuple[str, str]]:
    """Split a page into pieces. An unclosed tag is text: it may be a less-than sign, and no text may be lost."""
    at = 0
    for _ in range(_TAGS_MOST):
        start = html.find("<", at)
        if start < 0:
            break
        yield "", html[at:start]
        tag = _TAG.match(html, start)
        if tag is not None:
            end = _find_tag_end(html, tag.end())
            if end < 0:
                at = start
                break
            name = tag[2].lower()
            yield tag[1] or "<", name
            at = end
            if name in _RAW and not tag[1]:
                at = _find_close(html, name, end)
        elif html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            at = end + 3 if end >= 0 else len(html)
        elif html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            at = end + 1 if end >= 0 else len(html)
        else:
            yield "", "<"
            at = start + 1
    yield "", _ANY_TAG.sub(" ", html[at:])


def _find_tag_end(html: str, at: int) -> int:
    """Find the position behind the end of a tag, outside quoted values; -1 where there is none."""
    while (mark := _TAG_END.search(html, at)) is not None:
        if mark[1] is None:
            return mark.end()
        closing = html.find(mark[1], mark.end())
        if closing < 0:  # a quote that is never closed encloses nothing
            end = html.find(">", mark.end())
            return end + 1 if end >= 0 else -1
        at = closing + 1
    return -1


def _find_close(html: str, name: str, at: int) -> int:
    close = re.compile(f"</{name}", re.IGNORECASE).search(html, at)
    return close.start() if close is not None else len(html)
