"""Searches a text for some thousand word patterns at once, in time that grows only with the number of words.

Bit-parallel: each element of each pattern is one bit of a long integer, and each word of the text moves all of them by
one step (Shift-And with optional elements; Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, ch. 4).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from reporting.extraction.pattern_notation import ANY, NAME, SKELETON, Element, Pattern

_LONGEST_WORD: Final = 40  # letters; of longer words only the start is compared
_VOWELS: Final = str.maketrans("", "", "aeiou")
_HEAD: Final = 4
_KEPT_WORDS: Final = 8192
_LONGEST_PATTERN: Final = 40  # words


class WordTable:
    """Bit masks by word form: a form matches a word itself, its start, its end, or its consonants."""

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
        self._consonant_lengths = sorted(set(map(len, self._consonants_start)))

    def find(self, word: str) -> int:
        """Find the bit masks of all forms that match the word, combined by OR; 0 if none does."""
        found = self._exact.get(word, 0)
        # Most words match no long start, so only the short starts are looked up for them.
        for length in self._start_lengths if word[:_HEAD] in self._heads else self._short_start_lengths:
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
    """Patterns compiled to bits."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        """Compile patterns. `patterns`: each with its kind, a small number from 0."""
        self._kinds: dict[int, int] = defaultdict(int)
        self._first = self._optional = self._any = self._names = 0
        places: dict[frozenset[str], int] = defaultdict(int)
        bit = 0
        for kind, pattern in patterns:
            self._first |= 1 << bit
            for element in pattern:
                self._add(element, bit, places)
                bit += 1
            self._kinds[kind] |= 1 << (bit - 1)
        self._last = 0
        for mask in self._kinds.values():
            self._last |= mask
        values = _merge(places)
        names = {form[1:]: value for form, value in values.items() if form.startswith(NAME)}
        for form in names:
            del values[f"{NAME[0]}{form}"]
        self.table = WordTable(values)
        self._name_table = WordTable(names)

    def _add(self, element: Element, bit: int, places: dict[frozenset[str], int]) -> None:
        if element.is_optional:
            self._optional |= 1 << bit
        if ANY in element.forms:
            self._any |= 1 << bit
        if NAME in element.forms:
            self._names |= 1 << bit
        places[element.forms] |= 1 << bit

    def find_mask(self, word: str) -> int:
        """Find the bits of the elements that match a word."""
        return self.table.find(word)

    def find_name_mask(self, word: str) -> int:
        """Find the additional bits that match a word which is written like a name."""
        return self._names | self._name_table.find(word)

    def list_kinds(self, hits: int) -> Iterator[int]:
        """List the kinds of the patterns whose last bits are set in `hits`."""
        if hits & self._last:
            for kind, ends in self._kinds.items():
                if hits & ends:
                    yield kind

    def step(self, state: int, mask: int) -> int:
        """Advance all patterns by one word that matches the bits of `mask`; return the new state."""
        reach = state << 1 | self._first
        reach |= ((reach & self._optional) + self._optional) ^ self._optional
        return reach & (mask | self._any)

    def list_ends(self, state: int) -> Iterator[int]:
        """List the last bits of the patterns that are complete in `state`."""
        ends = state & self._last
        while ends:
            bit = ends.bit_length() - 1
            ends ^= 1 << bit
            yield bit

    def find_start(self, masks: Sequence[int], place: int, bit: int) -> int:
        """Find where the pattern that ends with `bit` at `place` begins; the longest match.

        Makes the same steps backwards.
        """
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


class Search:
    """Several automata that search a text together, one for each language, since a word touches few languages.

    Thread-safe.
    """

    def __init__(self, automata: Sequence[Automaton], guess: Callable[[str], Iterable[str]] | None = None) -> None:
        """Combine automata. `guess`: spelling correction for words that no automaton knows."""
        self._automata = automata
        self._guess = guess
        # Finds the few automata that know a word.
        self._known = WordTable.join([automaton.table for automaton in automata])
        self._find_masks = lru_cache(maxsize=_KEPT_WORDS)(self._look_up)
        self._find_masks_of_name = lru_cache(maxsize=_KEPT_WORDS)(self._look_up_name)

    def find_kinds(self, tokens: Sequence[str], names: Sequence[bool] = ()) -> set[int]:
        """Find the kinds of pattern in the words. An empty word ends a sentence, and no pattern crosses it.

        `names`: which of the words are written like a name.
        """
        if not self._automata:
            return set()
        hits: dict[int, int] = {}
        states: dict[int, int] = {}
        for place, token in enumerate(tokens):
            if not token:
                states = {}
                continue
            masks = self._list_masks(token, bool(names) and names[place])
            if not masks and not states:
                continue
            states = self._step(states, masks)
            for number, state in states.items():
                hits[number] = hits.get(number, 0) | state
        return {kind for number, found in hits.items() for kind in self._automata[number].list_kinds(found)}

    def _step(self, states: Mapping[int, int], masks: Mapping[int, int]) -> dict[int, int]:
        moved = {}
        for number in {**states, **masks}:
            state = self._automata[number].step(states.get(number, 0), masks.get(number, 0))
            if state:
                moved[number] = state
        return moved

    def list_spans(self, tokens: Sequence[str], most: int) -> list[tuple[int, int]]:
        """List the spans (first word, behind the last word) of the patterns in the words, at most `most` of them."""
        spans: list[tuple[int, int]] = []
        masks = [self._list_masks(token, False) for token in tokens]
        states: dict[int, int] = {}
        for place, token in enumerate(tokens):
            states = self._step(states, masks[place]) if token else {}
            for number, state in states.items():
                for bit in self._automata[number].list_ends(state):
                    if len(spans) >= most:
                        return spans
                    before = [each.get(number, 0) for each in masks[max(0, place - _LONGEST_PATTERN) : place + 1]]
                    start = self._automata[number].find_start(before, len(before) - 1, bit)
                    spans.append((place - (len(before) - 1 - start), place + 1))
        return spans

    def _list_masks(self, token: str, is_name: bool) -> Mapping[int, int]:
        word = token[:_LONGEST_WORD]
        return self._find_masks_of_name(word) if is_name else self._find_masks(word)

    def _look_up_name(self, word: str) -> Mapping[int, int]:
        masks = self._find_masks(word)
        named = ((number, automaton.find_name_mask(word)) for number, automaton in enumerate(self._automata))
        return {number: mask | masks.get(number, 0) for number, mask in named if mask | masks.get(number, 0)}

    def _look_up(self, word: str) -> Mapping[int, int]:
        found = self._look_up_all([word])
        return found or (self._look_up_all(self._guess(word)) if self._guess else {})

    def _look_up_all(self, words: Iterable[str]) -> dict[int, int]:
        found: dict[int, int] = defaultdict(int)
        for word in words:
            knowing = self._known.find(word)
            while knowing:
                number = knowing.bit_length() - 1
                knowing ^= 1 << number
                found[number] |= self._automata[number].find_mask(word)
        return dict(found)


def _merge(places: Mapping[frozenset[str], int]) -> dict[str, int]:
    """Combine the bits of each form; forms that share the same choices share one integer, to save memory."""
    merged: dict[str, int] = {}
    for forms, bits in places.items():
        grown: dict[int, int] = {}
        for form in forms:
            before = merged.get(form, 0)
            if before not in grown:
                grown[before] = before | bits
            merged[form] = grown[before]
    for form in (ANY, NAME):
        merged.pop(form, None)
    return merged
