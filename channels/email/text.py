"""Strips quotations and signatures from an email message; never removes all of it."""

import re
from typing import Final

_SIGNATURE: Final = re.compile(r"^-- ?$")
# "----- Original message -----" in any language: dashes on both sides of a few words.
_FORWARD_LINE: Final = re.compile(r"^[ \t]*[-_]{4,}[ \t]*[^\W\d_][^\n]{2,60}?[ \t]*[-_]{4,}[ \t]*$")
_HEADER_LINE: Final = re.compile(r"^[ \t*]*[^\W\d_][\w -]{1,20}\*?[ \t]?:[ \t*]*\S")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_CLOCK: Final = re.compile(r"\b\d{1,2}[:.h]\d\d\b")
_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+")
_LONGEST: Final = 50_000  # characters of a body that are read: several times what is stored
_LINE_LONGEST: Final = 400  # characters of a line that introduces a quotation


def strip_quotes(body: str, *, is_reply: bool) -> str:
    """Strip the signature and, in a reply, the quotations from `body`; unchanged where nothing would be left.

    A message that is no reply has no quotations, so a line that begins with ">" stays.
    """
    lines = body[:_LONGEST].replace("\r\n", "\n").split("\n")
    if is_reply:
        lines = _cut_quoted(lines)
    kept = "\n".join(_cut_signature(lines)).strip()
    return kept or body.strip()


def _cut_quoted(lines: list[str]) -> list[str]:
    """Remove the quoted lines and the line that introduces them; lines between or below them stay."""
    for number, line in enumerate(lines):
        if number and len(line) <= _LINE_LONGEST and _FORWARD_LINE.match(line) and any(map(str.strip, lines[:number])):
            return lines[:number]
    quoted = [number for number, line in enumerate(lines) if line.startswith(">")]
    if not quoted:
        return _cut_header_block(lines)
    dropped = set(quoted) | _find_introduction(lines, quoted[0])
    return [line for number, line in enumerate(lines) if number not in dropped]


def _find_introduction(lines: list[str], first: int) -> set[int]:
    """Find the lines above the first quoted one that say who wrote when.

    Empty where they may be the sender's own text.
    """
    above = [number for number in range(first) if lines[number].strip()][-2:]
    if not above or not lines[above[-1]].rstrip().endswith((":", "：")):
        return set()
    last = lines[above[-1]][:_LINE_LONGEST]
    is_wrapped = above[0] == above[-1] - 1 and _is_dated(lines[above[0]]) and not _is_dated(last)
    if is_wrapped and _ADDRESS.search(last):
        return set(above)
    return {above[-1]} if _ADDRESS.search(last) or _is_dated(last) else set()


def _is_dated(line: str) -> bool:
    """Tell whether a line has a year, and a time of day behind it."""
    year = _YEAR.search(line[:_LINE_LONGEST])
    return year is not None and _CLOCK.search(line[:_LINE_LONGEST], year.end()) is not None


def _cut_header_block(lines: list[str]) -> list[str]:
    """Cut at a block "From: ..., Sent: ..., To: ...", which some programs put above an unmarked quotation."""
    for number in range(1, len(lines) - 2):
        block = lines[number : number + 3]
        is_block = all(map(_HEADER_LINE.match, block)) and any(_ADDRESS.search(line[:_LINE_LONGEST]) for line in block)
        if is_block and any(map(str.strip, lines[:number])):
            return lines[:number]
    return lines


def _cut_signature(lines: list[str]) -> list[str]:
    """Cut at the line of two dashes that marks a signature."""
    for number, line in enumerate(lines):
        if number and _SIGNATURE.match(line) and any(map(str.strip, lines[:number])):
            return lines[:number]
    return lines
