"""Looks for some thousand patterns of words in a text at once, in time that grows with the text's words only.

Bit-parallel: each element of each pattern is one bit of a long integer, and each word of the text moves all of them by
one step (Shift-And with optional elements; Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, ch. 4).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from reporting.triage.notation import ANY, NAME, SKELETON, Element, Pattern

_LONGEST_WORD: Final = 40  # what is longer is compared by its start
_VOWELS: Final = str.maketrans("", "", "aeiou")
_KEPT_WORDS: Final = 8192


class WordTable:
    """Which values the forms of a word have: by the word itself, its start, its end, or its consonants."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self._exact: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._consonants: dict[str, int] = {}
        self._consonants_start: dict[str, int] = {}
        for form, value in values.items():
            if form.startswith(SKELETON):
                core = form[1:]
                table = self._consonants_start if core.endswith("*") else self._consonants
                table[core.removesuffix("*")] = value
            elif form.startswith("*"):
                self._ends[form[1:]] = value
            elif form.endswith("*"):
                self._starts[form[:-1]] = value
            else:
                self._exact[form] = value
        self._start_lengths = sorted(set(map(len, self._starts)))
        self._end_lengths = sorted(set(map(len, self._ends)))
        self._consonant_lengths = sorted(set(map(len, self._consonants_start)))

    def find(self, word: str) -> int:
        """The values of all forms that the word has, ORed; 0 where it has none."""
        found = self._exact.get(word, 0)
        for length in self._start_lengths:
            if length > len(word):
                break
            found |= self._starts.get(word[:length], 0)
        for length in self._end_lengths:
            if length > len(word):
                break
            found |= self._ends.get(word[-length:], 0)
        if self._consonants or self._consonants_start:
            found |= self._find_consonants(word.translate(_VOWELS))
        return found

    def _find_consonants(self, bare: str) -> int:
        found = self._consonants.get(bare, 0)
        for length in self._consonant_lengths:
            if length > len(bare):
                break
            found |= self._consonants_start.get(bare[:length], 0)
        return found


class Automaton:
    """The patterns as bits. `read` says which kinds of pattern a text has. Safe to share between threads."""

    def __init__(
        self, patterns: Iterable[tuple[int, Pattern]], guess: Callable[[str], Iterable[str]] | None = None
    ) -> None:
        """`patterns`: each with its kind, a small number from 0. `guess`: what a word that has no form may be meant
        to be, if it is misspelt."""
        self._patterns: list[tuple[int, Pattern]] = list(patterns)
        self._offsets: list[int] = []
        self._kinds: dict[int, int] = defaultdict(int)
        self._first = self._optional = self._any = self._names = 0
        places: dict[str, list[int]] = defaultdict(list)
        bit = 0
        for kind, pattern in self._patterns:
            self._offsets.append(bit)
            self._first |= 1 << bit
            for element in pattern:
                self._add(element, bit, places)
                bit += 1
            self._kinds[kind] |= 1 << (bit - 1)
        self._last = 0
        for mask in self._kinds.values():
            self._last |= mask
        values = _merge(places)
        self._table = WordTable({form: value for form, value in values.items() if not form.startswith(NAME)})
        self._name_table = WordTable({form[1:]: value for form, value in values.items() if form.startswith(NAME)})
        self._guess = guess
        self.find_mask = lru_cache(maxsize=_KEPT_WORDS)(self._find_mask)

    def _add(self, element: Element, bit: int, places: dict[str, list[int]]) -> None:
        if element.is_optional:
            self._optional |= 1 << bit
        for form in element.forms:
            if form == ANY:
                self._any |= 1 << bit
            elif form == NAME:
                self._names |= 1 << bit
            else:
                places[form].append(bit)

    def _find_mask(self, word: str) -> int:
        found = self._table.find(word)
        if not found:
            for meant in self._guess(word) if self._guess else ():
                found |= self._table.find(meant)
        return found

    def list_masks(self, tokens: Sequence[str], names: Sequence[bool] = ()) -> list[int]:
        """The bits that each word may be. `names`: which of the words are written like a name."""
        masks = [self.find_mask(token[:_LONGEST_WORD]) for token in tokens]
        for place, is_name in enumerate(names):
            if is_name:
                masks[place] |= self._names | self._name_table.find(tokens[place][:_LONGEST_WORD])
        return masks

    def find_kinds(self, tokens: Sequence[str], masks: Sequence[int]) -> frozenset[int]:
        """The kinds of pattern that are in the words; an empty word ends a sentence, and no pattern goes over it."""
        hits = state = 0
        for token, mask in zip(tokens, masks, strict=True):
            if not token:
                state = 0
            elif state or mask:
                state = self._step(state, mask)
                hits |= state
        hits &= self._last
        return frozenset(kind for kind, ends in self._kinds.items() if hits & ends) if hits else frozenset()

    def _step(self, state: int, mask: int) -> int:
        reach = state << 1 | self._first
        reach |= ((reach & self._optional) + self._optional) ^ self._optional
        return reach & (mask | self._any)

    def list_spans(self, tokens: Sequence[str], masks: Sequence[int], most: int) -> list[tuple[int, int]]:
        """(first, behind the last) of the patterns in the words; of very many the first ones."""
        spans: list[tuple[int, int]] = []
        state = 0
        for place, (token, mask) in enumerate(zip(tokens, masks, strict=True)):
            if not token:
                state = 0
            elif state or mask:
                state = self._step(state, mask)
                ends = state & self._last
                while ends and len(spans) < most:
                    bit = ends.bit_length() - 1
                    ends ^= 1 << bit
                    spans.append((self._find_start(masks, place, bit), place + 1))
        return spans

    def _find_start(self, masks: Sequence[int], place: int, bit: int) -> int:
        """Where the pattern that ends with `bit` at `place` begins: the same steps backwards, the longest way."""
        states, start = {bit}, place
        while states and place >= 0:
            mask = masks[place] | self._any
            before: set[int] = set()
            for each in states:
                if not mask >> each & 1:
                    continue
                if self._first >> each & 1:
                    start = place
                    continue
                each -= 1
                before.add(each)
                while self._optional >> each & 1:
                    each -= 1
                    before.add(each)
            states, place = before, place - 1
        return start


def _merge(places: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """One integer for all words that have the same places: most words of a set do."""
    made: dict[tuple[int, ...], int] = {}
    merged: dict[str, int] = {}
    for form, bits in places.items():
        key = tuple(bits)
        if key not in made:
            made[key] = sum(1 << bit for bit in set(bits))
        merged[form] = made[key]
    return merged
