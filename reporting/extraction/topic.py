"""Topic classification: finds what a report is about by the keywords of the campaign's topics.

Keywords are used instead of a learned model, because a campaign starts without examples, and the person who runs it
must see why a message got its topic and be able to correct it with a word. The notation of a keyword:

- `water` is found with endings too (waters, पानीको), and, from six letters on, with a small slip of spelling;
- `evacuat*` is found with whatever follows;
- `no light` is a phrase: its words must follow each other; phrases count more than single words;
- `=dhara` is found as it stands only, because with an ending it would be another word (Dharan is a town);
- `~pani` is a weak word: it counts half, because it often means something else.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from reporting.languages.normalise import words

_WEAK: Final = 0.5
_PHRASE: Final = 1.5
_MISSPELT: Final = 0.8  # of the keyword's weight
_OTHER_LANGUAGE: Final = 0.9  # of the keyword's weight, where the language of the text is known
_DOUBT: Final = 0.35  # doubt that is left after one plain keyword; its square is left after two
_FUZZY_FROM: Final = 6  # shorter words have too many neighbours: manje (food) and mande (ask)
_CACHED_WORDS: Final = 20_000
_LONGEST_WORD: Final = 60  # letters of a word that are looked at: no keyword is longer


@dataclass(frozen=True)
class TopicDefinition:
    """A topic of a campaign: its code, its keywords and its name by language code."""

    code: str
    keywords: Mapping[str, Sequence[str]]
    name: Mapping[str, str]


@dataclass(frozen=True)
class TopicGuess:
    """A topic with its confidence (0 to 1) and the matching keywords, as the campaign lists them."""

    code: str
    confidence: float
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Keyword:
    topic: int
    language: str
    listed: str
    words: tuple[str, ...]
    weight: float
    tail_longest: int  # how many letters may follow the last word


@dataclass(frozen=True, slots=True)
class _Hit:
    keyword: _Keyword
    weight: float


class TopicReader:
    """Classifies texts by topic. Made once per campaign, thread-safe, without side effects."""

    def __init__(self, topics: Sequence[TopicDefinition]) -> None:
        self._codes = tuple(topic.code for topic in topics)
        self._by_word: dict[str, list[_Keyword]] = {}
        self._by_first_letter: dict[str, set[str]] = {}
        self._phrases: dict[str, list[_Keyword]] = {}
        for keyword in _keywords(topics):
            self._add(keyword)
        self._hits = lru_cache(maxsize=_CACHED_WORDS)(self._find_hits)

    def _add(self, keyword: _Keyword) -> None:
        first = keyword.words[0]
        if len(keyword.words) > 1:
            self._phrases.setdefault(first, []).append(keyword)
            return
        self._by_word.setdefault(first, []).append(keyword)
        if len(first) >= _FUZZY_FROM:
            self._by_first_letter.setdefault(first[0], set()).add(first)

    def read(self, text: str, language: str | None) -> TopicGuess | None:
        """Find the topic with most evidence in `text`; None if it contains no keyword.

        `language` is the language of the text where it is known; the keywords of all languages are tried anyway,
        because people mix them.
        """
        guesses = self.read_all(text, language)
        return guesses[0] if guesses else None

    def read_all(self, text: str, language: str | None) -> list[TopicGuess]:
        """List every topic with evidence in `text`, strongest first; ties in the order of the text."""
        evidence: dict[int, dict[str, float]] = {}
        for hits in self._hits_in_turn(words(text)):
            for topic, (weight, listed) in _strongest(hits, language).items():
                found = evidence.setdefault(topic, {})
                found[listed] = max(weight, found.get(listed, 0.0))
        sums = {topic: sum(found.values()) for topic, found in evidence.items()}
        total = sum(sums.values())
        ranked = sorted(sums, key=lambda topic: -sums[topic])  # stable: equals stay in the order of the text
        return [
            TopicGuess(self._codes[topic], _confidence(sums[topic], total), tuple(evidence[topic])) for topic in ranked
        ]

    def _hits_in_turn(self, tokens: list[str]) -> Iterator[tuple[_Hit, ...]]:
        """Yield the keyword hits of each phrase and each word, in the order of the text."""
        for position, token in enumerate(tokens):
            for keyword in self._phrases.get(token, ()):
                if _follows(keyword, tokens, position):
                    yield (_Hit(keyword, keyword.weight),)
            yield self._hits(token[:_LONGEST_WORD])

    def _find_hits(self, token: str) -> tuple[_Hit, ...]:
        """Find the keywords that match a single word: exactly, else with an ending, else misspelt."""
        keywords, share = self._by_word.get(token, []), 1.0
        if not keywords:
            keywords = self._stems_of(token)
        if not keywords:
            keywords, share = self._neighbours_of(token), _MISSPELT
        return tuple(_Hit(keyword, keyword.weight * share) for keyword in keywords)

    def _stems_of(self, token: str) -> list[_Keyword]:
        """Find the longest keywords that the word begins with and that allow the rest as an ending."""
        for length in range(len(token) - 1, 1, -1):
            found = [
                keyword
                for keyword in self._by_word.get(token[:length], ())
                if keyword.tail_longest >= len(token) - length
            ]
            if found:
                return found
        return []

    def _neighbours_of(self, token: str) -> list[_Keyword]:
        """Find keywords at edit distance 1, or 2 for long words, with the same first letter (seldom wrong)."""
        if len(token) < _FUZZY_FROM or token.isdigit():
            return []
        slips = 2 if len(token) >= 9 else 1
        candidates = self._by_first_letter.get(token[0], ())
        near = [word for word in candidates if OSA.distance(token, word, score_cutoff=slips) <= slips]
        return [keyword for word in sorted(near) for keyword in self._by_word[word]]


def _keywords(topics: Sequence[TopicDefinition]) -> Iterator[_Keyword]:
    for number, topic in enumerate(topics):
        for language, listed in topic.keywords.items():
            for entry in listed:
                yield _keyword(number, language, entry, topic.code)


def _keyword(topic: int, language: str, listed: str, code: str) -> _Keyword:
    bare = listed.strip("~=*")
    parts = tuple(words(bare))
    if not parts:
        raise ValueError(f"topic {code}: a keyword without letters")
    weight = (_WEAK if listed.startswith("~") else 1.0) * (_PHRASE if len(parts) > 1 else 1.0)
    tail_longest = 0 if listed.startswith("=") else _tail_longest(parts[-1], is_open=listed.endswith("*"))
    return _Keyword(topic, language, bare, parts, weight, tail_longest)


def _tail_longest(word: str, *, is_open: bool) -> int:
    """Return the maximal length of an ending; 0 for short words, with which too many other words begin."""
    if is_open:
        return 40
    if not word.isascii():  # scripts that write vowels as signs: a letter is about two characters
        return 4 if len(word) >= 4 else 0
    return {0: 0, 1: 0, 2: 0, 3: 0, 4: 2}.get(len(word), 3)


def _strongest(hits: Iterable[_Hit], language: str | None) -> dict[int, tuple[float, str]]:
    """Keep the best hit for each topic, as weight and keyword: a word counts once, in however many lists it stands."""
    best: dict[int, tuple[float, str]] = {}
    for hit in hits:
        keyword = hit.keyword
        weight = hit.weight * (1.0 if language is None or keyword.language == language else _OTHER_LANGUAGE)
        if weight > best.get(keyword.topic, (0.0, ""))[0]:
            best[keyword.topic] = (weight, keyword.listed)
    return best


def _follows(keyword: _Keyword, tokens: list[str], position: int) -> bool:
    """Return whether the phrase stands at `position`; its last word may have an ending."""
    found = tokens[position : position + len(keyword.words)]
    if len(found) < len(keyword.words) or tuple(found[:-1]) != keyword.words[:-1]:
        return False
    last = keyword.words[-1]
    return found[-1].startswith(last) and len(found[-1]) - len(last) <= keyword.tail_longest


def _confidence(own: float, total: float) -> float:
    """Compute the confidence of a topic: it grows with its own evidence and shrinks with that for other topics."""
    return round(own / total * (1.0 - math.pow(_DOUBT, own)), 3)
