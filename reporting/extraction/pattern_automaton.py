"""Searches a text for some thousand word patterns at once, in time that grows only with the number of words.

Bit-parallel: each element of each pattern is one bit of a long integer, and each word of the text moves all of them by
one step (Shift-And with optional elements; Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, ch. 4).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from reporting.extraction.pattern_notation import ANY, NAME, SKELETON, Element, Pattern

_LONGEST_WORD: Final = 40  # letters; of longer words only the start is compared
_VOWELS: Final = str.maketrans("", "", "aeiou")
_HEAD: Final = 4
_TAIL: Final = 2
_KEPT_WORDS: Final = 8192
_LONGEST_PATTERN: Final = 40  # words
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


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


class Vocabulary:
    """The words of many automata: one look-up tells which of them know a word, and most words are known to none."""

    def __init__(self, automata: Iterable[Automaton]) -> None:
        tables: list[WordTable] = []
        self._bits: dict[int, int] = {}  # by the identity of an automaton, which the tables keep alive
        for automaton in automata:
            if id(automaton) not in self._bits:
                self._bits[id(automaton)] = len(tables)
                tables += (automaton.table, automaton.name_table)
        self._table = WordTable.join(tables)
        self.find = lru_cache(maxsize=_KEPT_WORDS)(self._table.find)

    def get_bit(self, automaton: Automaton) -> int:
        """Get the bit that `find` sets for words of an automaton; the next one is set for its words beside names."""
        return self._bits[id(automaton)]


class Search:
    """Several automata that search a text together, one for each language, since a word touches few languages.

    Thread-safe.
    """

    def __init__(
        self,
        automata: Sequence[Automaton],
        vocabulary: Vocabulary,
        guess: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        """Combine automata.

        `vocabulary`: of these automata, shared with other searches of the same texts, so that a word is looked up once
        for all of them. `guess`: spelling correction for words that no automaton knows.
        """
        self._automata = automata
        self._guess = guess
        self._find_known = vocabulary.find
        self._numbers = {vocabulary.get_bit(automaton): number for number, automaton in enumerate(automata)}
        self._words = sum(1 << bit for bit in self._numbers)
        self._words_and_names = self._words | self._words << 1
        self._list_masks_of = lru_cache(maxsize=_KEPT_WORDS)(self._look_up)
        self._correct = lru_cache(maxsize=_KEPT_WORDS)(self._look_up_guesses)
        self._list_masks_of_name = lru_cache(maxsize=_KEPT_WORDS)(self._look_up_name)
        self._masks_of_any_name = self._look_up_name("")

    def knows(self, words: Iterable[str]) -> bool:
        """Return whether any of the words is part of a pattern, spelt as it is there."""
        return any(self._find_known(word[:_LONGEST_WORD]) & self._words_and_names for word in words)

    def find_kinds(self, tokens: Sequence[str], names: Sequence[bool] = ()) -> set[int]:
        """Find the kinds of pattern in the words. An empty word ends a sentence, and no pattern crosses it.

        `names`: which of the words are written like a name.
        """
        masks = self._list_masks(tokens, names) if self._automata else []
        different = {id(each): each for each in masks if each}  # words repeat, and most of them have no masks
        hopeful = self._find_hopeful(different.values())
        if not hopeful:
            return set()
        worth = {key: _keep(each, hopeful) for key, each in different.items()}
        hits: dict[int, list[tuple[int, int]]] = {number: [] for number in hopeful}
        for place, each in enumerate(masks):
            for number, mask in worth.get(id(each), ()):
                hits[number].append((place, mask))
        automata = self._automata
        return {
            kind for number in hits for kind in automata[number].list_kinds(automata[number].run(tokens, hits[number]))
        }

    def _find_hopeful(self, masks: Iterable[Mapping[int, int]]) -> dict[int, int]:
        """Find the automata of which some pattern has all its words in the text, and the bits of these patterns."""
        found: dict[int, int] = {}
        for each in masks:
            for number, mask in each.items():
                found[number] = found.get(number, 0) | mask
        hopes = ((number, self._automata[number].find_hopeful(mask)) for number, mask in found.items())
        return {number: hopeful for number, hopeful in hopes if hopeful}

    def matches(self, word: str) -> bool:
        """Return whether a pattern consists of just this word."""
        masks = self._find_masks(word[:_LONGEST_WORD])
        return any(self._automata[number].is_whole(mask) for number, mask in masks.items())

    def _step(self, states: Mapping[int, int], masks: Mapping[int, int]) -> dict[int, int]:
        moved = {}
        for number, state in states.items():
            if reached := self._automata[number].step(state, masks.get(number, 0)):
                moved[number] = reached
        for number, mask in masks.items():
            if number not in states and (reached := self._automata[number].step(0, mask)):
                moved[number] = reached
        return moved

    def list_spans(self, tokens: Sequence[str], most: int) -> list[tuple[int, int]]:
        """List the spans (first word, behind the last word) of the patterns in the words, at most `most` of them."""
        spans: list[tuple[int, int]] = []
        masks = self._list_masks(tokens)
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

    def _list_masks(self, tokens: Sequence[str], names: Sequence[bool] = ()) -> list[Mapping[int, int]]:
        words = [token[:_LONGEST_WORD] for token in tokens]
        if not names:
            return list(map(self._find_masks, words))
        find = (self._find_masks, self._find_masks_of_name)
        return [find[is_name](word) for word, is_name in zip(words, names, strict=True)]

    def _look_up_name(self, word: str) -> Mapping[int, int]:
        masks = self._find_masks(word)
        named = ((number, automaton.find_name_mask(word)) for number, automaton in enumerate(self._automata))
        return {number: mask | masks.get(number, 0) for number, mask in named if mask | masks.get(number, 0)}

    def _find_masks_of_name(self, word: str) -> Mapping[int, int]:
        if self._guess or self._find_known(word) & self._words_and_names:
            return self._list_masks_of_name(word)
        return self._masks_of_any_name

    def _find_masks(self, word: str) -> Mapping[int, int]:
        """Find the bits of the elements that match a word, by the number of the automaton."""
        if known := self._find_known(word) & self._words:
            return self._list_masks_of(word, known)
        return self._correct(word) if self._guess else _NOTHING

    def _look_up_guesses(self, word: str) -> Mapping[int, int]:
        found: dict[int, int] = defaultdict(int)
        for guessed in self._guess(word) if self._guess else ():
            for number, mask in self._list_masks_of(guessed, self._find_known(guessed) & self._words).items():
                found[number] |= mask
        return found or _NOTHING

    def _look_up(self, word: str, known: int) -> Mapping[int, int]:
        masks = {}
        while known:
            bit = known.bit_length() - 1
            known ^= 1 << bit
            number = self._numbers[bit]
            masks[number] = self._automata[number].find_mask(word)
        return masks


def _keep(masks: Mapping[int, int], hopeful: Mapping[int, int]) -> list[tuple[int, int]]:
    kept = ((number, mask & hopeful.get(number, 0)) for number, mask in masks.items())
    return [(number, mask) for number, mask in kept if mask]


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
