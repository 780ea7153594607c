"""Finds words that are written like a person's name: by capital letters, or after a title."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reporting.extraction.pattern_notation import list_forms, plain, plain_words
from reporting.extraction.word_table import WordTable
from reporting.languages.normalise import words

_SENTENCE_END: Final = (".", "!", "?", ":", ";", "।", "؟")


@dataclass(frozen=True, slots=True)
class NameWords:
    """Cues for names: titles precede them, accusing words follow them, `no_names` never are names.

    After a `place_word` comes a toponym instead of a person's name.
    """

    titles: Iterable[str]
    accusing: Iterable[str]
    no_names: Iterable[str]
    place_words: Iterable[str]


class NameMarker:
    """Marks words that are written like a person's name."""

    def __init__(self, known: NameWords) -> None:
        self._no_name = _Words(known.no_names)
        self._place = _Words(known.place_words)
        self._accusing = _Words(known.accusing)
        self._title_word = _Words(known.titles)
        self._titles = {tuple(list_forms(title)) for title in known.titles}
        self._longest_title = max(map(len, self._titles), default=0)
        self._title_ends = {title[-1] for title in self._titles if title}

    def mark(self, text: str) -> tuple[list[str], list[bool]]:
        """Split the text into words, and tell for each whether it is written like a name."""
        if not any(map(str.isupper, text)):
            return self._mark_without_capitals(text)
        read = [(chunk, found) for chunk in text.split() if (found := words(chunk))]
        chunks = [chunk for chunk, _ in read]
        spelt = [[plain(word) for word in found] for _, found in read]
        capitals = [_is_capital(chunk) for chunk in chunks]
        tokens: list[str] = []
        names: list[bool] = []
        for place, parts in enumerate(spelt):
            tokens.extend(parts)
            names.append(self._is_name(place, chunks, spelt, capitals))
            names.extend([False] * (len(parts) - 1))
        if not _marks_names(chunks, capitals):
            self._mark_titled(tokens, names)
        return tokens, names

    def _mark_without_capitals(self, text: str) -> tuple[list[str], list[bool]]:
        """Mark a text in which only titles tell names, as in scripts that have no capitals."""
        tokens = plain_words(" ".join(text.split()))
        names = [False] * len(tokens)
        self._mark_titled(tokens, names)
        return tokens, names

    def _is_name(
        self, place: int, chunks: Sequence[str], spelt: Sequence[Sequence[str]], capitals: Sequence[bool]
    ) -> bool:
        word = spelt[place][0]
        if not capitals[place] or self._no_name.has(word) or self._title_word.has(word):
            return False
        if place > 0 and self._place.has(spelt[place - 1][-1]):
            return False
        if place > 0 and not chunks[place - 1].endswith(_SENTENCE_END):
            return True
        # The first word of a sentence always has a capital: the next word must confirm that it is a name.
        if place + 1 == len(chunks):
            return False
        return capitals[place + 1] or self._accusing.has(spelt[place + 1][0])

    def _mark_titled(self, tokens: Sequence[str], names: list[bool]) -> None:
        """Mark the word after a title as a name, unless it cannot be one; for texts without capital letters."""
        for place in range(1, len(tokens)):
            if tokens[place - 1] in self._title_ends and any(
                tuple(tokens[place - length : place]) in self._titles
                for length in range(1, min(self._longest_title, place) + 1)
            ):
                word = tokens[place]
                names[place] |= not (self._no_name.has(word) or self._accusing.has(word) or self._place.has(word))


class _Words:
    """A set of words, some with any ending."""

    def __init__(self, members: Iterable[str]) -> None:
        self._table = WordTable({form: 1 for member in members for form in list_forms(member)})

    def has(self, word: str) -> bool:
        return bool(self._table.find(word))


def _is_capital(chunk: str) -> bool:
    letters = filter(str.isalpha, chunk)
    first, second = next(letters, ""), next(letters, "")
    return first.isupper() and second != "" and not second.isupper()


def _marks_names(chunks: Sequence[str], capitals: Sequence[bool]) -> bool:
    """Return whether the writer marks names: some word inside a sentence begins with a capital."""
    return any(
        is_capital and not chunks[place - 1].endswith(_SENTENCE_END)
        for place, is_capital in enumerate(capitals)
        if place > 0
    )
