"""Matches some thousand word patterns at once, in time that grows only with the number of words.

Bit-parallel: each element of each pattern is one bit of a long integer, and each word of the text moves all of them by
one step (Shift-And with optional elements; Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, ch. 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reporting.extraction.pattern_notation import ANY, NAME, Element, Pattern
from reporting.extraction.word_table import WordTable


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
        self._start = self._skip_optional(self._first)
        self._begun_by_any = self._start & self._any
        self._passable = self._any | self._optional  # elements that any word, or none, takes a pattern past
        values = _merge(places)
        names = {form[1:]: values.pop(form) for form in [form for form in values if form[:2] == NAME]}
        self.table = WordTable(values)
        self.name_table = WordTable(names)

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
        return self._names | self.name_table.find(word)

    def is_whole(self, mask: int) -> bool:
        """Return whether one word that matches the bits of `mask` is all of a pattern."""
        return bool(self.step(0, mask) & self._last)

    def list_kinds(self, hits: int) -> Iterator[int]:
        """List the kinds of the patterns whose last bits are set in `hits`."""
        if hits & self._last:
            for kind, ends in self._kinds.items():
                if hits & ends:
                    yield kind

    def step(self, state: int, mask: int) -> int:
        """Advance all patterns by one word that matches the bits of `mask`; return the new state."""
        if not state:
            return self._start & (mask | self._any)
        reach = state << 1
        # Most words match nothing, and most patterns wait for a certain one: these fail without the longer sums.
        if not mask and not reach & self._passable:
            return self._begun_by_any
        return self._skip_optional(reach | self._first) & (mask | self._any)

    def _skip_optional(self, reach: int) -> int:
        return reach | (((reach & self._optional) + self._optional) ^ self._optional)

    def run(self, tokens: Sequence[str], hits: Sequence[tuple[int, int]]) -> int:
        """Search words, of which those at `hits` (place, mask) match something; returns all bits that were reached.

        No pattern crosses an empty word.
        """
        reached = state = behind = 0
        for place, mask in (*hits, (len(tokens), 0)):
            while state and behind < place:
                # As in `step`, without a call for each of the words that no pattern waits for.
                if not tokens[behind]:
                    state = 0
                elif state << 1 & self._passable:
                    state = self.step(state, 0)
                else:
                    state = self._begun_by_any
                reached |= state
                behind += 1
            if place < len(tokens):
                state = self.step(state, mask)
                reached |= state
                behind = place + 1
        return reached

    def find_hopeful(self, mask: int) -> int:
        """Find the bits of the patterns that have all their words, in any order, among those that match `mask`.

        Usually none, though common words are in many patterns: this spares `run` most words of a long text.
        """
        mask |= self._any
        begun, before = 0, -1
        while begun != before:
            before = begun
            begun |= self._skip_optional(begun << 1 | self._first) & mask
        hopeful, before = begun & self._last, -1
        while hopeful != before:
            before = hopeful
            hopeful |= self._skip_optional_back((hopeful & ~self._first) >> 1) & begun
        return hopeful

    def _skip_optional_back(self, reach: int) -> int:
        passed = reach & self._optional & ~self._first
        while passed:
            reach |= passed >> 1
            passed = passed >> 1 & self._optional & ~self._first
        return reach

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
