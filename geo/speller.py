"""Misspelt words: the known word that is one slip away, found without looking at all of them.

Every known word is filed under itself and under each spelling with one letter left out; so is the word asked for. Two
words that meet there differ by one letter more, less or other (symmetric deletion, after W. Garbe's SymSpell idea).
"""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from rapidfuzz import fuzz

from geo.postings import Postings, StringList

_MIN_LETTERS = 5
_MIN_SIMILARITY = 84.0
_ENDINGS = ("ma", "ko", "bata", "lai", "ni")  # in, of, from, to in Nepali; in, at in Swahili


class Speller:
    """The words of all names and lessons, as keys by sound; kept as bytes, since there may be half a million."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = StringList()
        hashes, ids, known = array("q"), array("i"), array("q")
        for number, word in enumerate(sorted(set(words))):
            self._words.append(word)
            known.append(hash(word))
            if len(word) < _MIN_LETTERS:
                continue
            for variant in _variants(word):
                hashes.append(hash(variant))
                ids.append(number)
        self._words.pack()
        self._known = np.sort(np.array(known, dtype=np.int64))
        self._postings = Postings(np.array(hashes, dtype=np.int64), np.array(ids, dtype=np.int32))

    def is_known(self, word: str) -> bool:
        """Whether a name or a lesson has this word as it stands."""
        row = int(np.searchsorted(self._known, hash(word)))
        return row < len(self._known) and int(self._known[row]) == hash(word)

    def find_stem(self, word: str) -> str | None:
        """The known word that this one is with an ending of place glued to it; None when it is known as it stands."""
        stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
        if not stems or self.is_known(word):
            return None
        return next((stem for stem in stems if len(stem) >= _MIN_LETTERS and self.is_known(stem)), None)

    def find(self, word: str) -> tuple[str, float] | None:
        """The known word nearest to this one with its similarity from 0 to 1; None when it is known as it stands,
        too short to guess, or nothing is near."""
        if len(word) < _MIN_LETTERS or self.is_known(word):
            return None
        rows = [int(row) for row in self._postings.find_rows(list(_variants(word))) if row >= 0]
        near = {int(number) for row in rows for number in self._postings.get_ids(row)[:50]}
        scored = ((fuzz.ratio(word, known), known) for known in map(self._words.get, near))
        similarity, best = max(scored, default=(0.0, ""))
        return (best, similarity / 100) if similarity >= _MIN_SIMILARITY else None


def _variants(word: str) -> Iterator[str]:
    yield word
    for i in range(1, len(word)):  # the first letter is seldom wrong, and leaving it out finds too much
        yield word[:i] + word[i + 1 :]
