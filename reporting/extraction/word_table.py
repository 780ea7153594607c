"""Finds the word forms of patterns that a word matches: itself, its start, its end, or its consonants."""

from collections.abc import Mapping, Sequence
from typing import Final

from reporting.extraction.pattern_notation import SKELETON

_VOWELS: Final = str.maketrans("", "", "aeiou")
_HEAD: Final = 4
_TAIL: Final = 2


class WordTable:
    """Bit masks by word form: a form matches a word itself, its start, its end, or its consonants."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self._exact: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._consonants: dict[str, int] = {}
        self._consonants_start: dict[str, int] = {}
        for form, value in values.items():
            first = form[:1]
            if first == SKELETON:
                core = form[1:]
                table = self._consonants_start if core.endswith("*") else self._consonants
                table[core.removesuffix("*")] = value
            elif first == "*":
                self._ends[form[1:]] = value
            elif form[-1:] == "*":
                self._starts[form[:-1]] = value
            else:
                self._exact[form] = value
        self._measure()

    @classmethod
    def join(cls, tables: Sequence["WordTable"]) -> "WordTable":
        """Join several tables; the value of a form has one bit for each table that contains it."""
        joined = cls({})
        for number, table in enumerate(tables):
            grown: dict[int, int] = {}  # shares one integer object between equal values, to save memory
            for own, others in zip(joined._list_parts(), table._list_parts(), strict=True):
                for core in others:
                    before = own.get(core, 0)
                    if before not in grown:
                        grown[before] = before | 1 << number
                    own[core] = grown[before]
        joined._measure()
        return joined

    def _list_parts(self) -> tuple[dict[str, int], ...]:
        return self._exact, self._starts, self._ends, self._consonants, self._consonants_start

    def _measure(self) -> None:
        self._start_lengths = sorted(set(map(len, self._starts)))
        self._short_start_lengths = [length for length in self._start_lengths if length < _HEAD]
        self._heads = frozenset(start[:_HEAD] for start in self._starts if len(start) >= _HEAD)
        self._end_lengths = sorted(set(map(len, self._ends)))
        self._tail = min((_TAIL, *map(len, self._ends)))
        self._tails = frozenset(end[-self._tail :] for end in self._ends)
        self._consonant_lengths = sorted(set(map(len, self._consonants_start)))
        bare = (*self._consonants, *self._consonants_start)
        self._bare_head = min((_HEAD, *map(len, bare)))
        self._bare_heads = frozenset(core[: self._bare_head] for core in bare)
        self._consonants_are_ascii = all(map(str.isascii, bare))

    def find(self, word: str) -> int:
        """Find the bit masks of all forms that match the word, combined by OR; 0 if none does."""
        found = self._exact.get(word, 0)
        # Most words match no long start, so only the short starts are looked up for them.
        for length in self._start_lengths if word[:_HEAD] in self._heads else self._short_start_lengths:
            if length > len(word):
                break
            found |= self._starts.get(word[:length], 0)
        if self._end_lengths and word[-self._tail :] in self._tails:
            found |= self._find_ends(word)
        if self._bare_heads and (word.isascii() or not self._consonants_are_ascii):
            bare = word.translate(_VOWELS)
            if bare[: self._bare_head] in self._bare_heads:
                found |= self._find_consonants(bare)
        return found

    def _find_ends(self, word: str) -> int:
        found = 0
        for length in self._end_lengths:
            if length > len(word):
                break
            found |= self._ends.get(word[-length:], 0)
        return found

    def _find_consonants(self, bare: str) -> int:
        found = self._consonants.get(bare, 0)
        for length in self._consonant_lengths:
            if length > len(bare):
                break
            found |= self._consonants_start.get(bare[:length], 0)
        return found
