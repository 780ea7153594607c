"""The vocabulary of opt-out requests (`leaving:` in the files of the languages): concepts, spelling correction."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from rapidfuzz.distance import OSA

from config.languages.load import load_languages
from config.languages.words import LanguageWords
from reporting.languages.leaving_orders import EVERYWHERE
from reporting.languages.normalise import words
from reporting.languages.opt_out_phrases import Words, load_wordings

Concepts = frozenset[str]

_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_SLIPS_FROM: Final = 5  # letters
_LONGEST: Final = 30  # letters of a word that may be one of ours
_ENDING: Final = 2  # letters
_VERBS: Final = frozenset(
    (
        *("not", "end", "send", "write", "call", "get", "erase", "erased", "forget", "keep", "want", "remove"),
        *("exit", "told", "others"),
    )
)
_RUN: Final = re.compile(r"(.)\1+")
_DIGITS: Final = str.maketrans("013457", "oieast")
# Devanagari vowels that people take for each other, and what stands for one sound in Latin letters.
_SPELT_MANY_WAYS: Final = "Devanagari"
_ALIKE: Final = (
    *(("ी", "ि"), ("ू", "ु"), ("ई", "इ"), ("ऊ", "उ"), ("श", "स"), ("ष", "स"), ("ँ", ""), ("ं", ""), ("्", "")),
    *(("chh", "ch"), ("x", "ch"), ("sh", "s"), ("aa", "a"), ("ee", "i"), ("oo", "u"), ("v", "b"), ("w", "b")),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a language with their concepts."""

    language: str
    entries: Mapping[Words, Concepts]
    longest: int  # words of an entry
    known: frozenset[str]  # words of all entries
    by_start: Mapping[tuple[str, int], tuple[str, ...]]  # words by first letter and length
    ordinary: frozenset[str]

    def find_at(self, said: Sequence[str], position: int) -> tuple[int, Concepts | None]:
        """Find the longest entry from a position on, in words as `spell` gives them; return its length and concepts."""
        if position >= len(said):
            return 0, None
        for length in range(min(self.longest, len(said) - position), 0, -1):
            found = self.entries.get(tuple(said[position : position + length]))
            if found is not None:
                return length, found
        return 1, frozenset() if said[position].isdecimal() and len(said[position]) == 1 else None

    def find_mistyped(self, word: str) -> Concepts | None:
        """Find the concepts of a word with one misspelling; None if it is an ordinary word or resembles no entry.

        Only Latin letters are corrected, because in other scripts one letter more makes another word.
        """
        if not word.isascii() or len(word) > _LONGEST or word in self.ordinary or word.isdecimal():
            return None
        typed = word.translate(_DIGITS)
        single = _RUN.sub(r"\1", typed)
        for spelt in (typed, single if len(word) - len(single) > 1 or len(single) >= _SLIPS_FROM - 1 else typed):
            if (found := self.entries.get((spelt,))) is not None:
                return found
        if len(typed) < _SLIPS_FROM:
            return None
        near = (
            other
            for length in (len(typed), len(typed) + 1, len(typed) - 1)
            for other in self.by_start.get((typed[0], length), ())
            if keeps_ending(other, typed) and OSA.distance(other, typed, score_cutoff=1) <= 1
        )
        other = next(near, None)
        return self.entries[other,] if other is not None else None


@lru_cache(maxsize=1)
def load_vocabularies() -> Mapping[str, Vocabulary]:
    """Load the vocabularies by language; cached."""
    return {code: _make(language) for code, language in load_languages().items()}


def spell(word: str, language: str) -> str:
    """Spell a normalised word as the vocabulary of its language does."""
    if len(word) <= _LONGEST and load_languages()[language].detection.script == _SPELT_MANY_WAYS:
        for variant, one in _ALIKE:
            word = word.replace(variant, one)
    return word


def keeps_ending(word: str, typed: str) -> bool:
    """Return whether a misspelling leaves the ending: "recibí" is none of "recibir", nor "envían" of "envíen"."""
    return word[-_ENDING:] == typed[-_ENDING:] or sorted(word) == sorted(typed)


def _make(language: LanguageWords) -> Vocabulary:
    code, leaving = language.code, language.leaving
    entries: dict[Words, Concepts] = {}
    fillers = {"": leaving.filler}
    for listed in (EVERYWHERE, leaving.concepts, fillers):
        for key, written in listed.items():
            for entry in _list_entries(written, code):
                entries[entry] = entries.get(entry, frozenset()) | frozenset(key.split())
    for said in load_wordings().polite[code]:
        entries.setdefault(tuple(spell(word, code) for word in said), frozenset())
    by_start: dict[tuple[str, int], list[str]] = {}
    for entry in sorted(entries):
        if leaving.turned_within and entries[entry] & _VERBS:
            continue
        if len(entry) == 1 and len(entry[0]) >= _SLIPS_FROM and entry[0].isascii():
            by_start.setdefault((entry[0][0], len(entry[0])), []).append(entry[0])
    return Vocabulary(
        language=code,
        entries=entries,
        longest=max(map(len, entries)),
        known=frozenset(word for entry in entries for word in entry),
        by_start={start: tuple(found) for start, found in by_start.items()},
        ordinary=frozenset(spell(word, code) for said in leaving.ordinary for word in words(said)),
    )


def _list_entries(written: Iterable[str], code: str) -> Iterator[Words]:
    for pattern in written:
        parts = [part.split("|") for part in _CHOICE.split(pattern)]
        # Outside of brackets "|" does not stand, so that each part is one choice or several.
        for chosen in product(*parts):
            if spelt := words("".join(chosen)):
                yield tuple(spell(word, code) for word in spelt)
