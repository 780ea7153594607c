"""Recognises opt-out and erasure requests by concepts, if every word of a message is in a closed vocabulary.

"Quit sending me alerts", "no more sms" and "erase what I sent" differ in wording and agree in the concepts of their
words. A single word without a concept ("fighting", "husband", "water") makes the message a report.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reporting.languages import leaving_orders
from reporting.languages.leaving_vocabulary import Concepts, Vocabulary, load_vocabularies, spell
from reporting.languages.spoken import SOURCE_LANGUAGE, list_languages_of_one_word

STOP, FORGET = "stop", "forget"
_SURE: Final = "sure"
_MIXED_LEAST: Final = 3  # words; fewer are too little to tell a mixture from a word that two languages share
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
    readable = list_languages_of_one_word(languages) if len(said) == 1 else None
    others = [code for code in vocabularies if readable is None or code in readable]
    no_order: Leaving | None = None
    for may_mend in (False, True):
        for code in dict.fromkeys((*first, *others)):
            found = _read(said, vocabularies[code], may_mend=may_mend)
            if found is not None and found.code:
                return found
            no_order = no_order or found
        if no_order is not None:
            return no_order
    return _find_mixed(said, (*first, *others))


def _find_mixed(said: Sequence[str], codes: Sequence[str]) -> Leaving | None:
    """Find the request in words of a language and of English, as people mix them: "sitaki tena, no more text"."""
    vocabularies = load_vocabularies()
    english = vocabularies.get(SOURCE_LANGUAGE)
    if english is None or len(said) < _MIXED_LEAST:
        return None
    foreign = [word for word in said if word not in english.known]
    if len(foreign) in (0, len(said)):
        return None
    for code in dict.fromkeys(codes):
        own = vocabularies[code]
        if not all(spell(word, code) in own.known for word in foreign):
            continue
        read = _list_mixed_concepts([spell(word, code) for word in said], own, english)
        found = _read_concepts(read, code) if read is not None else None
        if found is not None and found.code:
            return found
    return None


def _list_mixed_concepts(said: Sequence[str], own: Vocabulary, other: Vocabulary) -> list[Concepts] | None:
    """List the concepts, the longest phrase of either vocabulary first; None if a word stands in neither."""
    read: list[Concepts] = []
    position = 0
    while position < len(said):
        length, concepts = own.find_at(said, position)
        other_length, other_concepts = other.find_at(said, position)
        if concepts is None or (other_concepts is not None and other_length > length):
            length, concepts = other_length, other_concepts
        if concepts is None:
            return None
        read.append(concepts)
        position += length
    return read


def _read(said: Sequence[str], vocabulary: Vocabulary, *, may_mend: bool) -> Leaving | None:
    spelt = [spell(word, vocabulary.language) for word in said]
    unknown = sum(word not in vocabulary.known for word in spelt)
    if unknown > _MENDED_MOST or (unknown and not may_mend):
        return None
    read = _list_concepts(spelt, vocabulary, unknown)
    return None if read is None else _read_concepts(read, vocabulary.language)


def _read_concepts(read: Sequence[Concepts], language: str) -> Leaving | None:
    """Return the request that the concepts of a message make, in order of its words; None if they make none."""
    concepts = frozenset[str]().union(*read)
    patterns = load_patterns()
    if _tells_news(concepts) or _says_go_on(read):
        return Leaving("", language, False)
    if any(pattern.fits(concepts) for pattern in patterns[FORGET]):
        return Leaving(FORGET, language, False)
    for kind in (_SURE, STOP):
        if any(pattern.fits(concepts) for pattern in patterns[kind]):
            return Leaving(STOP, language, kind == _SURE)
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


def _tells_news(concepts: Concepts) -> bool:
    return "others" in concepts or ("self" in concepts and not leaving_orders.VOICE & concepts)


def _says_go_on(read: Sequence[Concepts]) -> bool:
    """Return whether "not" precedes "stop" with no word of weight between, as in "please don't stop sending"."""
    is_negated = False
    for concepts in read:
        if "end" in concepts and is_negated and "not" not in concepts:
            return True
        if concepts - {"want", "self", "you", "me", "this"}:
            is_negated = "not" in concepts and not concepts & {"send", "write", "call", "get", "message", "more"}
    return False


@lru_cache(maxsize=1)
def load_patterns() -> Mapping[str, tuple[Pattern, ...]]:
    """Load the patterns of orders by kind: `sure`, `stop`, `forget`."""
    written = {_SURE: leaving_orders.SURE, STOP: leaving_orders.STOP, FORGET: leaving_orders.FORGET}
    return {kind: tuple(_parse(lines)) for kind, lines in written.items()}


def _parse(lines: str) -> Iterator[Pattern]:
    for line in lines.splitlines():
        needed, _, missing = line.partition("!")
        yield Pattern(frozenset(needed.split()), frozenset(missing.split()))
