"""Finds what tells in a text who somebody is: numbers to call, e-mail addresses, numbers of papers and plates, names.

They are proposed to be hidden from whoever need not see them. A name is found only behind words that announce it ("my
name is"); what people call others by stays. Each pattern reads a bounded stretch from each place of the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from config.languages.load import load_languages
from reporting.languages.normalise import words

_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIGITS: Final = re.compile(r"(?<![\w.,/])[+(]?\d(?:[ \u00a0().\-/]{0,2}\d){6,19}(?!\w)")
_DAY: Final = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:\W\d{1,2}){0,3}")
_POINT: Final = re.compile(r"\d{1,3}\.\d{3,17}(?: -?\d{1,3}\.\d{3,17})?(?: \d{1,4}){0,2}")  # decimal degrees
_AMOUNT: Final = re.compile(r"\d{1,3}(?:[ .\u00a0]\d{3}){1,4}")
_NOUGHTS: Final = "000"
# Letters, digits, letters: as many countries have it. Other plates are found behind their word.
_PLATE: Final = re.compile(
    r"(?<![\w-])[A-Z]{1,3}[ -]?\d{3,4}[ -]?[A-Z]{1,3}(?![\w-])|(?<![\w-])[A-Z]{2}-\d{2}-[A-Z]{2}(?![\w-])"
)
_CHUNK: Final = re.compile(r"\S+")
_EDGES: Final = ".,;:!?()[]{}<>\"'«»“”‘’।؟،؛*"
_LEAST_DIGITS: Final = 3  # of a paper or a plate
_NAME_LONGEST: Final = 3  # words
_PAPER_LONGEST: Final = 4  # pieces
_PAPER_AWAY: Final = 3  # words that may stand before the number: "is", "no."


class DetailKind(StrEnum):
    """What a detail is."""

    NUMBER = "number"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail in a text, from character `start` to `end`."""

    start: int
    end: int
    kind: DetailKind


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text; `kind` is None where it may be shown."""

    words: str
    kind: DetailKind | None


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two spaces: its place without the signs around it, and its normalised words."""

    start: int
    end: int
    core: str
    folded: Sequence[str]
    ends_clause: bool


@dataclass(frozen=True, slots=True)
class _Cues:
    """Phrases of all languages by their first word, the longest first, and words that are part of no name."""

    names: dict[str, list[tuple[str, ...]]]
    papers: dict[str, list[tuple[str, ...]]]
    no_names: frozenset[str]


def find_details(text: str) -> list[Detail]:
    """Find the personal details of a text, in order and without overlaps."""
    found = [Detail(*match.span(), DetailKind.ADDRESS) for match in _ADDRESS.finditer(text)]
    found += [Detail(*match.span(), DetailKind.NUMBER) for match in _DIGITS.finditer(text) if _is_number(match[0])]
    if text != text.upper():  # among capitals alone "ANE 2010 LA" looks like a plate
        found += [Detail(*match.span(), DetailKind.NUMBER) for match in _PLATE.finditer(text)]
    found += _find_announced(text)
    return _join(sorted(found, key=lambda detail: (detail.start, -detail.end)))


def hide_details(text: str) -> list[Part]:
    """Cut a text into parts in order, with each personal detail in a part of its own."""
    parts, behind = [], 0
    for one in find_details(text):
        parts += [Part(text[behind : one.start], None), Part(text[one.start : one.end], one.kind)]
        behind = one.end
    return [part for part in (*parts, Part(text[behind:], None)) if part.words]


def _is_number(written: str) -> bool:
    """Return whether digits may be a number to call or of a paper, and are no day, amount or coordinate."""
    if _DAY.fullmatch(written) or _POINT.fullmatch(written):
        return False
    return not (_AMOUNT.fullmatch(written) and written.endswith(_NOUGHTS))


def _find_announced(text: str) -> Iterator[Detail]:
    """Find names and numbers of papers behind the words that announce them."""
    cues = _load_cues()
    chunks = list(_split(text))
    tokens = [(word, number) for number, chunk in enumerate(chunks) for word in chunk.folded]
    for place, (word, _) in enumerate(tokens):
        if word not in cues.names and word not in cues.papers:
            continue
        behind = _find_end(tokens, place, cues.names.get(word, ()))
        if behind is not None and not chunks[behind - 1].ends_clause:
            yield from _read_name(chunks, behind, cues.no_names)
        behind = _find_end(tokens, place, cues.papers.get(word, ()))
        if behind is not None:
            yield from _read_paper(chunks, behind)


def _split(text: str) -> Iterator[_Chunk]:
    for match in _CHUNK.finditer(text):
        core = match[0].strip(_EDGES)
        start = match.start() + (match[0].find(core) if core else 0)
        ends_clause = bool(core) and match[0].rstrip(_EDGES) != match[0]
        yield _Chunk(start, start + len(core), core, words(core), ends_clause)


def _find_end(tokens: Sequence[tuple[str, int]], place: int, phrases: Iterable[tuple[str, ...]]) -> int | None:
    """Find the chunk behind the longest phrase that begins at this token; None where there is none."""
    for phrase in phrases:
        there = tokens[place : place + len(phrase)]
        if tuple(word for word, _ in there) == phrase:
            last, following = there[-1][1], place + len(phrase)
            is_whole = following >= len(tokens) or tokens[following][1] != last
            return last + 1 if is_whole else None
    return None


def _read_name(chunks: Sequence[_Chunk], first: int, no_names: frozenset[str]) -> Iterator[Detail]:
    """Read a name of up to three words: the capitals of a text that has them, else what is no everyday word."""
    taken: list[_Chunk] = []
    for chunk in chunks[first : first + _NAME_LONGEST]:
        if not chunk.core or any(map(str.isdigit, chunk.core)) or not chunk.folded:
            break
        is_everyday = any(word in no_names for word in chunk.folded)
        has_case = chunk.core != chunk.core.swapcase()
        if is_everyday and not (has_case and chunk.core[0].isupper() and not chunk.core.isupper()):
            break
        if taken and taken[0].core[0].isupper() and not chunk.core[0].isupper():
            break
        taken.append(chunk)
        if chunk.ends_clause:
            break
    if taken and taken[-1].end - taken[0].start > 1:
        yield Detail(taken[0].start, taken[-1].end, DetailKind.NAME)


def _read_paper(chunks: Sequence[_Chunk], first: int) -> Iterator[Detail]:
    """Read the number of a paper or a plate: pieces with digits, and single capitals between them."""
    for away in range(_PAPER_AWAY + 1):
        taken: list[_Chunk] = []
        for chunk in chunks[first + away : first + away + _PAPER_LONGEST]:
            if not _is_piece(chunk.core):
                break
            taken.append(chunk)
            if chunk.ends_clause:
                break
        while taken and not any(map(str.isdigit, taken[-1].core)) and len(taken) > 1 and not taken[-1].core.isupper():
            taken.pop()
        if sum(map(str.isdigit, "".join(chunk.core for chunk in taken))) >= _LEAST_DIGITS:
            yield Detail(taken[0].start, taken[-1].end, DetailKind.NUMBER)
            return


def _is_piece(core: str) -> bool:
    if any(map(str.isdigit, core)):
        return True
    return bool(core) and len(core) <= 3 and core.isalpha() and core == core.upper()


def _join(details: Sequence[Detail]) -> list[Detail]:
    """Join details that overlap; the first one's kind stays."""
    joined: list[Detail] = []
    for detail in details:
        if joined and detail.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Detail(last.start, max(last.end, detail.end), last.kind)
        else:
            joined.append(detail)
    return joined


@lru_cache(maxsize=1)
def _load_cues() -> _Cues:
    names: dict[str, list[tuple[str, ...]]] = {}
    papers: dict[str, list[tuple[str, ...]]] = {}
    no_names: set[str] = set()
    for language in load_languages().values():
        for phrases, table in ((language.personal.my_name, names), (language.personal.papers, papers)):
            for phrase in phrases:
                folded = tuple(words(phrase))
                table.setdefault(folded[0], []).append(folded)
        for each in (*language.detection.words, *language.negation, *language.places.cues, *language.time.on_date):
            no_names.update(words(each))
    for table in (names, papers):
        for listed in table.values():
            listed.sort(key=len, reverse=True)
    return _Cues(names, papers, frozenset(no_names))
