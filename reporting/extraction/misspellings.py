"""Spelling correction towards the words that must not be missed (sensitive words).

Four kinds of misspelling are found: digits for letters ("b3ating"), missing vowels ("btng"), and one letter missing,
added, wrong or transposed ("beeting", "agresion"). Doubled letters count as one letter. A guess costs a few look-ups,
because the words are indexed by what is left when a letter is deleted (symmetric deletion, W. Garbe).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from reporting.extraction.pattern_notation import plain

_DIGITS: Final = (
    str.maketrans("0134579862", "oieastgbgz"),
    str.maketrans("0134579862", "olfasfqbbe"),
)
_HAS_DIGIT_AND_LETTER: Final = re.compile(r"[a-z][0-9]|[0-9][a-z]")
_VOWELS: Final = str.maketrans("", "", "aeiou")
_HEAD: Final = 4  # letters; the shortest key: a word of five letters with one deleted
_SHORTEST: Final = 6  # below, a word has too many neighbours that are other words
_LONGEST_START: Final = 10  # stems are short, and each length is looked up
_LONGEST: Final = 20
_SHORTEST_BARE: Final = 4  # three consonants are an abbreviation of something else ("CRS", "rps")


# Words by key. Nearly all keys have one word, and all keys of that word share one tuple, to save memory.
_Table = dict[str, tuple[str, ...]]


class Misspelling:
    """Corrects misspellings of wanted words. `ordinary` words are never corrected."""

    def __init__(self, wanted: Sequence[str], ordinary: Sequence[str]) -> None:
        """Index the words to find.

        `wanted`: forms of one word (`pattern_notation.py`); with any ending, by their start.
        """
        self._ordinary_starts = tuple(form[:-1] for form in ordinary if form.endswith("*"))
        self._ordinary = frozenset(ordinary)
        self._near: _Table = {}
        self._near_start: _Table = {}
        self._bare: _Table = {}
        self._heads: set[str] = set()  # of all keys of both tables
        for form in dict.fromkeys(wanted):
            core = form.removesuffix("*")
            alone = (core,)
            if not core.isalpha() or form.startswith(("*", "~", "^")):
                continue
            bare = core.translate(_VOWELS)
            if core.isascii() and len(core) > len(bare) >= _SHORTEST_BARE:
                _add(self._bare, bare, alone)
            near, longest = (self._near, _LONGEST) if core == form else (self._near_start, _LONGEST_START)
            if _SHORTEST <= len(core) <= longest:
                for left in _take_away(core):
                    _add(near, left, alone)
                    self._heads.add(left[:_HEAD])

    def guess(self, word: str) -> list[str]:
        """Guess the words that a misspelt word may stand for; empty if there are none."""
        if not word.isalpha() and _HAS_DIGIT_AND_LETTER.search(word):
            spelt = dict.fromkeys(plain(word.translate(digits)) for digits in _DIGITS)
            guesses = [*spelt, *(near for each in spelt for near in self._list_near(each))]
        else:
            guesses = [*self._bare.get(word, ()), *self._list_near(word)]
        # Last, because it is slow and few words have a guess.
        return [] if guesses and self._is_ordinary(word) else guesses

    def _is_ordinary(self, word: str) -> bool:
        return word in self._ordinary or word.startswith(self._ordinary_starts)

    def _list_near(self, word: str) -> list[str]:
        places = self._list_places(word) if _SHORTEST - 1 <= len(word) <= _LONGEST else []
        if not places:
            return []
        near = list(_find_near(self._near, word, places))
        for length in range(_SHORTEST - 1, min(len(word), _LONGEST_START) + 1):
            near += _find_near(self._near_start, word[:length], places)
        return near

    def _list_places(self, word: str) -> list[int]:
        """List where a letter can be deleted (0: nowhere) so that the rest begins like a key; usually empty."""
        heads = self._heads
        # Spelt out instead of a loop, since each unknown word comes here.
        first, second, third, rest = word[0], word[1], word[2], word[3 : _HEAD + 1]
        without = (first + third + rest, first + second + rest, word[: _HEAD - 1] + word[_HEAD])
        places = [place for place, head in enumerate(without, 1) if head in heads]
        return [0, *places, *range(_HEAD, len(word))] if word[:_HEAD] in heads else places


def _add(table: _Table, key: str, alone: tuple[str]) -> None:
    before = table.setdefault(key, alone)
    if alone[0] not in before:
        table[key] = before + alone


def _find_near(table: _Table, word: str, places: Sequence[int]) -> Iterator[str]:
    for place in places:
        if place >= len(word):
            break
        for core in table.get(word[:place] + word[place + 1 :] if place else word, ()):
            if core[0] == word[0] and OSA.distance(core, word, score_cutoff=1) <= 1:
                yield core


def _take_away(word: str) -> Iterator[str]:
    """Yield the word, and the word without each of its letters except the first."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
