"""Reads orders to leave and to be forgotten by concepts, where every word of a message is one of a closed vocabulary.

"Quit sending me alerts", "no more sms" and "erase what I sent" have in common what their words stand for, not their
wordings. One word that stands for nothing here ("fighting", "husband", "water") makes a message a report.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reporting.languages.leaving_vocabulary import Concepts, Vocabulary, load_orders, load_vocabularies, spell

STOP, FORGET = "stop", "forget"
_WORDS_MOST = 24
_MENDED_MOST = 2  # more slips of spelling make it something else


@dataclass(frozen=True, slots=True)
class Leaving:
    """An order by its code and the language of its words. `is_sure`: no other sentence has these concepts.

    Without a code: the words are all known, and what they say is no order ("please don't stop sending messages").
    """

    code: str
    language: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """The concepts that make an order together, and those that must be missing."""

    needed: Concepts
    missing: Concepts

    def fits(self, concepts: Concepts) -> bool:
        """Whether these concepts make the order."""
        return self.needed <= concepts and not self.missing & concepts


def find_leaving(said: Sequence[str], languages: Collection[str] | None = None) -> Leaving | None:
    """The order that the folded words of a message are, in the first of the languages that has all of them, or None."""
    if len(said) > _WORDS_MOST:
        return None
    vocabularies = load_vocabularies()
    first = [code for code in languages or () if code in vocabularies]
    no_order: Leaving | None = None
    for may_mend in (False, True):
        for code in dict.fromkeys((*first, *vocabularies)):
            found = _read(said, vocabularies[code], may_mend=may_mend)
            if found is not None and found.code:
                return found
            no_order = no_order or found
        if no_order is not None:
            return no_order
    return None


def _read(said: Sequence[str], vocabulary: Vocabulary, *, may_mend: bool) -> Leaving | None:
    spelt = [spell(word, vocabulary.language) for word in said]
    unknown = sum(word not in vocabulary.known for word in spelt)
    if unknown > _MENDED_MOST or (unknown and not may_mend):
        return None
    read = _list_concepts(spelt, vocabulary, unknown)
    if read is None:
        return None
    concepts = frozenset[str]().union(*read)
    patterns, voice = load_patterns()
    if _tells_news(concepts, voice) or _says_go_on(read):
        return Leaving("", vocabulary.language, False)
    if any(pattern.fits(concepts) for pattern in patterns[FORGET]):
        return Leaving(FORGET, vocabulary.language, False)
    for kind in ("sure", STOP):
        if any(pattern.fits(concepts) for pattern in patterns[kind]):
            return Leaving(STOP, vocabulary.language, kind == "sure")
    return None


def _list_concepts(said: Sequence[str], vocabulary: Vocabulary, slips: int) -> list[Concepts] | None:
    """What each word or row of words stands for, the longest row first; None where one stands for nothing."""
    read: list[Concepts] = []
    position = 0
    while position < len(said):
        length, concepts = vocabulary.find_at(said, position)
        if concepts is None and slips:
            slips -= 1
            length, concepts = 1, vocabulary.find_mistyped(said[position])
        if concepts is None:
            return None
        read.append(concepts)
        position += length
    return read


def _tells_news(concepts: Concepts, voice: Concepts) -> bool:
    return "others" in concepts or ("self" in concepts and not voice & concepts)


def _says_go_on(read: Sequence[Concepts]) -> bool:
    """Whether a "not" stands before a "stop" with nothing of weight between: "please don't stop sending"."""
    is_negated = False
    for concepts in read:
        if "end" in concepts and is_negated and "not" not in concepts:
            return True
        if concepts - {"want", "self", "you", "me"}:
            is_negated = "not" in concepts and not concepts & {"send", "write", "call", "get", "message", "more"}
    return False


@lru_cache(maxsize=1)
def load_patterns() -> tuple[Mapping[str, tuple[Pattern, ...]], Concepts]:
    """The patterns by kind (`sure`, `stop`, `forget`), and the concepts with which people may speak of themselves."""
    read = load_orders()
    return {kind: tuple(_parse(lines)) for kind, lines in read.items() if kind != "voice"}, frozenset(read["voice"])


def _parse(lines: Sequence[str]) -> Iterator[Pattern]:
    for line in lines:
        needed, _, missing = line.partition("!")
        yield Pattern(frozenset(needed.split()), frozenset(missing.split()))
