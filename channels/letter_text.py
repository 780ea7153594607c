"""The new words of a letter: HTML made plain, what it quotes and its signature taken off, and never all of it."""

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5",
     "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul"}
)  # fmt: skip
_UNSEEN: Final = frozenset({"head", "script", "style", "template"})
_SIGNATURE: Final = re.compile(r"^-- ?$")
# "----- Original message -----" in whatever language: dashes on both sides of a few words.
_FORWARD_LINE: Final = re.compile(r"^[ \t]*[-_]{4,}[ \t]*[^\W\d_][^\n]{2,60}?[ \t]*[-_]{4,}[ \t]*$")
_HEADER_LINE: Final = re.compile(r"^[ \t*]*[^\W\d_][\w -]{1,20}\*?[ \t]?:[ \t*]*\S")
_DATE: Final = re.compile(r"\b(19|20)\d\d\b.*\b\d{1,2}[:.h]\d\d\b")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def flatten_html(html: str) -> str:
    """The words of an HTML page, a line for each block; tags, styles and scripts are gone."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def take_new_words(body: str, *, is_reply: bool) -> str:
    """`body` without its signature and, in a reply, without what it quotes; unchanged where nothing would be left.

    In a letter that answers nothing everything is new, also a line that begins with ">".
    """
    lines = body.replace("\r\n", "\n").split("\n")
    if is_reply:
        lines = _cut_quoted(lines)
    kept = "\n".join(_cut_signature(lines)).strip()
    return kept or body.strip()


def _cut_quoted(lines: list[str]) -> list[str]:
    """Take off the quoted lines, and what introduces them. Words that stand between or below quoted lines stay."""
    for number, line in enumerate(lines):
        if number and _FORWARD_LINE.match(line) and any(map(str.strip, lines[:number])):
            return lines[:number]
    quoted = [number for number, line in enumerate(lines) if line.startswith(">")]
    if not quoted:
        return _cut_header_block(lines)
    dropped = set(quoted) | _find_introduction(lines, quoted[0])
    return [line for number, line in enumerate(lines) if number not in dropped]


def _find_introduction(lines: list[str], first: int) -> set[int]:
    """The lines right above the first quoted one that say who wrote when; none where it may be a word of theirs."""
    above = [number for number in range(first) if lines[number].strip()][-2:]
    if not above or not lines[above[-1]].rstrip().endswith((":", "：")):
        return set()
    last = lines[above[-1]]
    is_wrapped = above[0] == above[-1] - 1 and bool(_DATE.search(lines[above[0]])) and not _DATE.search(last)
    if is_wrapped and _ADDRESS.search(last):
        return set(above)
    return {above[-1]} if _ADDRESS.search(last) or _DATE.search(last) else set()


def _cut_header_block(lines: list[str]) -> list[str]:
    """From: ..., Sent: ..., To: ... as some programs put above an unmarked quotation: cut from there on."""
    for number in range(1, len(lines) - 2):
        block = lines[number : number + 3]
        is_block = all(map(_HEADER_LINE.match, block)) and any(_ADDRESS.search(line) for line in block)
        if is_block and any(map(str.strip, lines[:number])):
            return lines[:number]
    return lines


def _cut_signature(lines: list[str]) -> list[str]:
    """Up to the line of two dashes by which programs mark what follows as a signature."""
    for number, line in enumerate(lines):
        if number and _SIGNATURE.match(line) and any(map(str.strip, lines[:number])):
            return lines[:number]
    return lines


class _Words(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSEEN:
            self._unseen += 1
        if tag == "blockquote":
            self._quotes += 1
        if tag in _BLOCKS:
            self.parts.append("\n" + "> " * min(self._quotes, 1))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag in _BLOCKS:
            self.parts.append("\n" + "> " * min(self._quotes, 1))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))
