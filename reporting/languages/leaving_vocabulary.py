"""The closed vocabulary of opt-out requests (`leaving.yaml`): concepts of words by language, spelling correction."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import yaml
from rapidfuzz.distance import OSA

from reporting.languages.normalise import words
from reporting.languages.opt_out_phrases import Words, load_wordings

Concepts = frozenset[str]

_FILE: Final = Path(__file__).with_name("leaving.yaml")
_EVERY, _ORDERS, _ORDINARY, _FILLER = "every", "orders", "ordinary", "filler"
_CHOICE: Final = re.compile(r"\[([^]]*)\]")
_SLIPS_FROM: Final = 5  # letters
_LONGEST: Final = 30  # letters of a word that may be one of ours
_ENDING: Final = 2  # letters
# Swahili turns its verbs within the word: "kutupiga" (to beat us) is no slip of "kutupigia" (to call us).
_TURNED_WITHIN: Final = frozenset({"sw"})
_VERBS: Final = frozenset(
    (
        *("not", "end", "send", "write", "call", "get", "erase", "erased", "forget", "keep", "want", "remove"),
        *("exit", "told", "others"),
    )
)
_RUN: Final = re.compile(r"(.)\1+")
_DIGITS: Final = str.maketrans("013457", "oieast")
# Devanagari vowels that people take for each other, and what stands for one sound in romanised Nepali.
_SPELT_MANY_WAYS: Final = frozenset({"ne"})
_NEPALI: Final = (
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
def _load() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return read


def load_orders() -> Mapping[str, Sequence[str]]:
    """Load the lines of concepts that make a request, by kind, as in the file."""
    orders: Mapping[str, Sequence[str]] = _load()[_ORDERS]
    return orders


@lru_cache(maxsize=1)
def load_vocabularies() -> Mapping[str, Vocabulary]:
    """Load the vocabularies by language; cached."""
    read = _load()
    return {code: _make(code, read) for code in read if code not in (_EVERY, _ORDERS)}


def spell(word: str, language: str) -> str:
    """Spell a normalised word as the vocabulary of its language does."""
    if language in _SPELT_MANY_WAYS and len(word) <= _LONGEST:
        for variant, one in _NEPALI:
            word = word.replace(variant, one)
    return word


def keeps_ending(word: str, typed: str) -> bool:
    """Return whether a misspelling leaves the ending: "recibí" is none of "recibir", nor "envían" of "envíen"."""
    return word[-_ENDING:] == typed[-_ENDING:] or sorted(word) == sorted(typed)


def _make(code: str, read: Mapping[str, Any]) -> Vocabulary:
    entries: dict[Words, Concepts] = {}
    for listed in (read[_EVERY], read[code]):
        for key, text in listed.items():
            if key == _ORDINARY:
                continue
            stands_for = frozenset(key.split()) - {_FILLER}
            for entry in _list_entries(text, code):
                entries[entry] = entries.get(entry, frozenset()) | stands_for
    for said in load_wordings().polite.get(code, ()):
        entries.setdefault(tuple(spell(word, code) for word in said), frozenset())
    by_start: dict[tuple[str, int], list[str]] = {}
    for entry in sorted(entries):
        if code in _TURNED_WITHIN and entries[entry] & _VERBS:
            continue
        if len(entry) == 1 and len(entry[0]) >= _SLIPS_FROM and entry[0].isascii():
            by_start.setdefault((entry[0][0], len(entry[0])), []).append(entry[0])
    return Vocabulary(
        language=code,
        entries=entries,
        longest=max(map(len, entries)),
        known=frozenset(word for entry in entries for word in entry),
        by_start={start: tuple(found) for start, found in by_start.items()},
        ordinary=frozenset(spell(word, code) for word in words(read[code].get(_ORDINARY, ""))),
    )


def _list_entries(text: str, code: str) -> Iterator[Words]:
    for pattern in text.split(","):
        parts = [part.split("|") for part in _CHOICE.split(pattern)]
        # Outside of brackets "|" does not stand, so that each part is one choice or several.
        for chosen in product(*parts):
            if spelt := words("".join(chosen)):
                yield tuple(spell(word, code) for word in spelt)
