"""Recognises opt-out and erasure requests by concepts, if every word of a message is in a closed vocabulary.

"Quit sending me alerts", "no more sms" and "erase what I sent" differ in wording and agree in the concepts of their
words. A single word without a concept ("fighting", "husband", "water") makes the message a report.
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
    """A request by its code, with the language of its words. `is_sure`: no other sentence has these concepts.

    Without a code all words are known, but they make no request ("please don't stop sending messages").
    """

    code: str
    language: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """The concepts that together make a request, and those that must be missing."""

    needed: Concepts
    missing: Concepts

    def fits(self, concepts: Concepts) -> bool:
        """Return whether these concepts make the request."""
        return self.needed <= concepts and not self.missing & concepts


def find_leaving(said: Sequence[str], languages: Collection[str] | None = None) -> Leaving | None:
    """Find the request that normalised words make, in the first language that has all of them, or None."""
    if len(said) > _WORDS_MOST:
        return None
    vocabularies = load_vocabularies()
    first = [code for code in languages or () if code in vocabularies]
    # One word alone is an order in English and the campaign's languages only: to others "Baja" is a place.
    others = ("en",) if languages is not None and len(said) == 1 else tuple(vocabularies)
    no_order: Leaving | None = None
    for may_mend in (False, True):
        for code in dict.fromkeys((*first, *others)):
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
    """List the concepts of each word or phrase, longest phrase first; None if a word has no concept."""
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
    """Return whether "not" precedes "stop" with no word of weight between, as in "please don't stop sending"."""
    is_negated = False
    for concepts in read:
        if "end" in concepts and is_negated and "not" not in concepts:
            return True
        if concepts - {"want", "self", "you", "me"}:
            is_negated = "not" in concepts and not concepts & {"send", "write", "call", "get", "message", "more"}
    return False


@lru_cache(maxsize=1)
def load_patterns() -> tuple[Mapping[str, tuple[Pattern, ...]], Concepts]:
    """Load the patterns by kind (`sure`, `stop`, `forget`), and the concepts with which people speak of themselves."""
    read = load_orders()
    return {kind: tuple(_parse(lines)) for kind, lines in read.items() if kind != "voice"}, frozenset(read["voice"])


def _parse(lines: Sequence[str]) -> Iterator[Pattern]:
    for line in lines:
        needed, _, missing = line.partition("!")
        yield Pattern(frozenset(needed.split()), frozenset(missing.split()))
