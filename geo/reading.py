"""What the matcher sees of a text: its words, how each sounds, and which of them may name a place.

Spans are runs of words with the little linking words left out ("Croix-des-Bouquets" is croix + bouquets), so that a
name is found however it is glued, split or linked.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from geo.fold import fold
from geo.sound import skeleton, sound
from geo.words import COMMON, KINDS, LINKS, SAME

_LONGEST_SPAN = 4  # content words; names of more are found by their first or last four


class Role(IntEnum):
    """What a word can do in the name of a place."""

    NAME = 0  # may name one alone
    KIND = 1  # a kind of place: names one only together with others
    COMMON = 2  # everyday language
    LINK = 3  # joins the words of a name, left out of keys
    NUMBER = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as folded, as it sounds, and its role."""

    text: str
    key: str
    role: Role


@dataclass(frozen=True, slots=True)
class Span:
    """Some content words in a row. `start` and `end` count content words; `exact`, `key` and `skeleton` are ever
    coarser spellings of them without spaces."""

    start: int
    end: int
    words: tuple[Word, ...]

    @property
    def exact(self) -> str:
        """The folded letters themselves."""
        return "".join(word.text for word in self.words)

    @property
    def key(self) -> str:
        """How it sounds."""
        return "".join(word.key for word in self.words)

    @property
    def skeleton(self) -> str:
        """The consonants of how it sounds."""
        return skeleton([word.text for word in self.words])

    @property
    def shown(self) -> str:
        """For people to read."""
        return " ".join(word.text for word in self.words)


def _groups(block: str) -> dict[str, str]:
    same: dict[str, str] = {}
    for line in block.strip().splitlines():
        first, *others = line.split()
        same.update(dict.fromkeys(others, first))
    return same


_SAME = _groups(SAME)
_LINKS = frozenset(LINKS.split())
_COMMON = frozenset(word for block in COMMON.values() for word in block.split())
_KINDS = frozenset(_SAME.get(word, word) for word in KINDS.split())


@lru_cache(maxsize=1 << 16)
def read_word(folded: str) -> Word:
    """One folded word with its sound and role; bounded cache, since the same words come again and again."""
    text = _SAME.get(folded, folded)
    if text[0].isdigit():
        return Word(text.lstrip("0") or "0", text.lstrip("0") or "0", Role.NUMBER)
    key = sound(text)
    if folded in _LINKS:
        return Word(text, key, Role.LINK)
    if text in _KINDS:
        return Word(text, key, Role.KIND)
    if folded in _COMMON or len(folded) < 2:
        return Word(text, key, Role.COMMON)
    return Word(text, key, Role.NAME)


def read_words(text: str) -> list[Word]:
    """The content words of a text in order, links left out."""
    words = [read_word(folded) for folded in fold(text)]
    return [word for word in words if word.role is not Role.LINK]


def list_spans(words: list[Word], longest: int = _LONGEST_SPAN) -> list[Span]:
    """Every run of up to `longest` content words that could name a place."""
    spans: list[Span] = []
    count = len(words)
    for start in range(count):
        for end in range(start + 1, min(count, start + longest) + 1):
            run = words[start:end]
            if _can_name(run):
                spans.append(Span(start, end, tuple(run)))
    return spans


def is_everyday(words: list[Word]) -> bool:
    """Whether a text is mostly sentences rather than a bare name of a place."""
    common = sum(word.role is Role.COMMON for word in words)
    return common * 4 > len(words)


def _can_name(run: list[Word]) -> bool:
    """A name in it, or a kind of place: alone ("Carrefour" is a town), with a number, or two of them ("Grand Bois")."""
    for word in run:
        if word.role is Role.NAME:
            return True
    return any(word.role is Role.KIND for word in run) and not any(word.role is Role.COMMON for word in run)


def is_bare_kind(span: Span) -> bool:
    """Whether a span is nothing but one word for a kind of place."""
    return len(span.words) == 1 and span.words[0].role is Role.KIND
