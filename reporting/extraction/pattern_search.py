"""Searches a text with several automata, one for each language: each word is looked up once for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from reporting.extraction.pattern_automaton import Automaton
from reporting.extraction.word_table import WordTable

_LONGEST_WORD: Final = 40  # letters; of longer words only the start is compared
_KEPT_WORDS: Final = 8192
_LONGEST_PATTERN: Final = 40  # words
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


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
