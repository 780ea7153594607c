"""Recognises opt-out and erasure requests in people's own words, such as "please stop", "take me off your list".

A message is such a request only if a wording and the polite words around it are all of it, so that "please stop the
fighting" stays a report. An unambiguous sentence counts within a longer message too. The message is kept as a report as
well, because both errors do harm: writing to somebody who left, and losing what they reported.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from reporting.languages.leaving import find_leaving
from reporting.languages.leaving_vocabulary import keeps_ending
from reporting.languages.normalise import words
from reporting.languages.opt_out_phrases import ALONE, GENERAL, HALF, MESSAGES, PLAIN, SURE, Node, load_wordings
from reporting.languages.spoken import list_languages_of_one_word

STOP, FORGET = "stop", "forget"
_RANK: Final = {FORGET: 0, STOP: 1}  # of two readings, the one after which less is sent to the contact wins
_WORDS_MOST: Final = 24
_LONGEST: Final = 400  # characters of a wording with all that is polite around it
_SENTENCES_MOST: Final = 20
_READ: Final = 2_000  # characters of a longer message
_AROUND_LONGEST: Final = 5  # words
_MENDED_MOST: Final = 8  # longest message, in words, in which spelling is corrected
_MENDED_AT_ONCE: Final = 3  # with more unknown words nothing is corrected
_FUZZY_FROM: Final = 6  # letters
_SENTENCE: Final = re.compile(r"[.!?;\n\u0964\u061f\u061b]+")
_RUN: Final = re.compile(r"(.)\1+")
_DIGITS: Final = str.maketrans("013457", "oieast")
# STOP with a neighbouring key typed instead, except results that are words of their own.
_SLIPS: Final = frozenset(
    f"{'stop'[:place]}{key}{'stop'[place + 1 :]}"
    for place, keys in enumerate(("adwxz", "ryg", "ipl", "ol"))
    for key in keys
) - {"atop"} | {"stp", "stob", "stap", "istop", "estop"}


# Words of reports that resemble a word of the wordings and are never corrected.
_ORDINARY: Final = frozenset(
    words(
        "stops stopped stopping stoped ended canceled cancelled removed quitte quitter sending received messenger"
        " texture arreta arretee annule annulee cancelado cancelada cancelo parado parada parou retiro removido"
    )
)


@dataclass(frozen=True, slots=True)
class Order:
    """A request by its code (stop, forget). `is_sure`: unambiguous in every language."""

    code: str
    language: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class _State:
    """The state of the parser up to a word: at most one request, and what else was read."""

    order: str = ""
    language: str = ""
    kinds: frozenset[str] = frozenset()
    is_loose: bool = False  # there are words around it that are neither polite nor names of messages
    has_messages: bool = False

    @property
    def is_order(self) -> bool:
        if not self.order:
            return False
        if SURE in self.kinds or PLAIN in self.kinds:
            return True
        return (ALONE in self.kinds and not self.is_loose) or (HALF in self.kinds and self.has_messages)


def find_order(text: str, languages: Collection[str] | None = None) -> Order | None:
    """Find the request that is all of a text; None if there is none.

    Words that also occur in reports are tried in English and `languages` only, in all languages if it is None.
    """
    if len(text) > _LONGEST:
        return None
    said = words(text)
    if not 0 < len(said) <= _WORDS_MOST:
        return None
    leaving = find_leaving(said, languages)
    if leaving is not None:
        return Order(leaving.code, leaving.language, leaving.is_sure) if leaving.code else None
    found = _read(said, languages)
    if found is not None or len(said) > _MENDED_MOST:
        return found
    unknown = sum(word not in _vocabulary()[0] for word in said)
    if not 0 < unknown <= _MENDED_AT_ONCE:
        return None
    return _read([_mend(word) for word in said], languages)


def leaves_within(text: str, languages: Collection[str] | None = None) -> bool:
    """Return whether a longer message contains STOP beside what it reports.

    STOP must be an unambiguous sentence, a first or last line of its own, or the word itself as the last sentence, as
    our own texts tell people to write it. "Stop! The bridge is broken" is a warning.
    """
    text = text[:_READ]
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1:
        for line in (lines[0], lines[-1]):
            order = find_order(line, languages)
            if order is not None and order.code == STOP:
                return True
    sentences = [sentence for sentence in _SENTENCE.split(text)[:_SENTENCES_MOST] if sentence.strip()]
    if len(sentences) < 2:
        return False
    if words(sentences[-1]) == [STOP]:
        return True
    orders = (find_order(sentence, languages) for sentence in sentences)
    return any(order is not None and order.code == STOP and order.is_sure for order in orders)


def _read(said: Sequence[str], languages: Collection[str] | None) -> Order | None:
    reached: list[set[_State]] = [{_State()}, *(set() for _ in said)]
    for position, states in enumerate(reached[:-1]):
        if states:
            for end, after in _go_on(said, position, states, languages):
                reached[end].add(after)
    whole = sorted(
        (state for state in reached[-1] if state.is_order),
        key=lambda state: (_RANK.get(state.order, len(_RANK)), SURE not in state.kinds, state.order, state.language),
    )
    return Order(whole[0].order, whole[0].language, SURE in whole[0].kinds) if whole else None


def _go_on(
    said: Sequence[str], position: int, states: set[_State], languages: Collection[str] | None
) -> Iterator[tuple[int, _State]]:
    wordings = load_wordings()
    for end in range(position + 1, min(len(said), position + _AROUND_LONGEST) + 1):
        kind = wordings.around.get(tuple(said[position:end]))
        if kind is not None:
            for state in states:
                yield end, _State(
                    state.order, state.language, state.kinds, state.is_loose or kind == GENERAL,
                    state.has_messages or kind == MESSAGES,
                )  # fmt: skip
    for end, found in wordings.find_at(said, position):
        for wording in found:
            if wording.kind == ALONE and not _is_spoken(wording.language, languages):
                continue
            for state in states:
                if state.order in ("", wording.order) or {state.order, wording.order} == {STOP, FORGET}:
                    order = FORGET if FORGET in (state.order, wording.order) else wording.order
                    yield end, _State(
                        order, state.language or wording.language, state.kinds | {wording.kind}, state.is_loose,
                        state.has_messages,
                    )  # fmt: skip


def _is_spoken(language: str, languages: Collection[str] | None) -> bool:
    readable = list_languages_of_one_word(languages)
    return readable is None or language in readable


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[frozenset[str], dict[str, str], dict[str, list[str]]]:
    """Return all words of wordings; the same by their form without doubled letters; the long ones by first letter.

    Only the long ones can be misspelt, and not at their first letter.
    """
    wordings = load_wordings()
    known = {word for said in wordings.around for word in said} | set(_list_words(wordings.start))
    long: dict[str, list[str]] = defaultdict(list)
    for word in sorted(known):
        if len(word) >= _FUZZY_FROM:
            long[word[0]].append(word)
    return (
        frozenset(known),
        {_RUN.sub(r"\1", word): word for word in sorted(known, reverse=True)},
        long,
    )


def _list_words(start: Node) -> Iterator[str]:
    seen, open_ = {id(start)}, [start]
    while open_:
        for word, nodes in open_.pop().following.items():
            yield word
            fresh = [node for node in nodes if id(node) not in seen]
            seen.update(map(id, fresh))
            open_ += fresh


def _mend(word: str) -> str:
    """Correct a misspelt word to one of the wordings; return other words unchanged."""
    known, single, long = _vocabulary()
    if word in known or word in _ORDINARY or word.isdecimal() or len(word) > 30:
        return word
    spelt = word.translate(_DIGITS)
    if spelt in known:
        return spelt
    if spelt in _SLIPS:
        return STOP
    if (once := _RUN.sub(r"\1", spelt)) in single:
        return single[once]
    if len(spelt) == 4 and spelt.isascii() and OSA.distance(spelt, STOP) == 1 and sorted(spelt) == sorted(STOP):
        return STOP
    if len(spelt) < _FUZZY_FROM or not spelt.isascii():  # in other scripts one letter more makes another word
        return word
    slips = 2 if len(spelt) >= 9 else 1
    near = [
        other
        for other in long.get(spelt[0], ())
        if abs(len(other) - len(spelt)) <= slips
        and OSA.distance(other, spelt, score_cutoff=slips) <= slips
        and keeps_ending(other, spelt)
    ]
    return min(near, key=lambda other: (OSA.distance(other, spelt), other)) if near else word
