"""Spelling correction: finds the known word that differs by one letter, without comparing against all words.

Every known word is indexed under itself and under each spelling with one letter left out, and so is the word to
correct. Two words that share a key differ by one letter more, less or other (symmetric deletion, after W. Garbe's
SymSpell idea).
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from config.languages.load import collect
from geo.inverted_index import StringList

_MIN_LETTERS = 5
_MIN_SIMILARITY = 84.0
_COMPARED = 50  # most words compared for each spelling


class Speller:
    """The words of all names and learned placements, as phonetic keys.

    Words are packed into bytes, since half a million is possible.
    """

    def __init__(self, words: AbstractSet[str]) -> None:
        self._words = StringList()
        known = array("q")
        pairs = array("Q")  # the checksum of a spelling in the upper half, the number of its word in the lower
        for number, word in enumerate(sorted(words)):
            self._words.append(word)
            known.append(hash(word))
            if len(word) >= _MIN_LETTERS:
                pairs.extend({_sum(variant) << 32 | number for variant in _variants(word)})
        self._words.pack()
        # array and bisect of the standard library: for one number numpy takes four times as long.
        self._known = array("q", sorted(known))
        self._sums, self._numbers = _file(pairs)

    def is_known(self, word: str) -> bool:
        """Tell whether a name or a learned placement contains this word as it is spelt."""
        wanted = hash(word)
        row = bisect_left(self._known, wanted)
        return row < len(self._known) and self._known[row] == wanted

    def find_stem(self, word: str) -> str | None:
        """Find the known word inside a word with a place suffix (Nepali, Swahili).

        None when the word itself is known.
        """
        stems = [word.removesuffix(ending) for ending in _endings() if word.endswith(ending)]
        if not stems or self.is_known(word):
            return None
        return next((stem for stem in stems if len(stem) >= _MIN_LETTERS and self.is_known(stem)), None)

    def find(self, word: str) -> tuple[str, float] | None:
        """Find the known word nearest to this one, with its similarity from 0 to 1.

        Returns None when the word is known as it is, too short to guess, or nothing is near.
        """
        if len(word) < _MIN_LETTERS or self.is_known(word):
            return None
        sums = np.fromiter(map(_sum, _variants(word)), dtype=np.uint32, count=len(word))
        starts = np.searchsorted(self._sums, sums)
        ends = np.minimum(np.searchsorted(self._sums, sums, side="right"), starts + _COMPARED)
        near: set[int] = set()
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            near.update(self._numbers[start:end].tolist())
        scored = ((fuzz.ratio(word, known), known) for known in map(self._words.get, near))
        similarity, best = max(scored, default=(0.0, ""))
        return (best, similarity / 100) if similarity >= _MIN_SIMILARITY else None


@lru_cache(maxsize=1)
def _endings() -> tuple[str, ...]:
    """List the endings of all languages that stand for "in", "of", "from" at a name."""
    return collect(lambda language: language.places.endings)


def _file(pairs: "array[int]") -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Sort pairs of checksum and number into one array each. `pairs` is sorted in place, to save memory."""
    if not pairs:
        return np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint32)
    both = np.frombuffer(pairs, dtype=np.uint64)
    both.sort()
    numbers = both.astype(np.uint32)
    both >>= np.uint64(32)
    return both.astype(np.uint32), numbers


def _sum(spelling: str) -> int:
    """Compute the 32-bit checksum of a spelling; chance collisions are dropped when the words are compared."""
    return crc32(spelling.encode())


def _variants(word: str) -> Iterator[str]:
    yield word
    for i in range(1, len(word)):  # the first letter is seldom wrong, and leaving it out gives too many candidates
        yield word[:i] + word[i + 1 :]
